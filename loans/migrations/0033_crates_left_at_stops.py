"""A crate says who took it along, and when and by whom it was left where it goes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0005_desks_rest_after"),
        ("loans", "0032_tasks_of_points_phones"),
    ]

    operations = [
        migrations.AddField(
            model_name="crate",
            name="carried_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="branches.device",
                verbose_name="taken along by",
            ),
        ),
        migrations.AddField(
            model_name="crate",
            name="left_at",
            field=models.DateTimeField(
                blank=True,
                help_text="By the driver's word; received is another's.",
                null=True,
                verbose_name="left there at",
            ),
        ),
        migrations.AddField(
            model_name="crate",
            name="left_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="branches.device",
                verbose_name="left there by",
            ),
        ),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_at", None), ("left_by", None)),
                    models.Q(
                        ("left_at__gte", models.F("loaded_at")),
                        ("left_by__isnull", False),
                        ("loaded_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="crate_left_by_somebody_after_it_was_loaded",
            ),
        ),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(("carried_by", None), ("loaded_at__isnull", False), _connector="OR"),
                name="crate_taken_along_was_loaded",
            ),
        ),
    ]

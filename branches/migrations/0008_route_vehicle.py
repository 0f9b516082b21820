"""A route may say with which van it is driven."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0007_residents_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="route",
            name="vehicle",
            field=models.ForeignKey(
                blank=True,
                help_text="Only the phone of this van shows its rounds. Empty: every van's phone does.",
                limit_choices_to={"kind": "vehicle"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="routes_driven",
                to="branches.place",
                verbose_name="driven with",
            ),
        ),
    ]

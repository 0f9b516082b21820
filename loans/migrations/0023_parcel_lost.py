"""A parcel may be lost on its way."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loans", "0022_transit_hops_and_searches")]
    operations = [
        migrations.RemoveConstraint(
            model_name="parcel",
            name="parcel_has_exactly_one_holder",
        ),
        migrations.AlterField(
            model_name="handover",
            name="status",
            field=models.CharField(
                choices=[
                    ("packed", "packed"),
                    ("in_crate", "in a crate"),
                    ("received", "at the point"),
                    ("handed_over", "handed over"),
                    ("opened", "back and opened"),
                    ("lost", "lost on its way"),
                ],
                max_length=12,
                verbose_name="became",
            ),
        ),
        migrations.AlterField(
            model_name="parcel",
            name="status",
            field=models.CharField(
                choices=[
                    ("packed", "packed"),
                    ("in_crate", "in a crate"),
                    ("received", "at the point"),
                    ("handed_over", "handed over"),
                    ("opened", "back and opened"),
                    ("lost", "lost on its way"),
                ],
                default="packed",
                max_length=12,
                verbose_name="status",
            ),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("crate__isnull", False), ("place__isnull", True), ("status", "in_crate")),
                    models.Q(("crate__isnull", True), ("place__isnull", False), ("status__in", ["packed", "received"])),
                    models.Q(
                        ("crate__isnull", True),
                        ("ended_at__isnull", False),
                        ("place__isnull", True),
                        ("status__in", ["handed_over", "opened", "lost"]),
                    ),
                    _connector="OR",
                ),
                name="parcel_has_exactly_one_holder",
            ),
        ),
    ]

"""A damaged copy travels home as it is, and in its crate it is at no place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0009_copy_parts_note"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="copy",
            name="copy_lies_somewhere_when_at_a_place",
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status__in", ("in_process", "available", "picked", "set_aside", "in_repair", "on_display")),
                        _negated=True,
                    ),
                    ("place__isnull", False),
                    _connector="OR",
                ),
                name="copy_lies_somewhere_when_at_a_place",
            ),
        ),
    ]

"""Calls to readers whom no channel reaches."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_addresses"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("told", "told"), ("no_answer", "no answer"), ("wrong_number", "wrong number")],
                        max_length=12,
                        verbose_name="outcome",
                    ),
                ),
                ("called_at", models.DateTimeField(verbose_name="called at")),
                (
                    "called_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="called by",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calls",
                        to="notifications.message",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "call",
                "verbose_name_plural": "calls",
                "ordering": ["-called_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "told")), fields=("message",), name="call_told_once_per_message"
                    )
                ],
            },
        )
    ]

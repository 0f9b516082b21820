"""Browsers that take notices, and addresses that do not work."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_preferences"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="AddressMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("push", "notice on this device"),
                            ("sms", "SMS"),
                            ("io", "App IO"),
                            ("inbox", "your page"),
                        ],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("address_hash", models.CharField(editable=False, max_length=64)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("bounced", "does not exist any more"),
                            ("full", "was full, or did not answer, several times"),
                            ("complained", "called our mail unwanted"),
                        ],
                        max_length=10,
                        verbose_name="what is the matter",
                    ),
                ),
                ("times", models.PositiveSmallIntegerField(default=1, verbose_name="times")),
                ("marked_at", models.DateTimeField(verbose_name="marked at")),
                ("mended_at", models.DateTimeField(blank=True, null=True, verbose_name="mended at")),
            ],
            options={
                "verbose_name": "address that does not work",
                "verbose_name_plural": "addresses that do not work",
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "address_hash"), name="addressmark_once_per_address"),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["email", "push", "sms", "io", "inbox"])),
                        name="addressmark_channel_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("endpoint", models.URLField(max_length=1000, verbose_name="address at the push service")),
                ("p256dh", models.CharField(max_length=120, verbose_name="key of the browser")),
                ("auth", models.CharField(max_length=60, verbose_name="secret of the browser")),
                ("created_at", models.DateTimeField(verbose_name="since")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="push_subscriptions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "browser that takes notices",
                "verbose_name_plural": "browsers that take notices",
                "constraints": [models.UniqueConstraint(fields=("endpoint",), name="pushsubscription_endpoint_once")],
            },
        ),
    ]

"""How fast each channel goes, and whether it rests."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0006_calls"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChannelPace",
            fields=[
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
                        primary_key=True,
                        serialize=False,
                        verbose_name="channel",
                    ),
                ),
                ("allowance", models.FloatField(default=0, verbose_name="messages that may go at once")),
                ("counted_at", models.DateTimeField(blank=True, null=True, verbose_name="counted at")),
                ("paused_until", models.DateTimeField(blank=True, null=True, verbose_name="rests until")),
                ("failures", models.PositiveSmallIntegerField(default=0, verbose_name="failures in a row")),
                ("why", models.CharField(blank=True, max_length=80, verbose_name="last error")),
            ],
            options={
                "verbose_name": "pace of a channel",
                "verbose_name_plural": "paces of channels",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["email", "push", "sms", "io", "inbox"])),
                        name="channelpace_channel_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("allowance__gte", 0)), name="channelpace_allowance_is_not_owed"
                    ),
                ],
            },
        ),
    ]

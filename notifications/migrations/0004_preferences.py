"""How readers want to be told."""

import datetime as dt

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_desk_badges"), ("notifications", "0003_bundled_by_index")]

    operations = [
        migrations.CreateModel(
            name="KindChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="kind")),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("email", "e-mail"),
                                ("push", "notice on this device"),
                                ("sms", "SMS"),
                                ("io", "App IO"),
                                ("inbox", "your page"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="channels",
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kind_choices",
                        to="accounts.reader",
                        verbose_name="reader",
                    ),
                ),
            ],
            options={
                "verbose_name": "choice for a kind",
                "verbose_name_plural": "choices for kinds",
                "constraints": [
                    models.UniqueConstraint(fields=("reader", "kind"), name="kindchoice_once_per_reader_and_kind"),
                    models.CheckConstraint(
                        condition=models.Q(("channels__contained_by", ["email", "push", "sms", "io", "inbox"])),
                        name="kindchoice_channels_are_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "reader",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preference",
                        serialize=False,
                        to="accounts.reader",
                        verbose_name="reader",
                    ),
                ),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("email", "e-mail"),
                                ("push", "notice on this device"),
                                ("sms", "SMS"),
                                ("io", "App IO"),
                                ("inbox", "your page"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        size=None,
                        verbose_name="channels",
                    ),
                ),
                (
                    "digest_hour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="The hour of the day; empty: each by itself.",
                        null=True,
                        verbose_name="all together at",
                    ),
                ),
                ("has_quiet_hours", models.BooleanField(default=True, verbose_name="quiet hours")),
                ("quiet_from", models.TimeField(default=dt.time(21, 0), verbose_name="quiet from")),
                ("quiet_until", models.TimeField(default=dt.time(8, 0), verbose_name="quiet until")),
                ("reads_simple_words", models.BooleanField(default=False, verbose_name="simple words")),
            ],
            options={
                "verbose_name": "preference",
                "verbose_name_plural": "preferences",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digest_hour", None), ("digest_hour__lte", 23), _connector="OR"),
                        name="preference_digest_hour_of_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channels__contained_by", ["email", "push", "sms", "io", "inbox"])),
                        name="preference_channels_are_known",
                    ),
                ],
            },
        ),
    ]

"""What a closure moved: a batch, and a line for each thing."""

import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0002_photos_services_and_favourite_points"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("loans", "0014_task_about_a_point"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosureBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                ("applied_at", models.DateTimeField(verbose_name="applied at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="all moved at")),
                ("undo_begun_at", models.DateTimeField(blank=True, null=True, verbose_name="undone from")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="all put back at")),
            ],
            options={
                "verbose_name": "closure applied",
                "verbose_name_plural": "closures applied",
                "ordering": ["-applied_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ClosureMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("loan", "loan"), ("hold", "reservation kept"), ("visit", "visit of the Bibliobus")],
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                ("before", models.DateField(verbose_name="before")),
                ("after", models.DateField(verbose_name="after")),
                ("moved_at", models.DateTimeField(verbose_name="moved at")),
                ("put_back_at", models.DateTimeField(blank=True, null=True, verbose_name="put back at")),
                (
                    "left_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("renewed", "renewed since"),
                            ("changed", "changed since"),
                            ("ended", "given back, collected or ended since"),
                            ("too_late", "the earlier day is today or past: nobody could keep to it"),
                            ("still_shut", "closed on the earlier day for another reason"),
                        ],
                        max_length=12,
                        verbose_name="left because",
                    ),
                ),
            ],
            options={
                "verbose_name": "date moved",
                "verbose_name_plural": "dates moved",
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="closurebatch",
            name="applied_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="applied by",
            ),
        ),
        migrations.AddField(
            model_name="closurebatch",
            name="closure",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="batches",
                to="branches.closure",
                verbose_name="closure",
            ),
        ),
        migrations.AddField(
            model_name="closurebatch",
            name="place",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="closure_batches",
                to="branches.place",
                verbose_name="place",
            ),
        ),
        migrations.AddField(
            model_name="closurebatch",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="undone by",
            ),
        ),
        migrations.AddField(
            model_name="closuremove",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="moves",
                to="loans.closurebatch",
                verbose_name="closure applied",
            ),
        ),
        migrations.AddField(
            model_name="closuremove",
            name="hold",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="closure_moves",
                to="loans.hold",
                verbose_name="reservation",
            ),
        ),
        migrations.AddField(
            model_name="closuremove",
            name="loan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="closure_moves",
                to="loans.loan",
                verbose_name="loan",
            ),
        ),
        migrations.AddField(
            model_name="closuremove",
            name="visit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="closure_moves",
                to="branches.visit",
                verbose_name="visit",
            ),
        ),
        migrations.AddIndex(
            model_name="closurebatch",
            index=models.Index(
                condition=models.Q(
                    models.Q(("finished_at", None), ("undo_begun_at", None)),
                    models.Q(("undo_begun_at__isnull", False), ("undone_at", None)),
                    _connector="OR",
                ),
                fields=["applied_at"],
                name="closurebatch_to_go_on_with",
            ),
        ),
        migrations.AddConstraint(
            model_name="closurebatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closure__isnull", False), ("undo_begun_at", None)),
                fields=("closure",),
                name="closurebatch_one_standing_per_closure",
            ),
        ),
        migrations.AddConstraint(
            model_name="closurebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="closurebatch_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="closurebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("finished_at", None), ("finished_at__gte", models.F("applied_at")), _connector="OR"
                ),
                name="closurebatch_finished_after_it_was_applied",
            ),
        ),
        migrations.AddConstraint(
            model_name="closurebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("undo_begun_at", None),
                    models.Q(
                        ("undo_begun_at__gte", models.F("applied_at")),
                        (
                            "undo_begun_at__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("applied_at"), "+", models.Value(dt.timedelta(days=7))
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="closurebatch_undone_within_seven_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="closurebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("undone_at", None),
                    models.Q(("undo_begun_at__isnull", False), ("undone_at__gte", models.F("undo_begun_at"))),
                    _connector="OR",
                ),
                name="closurebatch_put_back_after_undo_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="closuremove",
            constraint=models.UniqueConstraint(fields=("batch", "loan"), name="closuremove_loan_once_per_batch"),
        ),
        migrations.AddConstraint(
            model_name="closuremove",
            constraint=models.UniqueConstraint(fields=("batch", "hold"), name="closuremove_hold_once_per_batch"),
        ),
        migrations.AddConstraint(
            model_name="closuremove",
            constraint=models.UniqueConstraint(fields=("batch", "visit"), name="closuremove_visit_once_per_batch"),
        ),
        migrations.AddConstraint(
            model_name="closuremove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hold", None), ("kind", "loan"), ("visit", None)),
                    models.Q(("kind", "hold"), ("loan", None), ("visit", None)),
                    models.Q(("hold", None), ("kind", "visit"), ("loan", None)),
                    _connector="OR",
                ),
                name="closuremove_is_about_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="closuremove",
            constraint=models.CheckConstraint(
                condition=models.Q(("after__gte", models.F("before"))), name="closuremove_never_to_an_earlier_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="closuremove",
            constraint=models.CheckConstraint(
                condition=models.Q(("put_back_at", None), ("left_because", ""), _connector="OR"),
                name="closuremove_put_back_or_left",
            ),
        ),
    ]

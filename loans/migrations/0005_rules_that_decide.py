"""Rules say more (ages, new films, lateness), and two that tie are refused by the database."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("branches", "0002_photos_services_and_favourite_points"),
        ("catalog", "0005_age_marks_and_loan_classes"),
        ("loans", "0004_loan_extended_on"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.AlterModelOptions(
            name="loan",
            options={
                "permissions": [("override_refusal", "Can lend, reserve and renew although a rule says no")],
                "verbose_name": "loan",
                "verbose_name_plural": "loans",
            },
        ),
        migrations.AlterModelOptions(
            name="loanrule",
            options={
                "ordering": ["material", "reader_category", "branch", "place_kind", "valid_from"],
                "verbose_name": "loan rule",
                "verbose_name_plural": "loan rules",
            },
        ),
        migrations.RemoveConstraint(
            model_name="loanrule",
            name="loanrule_no_two_alike",
        ),
        migrations.RemoveConstraint(
            model_name="readerrule",
            name="readerrule_once_per_status",
        ),
        migrations.AddField(
            model_name="loan",
            name="counts_in_total",
            field=models.BooleanField(default=True, verbose_name="counts towards all loans together"),
        ),
        migrations.AddField(
            model_name="loan",
            name="grace_days",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="days late that are forgiven"),
        ),
        migrations.AddField(
            model_name="loan",
            name="limit_group",
            field=models.CharField(blank=True, max_length=20, verbose_name="counted together as"),
        ),
        migrations.AddField(
            model_name="loan",
            name="rule",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="loans.loanrule",
                verbose_name="rule",
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="suspended_until",
            field=models.DateField(
                blank=True,
                help_text="Because it came back late; the last day.",
                null=True,
                verbose_name="suspends its reader until",
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="suspension_most",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="days of suspension at most"),
        ),
        migrations.AddField(
            model_name="loan",
            name="suspension_per_day",
            field=models.DecimalField(
                decimal_places=2, default=0, max_digits=4, verbose_name="days of suspension for each day late"
            ),
        ),
        migrations.AddField(
            model_name="loanrule",
            name="counts_in_total",
            field=models.BooleanField(
                default=True,
                help_text="An extra-large loan does not.",
                verbose_name="counts towards all loans together",
            ),
        ),
        migrations.AddField(
            model_name="loanrule",
            name="grace_days",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="days late that are forgiven"),
        ),
        migrations.AddField(
            model_name="loanrule",
            name="is_lent",
            field=models.BooleanField(
                default=True, help_text="Not ticked: for use in the library only.", verbose_name="is lent"
            ),
        ),
        migrations.AddField(
            model_name="loanrule",
            name="min_age",
            field=models.PositiveSmallIntegerField(default=0, help_text="0: for everybody.", verbose_name="from age"),
        ),
        migrations.AddField(
            model_name="loanrule",
            name="not_lent_months",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="For films and music the law asks for 18 (law 633/1941, article 69).",
                verbose_name="not lent for months after publication",
            ),
        ),
        migrations.AddField(
            model_name="loanrule",
            name="suspension_most",
            field=models.PositiveSmallIntegerField(
                default=0,
                validators=[django.core.validators.MaxValueValidator(366)],
                verbose_name="days of suspension at most",
            ),
        ),
        migrations.AddField(
            model_name="loanrule",
            name="suspension_per_day",
            field=models.DecimalField(
                decimal_places=2, default=0, max_digits=4, verbose_name="days of suspension for each day late"
            ),
        ),
        migrations.AddField(
            model_name="readerrule",
            name="max_not_collected",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="More than these within the days below, and nothing new can be reserved.",
                verbose_name="reservations not collected that are borne",
            ),
        ),
        migrations.AddField(
            model_name="readerrule",
            name="max_overdue",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="More than these, and nothing new is lent.",
                verbose_name="loans past their date that are borne",
            ),
        ),
        migrations.AddField(
            model_name="readerrule",
            name="not_collected_days",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="For so long it counts, and is remembered. 0: it never counts.",
                validators=[django.core.validators.MaxValueValidator(366)],
                verbose_name="days after a reservation that was not collected",
            ),
        ),
        migrations.AddField(
            model_name="readerrule",
            name="reader_category",
            field=models.CharField(
                blank=True,
                help_text="Empty: any. A rule for a category wins.",
                max_length=12,
                verbose_name="reader's category",
            ),
        ),
        migrations.AlterField(
            model_name="loan",
            name="material",
            field=models.CharField(max_length=12, verbose_name="material class"),
        ),
        migrations.AlterField(
            model_name="loanrule",
            name="material",
            field=models.CharField(
                blank=True,
                choices=[
                    ("book", "book"),
                    ("audiobook", "audiobook"),
                    ("comic", "comic"),
                    ("dvd", "film on DVD"),
                    ("cd", "music on CD"),
                    ("magazine", "magazine"),
                    ("videogame", "videogame"),
                    ("map", "map"),
                    ("score", "printed music"),
                    ("other", "other"),
                    ("guide", "recent travel guide"),
                    ("exam", "manual for public competitions"),
                    ("course", "language course"),
                    ("extra", "extra-large loan, not counted"),
                ],
                max_length=12,
                verbose_name="material class",
            ),
        ),
        migrations.AddIndex(
            model_name="loan",
            index=models.Index(
                condition=models.Q(("reader__isnull", False), ("suspended_until__isnull", False)),
                fields=["reader", "suspended_until"],
                name="loan_suspending_by_reader",
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(("suspended_until__isnull", True), ("status", "closed"), _connector="OR"),
                name="loan_suspends_only_once_given_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_from", None), ("valid_to", None)),
                fields=("material", "reader_category", "branch", "place_kind"),
                name="loanrule_no_two_undated_alike",
                nulls_distinct=False,
                violation_error_message="Another rule says how the same is lent on some of these days, and neither is more specific. Change its dates.",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanrule",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("valid_from__isnull", False), ("valid_to__isnull", False), _connector="OR"),
                expressions=[
                    (models.F("material"), "="),
                    (models.F("reader_category"), "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("branch"), models.Value(0)), "="),
                    (models.F("place_kind"), "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                inclusive_lower=True, inclusive_upper=True
                            ),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="loanrule_no_two_dated_alike_at_once",
                violation_error_message="Another rule says how the same is lent on some of these days, and neither is more specific. Change its dates.",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("suspension_most__lte", 366), ("suspension_per_day__gte", 0)),
                name="loanrule_suspends_a_year_at_most",
            ),
        ),
        migrations.AddConstraint(
            model_name="readerrule",
            constraint=models.UniqueConstraint(
                fields=("reader_status", "reader_category"), name="readerrule_once_per_status_and_category"
            ),
        ),
        migrations.AddConstraint(
            model_name="readerrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("not_collected_days__lte", 366)), name="readerrule_remembers_a_year_at_most"
            ),
        ),
    ]

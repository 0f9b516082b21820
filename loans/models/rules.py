"""Lending policy as data. Empty means 'any'; the most specific row wins by one fixed order (loans/policy.py).

Two rules that could both decide, neither more specific than the other, are refused by the database.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from branches.models import Place, PlaceKind
from catalog.models import LoanClass, Material

MATERIAL_CLASSES = [*Material.choices, *LoanClass.choices]
A_YEAR = 366  # days; a longer suspension would never be meant
TIED = _(
    "Another rule says how the same is lent on some of these days, and neither is more specific. Change its dates."
)


class LoanRule(models.Model):
    """How long, how many, from when, and what follows lateness: by material class, reader, branch, kind of point."""

    material = models.CharField(_("material class"), max_length=12, choices=MATERIAL_CLASSES, blank=True)
    reader_category = models.CharField(_("reader's category"), max_length=12, blank=True)
    branch = models.ForeignKey(
        Place, models.CASCADE, null=True, blank=True, related_name="loan_rules", verbose_name=_("branch")
    )
    place_kind = models.CharField(_("kind of point"), max_length=16, choices=PlaceKind.choices, blank=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)
    is_lent = models.BooleanField(_("is lent"), default=True, help_text=_("Not ticked: for use in the library only."))
    loan_days = models.PositiveSmallIntegerField(_("days of a loan"))
    max_renewals = models.PositiveSmallIntegerField(_("renewals allowed"))
    max_loans = models.PositiveSmallIntegerField(_("loans at once"))
    limit_group = models.CharField(
        _("counted together as"), max_length=20, help_text=_("Materials of one group share the limit of loans at once.")
    )
    counts_in_total = models.BooleanField(
        _("counts towards all loans together"), default=True, help_text=_("An extra-large loan does not.")
    )
    not_lent_months = models.PositiveSmallIntegerField(
        _("not lent for months after publication"),
        default=0,
        help_text=_("For films and music the law asks for 18 (law 633/1941, article 69)."),
    )
    min_age = models.PositiveSmallIntegerField(_("from age"), default=0, help_text=_("0: for everybody."))
    grace_days = models.PositiveSmallIntegerField(_("days late that are forgiven"), default=0)
    suspension_per_day = models.DecimalField(
        _("days of suspension for each day late"), max_digits=4, decimal_places=2, default=0
    )
    suspension_most = models.PositiveSmallIntegerField(
        _("days of suspension at most"), default=0, validators=[MaxValueValidator(A_YEAR)]
    )
    lost_after_days = models.PositiveSmallIntegerField(
        _("taken for lost after days late"),
        default=60,
        db_default=60,
        validators=[MinValueValidator(1)],
        help_text=_("Then its reader is told, and the copy serves no reservation any more until it turns up."),
    )

    class Meta:
        verbose_name = _("loan rule")
        verbose_name_plural = _("loan rules")
        ordering = ["material", "reader_category", "branch", "place_kind", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["material", "reader_category", "branch", "place_kind"],
                condition=Q(valid_from=None, valid_to=None),
                nulls_distinct=False,
                name="loanrule_no_two_undated_alike",
                violation_error_message=TIED,
            ),
            ExclusionConstraint(
                name="loanrule_no_two_dated_alike_at_once",
                expressions=[
                    (F("material"), RangeOperators.EQUAL),
                    (F("reader_category"), RangeOperators.EQUAL),
                    (Coalesce(F("branch"), Value(0)), RangeOperators.EQUAL),
                    (F("place_kind"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(valid_from__isnull=False) | Q(valid_to__isnull=False),
                violation_error_message=TIED,
            ),
            models.CheckConstraint(condition=Q(loan_days__gte=1), name="loanrule_lasts_a_day_at_least"),
            models.CheckConstraint(condition=Q(lost_after_days__gte=1), name="loanrule_lost_only_when_late"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="loanrule_valid_forward",
            ),
            models.CheckConstraint(
                condition=Q(suspension_per_day__gte=0, suspension_most__lte=A_YEAR),
                name="loanrule_suspends_a_year_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_material_display() or '*'}: {self.loan_days}"

    @property
    def is_dated(self) -> bool:
        """Whether it holds for some time only."""
        return self.valid_from is not None or self.valid_to is not None


class KeepingRule(models.Model):
    """How long a copy is kept for its reader, by kind of point: days, or visits of the Bibliobus."""

    place_kind = models.CharField(_("kind of point"), max_length=16, choices=PlaceKind.choices)
    days = models.PositiveSmallIntegerField(_("calendar days"), default=0)
    visits = models.PositiveSmallIntegerField(_("visits"), default=0)

    class Meta:
        verbose_name = _("keeping rule")
        verbose_name_plural = _("keeping rules")
        constraints = [
            models.UniqueConstraint(fields=["place_kind"], name="keepingrule_once_per_kind"),
            models.CheckConstraint(
                condition=Q(days__gte=1, visits=0) | Q(days=0, visits__gte=1), name="keepingrule_days_or_visits"
            ),
        ]

    def __str__(self) -> str:
        return self.get_place_kind_display()


class ReaderRule(models.Model):
    """How much a reader may have at once and what blocks them, by how far we know who they are and by category."""

    reader_status = models.CharField(_("reader's status"), max_length=12)
    reader_category = models.CharField(
        _("reader's category"), max_length=12, blank=True, help_text=_("Empty: any. A rule for a category wins.")
    )
    max_holds = models.PositiveSmallIntegerField(_("open reservations"))
    max_loans = models.PositiveSmallIntegerField(_("loans"))
    pickup_kinds = models.JSONField(
        _("kinds of point for collecting"), default=list, blank=True, help_text=_("An empty list means all.")
    )
    max_overdue = models.PositiveSmallIntegerField(
        _("loans past their date that are borne"), default=0, help_text=_("More than these, and nothing new is lent.")
    )
    max_not_collected = models.PositiveSmallIntegerField(
        _("reservations not collected that are borne"),
        default=0,
        help_text=_("More than these within the days below, and nothing new can be reserved."),
    )
    not_collected_days = models.PositiveSmallIntegerField(
        _("days after a reservation that was not collected"),
        default=0,
        validators=[MaxValueValidator(A_YEAR)],
        help_text=_("For so long it counts, and is remembered. 0: it never counts."),
    )

    class Meta:
        verbose_name = _("reader rule")
        verbose_name_plural = _("reader rules")
        constraints = [
            models.UniqueConstraint(
                fields=["reader_status", "reader_category"], name="readerrule_once_per_status_and_category"
            ),
            models.CheckConstraint(
                condition=Q(not_collected_days__lte=A_YEAR), name="readerrule_remembers_a_year_at_most"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader_status} {self.reader_category}".strip()

"""Lending policy as data. Empty means 'any'; the most specific row wins by one fixed order (loans/policy.py)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place, PlaceKind
from catalog.models import Material


class LoanRule(models.Model):
    """How long and how many, by material first, then reader's category, branch, kind of point."""

    material = models.CharField(_("material"), max_length=12, choices=Material.choices, blank=True)
    reader_category = models.CharField(_("reader's category"), max_length=12, blank=True)
    branch = models.ForeignKey(
        Place, models.CASCADE, null=True, blank=True, related_name="loan_rules", verbose_name=_("branch")
    )
    place_kind = models.CharField(_("kind of point"), max_length=16, choices=PlaceKind.choices, blank=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)
    loan_days = models.PositiveSmallIntegerField(_("days of a loan"))
    max_renewals = models.PositiveSmallIntegerField(_("renewals allowed"))
    max_loans = models.PositiveSmallIntegerField(_("loans at once"))
    limit_group = models.CharField(
        _("counted together as"), max_length=20, help_text=_("Materials of one group share the limit of loans at once.")
    )

    class Meta:
        verbose_name = _("loan rule")
        verbose_name_plural = _("loan rules")
        ordering = ["material", "reader_category", "branch", "place_kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["material", "reader_category", "branch", "place_kind", "valid_from"],
                nulls_distinct=False,
                name="loanrule_no_two_alike",
            ),
            models.CheckConstraint(condition=Q(loan_days__gte=1), name="loanrule_lasts_a_day_at_least"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="loanrule_valid_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_material_display() or '*'}: {self.loan_days}"


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
    """How much a reader may have at once, by how far we know who they are."""

    reader_status = models.CharField(_("reader's status"), max_length=12)
    max_holds = models.PositiveSmallIntegerField(_("open reservations"))
    max_loans = models.PositiveSmallIntegerField(_("loans"))
    pickup_kinds = models.JSONField(
        _("kinds of point for collecting"), default=list, blank=True, help_text=_("An empty list means all.")
    )

    class Meta:
        verbose_name = _("reader rule")
        verbose_name_plural = _("reader rules")
        constraints = [models.UniqueConstraint(fields=["reader_status"], name="readerrule_once_per_status")]

    def __str__(self) -> str:
        return self.reader_status

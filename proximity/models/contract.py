"""Contracts with those who hand out and take back for the libraries."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place


class Contract(models.Model):
    """With whom the library has agreed on a point, from when to when, and on what. A point has one at a time."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="contracts", verbose_name=_("point"))
    partner = models.CharField(_("partner"), max_length=120, help_text=_("The firm or association, as it signs."))
    contact = models.TextField(
        _("contact"), max_length=500, blank=True, help_text=_("Who answers for the partner: name, telephone, e-mail.")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contracts",
        limit_choices_to={"is_staff": True},
        verbose_name=_("who looks after it"),
        help_text=_("Is told before it ends. Empty: all managers are."),
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True, help_text=_("Its last day. Empty: until terminated."))
    parcels_a_day = models.PositiveSmallIntegerField(
        _("parcels a day"), null=True, blank=True, help_text=_("The most that were agreed. Empty: none was.")
    )
    terms = models.TextField(_("fee"), max_length=1000, blank=True, help_text=_("In words, as the contract has it."))

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["place", "-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="contract_ends_after_it_begins",
                violation_error_message=_("A contract cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(parcels_a_day=None) | Q(parcels_a_day__gte=1), name="contract_agrees_on_a_parcel_at_least"
            ),
            ExclusionConstraint(
                name="contract_one_at_a_time_per_place",
                expressions=[
                    (F("place"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_on"),
                            F("ends_on"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_(
                    "This point has another contract on some of these days. End that one first, or change the dates."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.partner

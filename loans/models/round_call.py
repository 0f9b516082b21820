"""What a driver counted where a round called: one half of a handover; scans at the place are the other."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Device, Place


class RoundCall(models.Model):
    """A driver's word of how many crates were left and taken along at a place in a day; settled when both have spoken.

    `left_confirmed` and `taken_confirmed` are what the scans of crates said when it was settled.
    """

    vehicle = models.ForeignKey(Place, models.PROTECT, related_name="calls_made", verbose_name=_("van"))
    on = models.DateField(_("on"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="round_calls", verbose_name=_("place"))
    left_counted = models.PositiveSmallIntegerField(_("crates left, by the driver"))
    taken_counted = models.PositiveSmallIntegerField(_("crates taken along, by the driver"))
    counted_at = models.DateTimeField(_("counted at"))
    counted_by = models.ForeignKey(Device, models.PROTECT, related_name="+", verbose_name=_("counted by"))
    left_confirmed = models.PositiveSmallIntegerField(_("of these received there"), null=True, blank=True)
    taken_confirmed = models.PositiveSmallIntegerField(_("crates given to the van there"), null=True, blank=True)
    settled_at = models.DateTimeField(_("compared at"), null=True, blank=True)

    class Meta:
        verbose_name = _("call of the van, counted")
        verbose_name_plural = _("calls of the van, counted")
        ordering = ["-on", "place"]
        constraints = [
            models.UniqueConstraint(fields=["vehicle", "place", "on"], name="roundcall_once_per_van_place_and_day"),
            models.CheckConstraint(
                condition=Q(settled_at=None, left_confirmed=None, taken_confirmed=None)
                | Q(settled_at__isnull=False, left_confirmed__isnull=False, taken_confirmed__isnull=False),
                name="roundcall_settled_says_what_was_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.place}"

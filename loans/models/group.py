"""Reservations that belong together: one of several, or a set."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from loans.states import GroupKind


class HoldGroup(models.Model):
    """What a reader reserved together; it counts as one reservation.

    Each member is a hold of its own with its own place in the queue of its work (docs/adr/0008).
    """

    reader = models.ForeignKey(Reader, models.PROTECT, related_name="hold_groups", verbose_name=_("reader"))
    kind = models.CharField(_("kind"), max_length=8, choices=GroupKind.choices)
    placed_at = models.DateTimeField(_("placed at"))
    won_by = models.OneToOneField(
        "loans.Hold",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="won_group",
        verbose_name=_("came first"),
        help_text=_("Of one of several: the reservation whose copy was the first to be taken from its shelf."),
    )

    class Meta:
        verbose_name = _("reservations together")
        verbose_name_plural = _("reservations together")
        ordering = ["placed_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(won_by=None) | Q(kind=GroupKind.ONE_OF), name="holdgroup_only_one_of_several_is_won"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

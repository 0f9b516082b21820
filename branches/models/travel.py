"""Dated journeys: the Bibliobus at a stop, the van over the places."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models.place import Place
from branches.querysets import VisitQuerySet


class VisitStatus(models.TextChoices):
    """What becomes of a planned visit."""

    PLANNED = "planned", _("planned")
    CANCELLED = "cancelled", _("cancelled")
    DONE = "done", _("done")


class Visit(models.Model):
    """The Bibliobus at one stop on one date."""

    stop = models.ForeignKey(Place, models.PROTECT, related_name="visits", verbose_name=_("stop"))
    on = models.DateField(_("on"))
    arrives = models.TimeField(_("arrives"))
    leaves = models.TimeField(_("leaves"))
    status = models.CharField(_("status"), max_length=10, choices=VisitStatus.choices, default=VisitStatus.PLANNED)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["on", "arrives"]
        constraints = [
            models.UniqueConstraint(fields=["stop", "on", "arrives"], name="visit_once_per_stop_and_time"),
            models.CheckConstraint(condition=Q(leaves__gt=F("arrives")), name="visit_leaves_after_it_arrived"),
        ]

    def __str__(self) -> str:
        return f"{self.stop_id} {self.on}"


class Round(models.Model):
    """A van's dated run over places."""

    name = models.CharField(_("name"), max_length=60)
    on = models.DateField(_("on"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["on", "name"]
        constraints = [models.UniqueConstraint(fields=["name", "on"], name="round_once_per_day_and_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.on}"


class RoundStop(models.Model):
    """A place where a round calls."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="round_stops", verbose_name=_("round"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="round_stops", verbose_name=_("place"))
    position = models.PositiveSmallIntegerField(_("position"))
    arrives = models.TimeField(_("arrives"))

    class Meta:
        verbose_name = _("stop of a round")
        verbose_name_plural = _("stops of a round")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="roundstop_position_once"),
            models.UniqueConstraint(fields=["round", "place"], name="roundstop_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.position}"

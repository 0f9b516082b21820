"""Dated journeys: the Bibliobus at a stop, the van over the places."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models.place import Place
from branches.models.route import Route
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
    """A van's dated run over places, planned from a route; once staff have changed it, planning leaves it alone."""

    route = models.ForeignKey(
        Route, models.PROTECT, null=True, blank=True, related_name="rounds", verbose_name=_("route")
    )
    name = models.CharField(_("name"), max_length=60)
    planned_on = models.DateField(
        _("instead of"), null=True, blank=True, help_text=_("The day of its route that it stands for.")
    )
    on = models.DateField(_("on"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed by staff at"), null=True, blank=True)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["on", "name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "on"], name="round_once_per_day_and_name"),
            models.UniqueConstraint(fields=["route", "planned_on"], name="round_once_per_route_and_planned_day"),
            models.CheckConstraint(
                condition=Q(route=None, planned_on=None) | Q(route__isnull=False, planned_on__isnull=False),
                name="round_of_a_route_says_for_which_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.on}"

    @property
    def is_untouched(self) -> bool:
        """Whether it is still as it was planned, so that planning may change it."""
        return self.changed_at is None and self.cancelled_at is None


class RoundStop(models.Model):
    """A place where a round calls, in local wall time; without a time of departure it leaves at once."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="round_stops", verbose_name=_("round"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="round_stops", verbose_name=_("place"))
    position = models.PositiveSmallIntegerField(_("position"))
    arrives = models.TimeField(_("arrives"))
    departs = models.TimeField(_("departs"), null=True, blank=True)

    class Meta:
        verbose_name = _("stop of a round")
        verbose_name_plural = _("stops of a round")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="roundstop_position_once"),
            models.CheckConstraint(
                condition=Q(departs=None) | Q(departs__gte=F("arrives")), name="roundstop_departs_after_it_arrived"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arrives:%H:%M}"

"""The van's timetable: on which weekdays it runs over which places, at what time, and when it does not."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models.hours import Weekday
from branches.models.place import Place, PlaceKind


class Route(models.Model):
    """A run that the van repeats by the week, from which dated rounds are planned. It ends; it is never deleted."""

    name = models.CharField(_("name"), max_length=60)
    hub = models.ForeignKey(
        Place,
        models.PROTECT,
        related_name="routes_sorted_here",
        verbose_name=_("sorted at"),
        help_text=_("Where copies change to another round. The van calls there like anywhere else, at both ends."),
    )
    vehicle = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"kind": PlaceKind.VEHICLE},
        related_name="routes_driven",
        verbose_name=_("driven with"),
        help_text=_("Only the phone of this van shows its rounds. Empty: every van's phone does."),
    )
    weekdays = ArrayField(models.PositiveSmallIntegerField(choices=Weekday.choices), verbose_name=_("weekdays"))
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("runs"), default=True)
    is_off_on_holidays = models.BooleanField(_("does not run on public holidays"), default=True)
    is_demo = models.BooleanField(_("demonstrative"), default=False)

    class Meta:
        verbose_name = _("route of the van")
        verbose_name_plural = _("routes of the van")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], name="route_name_once", violation_error_message=_("Another route has this name.")
            ),
            models.CheckConstraint(
                condition=Q(weekdays__len__gt=0) & Q(weekdays__contained_by=Weekday.values),
                name="route_weekdays_are_some",
                violation_error_message=_("Choose at least one weekday."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="route_valid_forward",
                violation_error_message=_("A route cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RouteCall(models.Model):
    """A place where a route calls, in local wall time. The times are the order: a van is at one place at a time."""

    route = models.ForeignKey(Route, models.CASCADE, related_name="calls", verbose_name=_("route"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="route_calls", verbose_name=_("place"))
    arrives = models.TimeField(_("arrives"))
    departs = models.TimeField(_("departs"))

    class Meta:
        verbose_name = _("call of a route")
        verbose_name_plural = _("calls of a route")
        ordering = ["arrives"]
        constraints = [
            models.UniqueConstraint(
                fields=["route", "arrives"],
                name="routecall_one_place_at_a_time",
                deferrable=models.Deferrable.DEFERRED,  # all calls of a route may be put off by ten minutes
            ),
            models.CheckConstraint(
                condition=Q(departs__gte=F("arrives")),
                name="routecall_departs_after_it_arrived",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arrives:%H:%M}"


class RouteDayOff(models.Model):
    """A date on which one route, or every one, does not run."""

    route = models.ForeignKey(
        Route,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="days_off",
        verbose_name=_("route"),
        help_text=_("Empty: no van runs at all."),
    )
    on = models.DateField(_("on"))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("day off of the van")
        verbose_name_plural = _("days off of the van")
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(
                fields=["route", "on"],
                nulls_distinct=False,
                name="routedayoff_once_per_route_and_day",
                violation_error_message=_("This day off is there already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.reason}"

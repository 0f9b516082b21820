"""The Bibliobus: dated visits made from each stop's weekly hours."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from branches.calendar import Calendar, WeeklyHours
from branches.models import Closure, Place, PlaceKind, Visit

PLANNED_DAYS = 70


@transaction.atomic
def plan_visits(start: dt.date, days: int = PLANNED_DAYS) -> int:
    """Write the visits of the coming days from the stops' weekly hours; return how many were new.

    Safe to repeat: a visit that is there, cancelled or moved by staff, is left as it is.
    """
    stops = Place.objects.filter(kind=PlaceKind.STOP, hours_known=True).prefetch_related("vehicle__closures")
    stops = stops.with_calendar(start, start + dt.timedelta(days=days))
    wanted = []
    for stop in stops:
        calendar = _weekly_calendar(stop)
        for delta in range(days):
            day = start + dt.timedelta(days=delta)
            wanted += [
                Visit(stop=stop, on=day, arrives=one.starts.time(), leaves=one.ends.time())
                for one in calendar.openings_on(day)
            ]
    before = Visit.objects.count()
    Visit.objects.bulk_create(wanted, ignore_conflicts=True)
    return Visit.objects.count() - before


def _weekly_calendar(stop: Place) -> Calendar:
    return Calendar(
        weekly=tuple(
            WeeklyHours(one.weekday, one.opens, one.closes, one.valid_from, one.valid_to)
            for one in stop.opening_hours.all()
            if one.purpose == one.Purpose.OPEN
        ),
        closures=tuple((one.starts_on, one.ends_on) for one in _closures(stop)),
        rests_on_holidays=stop.closed_on_holidays,
        opened_on=stop.opened_on,
        closed_on=stop.closed_on,
    )


def _closures(stop: Place) -> list[Closure]:
    """Return the closures of a stop, and those of its vehicle: no bus, no visit."""
    return [*stop.closures.all(), *(stop.vehicle.closures.all() if stop.vehicle is not None else ())]

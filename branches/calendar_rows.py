"""A place's calendar read in one statement, for verbs; pages that show many places prefetch (`with_calendar`)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from branches.calendar import Calendar, WeeklyHours
from branches.models import Closure, OpeningHours, Place, PlaceKind, SpecialOpening, Visit, VisitStatus

if TYPE_CHECKING:
    from django.db.models import Expression, QuerySet

PARTS = ("hours_rows", "closure_rows", "special_rows", "visit_rows")


class CalendarRow(NamedTuple):
    """What `calendar_from` needs of a place, where nothing else of it is read (`values_list(*CalendarRow._fields)`)."""

    kind: str
    hours_known: bool
    always_open: bool
    closed_on_holidays: bool
    opened_on: dt.date | None
    closed_on: dt.date | None
    hours_rows: list[Any]
    closure_rows: list[Any]
    special_rows: list[Any]
    visit_rows: list[Any]


def with_calendar_rows(
    places: QuerySet[Place], start: dt.date | Expression, end: dt.date | Expression
) -> QuerySet[Place]:
    """Annotate places with all that `calendar_from` needs for the days from `start` to `end`.

    A vehicle that is off the road takes its stops with it.
    """
    here = OuterRef("pk")
    hours = OpeningHours.objects.filter(place=here, purpose=OpeningHours.Purpose.OPEN).order_by("weekday", "opens")
    closures = Closure.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=start),
        Q(place=here) | Q(place=OuterRef("vehicle")),  # no bus, no visit
        starts_on__lte=end,
    )
    special = SpecialOpening.objects.filter(place=here, on__range=(start, end))
    visits = Visit.objects.filter(stop=here, on__range=(start, end)).exclude(status=VisitStatus.CANCELLED)
    return places.annotate(
        hours_rows=json_rows(hours, "weekday", "opens", "closes", "valid_from", "valid_to"),
        closure_rows=json_rows(closures, "starts_on", "ends_on"),
        special_rows=json_rows(special, "on", "opens", "closes"),
        visit_rows=json_rows(visits, "on", "arrives", "leaves"),
    )


def json_rows(rows: QuerySet[Any], *names: str, **renamed: str) -> ArraySubquery:
    """Return the rows of a subquery as a list of dicts in one column, days and times as text."""
    return ArraySubquery(rows.values(row=JSONObject(**{name: name for name in names}, **renamed)))


def calendar_from(place: Place | CalendarRow) -> Calendar:
    """Return the calendar of a place that was fetched by `with_calendar_rows`."""
    hours, closures, special, visits = (getattr(place, name) for name in PARTS)
    return Calendar(
        known=place.hours_known,
        always=place.always_open,
        rests_on_holidays=place.closed_on_holidays,
        weekly=tuple(
            WeeklyHours(
                one["weekday"],
                _time(one["opens"]),
                _time(one["closes"]),
                _day(one["valid_from"]),
                _day(one["valid_to"]),
            )
            for one in hours
        ),
        closures=tuple((dt.date.fromisoformat(one["starts_on"]), _day(one["ends_on"])) for one in closures),
        special=tuple(_opening(one["on"], one["opens"], one["closes"]) for one in special),
        visits=tuple(_opening(one["on"], one["arrives"], one["leaves"]) for one in visits)
        if place.kind == PlaceKind.STOP
        else None,
        opened_on=place.opened_on,
        closed_on=place.closed_on,
    )


def calendar_for(place: Place, start: dt.date, end: dt.date) -> Calendar:
    """Return a place's calendar for the days from `start` to `end`, by one statement."""
    return calendar_from(with_calendar_rows(Place.objects.all(), start, end).get(pk=place.pk))


def _time(text: str) -> dt.time:
    return dt.time.fromisoformat(text)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _opening(on: str, starts: str, ends: str) -> tuple[dt.date, dt.time, dt.time]:
    return dt.date.fromisoformat(on), _time(starts), _time(ends)

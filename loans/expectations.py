"""What is told about when a reservation comes: a day that is meant as 'around', or why there is none yet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, FilteredRelation, Q, Window
from django.db.models.functions import RowNumber
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from branches.calendar_rows import with_calendar_rows
from branches.models import Place, PlaceKind
from branches.rounds import timetable_between
from catalog.models import Copy
from catalog.states import MAY_SERVE
from loans.arrivals import ROAD_AHEAD
from loans.forecast import Forecast, Standing, places_of
from loans.models import Hold, KeepingRule, LoanRule
from loans.states import OPEN_TRANSIT, HoldStatus, LoanStatus
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

HORIZON = dt.timedelta(days=180)  # later than that nobody knows
MOST_AHEAD = 500  # of a queue, looked at for a date
COPY_FIELDS = (
    "status",
    "place",
    "home",
    "is_lendable",
    "missed_at",
    "not_lent_before",
    "volume",
    "loan_class",
    "title__work",
    "title__material",
)
WITH_A_COPY = (HoldStatus.ASSIGNED, HoldStatus.PICKED, HoldStatus.IN_TRANSIT, HoldStatus.ARRIVED)


class Outlook(models.TextChoices):
    """In which words an expectation is told."""

    AROUND = "around", _("Expected around %(day)s")
    VISIT = "visit", _("Expected around the visit of the Bibliobus on %(day)s")
    LATER = "later", _("Expected in more than six months")
    POINT_FULL = "point_full", _("Its point is full: we cannot say yet when there is room")
    UNKNOWN = "unknown", _("We cannot say yet when it comes")


@dataclass(frozen=True)
class Expectation:
    """A day, or None where we cannot say, and the words for it: a code, and the day that they name."""

    outlook: Outlook
    on: dt.date | None = None

    @property
    def params(self) -> dict[str, str]:
        """Return what the words name, in the present language."""
        return {"day": date_format(self.on, "l j F")} if self.on is not None else {}

    def __str__(self) -> str:
        return str(self.outlook.label) % self.params


def expected_for(holds: Iterable[Hold]) -> dict[int, Expectation]:
    """Return by number what can be told of open holds; those that are ready, suspended or over are left out.

    Six statements at most, however many holds. Never a day that has passed, none beyond half a year.
    """
    asked = list(holds)
    held = [hold for hold in asked if hold.status in WITH_A_COPY]
    waiting = [hold for hold in asked if hold.status == HoldStatus.QUEUED and _takes_part(hold)]
    if not held and not waiting:
        return {}
    forecast = _forecast(held, waiting)
    return _of_held(held, forecast) | _of_waiting(waiting, forecast)


def expected_at(hold: Hold, pickups: Iterable[int], *, full: Collection[int] = ()) -> dict[int, Expectation]:
    """Return by point what could be told of an open hold if it were collected there; of one not yet placed, too.

    Nothing for one that is ready or rests. `full` are points without room: a copy that lies free on a shelf waits there
    until there is some. Six statements at most, however many points.
    """
    wanted = set(pickups)
    if hold.status not in (*WITH_A_COPY, HoldStatus.QUEUED) or not wanted or not _takes_part(hold):
        return {}
    is_held = hold.status in WITH_A_COPY
    forecast = _forecast([hold] if is_held else [], [] if is_held else [hold], wanted)
    until = forecast.today + HORIZON
    if is_held:
        standing = next((one for one in forecast.standings if one.hold == hold.pk), None)
        days = {pickup: forecast.day_of_held_at(standing, pickup) if standing else None for pickup in wanted}
        return {pickup: _told(day, pickup, forecast) for pickup, day in days.items()}
    queue = forecast.queue[hold.work_id]
    if hold not in queue and len(queue) < MOST_AHEAD:  # not placed yet; behind so many nobody can say
        queue.append(hold)
    is_free = forecast.has_free_copy_for(hold)
    return {
        pickup: Expectation(Outlook.POINT_FULL) if is_free and pickup in full else _told(day, pickup, forecast)
        for pickup, day in forecast.days_of_waiting_at(hold, wanted, until).items()
    }


def _takes_part(hold: Hold) -> bool:
    return hold.suspended_until is None and not hold.waits_for_set


def _of_held(held: list[Hold], forecast: Forecast) -> dict[int, Expectation]:
    standings = {one.hold: one for one in forecast.standings}
    return {
        hold.pk: _told(forecast.day_of_held(standings[hold.pk]), hold.pickup_place_id, forecast)
        if hold.pk in standings
        else Expectation(Outlook.UNKNOWN)
        for hold in held
    }


def _of_waiting(waiting: list[Hold], forecast: Forecast) -> dict[int, Expectation]:
    until = forecast.today + HORIZON
    days = {work: forecast.days_of_waiting(work, until) for work in {hold.work_id for hold in waiting}}
    return {
        hold.pk: Expectation(Outlook.POINT_FULL)
        if forecast.has_free_copy_for(hold)
        else _told(_day_of(hold, days[hold.work_id], until), hold.pickup_place_id, forecast)
        for hold in waiting
    }


def _day_of(hold: Hold, days: dict[int, dt.date | None], until: dt.date) -> dt.date | None:
    """Return the day of a hold; of one too far back in its queue to be looked at, only that it is later, if it is."""
    if hold.pk in days:
        return days[hold.pk]
    return max((day for day in days.values() if day is not None and day > until), default=None)


def _told(day: dt.date | None, pickup: int, forecast: Forecast) -> Expectation:
    if day is None:
        return Expectation(Outlook.UNKNOWN)
    if day > forecast.today + HORIZON:
        return Expectation(Outlook.LATER)
    is_visit = forecast.places[pickup].kind == PlaceKind.STOP
    return Expectation(Outlook.VISIT if is_visit else Outlook.AROUND, on=max(day, forecast.today))


# --- Reading


def _forecast(held: list[Hold], waiting: list[Hold], points: Collection[int] = ()) -> Forecast:
    """Read all that the expectations of these holds hang on, at their points and at others."""
    now, today = clock.now(), clock.today()
    standings = _standings({hold.work_id for hold in [*held, *waiting]})
    queue = _queues({hold.work_id for hold in waiting})
    named = places_of(standings, [*held, *waiting, *(hold for holds in queue.values() for hold in holds)])
    named = named.union(points) - {None}
    links = Place.objects.filter(pk__in=named)
    places = Place.objects.filter(
        Q(pk__in=named) | Q(pk__in=links.values("vehicle")) | Q(pk__in=links.values("parent"))
    )
    last = today + ROAD_AHEAD + (HORIZON if waiting else dt.timedelta())
    by_number = {place.pk: place for place in with_calendar_rows(places, today, last)}
    first = min([today, *(clock.local(one.requested_at).date() for one in standings if one.requested_at)])
    return Forecast(
        now=now,
        places=by_number,
        timetable=timetable_between(max(first, today - ROAD_AHEAD), last, set(by_number)),
        standings=standings,
        queue=queue,
        loan_rules=list(LoanRule.objects.all()),
        keeping_rules={rule.place_kind: rule for rule in KeepingRule.objects.all()},
    )


def _standings(works: set[int]) -> list[Standing]:
    """Return how the copies of works stand, in one statement: each has one loan, hold and journey at most."""
    copies = (
        Copy.objects.filter(title__work__in=works, status__in=MAY_SERVE)
        .select_related("title")
        .only(*COPY_FIELDS)
        .annotate(
            loan=FilteredRelation("loans", condition=Q(loans__status=LoanStatus.OPEN)),
            meant=FilteredRelation("assignments", condition=Q(assignments__released_at=None)),
            trip=FilteredRelation("transits", condition=Q(transits__status__in=OPEN_TRANSIT)),
        )
        .annotate(
            at_due_on=F("loan__due_on"),
            at_lent_place=F("loan__place"),
            at_hold=F("meant__hold"),
            at_hold_status=F("meant__hold__status"),
            at_keep_until=F("meant__hold__keep_until"),
            at_pickup=F("meant__hold__pickup_place"),
            at_origin=F("trip__origin"),
            at_destination=F("trip__destination"),
            at_requested_at=F("trip__requested_at"),
            at_searched_at=F("trip__searched_at"),
        )
        .order_by("pk")
    )
    prefix = "at_"
    return [
        Standing(copy, **{name[len(prefix) :]: value for name, value in vars(copy).items() if name.startswith(prefix)})
        for copy in copies
    ]


def _queues(works: set[int]) -> dict[int, list[Hold]]:
    """Return by work the holds that wait, in order, in one statement; of a very long queue the first ones only."""
    order = ["rank", "placed_at", "id"]
    waiting = (
        Hold.objects.filter(work__in=works)
        .waiting()
        .only("work", "title", "copy", "volume", "level", "pickup_place", "rank", "placed_at")
        .annotate(turn=Window(RowNumber(), partition_by=F("work"), order_by=order))
        .filter(turn__lte=MOST_AHEAD)
        .order_by("work", *order)
    )
    queues: dict[int, list[Hold]] = defaultdict(list)
    for hold in waiting:
        queues[hold.work_id].append(hold)
    return queues

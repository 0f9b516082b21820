"""When copies come where they are going: the van's dated rounds, then the first day the point opens."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Q

from branches.calendar_rows import calendar_for
from branches.journeys import journey
from branches.models import Place
from branches.rounds import timetable_between
from catalog.models import Copy
from loans.models import Hold, Transit
from loans.states import OPEN_TRANSIT, HoldStatus
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from branches.calendar import Calendar
    from branches.journeys import Timetable

ROAD_AHEAD = dt.timedelta(days=28)  # no copy is longer on the road, Christmas included
CALENDAR_AHEAD = dt.timedelta(days=90)
NEVER = dt.date.max  # no van that is planned goes there


def arrives_on(origin: Place, destination: Place, ready_at: dt.datetime) -> dt.date | None:
    """Return the day on which a copy ready for the van at `ready_at` arrives; None when no van is planned to go there.

    One statement.
    """
    day = clock.local(ready_at).date()
    timetable = timetable_between(day, day + ROAD_AHEAD, [origin.pk, destination.pk])
    found = journey(timetable, origin.pk, destination.pk, ready_at)
    return clock.local(found.arrives_at).date() if found is not None else None


def redate_transits() -> int:
    """Give the copies on their way the dates that the rounds have now; return how many dates have changed.

    Safe to repeat. A journey whose date has passed keeps it: it is late, and nobody shall lose sight of that.
    """
    now = clock.now()
    today = clock.today()
    on_the_way = Transit.objects.filter(status__in=OPEN_TRANSIT, requested_at__gte=now - ROAD_AHEAD)
    transits = list(on_the_way.filter(Q(expected_on=None) | Q(expected_on__gte=today)))
    timetable = timetable_between(today - ROAD_AHEAD, today + ROAD_AHEAD)
    changed: dict[dt.date | None, list[int]] = defaultdict(list)
    for transit in transits:
        found = journey(timetable, transit.origin_id, transit.destination_id, transit.requested_at)
        day = clock.local(found.arrives_at).date() if found is not None else None
        if day != transit.expected_on:
            changed[day].append(transit.pk)
    return sum(on_the_way.filter(pk__in=keys).update(expected_on=day) for day, keys in changed.items())


class Arrivals:
    """When the copies of one work could be collected, as one verb asks. Reads once, and only what it is asked for."""

    def __init__(self, work_id: int) -> None:
        self._work_id = work_id
        self._calendars: dict[int, Calendar] = {}

    @cached_property
    def _timetable(self) -> Timetable:
        copies = Copy.objects.filter(title__work=self._work_id).values("place")
        waiting = Hold.objects.filter(work=self._work_id, status__in=[HoldStatus.QUEUED, HoldStatus.ASSIGNED])
        pickups = waiting.order_by().values("pickup_place")
        places = Place.objects.filter(Q(pk__in=copies) | Q(pk__in=pickups) | Q(stops__in=pickups))
        today = clock.today()
        return timetable_between(today, today + ROAD_AHEAD, places.values("pk"))

    def days_at(self, pickup: Place, copies: Iterable[Copy]) -> dict[int, dt.date]:
        """Return on which day each copy, by number, can be collected at a point: its arrival, then the opening day.

        A copy taken from its shelf today travels from tomorrow on. When all come on one day the point's calendar is
        not asked.
        """
        arrivals = {copy.pk: self._arrival(copy, pickup.holding_place) for copy in copies}
        if len(set(arrivals.values())) == 1:
            return arrivals
        calendar = self._calendar(pickup)
        return {copy: day if day == NEVER else calendar.next_open_day(day) or NEVER for copy, day in arrivals.items()}

    def _arrival(self, copy: Copy, destination: Place) -> dt.date:
        today = clock.today()
        if copy.place_id == destination.pk or copy.place_id is None:
            return today
        found = journey(self._timetable, copy.place_id, destination.pk, clock.end_of(today))
        return clock.local(found.arrives_at).date() if found is not None else NEVER

    def _calendar(self, pickup: Place) -> Calendar:
        if pickup.pk not in self._calendars:
            today = clock.today()
            self._calendars[pickup.pk] = calendar_for(pickup, today, today + CALENDAR_AHEAD)
        return self._calendars[pickup.pk]

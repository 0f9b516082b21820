"""When a reservation can be expected to be ready. Pure: gets rows that were fetched before, asks no clock.

Every guess is on the side of later: a reader collects on the last day and keeps the loan to its end, a copy travels
with the first van after the library that has it has closed. A date that comes true early disappoints nobody.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from branches.calendar import is_holiday
from branches.calendar_rows import calendar_from
from branches.journeys import journey
from catalog.states import CopyStatus
from loans.policy import PICKABLE, can_serve, due_on, keep_until, loan_rule_for, material_class
from loans.states import HoldStatus
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from branches.calendar import Calendar
    from branches.journeys import Timetable
    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Hold, KeepingRule, LoanRule

OVERDUE_MARGIN_DAYS = 14  # from today, until a copy that should be back already is
# Where nobody knows the hours, something is done on working days and Saturdays, until this hour.
LAST_HOUR, SUNDAY = dt.time(18), 6
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """Where a copy stands: the last day of its open loan, the hold it is meant for, the journey it is on."""

    copy: Copy
    due_on: dt.date | None = None
    lent_place: int | None = None
    hold: int | None = None
    hold_status: str | None = None
    keep_until: dt.date | None = None
    pickup: int | None = None
    origin: int | None = None
    destination: int | None = None
    requested_at: dt.datetime | None = None
    searched_at: dt.datetime | None = None


@dataclass(frozen=True)
class InHand:
    """A copy that a librarian will have in hand at a place on a day; `at` closing time it is ready for the van."""

    copy: Copy
    place: int
    on: dt.date
    at: dt.datetime


@dataclass
class Forecast:
    """All that is known at one instant. `queue` holds who waits, by work, in order; `places` have their calendars."""

    now: dt.datetime
    places: dict[int, Place]
    timetable: Timetable
    standings: list[Standing]
    queue: dict[int, list[Hold]]
    loan_rules: list[LoanRule]
    keeping_rules: dict[str, KeepingRule]
    _calendars: dict[int, Calendar] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        """Return the civil day in Milan."""
        return clock.local(self.now).date()

    # --- A hold that has a copy

    def day_of_held(self, standing: Standing) -> dt.date | None:
        """Return the day on which a copy meant for a hold can be collected; None when no van is known to bring it."""
        return self.day_of_held_at(standing, standing.pickup) if standing.pickup is not None else None

    def day_of_held_at(self, standing: Standing, pickup: int) -> dt.date | None:
        """Return that day if it were collected at another point."""
        at = self._arrival(standing, self._holding(pickup))
        return self._open_day(pickup, at) if at is not None else None

    def _arrival(self, standing: Standing, destination: int) -> dt.datetime | None:
        """Return when a copy meant for a hold is where it is to be collected."""
        copy = standing.copy
        if standing.searched_at is not None:  # lost on the road, perhaps
            return None
        if standing.origin is not None and standing.requested_at is not None:
            at = self._journey(standing.origin, destination, standing.requested_at)
            if at is None or clock.local(at).date() < self.today:  # late: it goes, we hope, with the next
                at = self._journey(standing.origin, destination, self.now)
            return max(at, self.now) if at is not None else None
        if copy.place_id is None or copy.place_id == destination:
            return self.now
        if standing.hold_status == HoldStatus.ASSIGNED:  # still on its shelf
            day = self._open_day(copy.place_id, self.now)
            return self._journey(copy.place_id, destination, self._closing(copy.place_id, day)) if day else None
        return self._journey(copy.place_id, destination, self.now)

    # --- Holds that wait

    def days_of_waiting(self, work: int, until: dt.date) -> dict[int, dt.date | None]:
        """Return for the holds that wait for a work, by number, the day on which each can collect.

        None: no copy is known to come, or no van to go there. Who comes only after `until` gets the day after it.
        """
        return {
            hold.pk: self._day_at(hold.pickup_place_id, first, until) if first is not None else None
            for hold, first in self._turns(work, until)
        }

    def days_of_waiting_at(self, hold: Hold, pickups: Iterable[int], until: dt.date) -> dict[int, dt.date | None]:
        """Return for a hold of the queue, by point, the day on which it could be collected there.

        A copy that lies free on a shelf comes from there; else the one that is the hold's by its turn.
        """
        free = [self._at_a_desk(copy, copy.place_id, self.now) for copy in self.free_copies_for(hold) if copy.place_id]
        coming = [one for one in free if one is not None]
        if not coming:
            first = next((first for one, first in self._turns(hold.work_id, until) if one == hold), None)
            coming = [first] if first is not None else []
        days = {pickup: [self._day_at(pickup, one, until) for one in coming] for pickup in pickups}
        return {pickup: min((day for day in found if day is not None), default=None) for pickup, found in days.items()}

    def _turns(self, work: int, until: dt.date) -> Iterator[tuple[Hold, InHand | None]]:
        """Yield the holds that wait for a work, in order, each with the copy that is the first to come for it."""
        supply = list(self._supplies[work])
        for hold in self.queue.get(work, []):
            fitting = [one for one in supply if can_serve(one.copy, hold)]
            first = min(fitting, key=lambda one: (one.at, one.copy.pk), default=None)
            yield hold, first
            if first is None or first.on > until:
                continue
            day = self._day_from(first, hold.pickup_place_id)
            supply.remove(first)
            again = self._lent_from(first.copy, hold.pickup_place_id, day or first.on)
            supply += [again] if again is not None else []

    def _day_at(self, pickup: int, first: InHand, until: dt.date) -> dt.date | None:
        return until + ONE_DAY if first.on > until else self._day_from(first, pickup)

    def _day_from(self, first: InHand, pickup: int) -> dt.date | None:
        if first.place == pickup:
            return first.on  # put on the shelf of reservations there and then
        at = self._journey(first.place, self._holding(pickup), first.at)
        return self._open_day(pickup, at) if at is not None else None

    def has_free_copy_for(self, hold: Hold) -> bool:
        """Whether a copy for a hold lies free on a shelf: then it waits for room at its point, nothing else."""
        return bool(self.free_copies_for(hold))

    def free_copies_for(self, hold: Hold) -> list[Copy]:
        """Return the copies for a hold that lie free on a shelf."""
        return [copy for copy in self._free[hold.work_id] if can_serve(copy, hold)]

    @cached_property
    def _free(self) -> dict[int, list[Copy]]:
        free = defaultdict(list)
        for one in self.standings:
            if self._is_on_a_shelf(one) and one.copy.not_lent_before is None:
                free[one.copy.title.work_id].append(one.copy)
        return free

    def _is_on_a_shelf(self, standing: Standing) -> bool:
        """Whether a copy lies where a librarian can take it, and is meant for nobody."""
        copy = standing.copy
        place = self.places.get(copy.place_id or 0)
        is_there = copy.status == CopyStatus.AVAILABLE and copy.missed_at is None and standing.hold is None
        return is_there and place is not None and place.kind in PICKABLE

    @cached_property
    def _supplies(self) -> dict[int, list[InHand]]:
        """Return by work the copies that will be in a librarian's hand again."""
        supplies = defaultdict(list)
        for standing in self.standings:
            supply = self._next_in_hand(standing)
            if supply is not None:
                supplies[standing.copy.title.work_id].append(supply)
        return supplies

    def _next_in_hand(self, standing: Standing) -> InHand | None:
        copy = standing.copy
        if standing.due_on is not None and standing.lent_place is not None:
            late = self.today + dt.timedelta(days=OVERDUE_MARGIN_DAYS)
            back = standing.due_on if standing.due_on >= self.today else late
            return self._given_back(copy, standing.lent_place, back)
        if standing.pickup is not None:
            if standing.hold_status == HoldStatus.READY and standing.keep_until is not None:
                return self._lent_on(copy, standing.pickup, max(standing.keep_until, self.today))
            day = self.day_of_held(standing)
            return self._lent_from(copy, standing.pickup, day) if day is not None else None
        if standing.destination is not None:  # on its way without a reader: it is caught where it arrives
            at = self._arrival(standing, standing.destination)
            return self._at_a_desk(copy, standing.destination, at) if at is not None else None
        if copy.not_lent_before is not None and copy.place_id is not None and self._is_on_a_shelf(standing):
            return self._given_back(copy, copy.place_id, copy.not_lent_before)  # new films, until the law lets them go
        return None

    def _lent_from(self, copy: Copy, pickup: int, ready_on: dt.date) -> InHand | None:
        """Return when a copy comes back that its reader collects on the last day it is kept."""
        rule = self.keeping_rules.get(self.places[pickup].kind)
        last = keep_until(ready_on, rule, self._calendar(pickup)) if rule is not None else ready_on
        return self._lent_on(copy, pickup, last)

    def _lent_on(self, copy: Copy, pickup: int, day: dt.date) -> InHand | None:
        place = self.places[pickup]
        rule = loan_rule_for(
            self.loan_rules, material=material_class(copy), reader_category="", place=place, on=self.today
        )
        return self._given_back(copy, pickup, due_on(day, rule.loan_days, self._calendar(pickup)))

    def _given_back(self, copy: Copy, place: int, day: dt.date) -> InHand | None:
        return self._at_a_desk(copy, place, clock.start_of(day))

    def _at_a_desk(self, copy: Copy, place: int, at: dt.datetime) -> InHand | None:
        """Return when a copy that is at a place is in a librarian's hand: there, or where its crate goes."""
        desk, on = self._holding(place), self._open_day(place, at)
        if on is not None and self.places[desk].kind not in PICKABLE:
            desk = self.places[place].parent_id or copy.home_id
            arrives_at = self._journey(place, desk, self._closing(place, on))
            on = self._open_day(desk, arrives_at) if arrives_at is not None else None
            place = desk
        return InHand(copy, desk, on, self._closing(place, on)) if on is not None else None

    # --- Places, days, vans

    def _holding(self, place: int) -> int:
        """Return where what is meant for a place really lies: a stop's vehicle."""
        return self.places[place].vehicle_id or place

    def _calendar(self, place: int) -> Calendar:
        if place not in self._calendars:
            self._calendars[place] = calendar_from(self.places[place])
        return self._calendars[place]

    def _open_day(self, place: int, at: dt.datetime) -> dt.date | None:
        """Return the day on which a place is open at an instant, or next after it; None when it does not open."""
        calendar, first = self._calendar(place), clock.local(at).date()
        if self._closing(place, first) <= at:
            first += ONE_DAY
        day = calendar.next_open_day(first)
        while day is not None and not calendar.known and (day.weekday() == SUNDAY or is_holiday(day)):
            day = calendar.next_open_day(day + ONE_DAY)
        return day

    def _closing(self, place: int, day: dt.date) -> dt.datetime:
        """Return when a place closes on a day on which it opens."""
        calendar = self._calendar(place)
        openings = calendar.openings_on(day)
        if openings:
            return openings[-1].ends
        return dt.datetime.combine(day, LAST_HOUR, tzinfo=clock.ROME) if not calendar.known else clock.end_of(day)

    def _journey(self, origin: int, destination: int, ready_at: dt.datetime) -> dt.datetime | None:
        found = journey(self.timetable, origin, destination, ready_at)
        return found.arrives_at if found is not None else None


def places_of(standings: Collection[Standing], holds: Collection[Hold]) -> set[int]:
    """Return the places that a forecast may ask for, but for the vehicles and the libraries that serve them."""
    named = {hold.pickup_place_id for hold in holds}
    for one in standings:
        named |= {
            place
            for place in (
                one.copy.place_id,
                one.copy.home_id,
                one.lent_place,
                one.pickup,
                one.origin,
                one.destination,
            )
            if place is not None
        }
    return named

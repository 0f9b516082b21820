"""When is a place open. Pure: gets rows that were fetched before, reads no clock and no database.

Hours are local wall time; they become instants date by date, so both nights on which the clock changes come out
right. A place whose hours nobody knows is neither open nor closed: every answer here says so with None.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import holidays

from branches.models.place import PlaceKind
from milanolib.clock import ROME

if TYPE_CHECKING:
    from branches.models import Place

HORIZON_DAYS = 400  # how far a search for an open day goes before it gives up: no endless loop for a closed place
DATES_AHEAD = dt.timedelta(days=2 * HORIZON_DAYS)  # what is fetched to set a date: to the date, and the search from it


class NeverOpen(enum.Enum):
    """Why a place opens on no day that is looked at."""

    CLOSED = "closed"  # a closure, or no part of the network
    NO_OPENINGS = "no_openings"  # its hours are known, and there are none


@lru_cache(maxsize=16)
def _holidays_of(year: int) -> frozenset[dt.date]:
    """Return Italy's public holidays and Milan's own, 7 December."""
    return frozenset(holidays.country_holidays("IT", subdiv="MI", years=year)) | {dt.date(year, 12, 7)}


def is_holiday(day: dt.date) -> bool:
    """Whether libraries and shops in Milan usually rest on `day` (Sundays are not counted)."""
    return day in _holidays_of(day.year)


@dataclass(frozen=True)
class Opening:
    """From one instant to another, both aware."""

    starts: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class WeeklyHours:
    """Hours on one weekday (0 = Monday) within a validity."""

    weekday: int
    opens: dt.time
    closes: dt.time
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def hold_on(self, day: dt.date) -> bool:
        """Whether these hours apply on `day`."""
        return (
            day.weekday() == self.weekday
            and (self.valid_from is None or day >= self.valid_from)
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True)
class Calendar:
    """All that decides when one place is open."""

    known: bool = True
    always: bool = False
    rests_on_holidays: bool = True
    weekly: tuple[WeeklyHours, ...] = ()
    closures: tuple[tuple[dt.date, dt.date | None], ...] = ()
    special: tuple[tuple[dt.date, dt.time, dt.time], ...] = ()
    visits: tuple[tuple[dt.date, dt.time, dt.time], ...] | None = None
    opened_on: dt.date | None = None
    closed_on: dt.date | None = None
    _openings: dict[dt.date, list[Opening]] = field(default_factory=dict, compare=False)

    def is_shut_on(self, day: dt.date) -> bool:
        """Whether the place is surely shut all day, whatever its hours: a closure, or not part of the network."""
        outside = (self.opened_on is not None and day < self.opened_on) or (
            self.closed_on is not None and day >= self.closed_on
        )
        return outside or any(start <= day and (end is None or day <= end) for start, end in self.closures)

    def is_known_on(self, day: dt.date) -> bool:
        """Whether it is known when the place opens on `day`: by its hours, or because somebody said it for that day."""
        return self.known or self.is_shut_on(day) or any(on == day for on, _opens, _closes in self.special)

    def openings_on(self, day: dt.date) -> list[Opening]:
        """Return the openings that begin on `day`, in order, overlapping ones joined; none when unknown."""
        if day not in self._openings:
            self._openings[day] = _joined([_opening(day, opens, closes) for opens, closes in self._hours_on(day)])
        return self._openings[day]

    def _hours_on(self, day: dt.date) -> list[tuple[dt.time, dt.time]]:
        if self.is_shut_on(day):
            return []
        if special := [(opens, closes) for on, opens, closes in self.special if on == day]:
            return special
        if self.visits is not None:
            return [(arrives, leaves) for on, arrives, leaves in self.visits if on == day]
        if self.rests_on_holidays and is_holiday(day):
            return []
        if self.always:
            return [(dt.time.min, dt.time.min)]
        return [(one.opens, one.closes) for one in self.weekly if one.hold_on(day)]

    def is_open_on(self, day: dt.date) -> bool | None:
        """Whether the place opens at all on `day`; None when nobody knows."""
        return bool(self.openings_on(day)) if self.is_known_on(day) else None

    def opening_at(self, instant: dt.datetime) -> Opening | None:
        """Return the opening that `instant` falls into, joined with what follows without a gap."""
        day = instant.astimezone(ROME).date()
        around = _joined([one for delta in (-1, 0, 1) for one in self.openings_on(day + dt.timedelta(days=delta))])
        at = instant.astimezone(dt.UTC)  # two wall times of one zone would be compared without their offset
        return next((one for one in around if one.starts <= at < one.ends), None)

    def next_opening(self, instant: dt.datetime, horizon_days: int = 60) -> Opening | None:
        """Return the first opening that begins after `instant`, within the horizon."""
        day, at = instant.astimezone(ROME).date(), instant.astimezone(dt.UTC)
        for delta in range(horizon_days + 1):
            for one in self.openings_on(day + dt.timedelta(days=delta)):
                if one.starts > at:
                    return one
        return None

    def next_open_day(self, day: dt.date) -> dt.date | None:
        """Return `day`, or the first day after it on which the place opens.

        A place with unknown hours counts as open except where it is surely shut. None when it does not open
        within 400 days: the caller keeps its date and warns.
        """
        for delta in range(HORIZON_DAYS + 1):
            candidate = day + dt.timedelta(days=delta)
            if self.is_open_on(candidate) is not False:
                return candidate
        return None

    def why_shut_from(self, day: dt.date) -> NeverOpen | None:
        """Return why the place opens on no day from `day` on, within 400 days; None when it does, or nobody knows."""
        if self.next_open_day(day) is not None:
            return None
        days = (day + dt.timedelta(days=delta) for delta in range(HORIZON_DAYS + 1))
        return NeverOpen.CLOSED if all(self.is_shut_on(one) for one in days) else NeverOpen.NO_OPENINGS

    def open_days(self, start: dt.date, count: int) -> list[dt.date]:
        """Return the first `count` days from `start` on which the place opens (for visits of the Bibliobus)."""
        found: list[dt.date] = []
        day: dt.date | None = start
        while len(found) < count and day is not None and (day - start).days <= HORIZON_DAYS:
            day = self.next_open_day(day)
            if day is not None:
                found.append(day)
                day += dt.timedelta(days=1)
        return found


def could_not_move(calendar: Calendar, day: dt.date) -> bool:
    """Whether a date that was to be moved to an open day is still on a shut one: the place does not open for so long.

    The one place that says so for loans, renewals and keeping; unknown hours are no reason to warn.
    """
    return calendar.is_open_on(day) is False


def _opening(day: dt.date, opens: dt.time, closes: dt.time) -> Opening:
    """Make instants of wall times; a closing that is not later than the opening falls on the next day."""
    last = day if closes > opens else day + dt.timedelta(days=1)
    return Opening(dt.datetime.combine(day, opens, tzinfo=ROME), dt.datetime.combine(last, closes, tzinfo=ROME))


def _joined(openings: list[Opening]) -> list[Opening]:
    joined: list[Opening] = []
    for one in sorted(openings, key=lambda opening: opening.starts):
        if joined and one.starts <= joined[-1].ends:
            joined[-1] = Opening(joined[-1].starts, max(joined[-1].ends, one.ends))
        else:
            joined.append(one)
    return joined


def calendar_of(place: Place) -> Calendar:
    """Return a place's calendar from its rows; fetch them first by `Place.objects.with_calendar(start, end)`.

    A stop is open when the Bibliobus is there: its visits, not its weekly pattern, decide.
    """
    visits = None
    if place.kind == PlaceKind.STOP:
        visits = tuple((one.on, one.arrives, one.leaves) for one in place.visits.all())
    return Calendar(
        known=place.hours_known,
        always=place.always_open,
        rests_on_holidays=place.closed_on_holidays,
        weekly=tuple(
            WeeklyHours(one.weekday, one.opens, one.closes, one.valid_from, one.valid_to)
            for one in place.opening_hours.all()
            if one.purpose == one.Purpose.OPEN
        ),
        closures=tuple((one.starts_on, one.ends_on) for one in place.closures.all()),
        special=tuple((one.on, one.opens, one.closes) for one in place.special_openings.all()),
        visits=visits,
        opened_on=place.opened_on,
        closed_on=place.closed_on,
    )


@dataclass(frozen=True)
class OpenState:
    """What to tell a reader about a place at an instant. `until` and `opens` are aware instants."""

    known: bool
    is_open: bool = False
    until: dt.datetime | None = None
    opens: dt.datetime | None = None
    opens_today: bool = False
    always: bool = False


def state_at(calendar: Calendar, instant: dt.datetime) -> OpenState:
    """Return whether the place is open at `instant`, until when, or when it opens next."""
    day = instant.astimezone(ROME).date()
    if not calendar.is_known_on(day):
        return OpenState(known=False)
    now = calendar.opening_at(instant)
    if now is not None:
        return OpenState(known=True, is_open=True, until=now.ends, always=calendar.always)
    following = calendar.next_opening(instant)
    if following is None:
        return OpenState(known=True)  # surely shut, or without hours
    starts = following.starts.astimezone(ROME)
    return OpenState(known=True, opens=starts, opens_today=starts.date() == day)

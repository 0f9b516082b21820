"""The slots of a resource: pure, from rows that were fetched before. It knows resources, not what they are for.

Rules are wall time and become instants date by date; within a stretch the slots are laid out by elapsed time. So both
nights on which the clock changes come out right.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from branches.calendar import is_holiday
from milanolib.clock import ROME, local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from branches.calendar import Calendar

    Within = Callable[[dt.datetime, dt.datetime], bool]


@dataclass(frozen=True)
class Rule:
    """Wall times of one weekday (0 = Monday)."""

    weekday: int
    starts: dt.time
    ends: dt.time
    is_assisted: bool = False


@dataclass(frozen=True)
class Slot:
    """From one instant to another, in UTC."""

    starts: dt.datetime
    ends: dt.datetime
    is_assisted: bool = False

    @property
    def key(self) -> str:
        """Return what a form sends back for it."""
        return self.starts.strftime("%Y%m%dT%H%MZ")

    @property
    def day(self) -> dt.date:
        """Return its civil day."""
        return local(self.starts).date()

    def touches(self, starts: dt.datetime, ends: dt.datetime) -> bool:
        """Whether it overlaps a stretch of time."""
        return self.starts < ends and starts < self.ends


@dataclass(frozen=True)
class Pattern:
    """All that decides which slots a resource has."""

    calendar: Calendar
    rules: Sequence[Rule]
    blocks: Sequence[tuple[dt.datetime, dt.datetime]] = ()
    length: dt.timedelta = dt.timedelta(minutes=20)
    buffer: dt.timedelta = dt.timedelta(0)
    opens_on: dt.date | None = None


def slots_on(day: dt.date, pattern: Pattern) -> list[Slot]:
    """Return the slots of a day, in order; none where the place is shut or the resource not yet opened."""
    rules = _rules_on(day, pattern)
    is_assisted = _assisted(day, rules)
    is_usable = _usable(day, pattern)
    slots = []
    for starts, ends in _joined(_instants(day, rule) for rule in rules):
        at = starts
        while at + pattern.length <= ends:
            until = at + pattern.length
            if is_usable(at, until):
                slots.append(Slot(at, until, is_assisted(at, until)))
            at = until + pattern.buffer
    return slots


def slot_from(starts: dt.datetime, pattern: Pattern) -> Slot | None:
    """Return the slot that begins at an instant, None when there is none: like `slots_on`, without laying out a day."""
    day = local(starts).date()
    rules = _rules_on(day, pattern)
    ends = starts + pattern.length
    stretches = _joined(_instants(day, rule) for rule in rules)
    begins = next((first for first, last in stretches if first <= starts and ends <= last), None)
    if (
        begins is None
        or (starts - begins) % (pattern.length + pattern.buffer)
        or not _usable(day, pattern)(starts, ends)
    ):
        return None
    return Slot(starts, ends, _assisted(day, rules)(starts, ends))


def free_of(slots: Iterable[Slot], taken: Iterable[tuple[dt.datetime, dt.datetime]], now: dt.datetime) -> list[Slot]:
    """Return the slots that have not begun and that nobody has."""
    held = list(taken)
    begun = {starts for starts, _ends in held}  # nearly always a slot is taken by one of its own beginning
    return [
        slot
        for slot in slots
        if slot.starts > now and slot.starts not in begun and not any(slot.touches(*one) for one in held)
    ]


def _rules_on(day: dt.date, pattern: Pattern) -> list[Rule]:
    if pattern.opens_on is not None and day < pattern.opens_on:
        return []
    return [rule for rule in pattern.rules if rule.weekday == day.weekday()]


def _assisted(day: dt.date, rules: Iterable[Rule]) -> Within:
    """Return what says whether a librarian helps from an instant to another."""
    hours = [_instants(day, rule) for rule in rules if rule.is_assisted]
    return lambda starts, ends: any(first <= starts and ends <= last for first, last in hours)


def _usable(day: dt.date, pattern: Pattern) -> Within:
    """Return what says whether the place is open, and nothing blocked, from an instant to another."""
    open_at = _openings(day, pattern.calendar)

    def is_usable(starts: dt.datetime, ends: dt.datetime) -> bool:
        is_open = open_at is None or any(first <= starts and ends <= last for first, last in open_at)
        return is_open and not any(starts < last and first < ends for first, last in pattern.blocks)

    return is_usable


def _openings(day: dt.date, calendar: Calendar) -> list[tuple[dt.datetime, dt.datetime]] | None:
    """Return when the place is open, in UTC; None where nobody knows its hours and nothing says that it is shut."""
    if calendar.known:
        return [(one.starts.astimezone(dt.UTC), one.ends.astimezone(dt.UTC)) for one in calendar.openings_on(day)]
    rests = calendar.rests_on_holidays and is_holiday(day)
    return [] if calendar.is_shut_on(day) or rests else None


def _instants(day: dt.date, rule: Rule) -> tuple[dt.datetime, dt.datetime]:
    starts, ends = (dt.datetime.combine(day, time, tzinfo=ROME).astimezone(dt.UTC) for time in (rule.starts, rule.ends))
    return starts, ends


def _joined(stretches: Iterable[tuple[dt.datetime, dt.datetime]]) -> list[tuple[dt.datetime, dt.datetime]]:
    joined: list[tuple[dt.datetime, dt.datetime]] = []
    for starts, ends in sorted(stretches):
        if joined and starts <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((starts, ends))
    return joined

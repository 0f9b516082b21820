"""The slots of a resource: pure, from rows that were fetched before. It knows resources, not what they are for.

Rules are wall time and become instants date by date; within a stretch the slots are laid out by elapsed time. So both
nights on which the clock changes come out right.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from branches.calendar import Opening, is_holiday
from milanolib.clock import ROME, local

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from branches.calendar import Calendar


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
    if pattern.opens_on is not None and day < pattern.opens_on:
        return []
    rules = [rule for rule in pattern.rules if rule.weekday == day.weekday()]
    stretches = _joined(_instants(day, rule) for rule in rules)
    assisted = [_instants(day, rule) for rule in rules if rule.is_assisted]
    open_at = _openings(day, pattern.calendar)
    slots = []
    for starts, ends in stretches:
        at = starts
        while at + pattern.length <= ends:
            until = at + pattern.length
            slot = Slot(at, until, any(first <= at and until <= last for first, last in assisted))
            is_open = open_at is None or any(one.starts <= at and until <= one.ends for one in open_at)
            if is_open and not any(slot.touches(*block) for block in pattern.blocks):
                slots.append(slot)
            at = until + pattern.buffer
    return slots


def free_of(slots: Iterable[Slot], taken: Iterable[tuple[dt.datetime, dt.datetime]], now: dt.datetime) -> list[Slot]:
    """Return the slots that have not begun and that nobody has."""
    held = list(taken)
    begun = {starts for starts, _ends in held}  # nearly always a slot is taken by one of its own beginning
    return [
        slot
        for slot in slots
        if slot.starts > now and slot.starts not in begun and not any(slot.touches(*one) for one in held)
    ]


def _openings(day: dt.date, calendar: Calendar) -> list[Opening] | None:
    """Return when the place is open; None where nobody knows its hours and nothing says that it is shut."""
    if calendar.known:
        return calendar.openings_on(day)
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

"""How a copy gets from one place to another on the van's dated rounds. Pure: reads no clock and no database.

The van takes along whatever waits, so nobody chooses the best connection: a copy leaves with the next round that leads
anywhere, and changes at most once, at that round's hub. A search ends with the calls it was given.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from milanolib.clock import ROME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class WallCall(NamedTuple):
    """A call as it is written down: local times on the day of its round; None departs at once."""

    round_id: int
    on: dt.date
    hub_id: int | None
    place_id: int
    arrives: dt.time
    departs: dt.time | None


@dataclass(frozen=True, slots=True)
class Call:
    """A round at a place: from one instant (UTC) to another. `number` counts the calls of its round."""

    round_id: int
    number: int
    hub_id: int | None
    place_id: int
    arrives_at: dt.datetime
    departs_at: dt.datetime


@dataclass(frozen=True)
class Journey:
    """From when to when a copy is on the road (aware instants), and the hub where it changes, if it does."""

    leaves_at: dt.datetime
    arrives_at: dt.datetime
    via: int | None = None


class Timetable:
    """The dated calls of rounds that run, found by place and by round."""

    def __init__(self, calls: Iterable[WallCall]) -> None:
        """Take the calls of each round in their order."""
        self._rounds: dict[int, list[Call]] = defaultdict(list)
        for one in calls:
            self._rounds[one.round_id].append(_call(one, self._rounds[one.round_id]))
        self._leaving: dict[int, list[Call]] = defaultdict(list)
        for call in sorted(self.calls, key=lambda call: (call.departs_at, call.round_id, call.number)):
            self._leaving[call.place_id].append(call)

    @property
    def calls(self) -> Iterator[Call]:
        """Return all calls, round by round."""
        return (call for calls in self._rounds.values() for call in calls)

    def leaving(self, place_id: int, ready_at: dt.datetime) -> Iterator[Call]:
        """Return the calls at a place that a copy ready at `ready_at` (aware) can still catch, the next one first."""
        calls = self._leaving.get(place_id, [])
        return iter(calls[bisect_left(calls, ready_at.astimezone(dt.UTC), key=lambda call: call.departs_at) :])

    def later(self, call: Call, place_id: int | None) -> Call | None:
        """Return where the round of `call` is next at a place after it; None when it does not come there."""
        following = self._rounds[call.round_id][call.number + 1 :]
        return next((one for one in following if one.place_id == place_id), None)


def _call(written: WallCall, before: list[Call]) -> Call:
    """Make instants of wall times. On the night the clock goes forward an hour is missing: time never runs back."""
    arrives_at = _instant(written.on, written.arrives)
    if before:
        arrives_at = max(arrives_at, before[-1].departs_at)
    departs_at = max(arrives_at, _instant(written.on, written.departs or written.arrives))
    return Call(written.round_id, len(before), written.hub_id, written.place_id, arrives_at, departs_at)


def _instant(day: dt.date, time: dt.time) -> dt.datetime:
    # In UTC: two wall times of one zone would be compared without their offset.
    return dt.datetime.combine(day, time, tzinfo=ROME).astimezone(dt.UTC)


def journey(timetable: Timetable, origin: int, destination: int, ready_at: dt.datetime) -> Journey | None:
    """Return how a copy that lies at `origin` from `ready_at` (aware) on comes to `destination`, both place ids.

    It leaves with the next round that calls there; when that round comes to the destination afterwards it stays on,
    else it is set down at the round's hub and leaves with the next round from there that comes to the destination.
    None when no such rounds are in the timetable.
    """
    if origin == destination:
        return Journey(ready_at, ready_at)
    for leaving in timetable.leaving(origin, ready_at):
        there, set_down = _led_to(timetable, leaving, destination)
        if there is not None:
            return Journey(leaving.departs_at, there.arrives_at)
        if set_down is not None:
            return _changing(timetable, leaving, set_down, destination)
    return None


def leaves_with(timetable: Timetable, origin: int, destination: int, ready_at: dt.datetime) -> Call | None:
    """Return the call of the round with which a copy leaves; None when no such round is in the timetable."""
    leaving = timetable.leaving(origin, ready_at)
    return next((call for call in leaving if any(_led_to(timetable, call, destination))), None)


def _led_to(timetable: Timetable, leaving: Call, destination: int) -> tuple[Call | None, Call | None]:
    """Return where a round that leaves here comes to the destination, and where it comes to its hub."""
    there = timetable.later(leaving, destination)
    hub = timetable.later(leaving, leaving.hub_id) if leaving.hub_id != leaving.place_id else None
    return there, hub


def _changing(timetable: Timetable, leaving: Call, set_down: Call, destination: int) -> Journey | None:
    for taken in timetable.leaving(set_down.place_id, set_down.arrives_at):
        there = timetable.later(taken, destination)
        if there is not None:
            return Journey(leaving.departs_at, there.arrives_at, set_down.place_id)
    return None

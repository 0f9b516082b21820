"""What a list or page of points shows, put together from rows that were fetched before; no query in here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from branches.calendar import Calendar, OpenState, calendar_of, state_at
from branches.geography import Landmark, metres_between, walking_minutes
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from branches.models import Place

CALENDAR_AHEAD = dt.timedelta(days=70)


@dataclass(frozen=True)
class PointLine:
    """A point as one line of a list: where, open or not, how far."""

    place: Place
    state: OpenState
    minutes: int | None = None

    @property
    def sort_key(self) -> tuple[int, int, str]:
        """Nearest first; points without coordinates last."""
        return (self.minutes is None, self.minutes or 0, self.place.name)


@dataclass(frozen=True)
class DayLine:
    """One day of a point's hours."""

    day: dt.date
    spans: list[tuple[dt.datetime, dt.datetime]]
    is_today: bool


def point_lines(places: Iterable[Place], now: dt.datetime, start: Landmark | None = None) -> list[PointLine]:
    """Return lines for places fetched `with_calendar`; nearest first when there is a landmark to start from."""
    lines = [
        PointLine(place, state_at(calendar_of(place), now), _minutes(place, start) if start else None)
        for place in places
    ]
    return sorted(lines, key=lambda line: line.sort_key) if start else lines


def _minutes(place: Place, start: Landmark) -> int | None:
    if place.latitude is None or place.longitude is None:
        return None
    return walking_minutes(metres_between(place.latitude, place.longitude, start.latitude, start.longitude))


def week_of(calendar: Calendar, start: dt.date, today: dt.date, days: int = 7) -> list[DayLine]:
    """Return a point's hours day by day, from `start`."""
    lines = []
    for delta in range(days):
        day = start + dt.timedelta(days=delta)
        spans = [(clock.local(one.starts), clock.local(one.ends)) for one in calendar.openings_on(day)]
        lines.append(DayLine(day, spans, day == today))
    return lines

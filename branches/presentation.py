"""What a list or page of points shows, put together from rows that were fetched before; no query in here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from branches.calendar import Calendar, OpenState, WeeklyHours, calendar_of, is_holiday, state_at
from branches.geography import Landmark, minutes_from
from branches.schematic import drawn_at, is_drawn
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from branches.models import Place

CALENDAR_AHEAD = dt.timedelta(days=70)
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Moment:
    """When somebody wants a point to be open: an instant, or at any time of a day."""

    at: dt.datetime
    is_now: bool = False
    all_day: dt.date | None = None


@dataclass(frozen=True)
class PointLine:
    """A point as one line of a list and one pin of a map: where, open or not, how far."""

    place: Place
    state: OpenState
    minutes: int | None = None
    then: tuple[Span, ...] = ()  # when it is open around the moment that was asked for; none where it never closes

    @property
    def sort_key(self) -> tuple[int, int, str]:
        """Nearest first; points without coordinates last."""
        return (self.minutes is None, self.minutes or 0, self.place.name)

    @property
    def is_drawn(self) -> bool:
        """Whether the point has its pin on our own map."""
        return is_drawn(self.place.latitude, self.place.longitude)

    @property
    def drawn_at(self) -> tuple[int, int]:
        """Return where on our own map its pin stands; ask `is_drawn` first."""
        return drawn_at(self.place.latitude or 0, self.place.longitude or 0)

    @property
    def tone(self) -> str:
        """Return open, closed or unknown, for the look of its pin; the words beside it say the same."""
        if not self.state.known:
            return "unknown"
        return "open" if self.state.is_open else "closed"


@dataclass(frozen=True)
class DayLine:
    """One day of a point's hours, those of the study room apart."""

    day: dt.date
    spans: list[Span]
    is_today: bool
    study: list[Span] = field(default_factory=list)
    is_holiday: bool = False
    is_special: bool = False


def point_lines(places: Iterable[Place], now: dt.datetime, start: Landmark | None = None) -> list[PointLine]:
    """Return lines for places fetched `with_calendar`; nearest first when there is a landmark to start from."""
    lines = [
        PointLine(place, state_at(calendar_of(place), now), minutes_from(start, place) if start else None)
        for place in places
    ]
    return sorted(lines, key=lambda line: line.sort_key) if start else lines


def open_then(lines: list[PointLine], moment: Moment) -> tuple[list[PointLine], int]:
    """Return the lines of points that are open at a moment, and how many were left out as nobody knows their hours."""
    found, unknown = [], 0
    for line in lines:
        calendar = calendar_of(line.place)
        day = moment.all_day or clock.local(moment.at).date()
        if not calendar.is_known_on(day):
            unknown += 1
        elif spans := _open_spans(calendar, moment):
            found.append(replace(line, then=() if calendar.always else tuple(spans)))
    return found, unknown


def _open_spans(calendar: Calendar, moment: Moment) -> list[Span]:
    if moment.all_day:
        return _spans(calendar, moment.all_day)
    opening = calendar.opening_at(moment.at)
    return [(clock.local(opening.starts), clock.local(opening.ends))] if opening else []


def study_calendar_of(place: Place) -> Calendar:
    """Return when the study room alone is open; nothing can be collected or given back then.

    A closure of the library closes it too; special openings are the library's own.
    """
    rows = [one for one in place.opening_hours.all() if one.purpose == one.Purpose.STUDY]
    return Calendar(
        rests_on_holidays=place.closed_on_holidays,
        weekly=tuple(WeeklyHours(one.weekday, one.opens, one.closes, one.valid_from, one.valid_to) for one in rows),
        closures=tuple((one.starts_on, one.ends_on) for one in place.closures.all()),
        opened_on=place.opened_on,
        closed_on=place.closed_on,
    )


def week_of(place: Place, start: dt.date, today: dt.date, days: int = 7) -> list[DayLine]:
    """Return a point's hours day by day, from `start`; fetch the place `with_calendar`."""
    calendar, study = calendar_of(place), study_calendar_of(place)
    special = {on for on, _opens, _closes in calendar.special}
    lines = []
    for delta in range(days):
        day = start + dt.timedelta(days=delta)
        lines.append(
            DayLine(
                day,
                _spans(calendar, day),
                day == today,
                study=_spans(study, day),
                is_holiday=is_holiday(day),
                is_special=day in special and not calendar.is_shut_on(day),
            )
        )
    return lines


def _spans(calendar: Calendar, day: dt.date) -> list[Span]:
    return [(clock.local(one.starts), clock.local(one.ends)) for one in calendar.openings_on(day)]

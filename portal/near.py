"""What is near a start, now: walking minutes, open or not, what can be done, why it is closed today, the next visit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from branches.calendar import OpenState, calendar_of, is_holiday, state_at
from branches.geography import walks_from
from branches.models import Closure, Place, PlaceKind, Service, Visit, VisitStatus
from branches.public_texts import public_text
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from branches.calendar import Calendar
    from branches.geography import Landmark, Point
    from branches.public_texts import PublicText

WITHIN_MINUTES = 15
FEWEST, MOST = 5, 12
VISIT_SOON = dt.timedelta(days=7)  # a stop is near only when the Bibliobus comes there within these days
CALENDAR_AHEAD = dt.timedelta(days=70)
LOOKED_AT = 40  # the nearest points among which the lines are: those within reach, and more, for the city's edge
SPARE = 8  # points beyond reach that are fetched at once; the others only where these leave too few


@dataclass(frozen=True)
class NearLine:
    """A point near the start, as one line of the first page."""

    place: Place
    minutes: int
    state: OpenState
    closure: Closure | None = None
    is_holiday: bool = False
    visit: Visit | None = None

    @property
    def turn(self) -> int:
        """Return its turn among those within reach: open now, then open later today, then all others."""
        return 0 if self.state.is_open else 1 if self.state.opens_today else 2

    @property
    def reason(self) -> PublicText:
        """Return why the point is closed today, as the branch wrote it."""
        return public_text(self.closure.reason if self.closure else {})

    @property
    def can_study(self) -> bool:
        """Whether there are places to study, by day or in the evening."""
        return bool({Service.STUDY, Service.EVENING_STUDY} & set(self.place.services))

    @property
    def has_registry(self) -> bool:
        """Whether registry certificates can be had at a workstation."""
        return Service.REGISTRY in self.place.services

    @property
    def has_box(self) -> bool:
        """Whether there is a return box outside."""
        return Service.RETURN_BOX in self.place.services


@dataclass(frozen=True)
class Near:
    """The points within reach, and the nearest beyond when those are few."""

    within: list[NearLine]
    beyond: list[NearLine]
    more: int  # within reach, not shown


def near(start: Landmark, now: dt.datetime, points: Sequence[Point] | None = None) -> Near:
    """Return what is near a start at an instant: within reach by `turn`, each nearest first; beyond, nearest first.

    `points` are those open today, asked for unless given. In five statements more however many there are, six where one
    is closed today; in five more where so few are near that all must be looked at.
    """
    today = clock.local(now).date()
    walks = walks_from(start, points)[:LOOKED_AT]
    reached = sum(minutes <= WITHIN_MINUTES for _key, minutes in walks)
    lines = _lines(walks[: reached + SPARE], now)
    if len(lines) < FEWEST:
        lines += _lines(walks[reached + SPARE :], now)
    within = sorted((line for line in lines if line.minutes <= WITHIN_MINUTES), key=lambda line: line.turn)
    beyond = lines[len(within) : max(len(within), FEWEST)]
    closed = _closures([line.place for line in (*within[:MOST], *beyond)], today)
    return Near(
        [_with_closure(line, closed) for line in within[:MOST]],
        [_with_closure(line, closed) for line in beyond],
        max(0, len(within) - MOST),
    )


def _lines(walks: list[tuple[int, int]], now: dt.datetime) -> list[NearLine]:
    """Return the lines of these points; without those stops where no visit comes within days."""
    today = clock.local(now).date()
    places = Place.objects.with_calendar(today, today + CALENDAR_AHEAD).in_bulk([key for key, _minutes in walks])
    lines = [_line(places[key], minutes, now) for key, minutes in walks if key in places]
    return [line for line in lines if line is not None]


def _line(place: Place, minutes: int, now: dt.datetime) -> NearLine | None:
    """Return a point's line; None for a stop where no visit comes within days."""
    today = clock.local(now).date()
    visit = None
    if place.kind == PlaceKind.STOP:
        coming = [one for one in place.visits.all() if _is_coming(one, now)]
        visit = min(coming, key=lambda one: (one.on, one.arrives), default=None)
        if visit is None or visit.on > today + VISIT_SOON:
            return None
    calendar = calendar_of(place)
    return NearLine(place, minutes, state_at(calendar, now), is_holiday=_rests(calendar, today), visit=visit)


def _is_coming(visit: Visit, now: dt.datetime) -> bool:
    here = clock.local(now)
    return visit.status == VisitStatus.PLANNED and (
        visit.on > here.date() or (visit.on == here.date() and visit.leaves > here.time())
    )


def _rests(calendar: Calendar, today: dt.date) -> bool:
    """Whether a point that would open today is closed because it is a public holiday."""
    return (
        calendar.known
        and calendar.visits is None
        and calendar.rests_on_holidays
        and is_holiday(today)
        and not calendar.is_shut_on(today)
        and not calendar.openings_on(today)
        and any(one.hold_on(today) for one in calendar.weekly)
    )


def _closures(places: list[Place], today: dt.date) -> dict[int, Closure]:
    """Return today's closure of each of these places, with who stands in; asks nothing when none is closed."""
    shut = [place.pk for place in places if any(one.starts_on <= today for one in place.closures.all())]
    rows = (
        Closure.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), starts_on__lte=today, place__in=shut)
        .select_related("substitute")
        .order_by("-starts_on")
    )
    return {one.place_id: one for one in rows}


def _with_closure(line: NearLine, closed: dict[int, Closure]) -> NearLine:
    closure = closed.get(line.place.pk)
    return line if closure is None else NearLine(line.place, line.minutes, line.state, closure, visit=line.visit)

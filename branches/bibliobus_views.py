"""The Bibliobus: where it is today, this week and the next by day and by stop, the stop nearest to somebody's start."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from branches.geography import minutes_from, start_groups
from branches.models import Place, PlaceKind, Visit, VisitStatus
from branches.start import start_of_request
from milanolib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from branches.geography import Landmark

DAYS_SHOWN = 14
AHEAD = dt.timedelta(days=70)
VISITS_SHOWN = 4


@dataclass(frozen=True)
class VisitLine:
    """A visit; for a cancelled one, the next at the same stop."""

    visit: Visit
    is_over: bool = False
    next_one: Visit | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the Bibliobus will not come."""
        return self.visit.status == VisitStatus.CANCELLED


@dataclass(frozen=True)
class DayOfVisits:
    """A day on which the Bibliobus goes out, or would have."""

    day: dt.date
    is_today: bool
    lines: list[VisitLine]


@dataclass(frozen=True)
class StopLine:
    """A stop with its next visits, soonest first, and how far it is from the start."""

    stop: Place
    lines: list[VisitLine] = field(default_factory=list)
    minutes: int | None = None

    @property
    def next_visit(self) -> Visit | None:
        """Return the next visit that takes place."""
        return next((one.visit for one in self.lines if not one.is_cancelled and not one.is_over), None)

    @property
    def sort_key(self) -> tuple[dt.date, str]:
        """Soonest first; stops without a planned visit last."""
        return (self.next_visit.on if self.next_visit else dt.date.max, self.stop.name)


@require_safe
@login_not_required
def bibliobus(request: HttpRequest) -> HttpResponse:
    """The timetable, by day and by stop; cancelled visits stay in it as cancelled."""
    start = start_of_request(request)
    now = clock.local(clock.now())
    today = now.date()
    stops = list(Place.objects.open_to_readers(today).filter(kind=PlaceKind.STOP).order_by("name"))
    visits = list(
        Visit.objects.filter(stop__in=stops, on__range=(today, today + AHEAD))
        .exclude(status=VisitStatus.DONE)
        .select_related("stop")
        .order_by("on", "arrives")
    )
    lines = [_line(visit, visits, now) for visit in visits]
    days = [
        DayOfVisits(day, day == today, list(on_day))
        for day, on_day in groupby(lines, key=lambda one: one.visit.on)
        if day < today + dt.timedelta(days=DAYS_SHOWN)
    ]
    by_stop = [_stop_line(stop, lines, start) for stop in stops]
    near = [one for one in by_stop if one.minutes is not None]
    context = {
        "today_lines": days[0].lines if days and days[0].is_today else [],
        "weeks": _weeks(days, today),
        "stops": sorted(by_stop, key=lambda one: one.sort_key),
        "nearest": min(near, key=lambda one: one.minutes or 0, default=None),
        "start": start,
        "is_chosen": start is not None,
        "groups": start_groups(),
    }
    return render(request, "branches/bibliobus.html", context)


def _line(visit: Visit, visits: list[Visit], now: dt.datetime) -> VisitLine:
    is_over = visit.on == now.date() and visit.leaves <= now.time()
    if visit.status != VisitStatus.CANCELLED:
        return VisitLine(visit, is_over)
    following = (
        one
        for one in visits
        if one.stop_id == visit.stop_id and one.status == VisitStatus.PLANNED and one.on >= visit.on
    )
    return VisitLine(visit, is_over, next(following, None))


def _stop_line(stop: Place, lines: list[VisitLine], start: Landmark | None) -> StopLine:
    minutes = minutes_from(start, stop) if start is not None else None
    own = [line for line in lines if line.visit.stop_id == stop.pk and not line.is_over]
    return StopLine(stop, own[:VISITS_SHOWN], minutes)


def _weeks(days: list[DayOfVisits], today: dt.date) -> list[tuple[bool, list[DayOfVisits]]]:
    """Return the days by week: (whether it is this week, its days)."""
    sunday = today + dt.timedelta(days=6 - today.weekday())
    return [(is_this, list(own)) for is_this, own in groupby(days, key=lambda one: one.day <= sunday)]

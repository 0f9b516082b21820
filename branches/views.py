"""Pages of the network: the points, one point, the Bibliobus."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from branches.calendar import calendar_of, state_at
from branches.filters import PointFilter
from branches.models import NEVER_OPEN_TO_READERS, Place, PlaceKind, Visit
from branches.presentation import CALENDAR_AHEAD, point_lines, week_of
from milanolib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

VISITS_SHOWN = 4


@dataclass(frozen=True)
class StopLine:
    """A stop with its next visits, soonest first."""

    stop: Place
    visits: list[Visit]

    @property
    def next_on(self) -> dt.date:
        """The day of the next visit; the end of time when none is planned."""
        return self.visits[0].on if self.visits else dt.date.max


@require_safe
@login_not_required
def points(request: HttpRequest) -> HttpResponse:
    """All points that are part of the network today, narrowed by kind, Municipio and what can be done there."""
    today = clock.today()
    chosen = PointFilter(
        request.GET,
        queryset=Place.objects.open_to_readers(today).with_calendar(today, today + CALENDAR_AHEAD).order_by("name"),
    )
    lines = point_lines(chosen.qs, clock.now())
    return render(request, "branches/points.html", {"filter": chosen, "lines": lines})


@require_safe
@login_not_required
def point(request: HttpRequest, code: str) -> HttpResponse:
    """One point: hours of this week and the next, what can be done there, how to reach it."""
    today = clock.today()
    monday = today - dt.timedelta(days=today.weekday())
    place = (
        Place.objects.exclude(kind__in=NEVER_OPEN_TO_READERS)
        .select_related("parent", "vehicle")
        .with_calendar(monday, monday + CALENDAR_AHEAD)
        .filter(code=code)
        .first()
    )
    if place is None:
        raise Http404
    calendar = calendar_of(place)
    return render(
        request,
        "branches/point.html",
        {
            "place": place,
            "state": state_at(calendar, clock.now()),
            "weeks": [week_of(calendar, monday + dt.timedelta(days=7 * n), today) for n in (0, 1)],
            "closures": [one for one in place.closures.all() if one.ends_on is None or one.ends_on >= today],
        },
    )


@require_safe
@login_not_required
def bibliobus(request: HttpRequest) -> HttpResponse:
    """The Bibliobus: today's stop, and each stop with its next visits."""
    today = clock.today()
    stops = list(Place.objects.open_to_readers(today).filter(kind=PlaceKind.STOP).order_by("name"))
    coming: dict[int, list[Visit]] = {}
    for visit in Visit.objects.filter(stop__in=stops).coming(today)[: len(stops) * 10]:
        coming.setdefault(visit.stop_id, []).append(visit)
    lines = sorted(
        (StopLine(stop, coming.get(stop.pk, [])[:VISITS_SHOWN]) for stop in stops), key=lambda line: line.next_on
    )
    here_today = [line for line in lines if line.next_on == today]
    return render(request, "branches/bibliobus.html", {"lines": lines, "here_today": here_today})

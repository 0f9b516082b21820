"""The first page: search, points near a place, today's Bibliobus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from branches.geography import Landmark, landmarks
from branches.models import Place, Visit
from branches.presentation import CALENDAR_AHEAD, point_lines
from milanolib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

WITHIN_MINUTES = 15
FEWEST, MOST = 5, 12
DEFAULT_START = "Duomo"


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """What is within a quarter of an hour on foot from a landmark, now; the Duomo where none was chosen."""
    today = clock.today()
    start = _start(request.GET.get("da", ""))
    places = Place.objects.open_to_readers(today).exclude(latitude=None).with_calendar(today, today + CALENDAR_AHEAD)
    lines = point_lines(places, clock.now(), start)
    near = [line for line in lines if line.minutes is not None and line.minutes <= WITHIN_MINUTES][:MOST]
    if len(near) < FEWEST:
        near = lines[:FEWEST]
    visits = Visit.objects.coming(today).select_related("stop")[:5]
    return render(
        request,
        "portal/home.html",
        {
            "lines": near,
            "start": start,
            "is_within": bool(near) and near[-1].minutes is not None and near[-1].minutes <= WITHIN_MINUTES,
            "minutes": WITHIN_MINUTES,
            "municipi": [one for one in landmarks().values() if one.group == "municipio"],
            "stations": [one for one in landmarks().values() if one.group == "metro"],
            "visits_today": [visit for visit in visits if visit.on == today],
            "next_visit": next((visit for visit in visits if visit.on > today), None),
        },
    )


def _start(code: str) -> Landmark:
    known = landmarks()
    return known.get(code) or next(one for one in known.values() if one.name == DEFAULT_START)

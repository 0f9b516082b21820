"""The first page: search, what is within a quarter of an hour on foot now, the Bibliobus, what is new."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.db.models import F, Prefetch, prefetch_related_objects
from django.shortcuts import render
from django.views.decorators.http import require_safe

from branches.geography import landmarks, points_open, start_groups
from branches.models import Visit, VisitStatus
from catalog.models import Contribution, Material, Title
from milanolib import clock
from portal.kept import kept_page
from portal.marks import mark_of_home
from portal.near import CALENDAR_AHEAD, WITHIN_MINUTES, near
from portal.start import start_of_request

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from branches.geography import Landmark

DEFAULT_START = "Duomo"
NEW_TITLES = 8
LOOKED_AT = 40  # the newest, among which a work may stand in several editions
VISITS_AHEAD = dt.timedelta(days=14)
ENTRIES = (Material.BOOK, Material.COMIC, Material.DVD, Material.CD, Material.AUDIOBOOK, Material.VIDEOGAME)


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """What is within a quarter of an hour on foot from where somebody starts, now; the Duomo where none was chosen."""
    return kept_page(request, lambda: mark_of_home(CALENDAR_AHEAD), lambda more: _made(request, more))


def _made(request: HttpRequest, more: dict[str, str]) -> HttpResponse:
    chosen = start_of_request(request)
    start = chosen or _default_start()
    now, points = clock.now(), points_open()
    return render(
        request,
        "portal/home.html",
        {
            "near": near(start, now, points),
            "start": start,
            "is_chosen": chosen is not None,
            "minutes": WITHIN_MINUTES,
            "groups": start_groups(points),
            "bus": _bibliobus(now),
            "entries": [{"code": one.value, "label": one.label} for one in ENTRIES],
            "arrivals": new_arrivals(),
        }
        | more,
    )


def new_arrivals() -> list[Title]:
    """Return what came last and has copies, newest first, one edition of a work; two statements."""
    newest = (
        Title.objects.filter(search_row__copies__gt=0, merged_into=None)
        .order_by(F("search_row__added_on").desc(nulls_last=True), F("search_row__title").asc())
        .only("title", "language", "material", "year", "work")
    )
    by_work: dict[int, Title] = {}
    for title in newest[:LOOKED_AT]:
        by_work.setdefault(title.work_id, title)
    shown = list(by_work.values())[:NEW_TITLES]
    prefetch_related_objects(shown, Prefetch("contributions", Contribution.objects.select_related("agent")))
    return shown


def _default_start() -> Landmark:
    return next(one for one in landmarks().values() if one.name == DEFAULT_START)


def _bibliobus(now: dt.datetime) -> dict[str, list[Visit] | Visit | None]:
    """Return today's visits in all Milan, the cancelled ones too, and the next one of a later day."""
    here = clock.local(now)
    visits = list(
        Visit.objects.filter(on__range=(here.date(), here.date() + VISITS_AHEAD))
        .exclude(status=VisitStatus.DONE)
        .select_related("stop")
        .order_by("on", "arrives")
    )
    planned = [one for one in visits if one.status == VisitStatus.PLANNED]
    return {
        "today": [one for one in planned if one.on == here.date()],
        "cancelled": [one for one in visits if one.on == here.date() and one.status == VisitStatus.CANCELLED],
        "following": next((one for one in planned if one.on > here.date()), None),
    }

"""The points on a map and in a list, their photographs, and the files that other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_POST, require_safe

from branches.favourites import drop_point, keep_point
from branches.feeds import hours_calendar, points_geojson
from branches.filters import KINDS, PointFilter
from branches.models import NEVER_OPEN_TO_READERS, Place, PlacePhoto
from branches.photos import PHOTO_WIDTHS, photo_rendition
from branches.presentation import CALENDAR_AHEAD, open_then, point_lines
from branches.schematic import schematic
from branches.start import chosen_start
from milanolib import clock
from milanolib.feeds import points_answer
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpRequest

GEOJSON_SECONDS = 5 * 60  # whether a point is open is told in it
HOURS_SECONDS = 60 * 60
FOR_EVER = 365 * 24 * 60 * 60


@require_safe
@login_not_required
def points(request: HttpRequest) -> HttpResponse:
    """All points that are part of the network today on a map and in a list, narrowed by what was asked.

    htmx gets form, map and list alone. Nearest first for who has chosen a start, else by name.
    """
    today, now = clock.today(), clock.now()
    chosen = PointFilter(
        request.GET,
        queryset=Place.objects.open_to_readers(today).with_calendar(today, today + CALENDAR_AHEAD).order_by("name"),
    )
    start = chosen_start(request)
    lines, moment, unknown = point_lines(chosen.qs, now, start), chosen.moment, 0
    if moment:
        lines, unknown = open_then(lines, moment)
    part = "#points" if request.htmx and not request.htmx.history_restore_request else ""  # type: ignore[attr-defined]
    response = render(
        request,
        f"branches/points.html{part}",
        {
            "filter": chosen,
            "lines": lines,
            "moment": moment,
            "unknown": unknown,
            "start": start,
            "schematic": schematic(),
            "kinds": KINDS,
            "tiles": {"url": settings.MAP_TILES_URL, "credit": settings.MAP_TILES_CREDIT},
        },
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@login_not_required
@conditional_page
@cache_control(public=True, max_age=GEOJSON_SECONDS)
def points_file(_request: HttpRequest) -> HttpResponse:
    """All points as GeoJSON, open or not as of now, for anybody's map."""
    today = clock.today()
    places = Place.objects.open_to_readers(today).with_calendar(today, today + CALENDAR_AHEAD).order_by("name", "pk")
    return points_answer(points_geojson(point_lines(places, clock.now())))


@require_safe
@login_not_required
@conditional_page
@cache_control(public=True, max_age=HOURS_SECONDS)
def hours_file(_request: HttpRequest, code: str) -> HttpResponse:
    """The hours of one point as an iCalendar file that a calendar can subscribe to."""
    today = clock.today()
    places = Place.objects.exclude(kind__in=NEVER_OPEN_TO_READERS).with_calendar(today, today + CALENDAR_AHEAD)
    place = get_object_or_404(places.prefetch_related("closures__substitute"), code=code)
    return HttpResponse(
        hours_calendar(place, today),
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": f'inline; filename="{place.code}.ics"',
            "Access-Control-Allow-Origin": "*",
        },
    )


@require_safe
@login_not_required
def photo(request: HttpRequest, code: str, width: int) -> HttpResponse:
    """The photograph of a point, as wide as was asked; kept for ever under the address that names its content."""
    if width not in PHOTO_WIDTHS:
        raise Http404
    kept = get_object_or_404(PlacePhoto, place__code=code)
    content = photo_rendition(kept, width)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="image/webp")
    if kept.digest and request.GET.get("v") == kept.digest:
        patch_cache_control(response, public=True, max_age=FOR_EVER, immutable=True)
    else:
        patch_cache_control(response, public=True, max_age=HOURS_SECONDS)
    return response


@require_POST
def favourite(request: HttpRequest, code: str) -> HttpResponse:
    """Mark a point as one that the signed-in person uses, or take the mark away: `uses` is 1 or 0."""
    place = get_object_or_404(Place.objects.open_to_readers(clock.today()), code=code)
    uses = request.POST.get("uses") == "1"
    if uses:
        keep_point(request.user, place)  # type: ignore[arg-type]  # signed in, by the middleware
    else:
        drop_point(request.user, place)  # type: ignore[arg-type]  # as above
    done = _("This point is now one of yours.") if uses else _("This point is no longer one of yours.")
    return respond(
        request, "branches/_favourite.html", {"place": place, "uses": uses}, done=done, back=place.get_absolute_url()
    )

"""Initiatives for everybody: what is on, a month of it, one of them, and what other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from branches.geography import start_groups
from branches.linked_data import script_of
from branches.start import start_of_request
from milanolib import clock
from milanolib.feeds import feed_view, points_answer
from partnerships.initiatives.booking import counting_date
from partnerships.initiatives.covers import COVER_WIDTHS, cover_rendition
from partnerships.initiatives.feeds import InitiativesFeed, calendar_of, initiatives_geojson, linked_event
from partnerships.initiatives.forms import AHEAD, InitiativesForm
from partnerships.initiatives.lines import line_of, lines_of, when_words
from partnerships.initiatives.month import month_of
from partnerships.initiatives.policy import is_bookable
from partnerships.models import Initiative, InitiativeDate
from partnerships.share_picture import drawn

if TYPE_CHECKING:
    from django.http import HttpRequest

    from partnerships.initiatives.querysets import InitiativeDateQuerySet

A_QUARTER, A_DAY, FOR_EVER = 15 * 60, 24 * 60 * 60, 365 * 24 * 60 * 60
MOST_DATES = 500  # of a list or a file; more than the network plans in its fullest months
PAST_SHOWN = 12


@require_safe
@login_not_required
def initiatives(request: HttpRequest) -> HttpResponse:
    """What is on, narrowed by what was asked, the next first, or nearest from a start; htmx gets the list."""
    form = InitiativesForm(request.GET or None)
    dates = _coming().filter(form.condition(), starts_at__lt=form.until())[:MOST_DATES]
    start = start_of_request(request)
    is_part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    context = {"form": form, "lines": lines_of(dates, start), "start": start, "groups": start_groups()}
    response = render(request, f"partnerships/initiatives/list.html{'#initiatives' if is_part else ''}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@login_not_required
def month(request: HttpRequest) -> HttpResponse:
    """A month as a calendar: what takes place on each day."""
    today = clock.today()
    shown = month_of(request.GET.get("mese", ""), today)
    dates = _public().between(*shown.span)[:MOST_DATES]
    weeks = shown.weeks(dates)
    context = {"month": shown, "weeks": weeks, "today": today, "is_empty": not any(dates)}
    return render(request, "partnerships/initiatives/month.html", context)


@require_safe
@login_not_required
def initiative(request: HttpRequest, number: int) -> HttpResponse:
    """One initiative: when, where, for whom, how one gets there and understands it, and which titles go with it."""
    now = clock.now()
    found = _shown(number)
    dates = list(found.dates.not_over(now))
    past = list(found.dates.planned().filter(ends_at__lte=now).order_by("-starts_at")[:PAST_SHOWN])
    context = {
        "line": line_of(found, dates, start_of_request(request)),
        "past": past if not dates else [],
        "titles": found.current_titles().with_cover(),
        "widths": COVER_WIDTHS,
        "bookable": {one.pk for one in dates if is_bookable(found, one, now)},
        "counting": counting_date(dates[0]) if dates else None,
        "linked_data": script_of(linked_event(found, dates or past)),
    }
    return render(request, "partnerships/initiatives/page.html", context)


@require_safe
@login_not_required
@conditional_page
@cache_control(public=True, max_age=A_QUARTER)
def calendar_file(_request: HttpRequest) -> HttpResponse:
    """All dates to come as iCalendar, for anybody's calendar to follow; the cancelled ones say so."""
    dates = _public().not_over(clock.now()).filter(starts_at__lt=clock.now() + AHEAD)[:MOST_DATES]
    return _calendar_answer(calendar_of(dates), "iniziative")


@require_safe
@login_not_required
@conditional_page
@cache_control(public=True, max_age=A_QUARTER)
def own_calendar_file(_request: HttpRequest, number: int) -> HttpResponse:
    """All dates of one initiative as iCalendar."""
    found = _shown(number)
    dates = InitiativeDate.objects.filter(initiative=found).select_related("initiative__place")
    return _calendar_answer(calendar_of(dates), f"iniziativa-{found.pk}")


@require_safe
@login_not_required
@conditional_page
@cache_control(public=True, max_age=A_QUARTER)
def map_file(_request: HttpRequest) -> HttpResponse:
    """What is on where, as GeoJSON, for anybody's map."""
    return points_answer(
        initiatives_geojson(lines_of(_coming().filter(starts_at__lt=clock.now() + AHEAD)[:MOST_DATES]))
    )


feed = feed_view(InitiativesFeed())


@require_safe
@login_not_required
def picture(_request: HttpRequest, number: int) -> HttpResponse:
    """Return the picture that stands beside a shared link: the title, when and where, in large letters."""
    line = line_of(_shown(number), InitiativeDate.objects.filter(initiative=number).not_over(clock.now()))
    when = when_words(line.next_date) if line.next_date is not None else ""
    response = HttpResponse(drawn(line.title.text, when, line.where), content_type="image/png")
    patch_cache_control(response, public=True, max_age=A_DAY)
    return response


@require_safe
@login_not_required
def cover(request: HttpRequest, number: int, width: int) -> HttpResponse:
    """The picture of an initiative, as wide as was asked; kept for ever under the address that names its content."""
    found = get_object_or_404(Initiative.objects.shown(), pk=number)
    content = cover_rendition(found, width) if width in COVER_WIDTHS else None
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="image/webp")
    is_named = request.GET.get("v") == found.cover_digest
    patch_cache_control(response, public=True, max_age=FOR_EVER if is_named else A_QUARTER, immutable=is_named)
    return response


def _public() -> InitiativeDateQuerySet:
    return InitiativeDate.objects.public().select_related("initiative__place").order_by("starts_at", "pk")


def _coming() -> InitiativeDateQuerySet:
    return _public().not_over(clock.now())


def _shown(number: int) -> Initiative:
    found = Initiative.objects.shown().select_related("place", "institution")
    return get_object_or_404(found, pk=number)


def _calendar_answer(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{name}.ics"', "Access-Control-Allow-Origin": "*"},
    )

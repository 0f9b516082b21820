"""Agreements for everybody: the list with its filters, one of them, and what other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from branches.geography import start_groups
from branches.linked_data import script_of
from branches.schematic import schematic
from branches.start import start_of_request
from milanolib import clock
from milanolib.feeds import feed_view, points_answer
from partnerships.feeds import AgreementsFeed, agreements_geojson, linked_offer
from partnerships.forms import AgreementsForm
from partnerships.models import Agreement
from partnerships.offers import line_of, lines_of, pins_of
from partnerships.share_picture import share_picture

if TYPE_CHECKING:
    from django.http import HttpRequest

A_QUARTER = 15 * 60
A_DAY = 24 * 60 * 60


@require_safe
@login_not_required
def agreements(request: HttpRequest) -> HttpResponse:
    """What readers get at which house, narrowed by what was asked, nearest first from a start; htmx gets the list."""
    today = clock.today()
    form = AgreementsForm(request.GET or None)
    asked: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = Agreement.objects.offered(today).select_related("institution").order_by("institution__name", "pk")
    if asked.get("tipo"):
        found = found.filter(institution__kind=asked["tipo"])
    if asked.get("offerta"):
        found = found.filter(offer=asked["offerta"])
    if asked.get("oggi"):
        found = found.holding_on(today).with_uses_left()
    start = start_of_request(request)
    lines = lines_of(found, today, start)
    if asked.get("oggi"):
        lines = [line for line in lines if line.holds_today]
    is_part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    context = {
        "form": form,
        "lines": lines,
        "pins": pins_of(lines),
        "schematic": schematic(),
        "start": start,
        "groups": start_groups(),
        "asks_today": asked.get("oggi"),
    }
    response = render(request, f"partnerships/agreements.html{'#agreements' if is_part else ''}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@login_not_required
def agreement(request: HttpRequest, number: int) -> HttpResponse:
    """One agreement: the offer, for whom, when, where, and how it is used. What has ended is no longer shown."""
    today = clock.today()
    found = _offered(number)
    others = Agreement.objects.offered(today).filter(institution=found.institution_id).exclude(pk=number)
    context = {
        "line": line_of(found, today, start_of_request(request)),
        "others": lines_of(others.select_related("institution").order_by("pk"), today),
        "linked_data": script_of(linked_offer(found)),
    }
    return render(request, "partnerships/agreement.html", context)


@require_safe
@login_not_required
@conditional_page
@cache_control(public=True, max_age=A_QUARTER)
def agreements_file(_request: HttpRequest) -> HttpResponse:
    """All agreements whose house is on the map, as GeoJSON, for anybody's map."""
    found = Agreement.objects.offered(clock.today()).select_related("institution").order_by("pk")
    return points_answer(agreements_geojson(found, clock.today()))


feed = feed_view(AgreementsFeed())


@require_safe
@login_not_required
def picture(_request: HttpRequest, number: int) -> HttpResponse:
    """Return the picture that stands beside a shared link."""
    response = HttpResponse(share_picture(line_of(_offered(number), clock.today())), content_type="image/png")
    patch_cache_control(response, public=True, max_age=A_DAY)
    return response


def _offered(number: int) -> Agreement:
    return get_object_or_404(Agreement.objects.offered(clock.today()).select_related("institution"), pk=number)

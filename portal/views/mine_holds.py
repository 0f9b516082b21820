"""What a reader has reserved: change the point, pause, set a last day, cancel."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from branches.calendar import calendar_of, state_at
from branches.geography import start_groups
from branches.models import Place
from branches.presentation import CALENDAR_AHEAD
from loans.blocks import reader_rule
from loans.desk_reads import PARTNER_KINDS
from loans.errors import ReaderClosed
from loans.expectations import expected_for
from loans.hold_changes import change_pickup, resume_hold, set_not_needed_after, suspend_hold
from loans.holds import cancel_hold
from loans.models import Hold
from loans.states import HoldStatus
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.http import respond
from milanolib.printing import qr_code
from portal.forms import PickupForm
from portal.household import Household
from portal.mine_forms import LastDayForm, PauseForm
from portal.one_trip import trips_for
from portal.reserving import start_at
from portal.start import start_of_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

ROW = "portal/_hold_row.html"


@require_safe
def holds(request: HttpRequest) -> HttpResponse:
    """Show the reservations: what can be collected first."""
    household = Household.of(request.user)
    lines = household.hold_lines(household.holds)
    context = {"household": household, "lines": lines, "trips": trips_for(line.hold for line in lines)}
    return render(request, "portal/holds.html", context)


@require_safe
def pickup_code(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Show the code of what can be collected, large and as a QR code, with where and until when.

    The way here stands in the message, which may be old: what is ready no longer leads to the reservations.
    """
    hold = get_object_or_404(Hold.objects.visible_to(request.user).for_reader_page(), pk=hold_id)
    if hold.reader_id in Household.of(request.user).hidden:
        raise Http404
    if hold.status != HoldStatus.READY:
        messages.info(request, _("This reservation has no pickup code now. Below is what you have reserved."))
        return redirect("portal:holds")
    today, now = clock.today(), clock.now()
    place = Place.objects.with_calendar(today, today + CALENDAR_AHEAD).get(pk=hold.pickup_place_id)
    context = {
        "hold": hold,
        "place": place,
        "state": state_at(calendar_of(place), now),
        "is_partner": place.kind in PARTNER_KINDS,
        "qr": qr_code(hold.pickup_code),
    }
    return render(request, "portal/pickup_code.html", context)


@require_POST
def cancel(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Cancel a reservation; whoever comes next gets the copy."""

    def act(hold: Hold) -> str:
        cancel_hold(hold, actor=None)
        return _("The reservation has been cancelled.")

    return _answer(request, hold_id, act)


@require_POST
def resume(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Let a reservation that rests take part again, at once."""

    def act(hold: Hold) -> str:
        resume_hold(hold, actor=None)
        return _("It takes part again, where it stood before.")

    return _answer(request, hold_id, act)


@require_http_methods(["GET", "HEAD", "POST"])
def when(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Pause a reservation until a day, or say after which day it is of no use: the button pressed says which."""
    hold = get_object_or_404(Hold.objects.visible_to(request.user).open().for_reader_page(), pk=hold_id)
    pressed = request.POST.get("act")
    pause = PauseForm(request.POST if pressed == "pause" else None, initial={"until": hold.suspended_until})
    last = LastDayForm(request.POST if pressed == "last_day" else None, initial={"day": hold.not_needed_after})
    context: dict[str, Any] = {"hold": hold, "pause": pause, "last": last}
    context["is_hidden"] = hold.reader_id in Household.of(request.user).hidden
    refusal, done = None, ""
    try:
        if pause.is_bound and pause.is_valid():
            suspend_hold(hold, pause.cleaned_data["until"], actor=None)
            until = date_format(pause.cleaned_data["until"], "l j F")
            done = _("Until %(day)s others go before you. You keep your turn.") % {"day": until}
        elif last.is_bound and last.is_valid():
            set_not_needed_after(hold, last.cleaned_data["day"], actor=None)
            done = _("The last day has been noted.") if last.cleaned_data["day"] else _("It has no last day any more.")
    except DomainError as error:
        refusal = error
    panel = "portal/when.html#when-panel"
    if done:
        return respond(request, panel, context, done=done, back=reverse("portal:holds"))
    htmx = request.htmx  # type: ignore[attr-defined]
    status = 422 if request.method == "POST" else 200
    return render(request, panel if htmx else "portal/when.html", context | {"refusal": refusal}, status=status)


def _answer(request: HttpRequest, hold_id: int, act: Callable[[Hold], str]) -> HttpResponse:
    """Do something with one of the person's reservations and answer with its row."""
    hold = get_object_or_404(Hold.objects.visible_to(request.user).for_reader_page(), pk=hold_id)
    household = Household.of(request.user)
    refusal, done = None, ""
    try:
        done = act(hold)
    except DomainError as error:
        refusal = error
    context = {"line": household.hold_line(hold)}
    return respond(request, ROW, context, refusal=refusal, done=done, back=reverse("portal:holds"))


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Choose another point for a reservation; its turn stays."""
    hold = get_object_or_404(Hold.objects.visible_to(request.user).open().for_reader_page(), pk=hold_id)
    kinds = _pickup_kinds(hold)
    data = request.POST if request.method == "POST" else None
    initial = {"pickup": hold.pickup_place.code, "request_key": uuid.uuid4().hex}
    start = start_of_request(request) or start_at(hold.pickup_place.code)
    form = PickupForm(data, kinds=kinds, start=start, hold=hold, initial=initial)
    is_hidden = hold.reader_id in Household.of(request.user).hidden
    context: dict[str, Any] = {
        "hold": hold,
        "form": form,
        "is_hidden": is_hidden,
        "groups": start_groups,
        "start": start,
    }
    panel = "portal/move.html#move-panel"
    if data is None or not form.is_valid():
        template = panel if request.htmx else "portal/move.html"  # type: ignore[attr-defined]
        return render(request, template, context, status=422 if data is not None else 200)
    pickup = form.cleaned_data["pickup"]
    try:
        change_pickup(hold, pickup, actor=None)
    except DomainError as refusal:
        return respond(request, panel, context, refusal=refusal, back=request.path)
    moved = Hold.objects.get(pk=hold.pk)
    context["expected"] = expected_for([moved]).get(moved.pk)
    done = _("From now on you collect it at %(place)s. Your turn stays the same.") % {"place": pickup.name}
    return respond(request, panel, context, done=done, back=reverse("portal:holds"))


def _pickup_kinds(hold: Hold) -> list[str]:
    """Return the kinds of point among which its reader chooses; an empty list means all."""
    assert hold.reader is not None  # noqa: S101  for the type checker; it was found by its reader
    try:
        return reader_rule(hold.reader).pickup_kinds
    except ReaderClosed:
        return []  # the verb says why nothing is changed

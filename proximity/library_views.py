"""The volunteer's page of a condominium library: open until, closed today, hours in words, events."""

from __future__ import annotations

import functools
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from branches.calendar import calendar_of, state_at
from branches.models import Device, Place, PlaceKind
from branches.presentation import CALENDAR_AHEAD
from branches.public_texts import public_text
from loans.deposit_leaving import say_ready
from loans.deposit_moves import receive_deposit, report_fault
from loans.deposit_reads import called_back_from, stays_at
from loans.deposits import next_stay
from loans.desk_reads import copy_by_barcode
from loans.models import DepositStay
from milanolib import clock
from milanolib.errors import DomainError
from proximity.condominium import (
    add_event,
    describe_library,
    events_ahead,
    library_of,
    remove_event,
    say_closed_today,
    say_open_until,
    take_back_word,
    word_of,
)
from proximity.condominium_reads import events_of
from proximity.library_forms import (
    DepositCountForm,
    DepositFaultForm,
    DepositReadyForm,
    DescribeForm,
    EventForm,
    UntilForm,
    hours_offered,
)
from proximity.signin import phone_required, to_activation

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from proximity.models import CondominiumLibrary

P = ParamSpec("P")
PAGE = "proximity:library"
CLOSED, UNDO = "closed", "undo"


def volunteer_page(
    view: Callable[Concatenate[HttpRequest, Device, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let only the phones of condominium libraries in; for any other point there is no such page."""

    @functools.wraps(view)
    def run(request: HttpRequest, device: Device, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if device.place.kind != PlaceKind.CONDOMINIUM:
            raise Http404
        return view(request, device, *args, **kwargs)

    return phone_required(to_activation)(run)


@volunteer_page
@require_safe
def library(request: HttpRequest, device: Device) -> HttpResponse:
    """Show what stands for today and the buttons that change it."""
    return _page(request, device)


@volunteer_page
@require_POST
def say_today(request: HttpRequest, device: Device) -> HttpResponse:
    """One tap: closed today, open until an hour, or take back what was said."""
    here = library_of(device.place)
    try:
        if request.POST.get("say") == UNDO:
            take_back_word(here)
            done = _("Taken back. Your usual hours hold again.")
        elif request.POST.get("say") == CLOSED:
            say_closed_today(here, device=device)
            done = _("Done: everybody reads that you are closed today. From midnight your usual hours hold again.")
        else:
            form = UntilForm(request.POST)
            if not form.is_valid():
                return _page(request, device, until=form)
            until = form.cleaned_data["until"]
            say_open_until(here, until, device=device)
            done = _("Done: everybody reads that you are open until %(hour)s.") % {"hour": time_format(until, "H:i")}
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(PAGE)


@volunteer_page
@require_http_methods(["GET", "HEAD", "POST"])
def describe(request: HttpRequest, device: Device) -> HttpResponse:
    """Write the hours in plain words and the number of own books."""
    here = library_of(device.place)
    if request.method == "POST":
        form = DescribeForm(request.POST)
        if form.is_valid():
            describe_library(here, **form.cleaned_data)
            messages.success(request, _("Saved. It stands on your page now."))
            return redirect(PAGE)
    else:
        words = here.hours_in_words
        form = DescribeForm(
            initial={"italian": words.get("it", ""), "english": words.get("en", ""), "own_books": here.own_books}
        )
    return _form(request, device, "proximity/library_words.html", form)


@volunteer_page
@require_http_methods(["GET", "HEAD", "POST"])
def events(request: HttpRequest, device: Device) -> HttpResponse:
    """Announce something; list what is announced, each with a button that takes it away."""
    here = library_of(device.place)
    form = EventForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            add_event(
                here,
                on=said["on"],
                starts=said["starts"],
                title={"it": said["title"]},
                text={"it": said["text"]} if said["text"] else {},
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Announced. It stands on your page and on that of all libraries."))
            return redirect("proximity:library_events")
    return _form(request, device, "proximity/library_events.html", form, events=_events(here))


@volunteer_page
@require_POST
def event_remove(request: HttpRequest, device: Device, event_id: int) -> HttpResponse:
    """Take an event of one's own library away."""
    remove_event(library_of(device.place), event_id)
    messages.success(request, _("Taken away."))
    return redirect("proximity:library_events")


@volunteer_page
@require_http_methods(["GET", "HEAD", "POST"])
def deposit(request: HttpRequest, device: Device, stay_id: int) -> HttpResponse:
    """Count a deposit that has come; say that it is ready to go; name a book that is missing or damaged.

    Which books they are stands on the public page: the phone shows no title.
    """
    stays = DepositStay.objects.select_related("deposit__library", "place")
    stay = get_object_or_404(stays, pk=stay_id, place=device.place_id, sent_at__isnull=False, left_at=None)
    form = DepositCountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            receive_deposit(stay, counted=form.cleaned_data["counted"], actor=None)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Done: the deposit is here. Your library sees what you counted."))
            return redirect(PAGE)
    return _form(request, device, "proximity/library_deposit.html", form, **_deposit(stay))


@volunteer_page
@require_POST
def deposit_ready(request: HttpRequest, device: Device, stay_id: int) -> HttpResponse:
    """Say from which day on the books of a deposit here can be fetched: to the next house, else to their library."""
    stays = DepositStay.objects.select_related("deposit__library", "place")
    stay = get_object_or_404(stays, pk=stay_id, place=device.place_id, received_at__isnull=False)
    form = DepositReadyForm(request.POST)
    if form.is_valid():
        day = form.cleaned_data["from_on"]
        try:
            say_ready(stay, from_on=day, counted=form.cleaned_data["counted"])
        except DomainError as refusal:
            form.add_error("from_on", str(refusal))
        else:
            if stay.left_at is not None:
                done = _("Done: all books go into the crate, and the crate to the van.")
            else:
                done = _("Done: your library knows that the van can fetch them from %(day)s on.") % {
                    "day": date_format(day, "j F")
                }
            messages.success(request, done)
            return redirect(PAGE)
    answer = _form(request, device, "proximity/library_deposit.html", DepositCountForm(), **_deposit(stay, ready=form))
    answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return answer


def _deposit(stay: DepositStay, **forms: Any) -> dict[str, Any]:
    """Return what the page of a deposit shows beside the form that counts it."""
    said = {"counted": stay.ready_count, "from_on": stay.ready_from} if stay.ready_from else None
    ready = DepositReadyForm(initial=said, auto_id="id_ready_%s")
    return {"stay": stay, "following": next_stay(stay.deposit), "fault": DepositFaultForm(), "ready": ready, **forms}


@volunteer_page
@require_POST
def deposit_fault(request: HttpRequest, device: Device, stay_id: int) -> HttpResponse:
    """Name a book of the deposit here that is missing or damaged: the library that lends it looks into it."""
    stays = DepositStay.objects.select_related("deposit__library")
    stay = get_object_or_404(stays, pk=stay_id, place=device.place_id, received_at__isnull=False, left_at=None)
    form = DepositFaultForm(request.POST)
    if form.is_valid():
        try:
            report_fault(stay.deposit, copy_by_barcode(form.cleaned_data["barcode"]), form.cleaned_data["what"])
        except DomainError as refusal:
            form.add_error("barcode", str(refusal))
        else:
            messages.success(request, _("Your library has been told. Keep a damaged book apart."))
            return redirect("proximity:library_deposit", stay_id=stay.pk)
    answer = _form(request, device, "proximity/library_deposit.html", DepositCountForm(), **_deposit(stay, fault=form))
    answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return answer


def _page(request: HttpRequest, device: Device, until: UntilForm | None = None) -> HttpResponse:
    now = clock.now()
    today = clock.local(now).date()
    place = Place.objects.with_calendar(today, today + CALENDAR_AHEAD).select_related("parent").get(pk=device.place_id)
    here = library_of(place)
    context = {
        "device": device,
        "place": place,
        "library": place.parent,
        "state": state_at(calendar_of(place), now),
        "word": word_of(here, today),
        "hours": hours_offered(clock.local(now)),
        "hours_in_words": public_text(here.hours_in_words),
        "own_books": here.own_books,
        "events": _events(here),
        "stays": stays_at(place),
        "called_back": called_back_from(place),
        "form": until or UntilForm(),
    }
    status = HTTPStatus.OK if until is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "proximity/library.html", context, status=status)


def _form(request: HttpRequest, device: Device, template: str, form: Any, **context: Any) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, {"device": device, "form": form, **context}, status=status)


def _events(here: CondominiumLibrary) -> Any:
    return events_of(events_ahead(here, clock.today()))

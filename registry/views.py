"""The registry's workstations for everybody: which are near, which slots are free, book one. No account is needed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from branches.geography import start_groups, walks_from
from branches.start import start_of_request
from milanolib import clock
from milanolib.errors import DomainError
from registry.bookings import book_slot, normalised, remind_of_booking
from registry.certificates import certificates, count_certificate
from registry.errors import OpenBookingExists, SlotTaken, SlotUnknown
from registry.forms import BookingForm, WaitForm
from registry.free import Free, bookable
from registry.links import token_of
from registry.models import Booking, Kiosk, WeeklyRule
from registry.one_trip import collect_at, could_be_collected_at, pickups_at
from registry.policy import BOOKABLE_DAYS
from registry.states import HOLDING
from registry.waiting import wait_for_slot

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpRequest, HttpResponse

    from loans.models import Hold
    from registry.slots import Slot

TURNS_SHOWN = 6
SLOTS = "registry/slots.html"
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """A workstation on the first page: how far, free now, and the first slot that is."""

    kiosk: Kiosk
    first: Slot | None
    current: Slot | None
    minutes: int | None
    is_coming: bool


@require_safe
@login_not_required
@never_cache
def kiosks(request: HttpRequest) -> HttpResponse:
    """What it is, what to bring, which certificate; the workstations, nearest first, with the first free slot."""
    today = clock.today()
    start = start_of_request(request)
    walks = dict(walks_from(start)) if start is not None else {}
    helped = WeeklyRule.objects.filter(is_assisted=True).order_by("weekday", "starts")
    kiosks = Kiosk.objects.select_related("place").prefetch_related(Prefetch("rules", helped, to_attr="assisted"))
    found = list(kiosks.order_by("municipio", "name"))
    free = bookable(found)
    lines = [
        Line(
            kiosk,
            free.first_from(kiosk, today),
            free.current(kiosk),
            walks.get(kiosk.place_id or 0),
            not kiosk.is_in_service_on(today),
        )
        for kiosk in found
    ]
    if start is not None:
        lines.sort(key=lambda line: line.minutes if line.minutes is not None else 10_000)
    context = {
        "lines": lines,
        "start": start,
        "groups": start_groups(),
        "certificates": certificates().values(),
    }
    return render(request, "registry/kiosks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def slots(request: HttpRequest, code: str) -> HttpResponse:
    """Show the free slots of a day and book one of them, with what is collected at the same library."""
    kiosk = get_object_or_404(Kiosk.objects.in_libraries(), code=code)
    own_email = (request.user.email or "") if request.user.is_authenticated else ""
    elsewhere = could_be_collected_at(kiosk.place, request.user)
    form = BookingForm(request.POST or None, own_email=own_email, elsewhere=elsewhere)
    context: dict[str, Any] = {"form": form}
    if request.method != "POST" or not form.is_valid():
        return show_slots(request, SLOTS, kiosk, context)
    contact = own_email or form.cleaned_data["email"]
    if limited := _too_often(request, "" if own_email else contact):
        return limited
    starts = form.cleaned_data["slot"]
    try:
        booked = book_slot(kiosk, starts, contact, language=get_language() or "it", is_confirmed=bool(own_email))
    except OpenBookingExists as refusal:
        return _has_one(request, refusal, own_email, kiosk, context)
    except DomainError as refusal:
        return show_slots(request, SLOTS, kiosk, context, refusal=refusal)
    count_certificate(kiosk, form.cleaned_data["certificate"])
    _collect_there(request, kiosk, form.cleaned_data.get("together", []))
    return redirect("registry:booking", token_of(booked)) if own_email else redirect("registry:sent")


def _too_often(request: HttpRequest, contact: str) -> HttpResponse | None:
    """Return the answer for who tries too often: strangers by contact and address, who is signed in by account.

    Libraries and offices share one address: who signs in is not held up by the others there.
    """
    if not contact:
        return ratelimit.consume_or_429(request, action="registry_own", user=request.user)  # type: ignore[no-any-return]
    return ratelimit.consume_or_429(request, action="registry", key=normalised(contact))  # type: ignore[no-any-return]


def _collect_there(request: HttpRequest, kiosk: Kiosk, holds: Collection[Hold]) -> None:
    """Let reservations come to the workstation's library, and say what became of that."""
    assert kiosk.place is not None  # noqa: S101  for the type checker; only such ones are shown
    refusals = collect_at(kiosk.place, holds)
    for refusal in refusals:
        messages.warning(request, _("A reservation stays where it was. %(why)s") % {"why": refusal})
    if coming := len(holds) - len(refusals):
        told = ngettext(
            "%(number)s reservation will be collected there too.",
            "%(number)s reservations will be collected there too.",
            coming,
        )
        messages.success(request, told % {"number": coming})


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def wait(request: HttpRequest, code: str) -> HttpResponse:
    """Put somebody on the waiting list of a full day."""
    kiosk = get_object_or_404(Kiosk.objects.in_libraries(), code=code)
    day = chosen_day(request, bookable([kiosk]), kiosk)
    form = WaitForm(request.POST or None)
    context: dict[str, Any] = {"kiosk": kiosk, "day": day, "form": form}
    if request.method == "POST" and form.is_valid():
        contact = form.cleaned_data["email"]
        if limited := _too_often(request, contact):
            return limited
        try:
            wait_for_slot(kiosk, day, contact, language=get_language() or "it")
        except DomainError as refusal:
            return render(request, "registry/wait.html", {**context, "refusal": refusal}, status=422)
        return render(request, "registry/wait.html", {**context, "is_waiting": True})
    return render(request, "registry/wait.html", context, status=422 if request.method == "POST" else 200)


def _has_one(
    request: HttpRequest, refusal: OpenBookingExists, own_email: str, kiosk: Kiosk, context: dict[str, Any]
) -> HttpResponse:
    """Tell whoever is signed in; a stranger gets the same page as for a new booking, and the contact a letter."""
    if refusal.booking is not None:
        remind_of_booking(refusal.booking)
    if not own_email:
        return redirect("registry:sent")
    own = token_of(refusal.booking) if refusal.booking is not None else ""
    return show_slots(request, SLOTS, kiosk, {**context, "own": own}, refusal=refusal)


def show_slots(
    request: HttpRequest, template: str, kiosk: Kiosk, context: dict[str, Any], *, refusal: DomainError | None = None
) -> HttpResponse:
    """Show the slots of a day as they are now, with what was refused and the next free one; what was typed stays."""
    free = bookable([kiosk])
    day = chosen_day(request, free, kiosk)
    offered = free.on(kiosk, day)
    next_free = None
    if isinstance(refusal, SlotTaken):
        next_free = refusal.next_free
    elif isinstance(refusal, SlotUnknown):
        next_free = free.first_from(kiosk, day)
    another = next_free if next_free is not None and next_free.day != day else None
    context["form"].offer(offered, another=another)
    context = {
        **context,
        "can_choose": offered or another,
        **days_around(day),
        "kiosk": kiosk,
        "day": day,
        "offered": offered,
        "has_slots": free.has_any_on(kiosk, day),
        "pickups": pickups_at(kiosk.place, request.user),
        "refusal": refusal,
        "next_free": next_free,
    }
    return render(request, template, context, status=422 if request.method == "POST" else 200)


@require_safe
@login_not_required
def sent(request: HttpRequest) -> HttpResponse:
    """Say that a letter is on its way; the same for whoever has a booking already."""
    return render(request, "registry/sent.html")


@require_safe
@login_not_required
@never_cache
def screen(request: HttpRequest, code: str) -> HttpResponse:
    """Show the next turns by code at the library's entrance: no name, no contact."""
    kiosk = get_object_or_404(Kiosk.objects.in_libraries(), code=code)
    now, today = clock.now(), clock.today()
    turns = Booking.objects.holding(now).between(now, clock.end_of(today)).filter(resource=kiosk, status__in=HOLDING)
    context = {
        "kiosk": kiosk,
        "turns": turns.exclude(status="requested").order_by("during")[:TURNS_SHOWN],
        "current": Free([kiosk], today, today).current(kiosk),
    }
    template = "registry/screen.html#turns" if request.htmx else "registry/screen.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def chosen_day(request: HttpRequest, free: Free, kiosk: Kiosk) -> dt.date:
    """Return the day that the address names, if it can be booked; else that of the first free slot."""
    try:
        day = dt.date.fromisoformat(request.GET.get("giorno", ""))
    except ValueError:
        day = None  # type: ignore[assignment]
    if day is not None and free.first <= day <= free.last:
        return day
    first = free.first_from(kiosk, free.first)
    return first.day if first is not None else free.first


def days_around(day: dt.date) -> dict[str, dt.date | None]:
    """Return the day before and the day after, as far as they can be booked."""
    today = clock.today()
    last = today + dt.timedelta(days=BOOKABLE_DAYS)
    return {
        "day_before": day - ONE_DAY if day > today else None,
        "day_after": day + ONE_DAY if day < last else None,
    }

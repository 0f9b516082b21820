"""One's own booking, by the address that only its letter says: confirm, move, cancel, calendar, receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import icalendar
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from milanolib import clock
from milanolib.errors import DomainError
from milanolib.feeds import write_calendar
from registry.bookings import cancel_booking, confirm_booking, move_booking
from registry.forms import SlotForm
from registry.links import link_to, read_token
from registry.models import Kiosk
from registry.one_trip import pickups_at
from registry.receipt_pdf import receipt_of
from registry.states import BookingStatus
from registry.views import show_slots

if TYPE_CHECKING:
    from django.http import HttpRequest

    from registry.models import Booking

ACTS = {"confirm": confirm_booking, "cancel": cancel_booking}
DONE = {
    "confirm": gettext_lazy("Confirmed: the slot is yours."),
    "cancel": gettext_lazy("Cancelled: the slot goes to somebody else."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def booking(request: HttpRequest, token: str) -> HttpResponse:
    """Show a booking; confirm or cancel it by a button, never by opening the address: mail filters do that."""
    own = _own(token)
    refusal: DomainError | None = None
    act = ACTS.get(request.POST.get("act", ""))
    if request.method == "POST" and act is not None:
        try:
            act(own)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, DONE[request.POST["act"]])
            return redirect("registry:booking", token)
    is_late = own.confirm_until is not None and own.confirm_until <= clock.now()
    context = {
        "booking": own,
        "token": token,
        "refusal": refusal,
        "is_to_confirm": own.status == BookingStatus.REQUESTED and not is_late,
        "is_confirmed": own.status == BookingStatus.CONFIRMED,
        "pickups": pickups_at(own.resource.place, request.user),
        "is_late": is_late or own.status == BookingStatus.EXPIRED,
    }
    return render(request, "registry/booking.html", context, status=422 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def move(request: HttpRequest, token: str, code: str = "") -> HttpResponse:
    """Choose another slot, here or at another workstation that offers the same; until then the one before stays."""
    own = _own(token)
    if own.status != BookingStatus.CONFIRMED:
        return redirect("registry:booking", token)
    alike = list(Kiosk.objects.instead_of(own.resource.kiosk).order_by("municipio", "name"))
    kiosk = next((one for one in alike if one.code == (code or own.resource.code)), None)
    if kiosk is None:
        raise Http404
    form = SlotForm(request.POST or None)
    context: dict[str, Any] = {"booking": own, "token": token, "form": form}
    context["others"] = [one for one in alike if one != kiosk]
    if request.method != "POST" or not form.is_valid():
        return show_slots(request, "registry/move.html", kiosk, context)
    try:
        move_booking(
            own, form.cleaned_data["slot"], to=kiosk, actor=request.user if request.user.is_authenticated else None
        )
    except DomainError as refusal:
        return show_slots(request, "registry/move.html", kiosk, context, refusal=refusal)
    messages.success(request, _("Moved: the new time is yours, and the old one is free again."))
    return redirect("registry:booking", token)


@require_safe
@login_not_required
@never_cache
def calendar_file(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001  a view's arguments
    """Return a confirmed booking for one's own calendar."""
    own = _confirmed(token)
    file = icalendar.Calendar()
    file.add("prodid", "-//Milanolib//Registry//IT")
    file.add("version", "2.0")
    event = icalendar.Event()
    event.add("uid", f"registry-{own.pk}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", own.created_at)
    event.add("dtstart", clock.local(own.starts))
    event.add("dtend", clock.local(own.ends))
    event.add("summary", _("Registry workstation, code %(code)s") % {"code": own.code})
    place = own.resource.place
    if place is not None:
        event.add("location", ", ".join(part for part in (place.name, place.address) if part))
    event.add("url", link_to(own))
    file.add_component(event)
    answer = HttpResponse(write_calendar(file), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="anagrafe.ics"'
    return answer


@require_safe
@login_not_required
@never_cache
def receipt(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001  a view's arguments
    """Return the receipt to print."""
    own = _confirmed(token)
    answer = HttpResponse(receipt_of(own, link_to(own)), content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="anagrafe.pdf"'
    return answer


def _own(token: str) -> Booking:
    found = read_token(token)
    if found is None:
        raise Http404
    return found


def _confirmed(token: str) -> Booking:
    found = _own(token)
    if found.status != BookingStatus.CONFIRMED:
        raise Http404
    return found

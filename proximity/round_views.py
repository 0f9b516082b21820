"""The driver's page: today's rounds with their stops in order, what to take along at each and what to leave there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from branches.models import Place, PlaceKind
from loans.carrying import leave_crate, runs_on, take_along
from loans.crates import crate_by_code
from milanolib import clock
from milanolib.errors import DomainError
from proximity.views import ASK_OR_SEND, partner_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from branches.models import Device

ACTS = {"take": take_along, "leave": leave_crate}


@partner_page
@require_http_methods(ASK_OR_SEND)
def rounds(request: HttpRequest, device: Device) -> HttpResponse:
    """Show the day to the phone of a vehicle, and note what its driver took along or left."""
    if device.place.kind != PlaceKind.VEHICLE:
        raise Http404
    if request.method == "POST":
        _note(request, device)
        return redirect("proximity:rounds")
    today = clock.today()
    context = {"device": device, "day": today, "runs": runs_on(today)}
    return render(request, "proximity/rounds.html", context)


def _note(request: HttpRequest, device: Device) -> None:
    """Do what a button of a stop says; sent twice it is done once."""
    act, number = request.POST.get("act", ""), request.POST.get("place", "")
    if act not in ACTS:
        raise Http404
    place = get_object_or_404(Place, pk=number if number.isdecimal() else 0)
    try:
        crate = ACTS[act](crate_by_code(request.POST.get("crate", "")[:60]), place, device=device)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return
    told = {
        "take": _("Crate %(crate)s is with you, for %(place)s."),
        "leave": _("Crate %(crate)s is left at %(place)s. It stays yours until they confirm it."),
    }
    messages.success(request, told[act] % {"crate": crate, "place": crate.destination})

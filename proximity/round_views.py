"""The driver's page: the rounds of this van today with their stops, what to take along at each and what to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from branches.models import Place, PlaceKind
from loans.carrying import carry_crate, leave_crate, runs_on, stopped_elsewhere, take_along
from loans.crates import crate_by_code
from loans.round_calls import count_call, scanned_at
from milanolib import clock
from milanolib.errors import DomainError
from outbox.requests import once
from proximity.round_forms import CallForm, CrateForm, PressedForm
from proximity.views import ASK_OR_SEND, partner_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from branches.models import Device
    from loans.carrying import Halt, Run

ACTS = {"take": take_along, "leave": leave_crate}


@partner_page
@require_http_methods(ASK_OR_SEND)
def rounds(request: HttpRequest, device: Device) -> HttpResponse:
    """Show the day to the phone of a vehicle, and note what its driver took along, left or counted."""
    if device.place.kind != PlaceKind.VEHICLE:
        raise Http404
    today = clock.today()
    runs = runs_on(today, device.place)
    if request.method == "POST":
        return _noted(request, device, _halts(runs))
    halts = _halts(runs)
    context = {"device": device, "day": today, "runs": runs, "stopped": stopped_elsewhere(runs, device.place)}
    if halts:
        context["form"] = CrateForm(halts=halts, initial={"stop": _here(request, halts)})
        for halt in halts:
            counted = {"left": halt.call.left_counted, "taken": halt.call.taken_counted} if halt.call else {}
            halt.form = CallForm(halts=[halt], initial={"stop": halt.stop.pk, **counted}, prefix=f"s{halt.stop.pk}")
    return render(request, "proximity/rounds.html", context)


def _halts(runs: list[Run]) -> list[Halt]:
    return [halt for run in runs for halt in run.halts]


def _here(request: HttpRequest, halts: list[Halt]) -> int:
    """Return the stop at which the driver is: the one said last, else the first that was not counted yet."""
    said = request.GET.get("stop", "")
    if said.isdecimal() and int(said) in {halt.stop.pk for halt in halts}:
        return int(said)
    return next((halt.stop.pk for halt in halts if halt.call is None), halts[0].stop.pk)


def _noted(request: HttpRequest, device: Device, halts: list[Halt]) -> HttpResponse:
    """Do what a form says, once however often it is sent, and show the page again."""
    act = request.POST.get("act", "")
    try:
        match act:
            case "scan":
                stop = _scan(request, device, halts)
            case "count":
                stop = _count(request, device, halts)
            case "take" | "leave":
                stop = _press(request, device, act)
            case _:
                raise Http404
    except DomainError as refusal:
        messages.error(request, str(refusal))
        stop = request.POST.get("stop", "")
    query = f"?{urlencode({'stop': stop})}" if stop else ""
    return redirect(f"{reverse('proximity:rounds')}{query}")


def _scan(request: HttpRequest, device: Device, halts: list[Halt]) -> str:
    """Take along or leave the crate in the driver's hand, whichever it is at this stop."""
    form = CrateForm(request.POST, halts=halts)
    if not form.is_valid():
        messages.error(request, _first_slip(form))
        return request.POST.get("stop", "")
    place, code = form.halt.stop.place, form.cleaned_data["crate"]
    key = form.key_for("scan", place.pk, code)
    payload = {"act": "scan", "crate": code, "place": place.pk}
    done = once(f"device:{device.pk}", key, "carry_crate", payload, lambda: _carry(code, place, device))
    _say(request, done)
    return str(form.halt.stop.pk)


def _carry(code: str, place: Place, device: Device) -> dict[str, str]:
    act, crate = carry_crate(crate_by_code(code), place, device=device)
    return {"act": act, "crate": crate.code, "place": str(crate.destination)}


def _press(request: HttpRequest, device: Device, act: str) -> str:
    """Do what the button of a crate says."""
    number = request.POST.get("place", "")
    place = get_object_or_404(Place, pk=number if number.isdecimal() else 0)
    form = PressedForm(request.POST)
    if not form.is_valid():
        raise Http404
    code = form.cleaned_data["crate"]

    def do() -> dict[str, str]:
        crate = ACTS[act](crate_by_code(code), place, device=device)
        return {"act": act, "crate": crate.code, "place": str(crate.destination)}

    payload = {"act": act, "crate": code, "place": place.pk}
    _say(request, once(f"device:{device.pk}", form.key_for(act, place.pk, code), "carry_crate", payload, do))
    return request.POST.get("stop", "")


def _say(request: HttpRequest, done: dict[str, str]) -> None:
    told = {
        "take": _("Crate %(crate)s is with you, for %(place)s."),
        "leave": _("Crate %(crate)s is left at %(place)s. It stays yours until they confirm it."),
    }
    messages.success(request, told[done["act"]] % {"crate": done["crate"], "place": done["place"]})


def _count(request: HttpRequest, device: Device, halts: list[Halt]) -> str:
    """Keep how many crates the driver counted at a stop, and say at once if the scans say otherwise."""
    form = CallForm(request.POST, halts=halts, prefix=request.POST.get("prefix", "")[:20])
    if not form.is_valid():
        messages.error(request, _first_slip(form))
        return request.POST.get("prefix", "")[1:20]
    stop, left, taken = form.halt.stop, form.cleaned_data["left"], form.cleaned_data["taken"]

    def do() -> dict[str, int]:
        count_call(stop, left=left, taken=taken, device=device)
        return {"left": left, "taken": taken}

    payload = {"stop": stop.pk, "left": left, "taken": taken}
    once(f"device:{device.pk}", form.key_for("count", stop.pk, left, taken), "count_call", payload, do)
    scanned = scanned_at(stop.place_id, clock.today(), device.place_id)
    if (scanned.left, scanned.taken) == (left, taken):
        messages.success(request, _("Counted at %(place)s. The scans say the same.") % {"place": stop.place})
    else:
        words = _(
            "Counted at %(place)s. By the scans you left %(left)s and took along %(taken)s: scan what is missing, or "
            "count again. If it stays so, the library is told."
        )
        names = {"place": stop.place, "left": scanned.left, "taken": scanned.taken}
        messages.warning(request, words % names)
    return str(stop.pk)


def _first_slip(form: CrateForm | CallForm) -> str:
    return next(str(errors[0]) for errors in form.errors.values())

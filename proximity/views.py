"""The partner's phone page: what is here, take in, hand out, take back. It knows parcels, never readers or titles."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from branches.devices import ActivationRefused, revoke_device
from branches.models import Device, PlaceKind
from loans import handing
from loans.records import COUNT, CRATE_OUT, RECEIVE, TAKE_BACK, record
from milanolib.errors import DomainError
from milanolib.http import problem
from proximity.answers import BAD, LEVELS, Told, tell
from proximity.day import LAST_DIGITS, helping_library
from proximity.day_list_pdf import day_list_pdf
from proximity.forms import (
    ActivationForm,
    BarcodeForm,
    CodeForm,
    CountForm,
    FaultForm,
    HandOverForm,
    ScanForm,
    TakeInForm,
    in_fours,
)
from proximity.language import in_asked_language
from proximity.reports import BatchRefused, apply_batch, read_batch
from proximity.signin import (
    ATTEMPTS_WITHIN,
    activate,
    forget,
    may_try,
    phone_of,
    phone_required,
    remember,
    to_activation,
    unknown_phone,
)

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.forms import Form

LISTED = 100  # more than any point has room for
ASK_OR_SEND = ["GET", "HEAD", "POST"]

partner_page = phone_required(to_activation)


# --- What is here


@dataclass(frozen=True)
class Listed:
    """A list on the home page and how many there are in all."""

    rows: list[Any]
    total: int


def _listed(found: QuerySet[Any, Model]) -> Listed:
    rows = list(found[: LISTED + 1])
    return Listed(rows[:LISTED], len(rows) if len(rows) <= LISTED else found.count())


@in_asked_language
@partner_page
@require_safe
def home(request: HttpRequest, device: Device) -> HttpResponse:
    """Show the point, the four acts and the three lists; a van its rounds, a library without parcels its own page."""
    place = device.place
    if place.kind == PlaceKind.VEHICLE and not place.stops.exists():  # a van; the Bibliobus is a point of its own
        return redirect("proximity:rounds")
    if place.kind == PlaceKind.CONDOMINIUM and not (place.accepts_pickup or place.accepts_returns):
        return redirect("proximity:library")
    expected, here = _listed(handing.expected_at(place)), _listed(handing.here_at(place))
    going_back, returned = _listed(handing.going_back_from(place)), _listed(handing.returned_to(place))
    for parcel in [*expected.rows, *here.rows, *going_back.rows]:
        parcel.printed_tag = in_fours(parcel.tag)
    for journey in returned.rows:
        journey.last_digits = journey.barcode[-LAST_DIGITS:]
    context = {
        "device": device,
        "library": helping_library(place),
        "expected": expected,
        "here": here,
        "going_back": going_back,
        "returned": returned,
        "crates": (crates := list(handing.crates_for_the_van(place))),
        "for_driver": going_back.total + returned.total + len(crates),
    }
    return render(request, "proximity/home.html", context)


# --- Take in, take back


@partner_page
@require_http_methods(ASK_OR_SEND)
def take_in(request: HttpRequest, device: Device) -> HttpResponse:
    """A parcel is in the partner's hand: say on which number it goes."""
    return _scan(request, device, TakeInForm, RECEIVE, "proximity:take_in", "proximity/take_in.html")


@partner_page
@require_http_methods(ASK_OR_SEND)
def take_back(request: HttpRequest, device: Device) -> HttpResponse:
    """A reader gives something back: write it down and give the number of the receipt."""
    return _scan(request, device, BarcodeForm, TAKE_BACK, "proximity:take_back", "proximity/take_back.html")


@partner_page
@require_http_methods(ASK_OR_SEND)
def crate_out(request: HttpRequest, device: Device) -> HttpResponse:
    """All that goes back is in one crate, and counted."""
    return _scan(request, device, CountForm, CRATE_OUT, "proximity:crate_out", "proximity/crate_out.html")


@partner_page
@require_http_methods(ASK_OR_SEND)
def close_day(request: HttpRequest, device: Device) -> HttpResponse:
    """The day is over: the partner has counted what lies on the shelf."""
    return _scan(request, device, CountForm, COUNT, "proximity:close_day", "proximity/close_day.html")


@partner_page
@require_http_methods(ASK_OR_SEND)
def fault(request: HttpRequest, device: Device) -> HttpResponse:
    """A parcel is missing, wrong or damaged; the form says which."""
    return _scan(request, device, FaultForm, "", "proximity:fault", "proximity/fault.html")


def _scan(
    request: HttpRequest, device: Device, form_class: type[ScanForm], act: str, page: str, template: str
) -> HttpResponse:
    context = {"device": device, "form": form_class()}
    if request.method != "POST":
        return render(request, template, context)
    form = form_class(request.POST)
    if not form.is_valid():
        if isinstance(form, FaultForm):  # two things are said there: the right one is not asked for again
            context["form"] = form
        return _refuse(request, template, context, _slip(form), typed=form)
    act = form.cleaned_data.get("act", act)
    told = tell(record(device, form.to_act(act)), what=form.cleaned_data["what"])
    return _answer(request, template, context, told, back=page)


# --- Hand out


@sensitive_post_parameters("code")
@partner_page
@require_http_methods(ASK_OR_SEND)
def hand_out(request: HttpRequest, device: Device) -> HttpResponse:
    """First step: the reader says the code, the page shows which parcel it is. Nothing is handed over yet."""
    context: dict[str, Any] = {"device": device, "form": CodeForm()}
    template = "proximity/hand_out.html"
    if request.method != "POST":
        return render(request, template, context)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _refuse(request, template, context, _slip(form), typed=form)
    try:
        parcel = handing.find_parcel_by_code(device, form.cleaned_data["code"], form_key=form.cleaned_data["key"])
    except DomainError as refusal:
        form.add_error("code", str(refusal))
        return _refuse(request, template, context, _slip(form), typed=form)
    context.update(parcel=parcel, printed_tag=in_fours(parcel.tag))
    context["sealed"] = HandOverForm(device=device).sealed(parcel.tag)
    # shown at once, without a redirect: the code must stand in no address
    response = render(request, f"{template}#work" if request.htmx else template, context)  # type: ignore[attr-defined]
    patch_vary_headers(response, ["HX-Request"])
    return response


@partner_page
@require_http_methods(ASK_OR_SEND)
def handed_over(request: HttpRequest, device: Device) -> HttpResponse:
    """Second step: the reader has the parcel; from this minute it is a loan."""
    template, page = "proximity/hand_out.html", "proximity:hand_out"
    if request.method != "POST":
        return redirect(page)
    context = {"device": device, "form": CodeForm()}
    form = HandOverForm(request.POST, device=device)
    if not form.is_valid():
        told = Told(BAD, _("This page is too old. Type the reader's code again; nothing has been handed over."))
        return _refuse(request, template, context, told)
    return _answer(request, template, context, tell(record(device, form.cleaned_data["parcel"])), back=page)


# --- The day on paper


@partner_page
@require_safe
def day_list(request: HttpRequest, device: Device) -> HttpResponse:  # noqa: ARG001  the shape of a page
    """Return the list of the day as a PDF to print."""
    return HttpResponse(day_list_pdf(device.place), content_type="application/pdf")


# --- This phone


@sensitive_post_parameters("code")
@in_asked_language
@login_not_required
@never_cache
@require_http_methods(ASK_OR_SEND)
def activate_phone(request: HttpRequest) -> HttpResponse:
    """Bind this phone to its point with the code from the library."""
    if phone_of(request) is not None:
        return redirect("proximity:home")
    template = "proximity/activate.html"
    if request.method != "POST":
        return render(request, template, {"form": ActivationForm()})
    form = ActivationForm(request.POST)
    if not may_try(request):
        told = Told(BAD, _("Too many attempts. Wait ten minutes and try again."))
        response = render(request, template, {"form": form, "told": told}, status=HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = str(ATTEMPTS_WITHIN)
        return response
    if not form.is_valid():
        return render(request, template, {"form": form, "told": _slip(form)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        token = activate(form.cleaned_data["code"], form.cleaned_data["key"])
    except ActivationRefused as refusal:
        context = {"form": form, "told": Told(BAD, str(refusal))}
        return render(request, template, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, _("Done. This phone is connected."))
    response = redirect("proximity:home")
    remember(response, token)
    return response


@partner_page
@require_http_methods(ASK_OR_SEND)
def phone(request: HttpRequest, device: Device) -> HttpResponse:
    """Show which phone this is, and cut it off when its holder asks."""
    if request.method != "POST":
        context = {"device": device, "library": helping_library(device.place)}
        return render(request, "proximity/phone.html", context)
    revoke_device(device, actor=None)
    messages.success(request, _("This phone is forgotten. To use it again, ask your library for a new code."))
    response = redirect("proximity:activate")
    forget(response)
    return response


# --- The phone's queue


@in_asked_language
@phone_required(unknown_phone)
@require_POST
def reports(request: HttpRequest, device: Device) -> HttpResponse:
    """Take the reports that a phone has gathered; see proximity/reports.py."""
    try:
        batch = read_batch(request)
    except BatchRefused as refusal:
        return problem(refusal.status, refusal.code, refusal.detail)
    return JsonResponse({"results": apply_batch(device, batch)})


# --- One way to answer


def _slip(form: Form) -> Told:
    """Return the first thing that is wrong with a form."""
    return Told(BAD, next(str(errors[0]) for errors in form.errors.values()))


def _refuse(
    request: HttpRequest, template: str, context: dict[str, Any], told: Told, *, typed: Form | None = None
) -> HttpResponse:
    """Say no at once. Without htmx what was `typed` stands in the form again, to be mended, and its key stays.

    To htmx the field comes empty: a scanner would write behind what stands there.
    """
    if request.htmx:  # type: ignore[attr-defined]
        template = f"{template}#work"
    elif typed is not None:
        context = {**context, "form": typed}
    response = render(request, template, {**context, "told": told}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _answer(request: HttpRequest, template: str, context: dict[str, Any], told: Told, *, back: str) -> HttpResponse:
    """Swap the working part of the page for htmx; else redirect and say it there."""
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, f"{template}#work", {**context, "told": told})
    else:
        messages.add_message(request, LEVELS[told.tone], told.sentence)
        response = redirect(back)
    patch_vary_headers(response, ["HX-Request"])
    return response

"""Initiatives at the desk: the month, the door of a date, the year in numbers."""

from __future__ import annotations

import csv
import functools
import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.encryption import address_hash
from branches.desk_frame import desk_page, for_staff
from branches.permissions import places_kept_by
from branches.public_texts import public_text
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.printing import pdf_of
from outbox.requests import once
from partnerships.initiatives.booking import book_places, counting_date
from partnerships.initiatives.door import booking_at_door, came_unbooked, let_in, note_attendance, note_came
from partnerships.initiatives.figures import A_YEAR, figures_of
from partnerships.initiatives.forms import AttendanceForm, DoorForm, TelephoneForm
from partnerships.initiatives.month import month_of
from partnerships.models import InitiativeBooking, InitiativeDate

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from milanolib.http import Request
    from partnerships.initiatives.forms import OnceForm

PERMISSION = "partnerships.run_initiative"
CAMERA = "camera=(self), microphone=()"
STYLE = """
@page { size: A4; margin: 18mm; }
body { font-family: Print, sans-serif; font-size: 11pt; }
h1 { font-size: 18pt; } h2 { font-size: 13pt; margin-top: 6mm; }
table { border-collapse: collapse; width: 100%; }
td { border-bottom: 0.3mm solid #ccc; padding: 1mm 2mm; }
"""


@require_safe
@for_staff(PERMISSION)
def month(request: Request) -> HttpResponse:
    """Show the month of the libraries that somebody keeps, drafts and cancelled dates among them."""
    today = clock.today()
    shown = month_of(request.GET.get("mese", ""), today)
    dates = _own(request).between(*shown.span).order_by("starts_at", "pk")  # type: ignore[attr-defined]
    context = {"month": shown, "weeks": shown.weeks(dates), "today": today}
    return desk_page(request, "partnerships/initiatives/desk/month.html", _("Initiatives"), context)


@require_safe
@for_staff(PERMISSION)
def door(request: Request, date_id: int) -> HttpResponse:
    """Show who comes to a date, by code: no name, no contact. The camera reads tickets."""
    return _door(request, _date(request, date_id))


@require_POST
@for_staff(PERMISSION)
def come(request: Request, date_id: int) -> HttpResponse:
    """Note who came: by a scanned ticket, a typed code, a row's button, or without a booking. htmx gets the part."""
    date = _date(request, date_id)
    form = DoorForm(request.POST)
    told, is_refused = "", True
    if not form.is_valid():
        told = _("Nothing was noted: scan a ticket, or write how many come.")
    else:
        asked = form.cleaned_data
        try:
            if asked["code"]:
                own = booking_at_door(date, asked["code"])
                came = note_came(date, own, asked["people"], actor=request.user)  # type: ignore[arg-type]
            else:
                came = asked["people"]
                enter = functools.partial(let_in, date, adults=came, actor=request.user)  # type: ignore[arg-type]
                own = _once(request, form, "let_in", [date.pk, came], enter)
            told = _("%(code)s: %(people)s came.") % {"code": own.code, "people": came}
            is_refused = False
        except DomainError as refusal:
            told = str(refusal)
    if request.htmx:
        date.refresh_from_db()
        return _door(request, date, told=told, is_refused=is_refused)
    (messages.error if is_refused else messages.success)(request, told)
    return redirect("admin:desk_initiatives_door", date.pk)


@require_POST
@for_staff(PERMISSION)
def attendance(request: Request, date_id: int) -> HttpResponse:
    """Write how many came to a date that nobody needs to book."""
    date = _date(request, date_id)
    form = AttendanceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was noted: write how many came, as a number."))
        return redirect("admin:desk_initiatives_door", date.pk)
    try:
        noted = note_attendance(date, form.cleaned_data["people"], actor=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Noted: %(people)s came.") % {"people": noted.came})
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:desk_initiatives_door", date.pk)


@require_POST
@for_staff(PERMISSION)
def telephone(request: Request, date_id: int) -> HttpResponse:
    """Book for somebody on the telephone, confirmed by voice."""
    date = _date(request, date_id)
    form = TelephoneForm(request.POST, most=date.initiative.per_family)
    if not form.is_valid():
        messages.error(request, _("Nothing was booked: write how many they are and how to reach them."))
        return redirect("admin:desk_initiatives_door", date.pk)
    try:
        asked = {name: value for name, value in form.cleaned_data.items() if name != "request_key"}
        heard = [date.pk, asked["adults"], asked["children"], address_hash("initiatives", asked["contact"])]
        book = functools.partial(book_places, date, **asked, is_confirmed=True, actor=request.user)  # type: ignore[arg-type]
        own = _once(request, form, "book_places", heard, book)
        said = _("%(code)s: %(status)s. Tell them the code.")
        messages.success(request, said % {"code": own.code, "status": own.get_status_display()})
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:desk_initiatives_door", date.pk)


@require_safe
@for_staff(PERMISSION)
def figures(request: Request) -> HttpResponse:
    """Show the last year of the libraries that somebody keeps, without anybody's data."""
    context = {"figures": figures_of(places_kept_by(request.user))}
    return desk_page(request, "partnerships/initiatives/desk/figures.html", _("Initiatives in numbers"), context)


@require_safe
@for_staff(PERMISSION)
def figures_csv(request: Request) -> HttpResponse:
    """Return the same as a file."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="iniziative.csv"'
    rows = csv.writer(answer)
    rows.writerow(["what", "which", "number"])
    for part in figures_of(places_kept_by(request.user)):
        for row in part.rows:
            rows.writerow([part.code, _not_a_formula(row.label), row.number])
    return answer


@require_safe
@for_staff(PERMISSION)
def figures_pdf(request: Request) -> HttpResponse:
    """Return the same on paper, for the year's report."""
    today = clock.today()
    context = {"figures": figures_of(places_kept_by(request.user)), "first": today - A_YEAR, "last": today}
    page = render_to_string("partnerships/initiatives/desk/figures_pdf.html", context)
    answer = HttpResponse(pdf_of(page, STYLE), content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="iniziative.pdf"'
    return answer


def _once(
    request: Request, form: OnceForm, verb: str, asked: list[int | str], act: Callable[[], InitiativeBooking]
) -> InitiativeBooking:
    """Return what was booked by a form, once however often it is sent. Raises RequestKeyReused, what `act` raises."""
    key = form.cleaned_data["request_key"] or uuid.uuid4().hex
    number = once(f"user:{request.user.pk}", key, verb, {"asked": asked}, lambda: act().pk)
    return InitiativeBooking.objects.get(pk=number)


def _not_a_formula(text: str) -> str:
    """Return a text that a spreadsheet shows and does not calculate."""
    return f"'{text}" if text[:1] in "=+-@\t" else text


def _door(request: Request, date: InitiativeDate, *, told: str = "", is_refused: bool = False) -> HttpResponse:
    """Render the door of a date, for htmx its part; after a refusal with the answer that says so."""
    counting = counting_date(date)
    noted = came_unbooked(date) if counting.places is None else None
    context = {
        "date": date,
        "counting": counting,
        "rows": counting.bookings.open().with_came_to(date).in_order(),
        "form": DoorForm(),
        "telephone": TelephoneForm(most=date.initiative.per_family),
        "attendance": AttendanceForm(initial={"people": noted.came if noted else None}),
        "has_begun": date.starts_at <= clock.now(),
        "is_kept": request.user.has_perm("partnerships.change_initiative"),
        "told": told,
        "is_refused": is_refused,
    }
    title = public_text(date.initiative.title).text
    template = f"partnerships/initiatives/desk/door.html{'#door-now' if request.htmx else ''}"
    answer = desk_page(request, template, title, context, status=422 if is_refused else 200)
    answer["Permissions-Policy"] = CAMERA
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _own(request: Request) -> QuerySet[InitiativeDate]:
    kept = InitiativeDate.objects.filter(initiative__place__in=places_kept_by(request.user))
    return kept.select_related("initiative__place")


def _date(request: Request, date_id: int) -> InitiativeDate:
    return get_object_or_404(_own(request), pk=date_id)

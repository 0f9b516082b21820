"""The librarian's view of partners: all points at one glance, and each month of one of them, to read and to keep."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from branches.desk_frame import desk_page, for_staff, go
from branches.devices import invite_device, revoke_device
from branches.models import Device, DeviceKind, Place
from branches.schematic import schematic
from loans.activation_pdf import activation_card
from loans.desk_reads import PARTNER_KINDS
from milanolib import clock
from milanolib.printing import pdf_of
from milanolib.tables import csv_answer
from proximity.models import Contract
from proximity.points import OF_PARTNERS, partner_places, points
from proximity.tally import Tally, tally_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from milanolib.http import Request

PERMISSION, MANAGE = "proximity.view_contract", "proximity.change_contract"
LONG_NUMBER = 19  # digits that no row has
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
MONTHS_SHOWN = 24
STYLE = """
@page { size: A4; margin: 16mm; }
body { font-family: Print, sans-serif; font-size: 10pt; margin: 0; }
h1 { font-size: 15pt; margin: 0 0 2mm; }
p { margin: 0 0 2mm; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 0.1mm solid #000; padding: 0.8mm 1mm; text-align: right; }
td:first-child, th:first-child { text-align: left; }
tfoot th { border-top: 0.3mm solid #000; }
"""


@require_safe
@for_staff(PERMISSION)
def all_points(request: Request) -> HttpResponse:
    """Show how full the partners' points are, their contracts and their devices."""
    context = {"points": points(), "schematic": schematic(), "can_manage": request.user.has_perm(MANAGE)}
    return desk_page(request, "proximity/desk/points.html", _("Partners' points"), context)


@require_POST
@for_staff(MANAGE)
def new_code(request: Request, code: str) -> HttpResponse:
    """Print the card of a new code for a point; it takes the place of a device that is named, which stops working."""
    place = get_object_or_404(partner_places(), code=code)
    number = request.POST.get("device", "")
    old = None
    if number:
        old = get_object_or_404(_live(place), pk=number if number.isdecimal() and len(number) < LONG_NUMBER else 0)
    name = old.name if old is not None else _("New phone, %(day)s") % {"day": date_format(clock.today(), "j F")}
    invited, secret = invite_device(place, name=name, actor=request.user)  # type: ignore[arg-type]
    if old is not None:
        revoke_device(old, actor=request.user)  # type: ignore[arg-type]
    return activation_card(invited, secret)


@require_POST
@for_staff(MANAGE)
def revoke(request: Request, code: str, device_id: int) -> HttpResponse:
    """Cut a device of any point off at once."""
    place = get_object_or_404(Place, code=code, kind__in=PARTNER_KINDS)
    device = get_object_or_404(Device.objects.filter(place=place, kind__in=OF_PARTNERS), pk=device_id)
    revoke_device(device, actor=request.user)  # type: ignore[arg-type]
    messages.success(request, _("%(device)s no longer works; what it reported stays.") % {"device": device})
    return go(request, f"{reverse('admin:partners_points')}#punto-{place.code}")


def _live(place: Place) -> QuerySet[Device]:
    return Device.objects.filter(place=place, kind=DeviceKind.PARTNER_PHONE, revoked_at=None)


@require_safe
@for_staff(PERMISSION)
def months(request: Request, code: str) -> HttpResponse:
    """Show a month of a point, and the way to the others."""
    place, month = _asked(code, request.GET.get("mese", ""))
    context = {
        "place": place,
        "tally": tally_of(place, month),
        "months": _months_until(clock.today()),
        "contract": _contract_in(place, month),
    }
    return desk_page(request, "proximity/desk/months.html", str(place), context)


@require_safe
@for_staff(PERMISSION)
def month_table(request: Request, code: str, month: str) -> HttpResponse:  # noqa: ARG001  the shape of a view
    """Return a month as a file for a spreadsheet."""
    tally = tally_of(*_asked(code, month))
    header = [_("Day"), _("Received"), _("Handed out"), _("Returned"), _("Not collected"), _("Exceptions")]
    rows: list[list[object]] = [[row.day, *row.figures().values()] for row in tally.days]
    return csv_answer(f"{tally.place.code}-{month}.csv", header, [*rows, [_("Total"), *tally.total.figures().values()]])


@require_safe
@for_staff(PERMISSION)
def month_pdf(request: Request, code: str, month: str) -> HttpResponse:  # noqa: ARG001  the shape of a view
    """Return a month as a sheet to go with the contract."""
    tally = tally_of(*_asked(code, month))
    answer = HttpResponse(_sheet(tally), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{tally.place.code}-{month}.pdf"'
    return answer


def _sheet(tally: Tally) -> bytes:
    context = {"tally": tally, "contract": _contract_in(tally.place, tally.month)}
    return pdf_of(render_to_string("proximity/desk/month_sheet.html", context), STYLE)


def _asked(code: str, month: str) -> tuple[Place, dt.date]:
    """Return the point and the first day of the month; this month where none is named."""
    place = get_object_or_404(Place, code=code, kind__in=PARTNER_KINDS)
    if not month:
        return place, clock.today().replace(day=1)
    if not MONTH.fullmatch(month):
        raise Http404
    return place, dt.date.fromisoformat(f"{month}-01")


def _contract_in(place: Place, month: dt.date) -> Contract | None:
    """Return the contract that holds at the end of a month, or held last before."""
    end = (month + dt.timedelta(days=31)).replace(day=1)
    return Contract.objects.filter(place=place, starts_on__lt=end).order_by("-starts_on").first()


def _months_until(day: dt.date) -> list[dt.date]:
    """Return the first days of the last months, the newest first."""
    count = day.year * 12 + day.month - 1
    return [dt.date(one // 12, one % 12 + 1, 1) for one in range(count, count - MONTHS_SHOWN, -1)]

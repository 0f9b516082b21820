"""The librarian's view of partners: all points at one glance, and each month of one of them, to read and to keep."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from branches.desk_frame import desk_page, for_staff
from branches.models import Place
from loans.desk_reads import PARTNER_KINDS
from milanolib import clock
from milanolib.printing import pdf_of
from milanolib.tables import csv_answer
from proximity.models import Contract
from proximity.points import points
from proximity.tally import Tally, tally_of

if TYPE_CHECKING:
    from milanolib.http import Request

PERMISSION = "proximity.view_contract"
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
    return desk_page(request, "proximity/desk/points.html", _("Partners' points"), {"points": points()})


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

"""The librarian's pages of the agreements: their uses in a year, as a chart, a table and a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Min
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from branches.desk_frame import desk_page, for_staff
from milanolib import clock
from milanolib.printing import pdf_of
from milanolib.tables import csv_answer
from partnerships.figures import Year, uses_of
from partnerships.models import Agreement

if TYPE_CHECKING:
    from milanolib.http import Request

PERMISSION = "partnerships.view_agreement"
STYLE = """
@page { size: A4 landscape; margin: 12mm; }
body { font-family: Print, sans-serif; font-size: 10pt; margin: 0; }
h1 { font-size: 16pt; margin: 0 0 3mm; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 0.2mm solid #000; padding: 1.2mm; text-align: right; }
th:first-child, td:first-child, tbody th { text-align: left; }
tr { break-inside: avoid; }
"""


@require_safe
@for_staff(PERMISSION)
def uses(request: Request) -> HttpResponse:
    """Show how often each agreement was used in a year."""
    year = _asked(request)
    return desk_page(
        request,
        "partnerships/desk/uses.html",
        _("Uses of agreements"),
        {"figures": uses_of(year), "years": _years()},
    )


@require_safe
@for_staff(PERMISSION)
def uses_table(request: Request) -> HttpResponse:
    """Return the same as a file for a spreadsheet."""
    figures = uses_of(_asked(request))
    months = [date_format(day, "F") for day in figures.first_days]
    rows: list[list[object]] = [
        [row.agreement.institution.name, row.title.text, row.offer, *row.months, row.total] for row in figures.rows
    ]
    total = [_("Total"), "", "", *figures.months, figures.total]
    header = [_("Institution"), _("Agreement"), _("Offer"), *months, _("Total")]
    return csv_answer(f"convenzioni-{figures.year}.csv", header, [*rows, total])


@require_safe
@for_staff(PERMISSION)
def uses_pdf(request: Request) -> HttpResponse:
    """Return the same as a sheet for the year's report."""
    figures = uses_of(_asked(request))
    answer = HttpResponse(_sheet(figures), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="convenzioni-{figures.year}.pdf"'
    return answer


def _sheet(figures: Year) -> bytes:
    return pdf_of(render_to_string("partnerships/desk/uses_sheet.html", {"figures": figures}), STYLE)


def _asked(request: Request) -> int:
    """Return the year that is asked for, this one unless named. Raises Http404 for what is none of ours."""
    asked = request.GET.get("anno", "")
    if not asked:
        return clock.today().year
    year = next((one for one in _years() if str(one) == asked), None)
    if year is None:
        raise Http404
    return year


def _years() -> list[int]:
    """Return the years in which there were agreements, the newest first."""
    this = clock.today().year
    first = Agreement.objects.aggregate(first=Min("starts_on"))["first"]
    return list(range(this, min(first.year, this) - 1 if first else this - 1, -1))

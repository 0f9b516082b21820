"""A reader's history: kept or not, looked through, deleted, taken home."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from loans.history import forget_all, forget_loan, keep_history, remembered, stop_keeping_history
from milanolib import clock
from milanolib.http import respond
from portal.household import Household

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Reader
    from loans.models import Loan

PER_PAGE = 50
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so


@require_safe
def history(request: HttpRequest, reader_id: int | None = None) -> HttpResponse:
    """Show what a reader has given back, where that is kept; else what keeping it would mean."""
    household = Household.of(request.user)
    reader = household.own_card(reader_id)
    context: dict[str, Any] = {"household": household, "reader": reader, "cards": household.open_cards}
    if reader is None or not reader.keeps_history:
        return render(request, "portal/history.html", context)
    words = request.GET.get("q", "").replace("\x00", "").strip()
    found = remembered(reader).for_reader_page()
    page = Paginator(found.about(words) if words else found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/history.html", {**context, "page_obj": page, "words": words})


@require_POST
def keep(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Switch the history on."""
    keep_history(_card(request, reader_id))
    done = _("From now on what is given back stays in this history, until it is deleted.")
    return respond(request, "_done.html", done=done, back=_back(reader_id))


@require_POST
def stop(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Switch the history off: all of it is forgotten."""
    stop_keeping_history(_card(request, reader_id))
    done = _("The history is off, and all that was in it has been forgotten.")
    return respond(request, "_done.html", done=done, back=_back(reader_id))


@require_POST
def forget(request: HttpRequest, reader_id: int, loan_id: int) -> HttpResponse:
    """Delete one loan from the history."""
    loan = get_object_or_404(remembered(_card(request, reader_id)).for_reader_page(), pk=loan_id)
    forget_loan(loan)
    done = _("“%(title)s” is no longer in the history.") % {"title": loan.copy.title.title}
    return respond(request, "portal/_history_gone.html", {"gone": loan_id}, done=done, back=_back(reader_id))


@require_POST
def forget_every(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Delete all that is in the history; it goes on being kept."""
    count = forget_all(_card(request, reader_id))
    done = ngettext("%(count)s loan has been forgotten.", "%(count)s loans have been forgotten.", count)
    return respond(request, "_done.html", done=done % {"count": count}, back=_back(reader_id))


@require_safe
def as_csv(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Give the history as a table."""
    rows = _rows(_card(request, reader_id))
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([_("Title"), _("Authors"), _("Material"), _("Year"), _("Lent"), _("Given back"), _("Point")])
    table.writerows([_harmless(str(value or "")) for value in row.values()] for row in rows)
    # the mark at the beginning tells spreadsheets that it is UTF-8
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="storico.csv"'
    return response


@require_safe
def as_json(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Give the history for programs."""
    response = JsonResponse({"loans": _rows(_card(request, reader_id))}, json_dumps_params={"ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="storico.json"'
    return response


def _card(request: HttpRequest, reader_id: int) -> Reader:
    reader = Household.of(request.user).own_card(reader_id)
    assert reader is not None  # noqa: S101  for the type checker; a number that is not one's own is answered by 404
    return reader


def _back(reader_id: int) -> str:
    return reverse("portal:history_of", args=[reader_id])


def _rows(reader: Reader) -> list[dict[str, str | int | None]]:
    return [_row(loan) for loan in remembered(reader).for_reader_page()]


def _row(loan: Loan) -> dict[str, str | int | None]:
    title = loan.copy.title
    return {
        "title": title.title,
        "authors": "; ".join(title.main_authors),
        "material": str(title.get_material_display()),
        "year": title.year,
        "lent_on": clock.local(loan.lent_at).date().isoformat(),
        "returned_on": clock.local(loan.closed_at).date().isoformat() if loan.closed_at else "",
        "returned_at": loan.returned_place.name if loan.returned_place else "",
    }


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell

"""The stocktake's pages: begin, scan, close, take the lists away, mark what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from branches.desk_frame import at_desk_with, desk_page, scanned
from catalog.models import Copy, Stocktake, StocktakeScan
from loans.stocktakes import (
    ADVICE,
    PERMISSION,
    Finding,
    begin_stocktake,
    close_stocktake,
    expected,
    mark_not_found,
    not_found,
    scan_copy,
)
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.http import respond
from milanolib.tables import csv_answer

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request

MOST_ROWS = 300
TONES = {Finding.IN_ORDER: "shelf", Finding.OUT_OF_ORDER: "hold", Finding.OTHER_SHELF: "hold"}
ICONS = {"shelf": "check", "hold": "warning", "refused": "error"}


class BeginForm(forms.Form):
    """Which shelves are counted."""

    shelves = forms.CharField(
        label=gettext_lazy("Shelf marks that begin with"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Empty for all the shelves."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@at_desk_with(PERMISSION)
def stocktakes(request: Request, place: Place) -> HttpResponse:
    """Show the counts of the library, and begin one."""
    form = BeginForm(request.POST or None)
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            begun = begin_stocktake(place, prefix=form.cleaned_data["shelves"], actor=request.user)  # type: ignore[arg-type]
            return HttpResponseRedirect(reverse("admin:stocktake", args=[begun.pk]))
        except DomainError as error:
            refusal = error
    own = Stocktake.objects.filter(place=place).select_related("started_by").defer("outcome")[:20]
    context = {"form": form, "stocktakes": own, "refusal": refusal}
    status = 422 if request.method == "POST" else 200
    return desk_page(request, "loans/keeping/stocktakes.html", _("Stocktake"), context, place=place, status=status)


@at_desk_with(PERMISSION)
def stocktake(request: Request, place: Place, stocktake_id: int) -> HttpResponse:
    """Show the scan field while the count is open, its lists afterwards; take a scan."""
    own = _own(place, stocktake_id)
    if request.method == "POST":
        return _scan(request, place, own)
    if own.closed_at is not None:
        return _closed(request, place, own)
    context = {"stocktake": own, **_progress(own)}
    return desk_page(request, "loans/keeping/stocktake.html", _("Stocktake"), context, place=place)


def _scan(request: Request, place: Place, own: Stocktake) -> HttpResponse:
    code, back = scanned(request), reverse("admin:stocktake", args=[own.pk])
    context: dict[str, Any] = {"desk": place, "scanned": code, "stocktake": own}
    template = "loans/keeping/stocktake.html#answer"
    if not code:
        return respond(request, template, context, refusal=DomainError(), back=back)
    try:
        found = scan_copy(own, code)
    except DomainError as refusal:
        return respond(request, template, context, refusal=refusal, back=back)
    tone = TONES.get(found.finding, "refused")
    context |= {
        "found": found,
        "tone": tone,
        "icon": ICONS[tone],
        "advice": ADVICE[found.finding],
        "is_swap": True,
        **_progress(own),
    }
    title = found.copy.title.title if found.copy else found.barcode
    done = f"{title}: {found.finding.label}. {ADVICE[found.finding]}"
    return respond(request, template, context, done=done, back=back)


def _progress(own: Stocktake) -> dict[str, int]:
    return {"seen": own.scans.count(), "due": expected(own).count()}


def _closed(request: Request, place: Place, own: Stocktake) -> HttpResponse:
    findings = own.outcome.get("findings", {})
    missing = own.outcome.get("not_found", [])
    copies = Copy.objects.filter(pk__in=missing).select_related("title").defer("title__record", "title__summary")
    misplaced = _misplaced(own)
    context = {
        "stocktake": own,
        "counts": [(Finding(code).label, findings[code]) for code in Finding.values if findings.get(code)],
        "expected": own.outcome.get("expected", 0),
        "missing": copies.order_by("shelf_mark", "barcode")[:MOST_ROWS],
        "missing_count": len(missing),
        "still_there": copies.filter(status="available").count(),
        "marked": own.outcome.get("marked", 0),
        "misplaced": [(one, Finding(one.finding).label) for one in misplaced[:MOST_ROWS]],
        "misplaced_count": misplaced.count(),
        "most": MOST_ROWS,
    }
    return desk_page(request, "loans/keeping/stocktake_closed.html", _("Stocktake"), context, place=place)


def _misplaced(own: Stocktake) -> Any:
    rows = StocktakeScan.objects.filter(stocktake=own).exclude(finding=Finding.IN_ORDER)
    return rows.select_related("copy__title", "copy__home").defer("copy__title__record", "copy__title__summary")


@require_POST
@at_desk_with(PERMISSION)
def close(request: Request, place: Place, stocktake_id: int) -> HttpResponse:
    """End the count."""
    close_stocktake(_own(place, stocktake_id), actor=request.user)  # type: ignore[arg-type]
    return HttpResponseRedirect(reverse("admin:stocktake", args=[stocktake_id]))


@require_POST
@at_desk_with(PERMISSION)
def mark(request: Request, place: Place, stocktake_id: int) -> HttpResponse:
    """Mark what was not found as missing, once that was confirmed."""
    own = _own(place, stocktake_id)
    if own.closed_at is None or request.POST.get("sure") != "on":
        messages.error(request, _("Nothing was marked: tick that you have looked for them."))
    else:
        marked, spared = mark_not_found(own, actor=request.user)  # type: ignore[arg-type]
        words = _("Marked as missing: %(marked)s. Left alone because they have moved since: %(spared)s.")
        messages.success(request, words % {"marked": marked, "spared": spared})
    return HttpResponseRedirect(reverse("admin:stocktake", args=[stocktake_id]))


@require_GET
@at_desk_with(PERMISSION)
def table(_request: Request, place: Place, stocktake_id: int) -> HttpResponse:
    """Give everything that was scanned and everything that was not found as a table."""
    own = _own(place, stocktake_id)
    header = [_("Found"), _("Barcode"), _("Shelf mark"), _("Title"), _("Belongs to"), _("Scanned at")]
    rows: list[tuple[object, ...]] = []
    scans = StocktakeScan.objects.filter(stocktake=own).select_related("copy__title", "copy__home")
    for one in scans.defer("copy__title__record", "copy__title__summary").order_by("scanned_at", "pk"):
        at = date_format(clock.local(one.scanned_at), "SHORT_DATETIME_FORMAT")
        rows.append((Finding(one.finding).label, one.barcode, *_about(one.copy), at))
    if own.closed_at is None:
        absent = not_found(own)
    else:
        absent = Copy.objects.filter(pk__in=own.outcome.get("not_found", [])).select_related("title", "home")
    absent = absent.defer("title__record", "title__summary").order_by("shelf_mark", "barcode")
    rows += [(_("Not found"), copy.barcode, *_about(copy), "") for copy in absent]
    return csv_answer(f"stocktake-{own.pk}.csv", header, rows)


def _about(copy: Copy | None) -> tuple[object, ...]:
    return (copy.shelf_mark, copy.title.title, copy.home) if copy is not None else ("", "", "")


def _own(place: Place, stocktake_id: int) -> Stocktake:
    """Return a count of this library; one of another library is not there."""
    return get_object_or_404(Stocktake.objects.select_related("place"), pk=stocktake_id, place=place)

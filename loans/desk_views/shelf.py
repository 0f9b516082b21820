"""The hold shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from loans.desk_reads import copy_by_barcode, leaving_the_hold_shelf, on_the_hold_shelf
from loans.desk_views.answers import can_be_undone, staff
from loans.desk_views.frame import at_desk, desk_page, scanned
from loans.desk_words import tell
from loans.lending import check_in
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request

PAGE = "loans/desk/shelf.html"


@at_desk
def hold_shelf(request: Request, place: Place) -> HttpResponse:
    """Show what must leave the shelf, then what is kept, the oldest last day first; take off what is scanned."""
    if request.method == "POST":
        return _taken_off(request, place)
    context = {
        "kept": on_the_hold_shelf(place),
        "leaving": leaving_the_hold_shelf(place),
        "on_day": clock.today(),
    }
    return desk_page(request, PAGE, _("Hold shelf"), context, place=place)


def _taken_off(request: Request, place: Place) -> HttpResponse:
    """Say where a copy from the shelf goes: one that is kept for a reader goes back to it."""
    code, back = scanned(request), reverse("admin:desk_shelf")
    context: dict[str, Any] = {"desk": place, "scanned": code}
    try:
        copy = copy_by_barcode(code)
        what = ("check_in", f"copy:{copy.pk}", str(copy.title))
        outcome = can_be_undone(request, place, what, lambda: check_in(copy, place, actor=staff(request)))
    except DomainError as refusal:
        return respond(request, f"{PAGE}#answer", context, refusal=refusal, back=back)
    told = tell(outcome)
    context |= {"told": told, "copy": outcome.copy}
    return respond(request, f"{PAGE}#answer", context, done=f"{outcome.copy.title}: {told}", back=back)

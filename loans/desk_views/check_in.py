"""Check-in: whatever comes over the desk, and where it goes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from loans.desk_reads import copy_by_barcode, ended_before
from loans.desk_views.frame import at_desk, desk_page, scanned
from loans.desk_words import tell, tell_end
from loans.lending import check_in
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request


@at_desk
def take_in(request: Request, place: Place) -> HttpResponse:
    """Show the scan field, and take in what is scanned."""
    if request.method == "POST":
        return _taken_in(request, place)
    return desk_page(request, "loans/desk/check_in.html", _("Check-in"), {}, place=place)


def _taken_in(request: Request, place: Place) -> HttpResponse:
    code, back = scanned(request), reverse("admin:desk_check_in")
    context: dict[str, Any] = {"desk": place, "scanned": code}
    try:
        outcome = check_in(copy_by_barcode(code), place, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, "loans/desk/check_in.html#answer", context, refusal=refusal, back=back)
    told, ended = tell(outcome), tell_end(outcome.closed_loan, ended_before(outcome.copy))
    context |= {"told": told, "ended": ended, "copy": outcome.copy}
    done = f"{outcome.copy.title}: {told}. {ended}"
    return respond(request, "loans/desk/check_in.html#answer", context, done=done, back=back)

"""What a branch has to look for: said to be here, too long on the road; and its readers' problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from loans.desk_reads import MOST_ROWS, copy_by_barcode, readers_problems, to_look_for
from loans.desk_views.frame import at_desk, desk_page, scanned
from loans.desk_words import tell, tell_end
from loans.journeys import give_up_journey, journeys_of, late_journeys
from loans.lending import check_in
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request

PAGE = "loans/desk/searches.html"


@at_desk
def searches(request: Request, place: Place) -> HttpResponse:
    """Show what is to be looked for, and take in what is scanned because it was found."""
    if request.method == "POST":
        return _found(request, place)
    context = {
        "wanted": list(to_look_for(place)[:MOST_ROWS]),
        "late": list(late_journeys(place)[:MOST_ROWS]),
    }
    return desk_page(request, PAGE, _("To look for"), context, place=place)


def _found(request: Request, place: Place) -> HttpResponse:
    code, back = scanned(request), reverse("admin:desk_searches")
    context: dict[str, Any] = {"desk": place, "scanned": code}
    try:
        outcome = check_in(copy_by_barcode(code), place, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, f"{PAGE}#answer", context, refusal=refusal, back=back)
    told, ended = tell(outcome), tell_end(outcome.closed_loan, None)
    context |= {"told": told, "ended": ended, "copy": outcome.copy}
    return respond(request, f"{PAGE}#answer", context, done=f"{outcome.copy.title}: {told}. {ended}", back=back)


@require_POST
@at_desk
def not_arrived(request: Request, place: Place, transit_id: int) -> HttpResponse:
    """Say that a copy that was looked for at both ends has not arrived: it is missing. Both ends may say so."""
    transit = get_object_or_404(journeys_of(place), pk=transit_id)
    context: dict[str, Any] = {"desk": place, "transit": transit}
    back = reverse("admin:desk_searches")
    try:
        give_up_journey(transit, place=place, actor=request.user)  # type: ignore[arg-type]  # signed in
    except DomainError as refusal:
        return respond(request, f"{PAGE}#late", context, refusal=refusal, back=back)
    done = _("%(title)s counts as missing now. Its reader, if it has one, keeps the turn and gets the next copy.") % {
        "title": transit.copy.title
    }
    return respond(request, f"{PAGE}#late", context, done=done, back=back)


@require_GET
@at_desk
def problems(request: Request, place: Place) -> HttpResponse:
    """Show the loans that are said to be returned or count as lost, as far as they concern the branch."""
    rows = list(readers_problems(place)[: MOST_ROWS + 1])
    context = {"loans": rows[:MOST_ROWS], "goes_on": len(rows) > MOST_ROWS}
    return desk_page(request, "loans/desk/problems.html", _("Claims and losses"), context, place=place)

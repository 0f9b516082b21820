"""What the desk prints, as PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from loans import desk_sessions
from loans.desk_reads import MOST_ROWS, journeys_of, loans_of, on_the_hold_shelf, parcels_of, to_pick
from loans.desk_stack import stack_of
from loans.desk_views.frame import at_desk
from loans.models import Parcel
from loans.slips_pdf import (
    PAPERS,
    ROLL,
    hold_slip,
    parcel_tag,
    pick_list_pdf,
    receipt_pdf,
    slips_pdf,
    transit_slip,
)
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from branches.models import Place
    from loans.slips_pdf import Slip
    from milanolib.http import Request

SLOT = "desk_paper"


def paper_of(request: Request) -> str:
    """Return the paper that this desk prints on."""
    chosen = str(request.session.get(SLOT, ROLL))
    return chosen if chosen in PAPERS else ROLL


@require_POST
@at_desk
def choose_paper(request: Request, _place: Place) -> HttpResponse:
    """Print on another paper from now on, until the librarian signs out."""
    paper = request.POST.get("paper", "")
    if paper in PAPERS:
        request.session[SLOT] = paper
        messages.success(request, _("Printing on: %(paper)s.") % {"paper": PAPERS[paper]})
    return HttpResponseRedirect(reverse("admin:desk_counter"))


@require_GET
@at_desk
def copy_slip(request: Request, place: Place, copy_id: int) -> HttpResponse:
    """Print the slip of one copy: for the hold shelf, for its parcel, or for where it travels."""
    slips = _slips_of(place, [copy_id])
    if not slips:
        raise Http404
    return pdf(slips_pdf(slips, paper=paper_of(request)), "slip")


@require_GET
@at_desk
def stack_slips(request: Request, place: Place) -> HttpResponse:
    """Print the slips of all that the librarian has taken in and that does not go back to its shelf."""
    slips = _slips_of(place, [row.copy.pk for pile in stack_of(request, place) for row in pile.rows])
    if not slips:
        messages.error(request, _("Nothing of this stack needs a slip."))
        return HttpResponseRedirect(reverse("admin:desk_counter"))
    return pdf(slips_pdf(slips, paper=paper_of(request)), "slips")


def _slips_of(place: Place, copies: list[int]) -> list[Slip]:
    """Return a slip for each of these copies that needs one, in their order; three statements."""
    found: dict[int, Slip] = {}
    for held in on_the_hold_shelf(place).filter(copy__in=copies):
        found[held.copy_id] = hold_slip(held)
    for transit in journeys_of(place).filter(copy__in=copies):
        found[transit.copy_id] = transit_slip(transit)
    for parcel in parcels_of(place).filter(assignment__copy__in=copies):
        found[parcel.assignment.copy_id] = parcel_tag(parcel)
    return [found[pk] for pk in dict.fromkeys(copies) if pk in found]


@require_GET
@at_desk
def tag(request: Request, place: Place, code: str) -> HttpResponse:
    """Print the tag of a parcel packed here or lying here: it names neither reader nor title."""
    here = Parcel.objects.filter(Q(origin=place) | Q(place=place)).select_related("destination")
    parcel = get_object_or_404(here, tag=code)
    return pdf(slips_pdf([parcel_tag(parcel)], paper=paper_of(request)), "tag")


@require_GET
@at_desk
def receipt(request: Request, place: Place, key: str) -> HttpResponse:
    """Print what the reader at the desk has on loan, and until when."""
    try:
        visit = desk_sessions.find(request, key)
    except DomainError as refusal:
        raise Http404 from refusal
    return pdf(receipt_pdf(list(loans_of(visit.reader)), place, visit.reader, paper=paper_of(request)), "receipt")


@require_GET
@at_desk
def pick_list(_request: Request, place: Place) -> HttpResponse:
    """Print what is to be taken from the shelves, in shelf order, on A4."""
    return pdf(pick_list_pdf(to_pick(place)[:MOST_ROWS], place), "picklist")


def pdf(content: bytes, name: str) -> HttpResponse:
    """Answer with a PDF that the browser opens."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer

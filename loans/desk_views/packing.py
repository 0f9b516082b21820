"""The pack station: one scan wraps a copy and shows its tag; and the chain of custody of a parcel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from loans.chain import chain_of, holder_of
from loans.crate_reads import crates_stopped
from loans.desk_reads import copy_by_code, packed_here, to_label, to_pack
from loans.desk_views.another_way import address_for
from loans.desk_views.answers import staff
from loans.desk_views.frame import at_desk, desk_page, scanned
from loans.desk_views.slips import paper_of, pdf
from loans.desk_words import tell
from loans.errors import NotHandedOutThere
from loans.lending import NextStep
from loans.models import Parcel
from loans.picking import pack_parcel, pick_copy
from loans.slips_pdf import parcel_tag, slips_pdf
from milanolib.errors import DomainError
from milanolib.http import respond
from milanolib.printing import qr_code

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request

PAGE = "loans/desk/packing.html"


@at_desk
def packing(request: Request, place: Place) -> HttpResponse:
    """Show what is to be wrapped and what was; a scan wraps a copy, also one still on the pick list."""
    if request.method == "POST":
        return _packed(request, place)
    return desk_page(request, PAGE, _("Pack station"), _lists(place), place=place)


def _lists(place: Place) -> dict[str, Any]:
    return {
        "to_pack": to_pack(place),
        "packed": packed_here(place),
        "to_label": to_label(place),
        "stopped": crates_stopped(place.holding_place),
    }


def _packed(request: Request, place: Place) -> HttpResponse:
    """Wrap what was scanned and show its tag; what needs no parcel says where it goes instead."""
    code, back = scanned(request), reverse("admin:desk_packing")
    context: dict[str, Any] = {"desk": place, "scanned": code}
    try:
        copy = copy_by_code(code)
        outcome = pick_copy(copy, place, actor=staff(request))
        parcel = packed_here(place).filter(assignment__copy=copy).first()
        if parcel is None and outcome.step == NextStep.PACK:
            parcel = pack_parcel(copy, place, actor=staff(request))
    except DomainError as refusal:
        back = address_for(code) if isinstance(refusal, NotHandedOutThere) else back
        return respond(request, f"{PAGE}#answer", context, refusal=refusal, back=back)
    if parcel is None:
        told = tell(outcome)
        context |= {"told": told, "copy": outcome.copy, **_lists(place)}
        return respond(request, f"{PAGE}#answer", context, done=f"{outcome.copy.title}: {told}", back=back)
    context |= {"parcel": parcel, "qr": qr_code(parcel.tag), **_lists(place)}
    back = reverse("admin:desk_tag", args=[parcel.tag])
    return respond(request, f"{PAGE}#answer", context, done=_("Packed. Print the tag."), back=back)


@require_GET
@at_desk
def tags(request: Request, place: Place) -> HttpResponse:
    """Print the tags of all parcels that wait here for a crate."""
    found = [parcel_tag(parcel) for parcel in packed_here(place)]
    if not found:
        raise Http404
    return pdf(slips_pdf(found, paper=paper_of(request)), "tags")


@require_GET
@at_desk
def chain(request: Request, place: Place, code: str) -> HttpResponse:
    """Show who had a parcel in hand, in sentences.

    A tag is scanned or followed from a list, so any library may look. What is in it is shown where it was packed or
    lies, and only while we have it; for whom it is, nowhere.
    """
    parcels = Parcel.objects.select_related(
        "assignment__copy__title", "origin", "destination", "place", "crate__origin", "crate__destination"
    )
    parcel = get_object_or_404(parcels.defer("assignment__copy__title__record"), tag=code)
    context = {
        "parcel": parcel,
        "links": chain_of(parcel),
        "holder": holder_of(parcel),
        "shows_copy": parcel.ended_at is None and place.pk in (parcel.origin_id, parcel.place_id),
    }
    title = _("Parcel %(tag)s") % {"tag": parcel.tag}
    return desk_page(request, "loans/desk/chain.html", title, context, place=place)

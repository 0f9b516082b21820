"""The pick list: from the shelf to the hold shelf, the parcel or the crate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Copy
from loans.desk_reads import BIG_FIELDS, MOST_ROWS, copy_by_barcode, note_vans, to_label, to_pack, to_pick
from loans.desk_views.another_way import address_for
from loans.desk_views.frame import at_desk, desk_page, scanned
from loans.desk_words import tell, tell_missed
from loans.errors import NotHandedOutThere
from loans.models import Assignment, Parcel
from loans.picking import pack_parcel, pick_copy
from loans.redirecting import label_parcel
from loans.troubles import miss_again, miss_copy, to_search_again
from milanolib.errors import DomainError
from milanolib.http import respond
from milanolib.printing import qr_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request


@at_desk
def pick(request: Request, place: Place) -> HttpResponse:
    """Show what is to be taken from the shelves, and take what is scanned."""
    if request.method == "POST":
        return _picked(request, place)
    picks = list(to_pick(place)[:MOST_ROWS])
    note_vans(picks, place)
    context = {
        "picks": picks,
        "left": to_pick(place).count(),
        "to_pack": to_pack(place),
        "to_label": to_label(place),
        "to_search": to_search_again(place),
    }
    return desk_page(request, "loans/desk/pick.html", _("Pick list"), context, place=place)


def _picked(request: Request, place: Place) -> HttpResponse:
    code, back = scanned(request), reverse("admin:desk_pick")
    context: dict[str, Any] = {"desk": place, "scanned": code}
    try:
        outcome = pick_copy(copy_by_barcode(code), place, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, "loans/desk/pick.html#answer", context, refusal=refusal, back=back)
    told = tell(outcome)
    context |= {"told": told, "copy": outcome.copy, "to_pack": to_pack(place), "left": to_pick(place).count()}
    return respond(request, "loans/desk/pick.html#answer", context, done=f"{outcome.copy.title}: {told}", back=back)


@require_POST
@at_desk
def pack(request: Request, place: Place) -> HttpResponse:
    """Wrap a picked copy and show its tag."""
    code = scanned(request)
    context: dict[str, Any] = {"desk": place, "scanned": code}
    try:
        parcel = pack_parcel(copy_by_barcode(code), place, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        back = address_for(code) if isinstance(refusal, NotHandedOutThere) else reverse("admin:desk_pick")
        return respond(request, "loans/desk/pick.html#answer", context, refusal=refusal, back=back)
    context |= {
        "parcel": parcel,
        "qr": qr_code(parcel.tag),
        "is_listed": request.htmx.current_url_abs_path == reverse("admin:desk_pick"),
        "to_pack": to_pack(place),
    }
    back = reverse("admin:desk_tag", args=[parcel.tag])
    return respond(request, "loans/desk/pick.html#packed", context, done=_("Packed. Print the tag."), back=back)


@require_GET
@at_desk
def tag(request: Request, place: Place, code: str) -> HttpResponse:
    """Show the tag of a parcel packed here or lying here, to be printed: it names neither reader nor title."""
    here = Parcel.objects.filter(Q(origin=place) | Q(place=place)).select_related("destination")
    parcel = get_object_or_404(here, tag=code)
    title = _("Tag %(tag)s") % {"tag": parcel.tag}
    context = {"parcel": parcel, "qr": qr_code(parcel.tag)}
    return desk_page(request, "loans/desk/tag.html", title, context, place=place)


@require_POST
@at_desk
def label(request: Request, place: Place, code: str) -> HttpResponse:
    """Note that a parcel whose point has changed gets a new label, and show it."""
    parcel = get_object_or_404(Parcel, tag=code, place=place)
    label_parcel(parcel, place, actor=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Print the new label and stick it over the old one."))
    return redirect("admin:desk_tag", parcel.tag)


@require_POST
@at_desk
def miss(request: Request, place: Place, assignment_id: int) -> HttpResponse:
    """Write down that a copy of the list is not on its shelf: its reader gets another one, or the first that comes."""
    rows = Assignment.objects.select_related("copy__title").defer(*BIG_FIELDS)
    held = get_object_or_404(rows, pk=assignment_id)
    return _missed(request, place, held.copy, lambda: miss_copy(held, place, actor=request.user))  # type: ignore[arg-type]


@require_POST
@at_desk
def miss_for_good(request: Request, place: Place, copy_id: int) -> HttpResponse:
    """Write down that the second search has not found a copy either: it is missing."""
    rows = Copy.objects.select_related("title").defer("title__record", "title__summary")
    copy = get_object_or_404(rows, pk=copy_id)
    return _missed(request, place, copy, lambda: miss_again(copy, place, actor=request.user))  # type: ignore[arg-type]


def _missed(request: Request, place: Place, copy: Copy, act: Callable[[], Copy]) -> HttpResponse:
    back, template = reverse("admin:desk_pick"), "loans/desk/pick.html#missed"
    context: dict[str, Any] = {"desk": place, "scanned": copy.barcode, "copy": copy}
    try:
        outcome = act()
    except DomainError as refusal:
        return respond(request, template, context, refusal=refusal, back=back)
    told = tell_missed(outcome)
    context |= {"told": told, "left": to_pick(place).count(), "to_search": to_search_again(place)}
    return respond(request, template, context, done=f"{copy.title}: {told}", back=back)

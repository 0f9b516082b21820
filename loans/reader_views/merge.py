"""Two cards of one person: find the other one, compare, see what would move, join them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.finding import find_readers
from accounts.merging import merge_readers, preview_merge
from accounts.models import Reader
from accounts.services import note_view
from branches.desk_frame import desk_page, scanned
from loans.models import Hold, Loan
from loans.reader_views.frame import at_desk, reader_of
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.movers import Moving
    from branches.models import Place
    from milanolib.http import Request

LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Side:
    """One of two cards: what it has, and what would come to it if it were kept, or why it cannot be."""

    reader: Reader
    loans: int
    holds: int
    moves: list[Moving]
    refusal: DomainError | None


@at_desk
def merge(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Look for the other card, show both side by side, and join them as the librarian chooses."""
    reader = reader_of(reader_id)
    if reader.merged_into_id is not None:
        return HttpResponseRedirect(reverse("admin:reader", args=[reader.merged_into_id]))
    context: dict[str, Any] = {"reader": reader}
    if request.method == "POST" and "keep" in request.POST:
        return _joined(request, place, reader)
    if request.method == "POST":
        text = scanned(request)
        context["typed"] = text
        try:
            found = find_readers(text, actor=request.user, place_code=place.code)  # type: ignore[arg-type]
        except DomainError as refusal:
            context["refusal"] = refusal
        else:
            others = [one for one in found.readers if one.pk != reader.pk]
            context |= {"others": others, "has_more": found.has_more}
    elif other := _other(request.GET.get("with", ""), reader):
        return _compare(request, place, reader, other)
    return desk_page(request, "loans/readers/merge.html", _("Join two cards"), context, place=place)


def _compare(
    request: Request, place: Place, reader: Reader, other: Reader, refusal: DomainError | None = None
) -> HttpResponse:
    """Show both cards; that both were looked at is written down."""
    for one in (reader, other):
        note_view(request.user, one, "desk: join cards")  # type: ignore[arg-type]  # signed in
    context = {
        "reader": reader,
        "other": other,
        "sides": [_side(reader, other), _side(other, reader)],
        "refusal": refusal,
    }
    status = 422 if refusal else 200
    return desk_page(request, "loans/readers/merge.html", _("Join two cards"), context, place=place, status=status)


def _side(keep: Reader, other: Reader) -> Side:
    moves: list[Moving] = []
    why_not: DomainError | None = None
    try:
        moves = preview_merge(keep, other)
    except DomainError as refusal:
        why_not = refusal
    loans = Loan.objects.standing().filter(reader=keep).count()
    return Side(keep, loans, Hold.objects.open().filter(reader=keep).count(), moves, why_not)


def _joined(request: Request, place: Place, reader: Reader) -> HttpResponse:
    """Join the two as the form says and go to the page of the one that was kept."""
    other = _other(request.POST.get("with", ""), reader)
    if other is None:
        messages.error(request, _("This card is no longer there: look for it again."))
        return HttpResponseRedirect(request.path)
    keep, gone = (other, reader) if request.POST["keep"] == str(other.pk) else (reader, other)
    try:
        merge_readers(keep, gone, actor=request.user, place_code=place.code)  # type: ignore[arg-type]
    except DomainError as refusal:
        return _compare(request, place, reader, other, refusal)
    messages.success(request, _("Joined. The card that went leads here when it is scanned."))
    return HttpResponseRedirect(reverse("admin:reader", args=[keep.pk]))


def _other(text: str, reader: Reader) -> Reader | None:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        return None
    return Reader.objects.select_related("user").exclude(pk=reader.pk).filter(pk=int(text), merged_into=None).first()

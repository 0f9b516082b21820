"""Return boxes and bags: which one was emptied, and then what lay in it, scan by scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from loans.boxes import check_in_bulk, dropped_since, empty_box, emptyings_at
from loans.desk_forms import EmptyingForm
from loans.desk_reads import copy_by_barcode, ended_before
from loans.desk_views.frame import at_desk, desk_page, scanned
from loans.desk_words import tell, tell_end
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from loans.models import Emptying
    from milanolib.http import Request

SHOWN = 10


@at_desk
def boxes(request: Request, place: Place) -> HttpResponse:
    """Ask which box or bag was emptied and when, and go on to its contents; show the last ones."""
    form = EmptyingForm(request.POST or None, served_by=place)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            emptying = empty_box(told["place"], emptied_at=told["emptied_at"], actor=request.user)  # type: ignore[arg-type]
        except DomainError as refusal:
            form.add_error("emptied_at", str(refusal))
        else:
            return HttpResponseRedirect(reverse("admin:desk_box", args=[emptying.pk]))
    context = {"form": form, "emptyings": emptyings_at(place)[:SHOWN]}
    status = 422 if form.errors else 200
    return desk_page(request, "loans/desk/boxes.html", _("Boxes and bags"), context, place=place, status=status)


@at_desk
def box(request: Request, place: Place, emptying_id: int) -> HttpResponse:
    """Show the scan field for what lay in a box, and take in what is scanned."""
    emptying = get_object_or_404(emptyings_at(place), pk=emptying_id)
    if request.method == "POST":
        return _taken_in(request, place, emptying)
    context = {"emptying": emptying, "since": dropped_since(emptying) if _is_since_known(emptying) else None}
    return desk_page(request, "loans/desk/box.html", str(emptying.place), context, place=place)


def _is_since_known(emptying: Emptying) -> bool:
    return emptying.last_emptied_at is not None or emptying.place.opened_on is not None


def _taken_in(request: Request, place: Place, emptying: Emptying) -> HttpResponse:
    code, back = scanned(request), reverse("admin:desk_box", args=[emptying.pk])
    context: dict[str, Any] = {"desk": place, "scanned": code}
    try:
        outcome = check_in_bulk(copy_by_barcode(code), emptying, place, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, "loans/desk/box.html#answer", context, refusal=refusal, back=back)
    told, ended = tell(outcome), tell_end(None, ended_before(outcome.copy))
    context |= {"told": told, "ended": ended, "copy": outcome.copy}
    done = f"{outcome.copy.title}: {told}. {ended}"
    return respond(request, "loans/desk/box.html#answer", context, done=done, back=back)

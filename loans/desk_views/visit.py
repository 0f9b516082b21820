"""What is done for the reader at the desk or on the telephone: renew, find, move, cancel, see a document."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.services import verify_reader
from loans import desk_sessions
from loans.blocks import reader_rule
from loans.desk_forms import PointForm
from loans.desk_reads import holds_of, loans_of
from loans.desk_views.answers import answer, can_be_undone, offer_choices, renewed, staff
from loans.desk_views.finding import QUESTION, find_titles
from loans.desk_views.frame import at_desk, go
from loans.desk_words import Told, tell_hold, tell_renewal, tell_renewals
from loans.hold_changes import change_pickup
from loans.holds import cancel_hold
from loans.renewals import TOGETHER, renew_all
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from branches.models import Place
    from loans.desk_sessions import Visit
    from loans.models import Hold
    from milanolib.http import Request


class PointNotChosen(DomainError):
    """The form named no point where this reader may collect."""

    code = "point_not_chosen"
    message = gettext_lazy("Choose one of the points where this reader may collect.")


def for_visit(act: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give an act at the counter the visit in its address; a visit that is over, or a rule that says no, is told."""

    @require_POST
    @at_desk
    @functools.wraps(act)
    def run(request: Request, place: Place, key: str, **parts: Any) -> HttpResponse:
        try:
            visit = desk_sessions.find(request, key)
        except DomainError as refusal:
            return answer(request, place, None, refusal=refusal, is_turn=True)
        try:
            return act(request, place, visit, **parts)
        except DomainError as refusal:
            return answer(request, place, visit, refusal=refusal)

    return run


@for_visit
def renew(request: Request, place: Place, visit: Visit, loan_id: int) -> HttpResponse:
    """Renew one loan."""
    loan = get_object_or_404(loans_of(visit.reader), pk=loan_id)
    renewed(request, place, loan)
    return answer(request, place, visit, tell_renewal(loan), copy=loan.copy)


@for_visit
def renew_everything(request: Request, place: Place, visit: Visit) -> HttpResponse:
    """Renew every loan that can be."""
    loans = list(loans_of(visit.reader))
    if len(loans) > TOGETHER:  # in parts, which are not one act
        outcomes = renew_all(loans, actor=staff(request))
    else:
        what = ("renew_all", f"visit:{visit.key}"[:60], visit.reader.full_name)
        outcomes = can_be_undone(request, place, what, lambda: renew_all(loans, actor=staff(request)))
    return answer(request, place, visit, tell_renewals(outcomes))


@for_visit
def find(request: Request, place: Place, visit: Visit) -> HttpResponse:
    """Search the catalogue for something to reserve."""
    return find_titles(request, place, visit, f"{QUESTION}{request.POST.get('q', '')}")


@for_visit
def move(request: Request, place: Place, visit: Visit, hold_id: int) -> HttpResponse:
    """Ask for another point of a reservation, and move it there."""
    hold = get_object_or_404(holds_of(visit.reader), pk=hold_id)
    kinds = reader_rule(visit.reader).pickup_kinds
    if "pickup" not in request.POST:
        form = PointForm(kinds=kinds, initial={"pickup": hold.pickup_place.code})
        told = Told(_("Choose the point"), detail=named(hold), tone="found", icon="pin")
        return offer_choices(request, place, visit, "loans/desk/_move.html", {"move_form": form, "hold": hold}, told)
    form = PointForm(request.POST, kinds=kinds)
    if not form.is_valid():
        raise PointNotChosen
    pickup, what = form.cleaned_data["pickup"], ("change_pickup", f"hold:{hold.pk}", named(hold))
    can_be_undone(request, place, what, lambda: change_pickup(hold, pickup, actor=staff(request)))
    return told_of(request, place, visit, hold)


@for_visit
def cancel(request: Request, place: Place, visit: Visit, hold_id: int) -> HttpResponse:
    """Cancel a reservation; whoever comes next gets the copy."""
    hold = get_object_or_404(holds_of(visit.reader), pk=hold_id)
    what = ("cancel_hold", f"hold:{hold.pk}", named(hold))
    can_be_undone(request, place, what, lambda: cancel_hold(hold, actor=staff(request)))
    return answer(request, place, visit, Told(_("Reservation cancelled"), icon="close"), about=named(hold))


@for_visit
def verify(request: Request, place: Place, visit: Visit) -> HttpResponse:
    """Write down that the librarian has seen the reader's document."""
    verify_reader(visit.reader, how="document", actor=staff(request))
    told = Told(_("Verified"), detail=_("Every point of the network is open to this reader now."))
    return answer(request, place, visit, told)


@for_visit
def leave(request: Request, place: Place, visit: Visit) -> HttpResponse:
    """End the reader's visit: the screen shows nothing of them any more."""
    desk_sessions.end(request, visit.key)
    told = Told(_("The visit is over"), detail=_("What you scan now is taken in."))
    return answer(request, place, None, told, is_turn=True)


def named(hold: Hold) -> str:
    """Return what is reserved."""
    return str(hold.title or hold.work)


def told_of(request: Request, place: Place, visit: Visit, hold: Hold) -> HttpResponse:
    """Say what became of a reservation."""
    hold = holds_of(visit.reader).get(pk=hold.pk)
    return answer(request, place, visit, tell_hold(hold), about=named(hold))


def moved(request: Request, key: str = "") -> HttpResponse:
    """Lead from the addresses that check-in and check-out had to the counter."""
    return go(request, reverse("admin:desk_visit", args=[key]) if key else reverse("admin:desk_counter"))

"""What circulation has at a place, or on a reader's card, for whoever is about to close it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts import hanging as on_cards
from branches.hanging import Hanging
from catalog.models import Copy
from catalog.states import CopyStatus
from loans.closing_plan import Plan
from loans.models import ClosureMove, Hold, Loan, Moved, Parcel
from loans.states import OPEN_HOLD, PARCEL_WITH_US, HoldStatus, LoanStatus

if TYPE_CHECKING:
    from accounts.models import Reader
    from branches.models import Closure, Place


def circulation_at(place: Place) -> list[Hanging]:
    """Return how many reservations are to be collected there, parcels and copies lie there or belong there."""
    return [
        Hanging(
            _("reservations to be collected there"),
            Hold.objects.filter(pickup_place=place, status__in=OPEN_HOLD).count(),
        ),
        Hanging(
            _("parcels there or on their way there"),
            Parcel.objects.filter(destination=place, status__in=PARCEL_WITH_US).count(),
        ),
        Hanging(_("copies that lie there"), Copy.objects.filter(place=place).count()),
        Hanging(
            _("copies that belong there"),
            Copy.objects.filter(home=place).exclude(status=CopyStatus.WITHDRAWN).count(),
        ),
    ]


def circulation_on(reader: Reader) -> list[on_cards.Hanging]:
    """Return which loans and reservations are open on a reader's card."""
    loans = Loan.objects.standing().filter(reader=reader).order_by("due_on", "pk")
    holds = Hold.objects.open().filter(reader=reader).order_by("placed_at", "pk")
    return [
        on_cards.Hanging(_("loans"), list(loans.values_list("copy__title__title", flat=True))),
        on_cards.Hanging(_("reservations"), list(holds.values_list("work__title", flat=True))),
    ]


def hanging_on_closure(closure: Closure) -> list[Hanging]:
    """Return how much is due, kept, to be collected or expected at a place while it is closed."""
    plan = Plan.of(closure)
    return [
        Hanging(_("loans due there"), plan.loans().count()),
        Hanging(_("reservations kept there"), plan.kept().count()),
        Hanging(_("reservations to be collected there"), plan.to_collect().count()),
        Hanging(_("journeys under way to it"), plan.journeys().count()),
        Hanging(_("visits of the Bibliobus"), plan.visits().count()),
    ]


def moved_by_closure(closure: Closure, becomes: Closure | None) -> list[Hanging]:
    """Return how much a closure has moved out of days that it gives back, as far as it still stands there.

    `becomes` is the closure as it will be, None when it goes.
    """
    moved = ClosureMove.objects.filter(batch__closure=closure, batch__undo_begun_at=None)
    stands = moved.filter(loan__status=LoanStatus.OPEN) | moved.filter(hold__status=HoldStatus.READY)
    stands |= moved.filter(kind=Moved.VISIT)
    given_back = [one.kind for one in stands if becomes is None or not becomes.covers(one.before)]
    return [
        Hanging(_("loans"), given_back.count(Moved.LOAN)),
        Hanging(_("reservations kept there"), given_back.count(Moved.HOLD)),
        Hanging(_("visits of the Bibliobus"), given_back.count(Moved.VISIT)),
    ]

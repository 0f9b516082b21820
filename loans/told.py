"""What readers are told of their reservations and loans: each kind with its truth, and facts made up for a preview."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from branches.models import Place
from catalog.models import Title
from loans import truths
from loans.models import Hold, Loan
from milanolib import clock
from notifications.kinds import Kind, Topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifications.kinds import Facts

OVERDUE_KINDS = {1: "loan_overdue", 2: "loan_overdue_2", 3: "loan_overdue_3"}
A_WEEK = dt.timedelta(days=7)


def _sample_hold() -> Facts:
    """Return facts of a reservation at a point with a long name, which short texts must bear."""
    day = clock.today() + A_WEEK
    return {
        "hold": Hold(pk=1, keep_until=day, pickup_code="7KFM"),
        "title": Title(pk=1, title="Il nome della rosa"),
        "place": Place(name="Biblioteca Valvassori Peroni di Lambrate", address="Via Valvassori Peroni 56"),
        "visits": [],
        "has_other_editions": True,
        "day": day,
        "until": day,
    }


def _sample_loan() -> Facts:
    now = clock.now()
    return {
        **_sample_hold(),
        "loan": Loan(pk=1, due_on=clock.today() + A_WEEK, claimed_on=clock.today(), lent_at=now, closed_at=now),
        "left": 2,
        "why": "another_reader_waits",
    }


def _sample_suspension() -> Facts:
    return {"until": clock.today() + A_WEEK, "is_free": True}


def _of_hold(code: str, name: object, truth: Callable[..., Facts | None], **more: bool) -> Kind:
    return Kind(
        code,
        name,  # type: ignore[arg-type]
        truth,
        Topic.HOLDS,
        _sample_hold,
        page="portal:holds",
        read_ahead=truths.read_holds,
        **more,
    )


def _of_loan(code: str, name: object, truth: Callable[..., Facts | None], **more: bool) -> Kind:
    return Kind(
        code,
        name,  # type: ignore[arg-type]
        truth,
        Topic.LOANS,
        _sample_loan,
        page="portal:loans",
        read_ahead=truths.read_loans,
        **more,
    )


KINDS = (
    _of_hold("hold_ready", _("Ready to be collected"), truths.ready, is_worth_a_call=True, gathers=True),
    _of_hold("hold_date_moved", _("Expected on another day"), truths.date_moved),
    _of_hold("hold_last_day", _("Last day to collect"), truths.last_day, is_worth_a_call=True),
    _of_hold("hold_expired", _("Not collected in time"), truths.expired),
    _of_hold("hold_set_back", _("Not to be collected after all"), truths.set_back, is_worth_a_call=True),
    _of_hold("hold_held_back", _("Collected in another way"), truths.held_back, is_worth_a_call=True),
    _of_hold("hold_doubled", _("Two reservations became one"), truths.doubled),
    _of_hold("hold_unfillable", _("No copy can fill a reservation"), truths.unfillable),
    _of_loan("loan_due_soon", _("Due in a few days"), truths.due_soon),
    _of_loan("loan_due_today", _("Due today"), truths.due_today),
    _of_loan(OVERDUE_KINDS[1], _("Past its date"), truths.overdue(1)),
    _of_loan(OVERDUE_KINDS[2], _("Past its date: second reminder"), truths.overdue(2), is_worth_a_call=True),
    _of_loan(OVERDUE_KINDS[3], _("Past its date: last reminder"), truths.overdue(3), is_required=True),
    _of_loan("loan_renewed", _("Renewed by the library"), truths.renewed, gathers=True),
    _of_loan("loan_renewed_by_itself", _("Renewed by itself"), truths.renewed),
    _of_loan("loan_not_renewed", _("Could not renew by itself"), truths.not_renewed),
    _of_loan("loan_closed", _("Receipt of your return"), truths.closed, is_urgent=True),
    _of_loan("loan_claimed", _("We look for what you gave back"), truths.claimed),
    _of_loan("loan_lost", _("Taken for lost"), truths.lost, is_required=True, is_worth_a_call=True),
    _of_loan("loan_settled", _("Taken off your card"), truths.settled),
    Kind(
        "suspension_begun",
        _("No new loans for a while"),
        truths.suspension_begun,
        Topic.CARD,
        _sample_suspension,
        is_required=True,
        gathers=True,
    ),
    Kind(
        "suspension_ended",
        _("Suspension over"),
        truths.suspension_ended,
        Topic.CARD,
        _sample_suspension,
    ),
)

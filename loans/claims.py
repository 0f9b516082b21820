"""Verbs on loans whose copy cannot be found: said to be given back, lost, never borrowed; and how each is settled.

A claim is decided for the reader as soon as the copy turns up anywhere: its loan then ended on the day that the reader
named (`lending.close_loan`). Reasons are staff's own few words, without a reader's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import DateField, ExpressionWrapper, F, Value
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.states import CopyStatus
from loans import custody
from loans.hold_changes import give_turn_back
from loans.lending import CheckIn, check_in, set_end
from loans.models import Loan, TaskKind
from loans.settling import open_task
from loans.states import LoanEnd, LoanStatus
from milanolib import clock
from milanolib.db import lock, restartable
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import Reader, User
    from branches.models import Place
    from catalog.models import Copy


class LoanOver(DomainError):
    """The loan has ended."""

    code = "loan_over"
    message = _("This loan has ended meanwhile. Load the page again to see where the copy is.")


class LoanNotClaimed(DomainError):
    """Nobody says, or says any more, that it was given back."""

    code = "loan_not_claimed"
    message = _("This loan is not said to be returned any more. Load the page again to see where it stands.")


class LoanNotLost(DomainError):
    """It is not lost."""

    code = "loan_not_lost"
    message = _("This loan does not count as lost any more. Load the page again to see where it stands.")


class ClaimDayWrong(DomainError):
    """It cannot have been given back on that day."""

    code = "claim_day_wrong"
    message = _("It was lent on %(first)s: choose a day from then until today.")


def claims_of(reader: Reader) -> int:
    """Return how many loans a reader has said to have given back without their being found there by themselves.

    Counted from the loans that are still linked to the reader, never stored.
    """
    return Loan.objects.filter(reader=reader, claimed_on__isnull=False).count()


@restartable
def claim_returned(
    loan: Loan, *, returned_on: dt.date, place: Place | None, reason: str = "", actor: User | None
) -> Loan:
    """The reader says that a copy was given back on a day, at a place if they remember: late days stop on that day.

    The library that owns the copy and the one named are asked to look for it. Said again with another day or place,
    it is corrected; safe to repeat. Raises LoanOver, ClaimDayWrong.
    """
    copy = _locked(loan)
    if loan.status == LoanStatus.CLOSED:
        raise LoanOver
    first = clock.local(loan.lent_at).date()
    if not first <= returned_on <= clock.today():
        raise ClaimDayWrong(first=date_format(first, "j F Y"))
    if loan.status == LoanStatus.CLAIMED and (loan.claimed_on, loan.claimed_place) == (returned_on, place):
        return loan
    is_new = loan.status != LoanStatus.CLAIMED
    loan.claimed_on, loan.claimed_place, loan.lost_on = returned_on, place, None
    if is_new:
        loan.move_to(LoanStatus.CLAIMED)
        custody.set_copy(copy, CopyStatus.CLAIMED_RETURNED, None)
    loan.save(update_fields=["status", "claimed_on", "claimed_place", "lost_on"])
    for where in (copy.home, place):
        if where is not None:
            open_task(TaskKind.CLAIMED_RETURNED, where, copy=copy)
    emit("loans.loan_claimed", key=f"loan-claimed:{loan.pk}:{returned_on}", loan_id=loan.pk)
    note_act("claim_returned", f"loan:{loan.pk}", actor=actor, place_code=_code(place), reason=reason)
    return loan


@restartable
def withdraw_claim(loan: Loan, *, reason: str = "", actor: User | None) -> Loan:
    """The reader has the copy after all: the loan goes on as if nothing had been said. Safe to repeat.

    Raises LoanNotClaimed.
    """
    copy = _locked(loan)
    if loan.status == LoanStatus.OPEN:
        return loan
    if loan.status != LoanStatus.CLAIMED:
        raise LoanNotClaimed
    loan.move_to(LoanStatus.OPEN)
    loan.claimed_on = loan.claimed_place = None
    loan.save(update_fields=["status", "claimed_on", "claimed_place"])
    custody.set_copy(copy, CopyStatus.ON_LOAN, None)
    note_act("withdraw_claim", f"loan:{loan.pk}", actor=actor, reason=reason)
    return loan


@restartable
def bring_back(loan: Loan, place: Place, *, reason: str = "", actor: User | None) -> CheckIn:
    """The reader brings a copy that was said to be returned: its loan ends now, and not on the day that was named.

    Raises LoanNotClaimed.
    """
    withdraw_claim(loan, reason=reason, actor=actor)
    return check_in(loan.copy, place, actor=actor)


@restartable
def give_up_claim(loan: Loan, *, reason: str = "", actor: User | None) -> Loan:
    """What was said to be returned was found nowhere: it is lost. Safe to repeat. Raises LoanNotClaimed."""
    copy = _locked(loan)
    if loan.status == LoanStatus.LOST:
        return loan
    if loan.status != LoanStatus.CLAIMED:
        raise LoanNotClaimed
    _lose(loan, copy)
    note_act("give_up_claim", f"loan:{loan.pk}", actor=actor, reason=reason)
    return loan


@restartable
def declare_lost(loan: Loan, *, reason: str = "", actor: User | None) -> Loan:
    """The reader has lost the copy: late days stop today, and it serves no reservation until it turns up.

    A claim that it was given back is taken back with it. Safe to repeat. Raises LoanOver.
    """
    copy = _locked(loan)
    if loan.status == LoanStatus.LOST:
        return loan
    if loan.status == LoanStatus.CLOSED:
        raise LoanOver
    loan.claimed_on = loan.claimed_place = None
    _lose(loan, copy)
    note_act("declare_lost", f"loan:{loan.pk}", actor=actor, reason=reason)
    return loan


@restartable
def age_loan(loan: Loan) -> bool:
    """Take an open loan for lost that is late by more days than its rule allows; return whether it is."""
    copy = _locked(loan)
    if loan.status != LoanStatus.OPEN or (clock.today() - loan.due_on).days <= loan.lost_after_days:
        return False
    _lose(loan, copy)
    return True


def age_to_lost() -> int:
    """Take all loans for lost that are late for so long, each in a transaction of its own; return how many."""
    last_day = ExpressionWrapper(Value(clock.today()) - F("lost_after_days"), output_field=DateField())
    due = Loan.objects.filter(status=LoanStatus.OPEN, due_on__lt=last_day).order_by("due_on", "pk")
    return sum(age_loan(loan) for loan in list(due))


@restartable
def disown_loan(loan: Loan, *, reason: str, actor: User | None) -> Loan:
    """The reader never had the copy: the loan is struck off their card as if it had not been, the copy is missing.

    Its library is asked to look for it. A reservation that the loan collected has its old turn again. Cannot be undone
    but by lending the copy; safe to repeat. Raises LoanOver.
    """
    copy = _locked(loan)
    if loan.status == LoanStatus.CLOSED:
        if loan.end_reason == LoanEnd.NEVER_BORROWED:
            return loan
        raise LoanOver
    loan.claimed_on = loan.claimed_place = loan.lost_on = None
    _settle(loan, LoanEnd.NEVER_BORROWED, at=loan.lent_at)
    custody.set_copy(copy, CopyStatus.MISSING, None)
    open_task(TaskKind.NEVER_BORROWED, copy.home, copy=copy)
    hold = loan.hold
    if hold is not None and hold.work_id == copy.title.work_id and give_turn_back(hold):
        loan.hold = None
        loan.save(update_fields=["hold"])
    note_act("disown_loan", f"loan:{loan.pk}", actor=actor, reason=reason)
    return loan


@restartable
def settle_lost(loan: Loan, *, reason: str, actor: User | None) -> Loan:
    """The reader has made a lost copy good: the loan ends, the copy is withdrawn. Safe to repeat.

    Raises LoanNotLost.
    """
    copy = _locked(loan)
    if loan.status == LoanStatus.CLOSED and loan.end_reason == LoanEnd.MADE_GOOD:
        return loan
    if loan.status != LoanStatus.LOST:
        raise LoanNotLost
    _settle(loan, LoanEnd.MADE_GOOD, at=clock.now())
    custody.set_copy(copy, CopyStatus.WITHDRAWN, None)
    note_act("settle_lost", f"loan:{loan.pk}", actor=actor, reason=reason)
    return loan


def _locked(loan: Loan) -> Copy:
    """Lock a loan and its copy, and return the copy."""
    copy = custody.lock_copy(loan.copy_id)
    lock(loan)
    return copy


def _lose(loan: Loan, copy: Copy) -> None:
    loan.move_to(LoanStatus.LOST)
    loan.lost_on = clock.today()
    loan.save(update_fields=["status", "claimed_on", "claimed_place", "lost_on"])
    custody.set_copy(copy, CopyStatus.LOST, None)
    emit("loans.loan_lost", key=f"loan-lost:{loan.pk}:{loan.lost_on}", loan_id=loan.pk)


def _settle(loan: Loan, why: LoanEnd, *, at: dt.datetime) -> None:
    """Close a loan of which nobody gave the copy back; its reader is told."""
    loan.move_to(LoanStatus.CLOSED)
    loan.end_reason, loan.settled_at = why, clock.now()
    set_end(loan, at)
    loan.save(
        update_fields=[
            "status",
            "claimed_on",
            "claimed_place",
            "lost_on",
            "closed_at",
            "suspended_until",
            "settled_at",
            "end_reason",
        ]
    )
    emit("loans.loan_settled", key=f"loan-settled:{loan.pk}", loan_id=loan.pk)


def _code(place: Place | None) -> str:
    return place.code if place is not None else ""

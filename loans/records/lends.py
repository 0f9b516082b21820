"""What a desk without network has lent. It has happened: the loan is written, and what speaks against it is told.

A copy's loans follow one another. A report that comes late may say what happened before, or between, those that are
known: then the loan that ran at that minute ends just before it, and the new one ends when the copy was next seen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.cards import normalised
from accounts.models import Act as StaffAct
from accounts.models import OldCard
from accounts.services import note_act
from branches.models import Place, Report, ReportOutcome
from catalog.states import CopyStatus
from loans import custody, parcels, routing
from loans.errors import CopyNotHere, CopyNotLendable
from loans.lending import begin_loan, close_loan, new_loan, own_waiting_hold, refuse_loan, set_end
from loans.models import Loan, TaskKind
from loans.overriding import Override
from loans.records.acts import SAME_RETURN_WITHIN, Applied, copy_with, leave_task, note_refusal, reader_of
from loans.states import LoanStatus, TransitStatus
from loans.terms import terms_of
from milanolib import clock
from milanolib.db import lock
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    from accounts.models import Reader, User
    from catalog.models import Copy
    from loans.models import Assignment
    from loans.terms import Terms

JUST_BEFORE = dt.timedelta(seconds=1)
# What a librarian can hold in hand with every right to lend it; anything else deserves a look.
LENDABLE = (
    CopyStatus.AVAILABLE,
    CopyStatus.PICKED,
    CopyStatus.SET_ASIDE,
    CopyStatus.IN_TRANSIT,
    CopyStatus.ON_LOAN,
    CopyStatus.CLAIMED_RETURNED,
)


class LostCardUsed(DomainError):
    """The card is not valid any more."""

    code = "lost_card_used"
    message = _("This card was reported lost and has been replaced. The loan stands on the account of its owner.")


@dataclass(frozen=True)
class Seen:
    """When and where a copy was next in our hands."""

    at: dt.datetime
    place: Place | None


def lend(report: Report, place: Place, barcode: str, staff: User | None) -> Applied:
    """A librarian has lent a copy: the loan begins at that minute, whatever the rules say.

    A loan that ran until then ends just before; a reader for whom the copy was kept gets the turn back. Each of
    these, and each rule that would have refused, is left to a librarian as well.
    """
    found, at = copy_with(barcode), report.occurred_at
    if found is None:
        return leave_task(report, TaskKind.UNKNOWN_BARCODE, "unknown_barcode")
    reader = reader_of(str(report.payload.get("card", "")))
    copy = custody.fetch_copy(found)
    routing.lock_work_of(copy.title)
    if reader is not None:
        lock(reader)
    before, held = _loan_at(copy, at), custody.open_assignment_of(copy)
    lock(copy, *[one for one in (before, held and held.hold, held) if one is not None])
    if reader is not None:
        same = _same_loan(copy, reader, at)
        if same is not None:
            return Applied(ReportOutcome.REPEATED, "already_lent", due_on=same.due_on.isoformat(), loan_id=same.pk)
    seen = _seen_after(copy, at, before)
    if before is not None:
        _end(before, place, at)
        leave_task(report, TaskKind.LOAN_CONTRADICTED, "loan_contradicted", copy=copy, loan=before)
    if reader is None:
        if seen is None:
            _goes_with_somebody(copy, held, at, staff)
        return leave_task(report, TaskKind.UNKNOWN_CARD, "unknown_card", copy=copy)
    if seen is not None:
        loan = _lend_in_the_past(copy, reader, place, at, seen)
        detail = "lent_and_returned" if before is None else "loan_contradicted"
    else:
        loan, detail = _lend_now(report, copy, reader, place, held, staff)
        detail = detail if before is None else "loan_contradicted"
    note_act("check_out", f"loan:{loan.pk}", actor=staff, place_code=place.code, at=at)
    outcome = ReportOutcome.APPLIED if detail in ("lent", "lent_and_returned") else ReportOutcome.TASK
    return Applied(outcome, detail, due_on=loan.due_on.isoformat(), loan_id=loan.pk)


def _loan_at(copy: Copy, at: dt.datetime) -> Loan | None:
    """Return the loan that ran at an instant, as far as we knew."""
    loans = Loan.objects.filter(copy=copy, lent_at__lte=at)
    return loans.filter(closed_at=None).first() or loans.filter(closed_at__gt=at).order_by("closed_at").first()


def _same_loan(copy: Copy, reader: Reader, at: dt.datetime) -> Loan | None:
    """Return the loan that another report of the same act, or the desk itself, has written."""
    near = (at - SAME_RETURN_WITHIN, at + SAME_RETURN_WITHIN)
    return Loan.objects.filter(copy=copy, reader=reader, lent_at__range=near).order_by("lent_at").first()


def _seen_after(copy: Copy, at: dt.datetime, before: Loan | None) -> Seen | None:
    """Return when the copy was next in our hands after an instant: given back, lent again, taken in."""
    if before is not None and before.closed_at is not None:
        return Seen(before.closed_at, before.returned_place)
    after = Loan.objects.filter(copy=copy, lent_at__gt=at).select_related("place").order_by("lent_at").first()
    taken_in = StaffAct.objects.filter(subject=f"copy:{copy.pk}", verb="check_in", at__gt=at).order_by("at").first()
    left = (  # given back at a point that knew of no loan
        Report.objects.filter(tasks__copy=copy, tasks__kind=TaskKind.NOT_ON_LOAN, occurred_at__gt=at)
        .select_related("device__place")
        .order_by("occurred_at")
        .first()
    )
    seen = []
    if after is not None:
        seen.append(Seen(max(at, after.lent_at - JUST_BEFORE), after.place))
    if taken_in is not None:
        seen.append(Seen(taken_in.at, Place.objects.filter(code=taken_in.place_code).first()))
    if left is not None:
        seen.append(Seen(left.occurred_at, left.device.place))
    return min(seen, key=lambda one: one.at, default=None)


def _end(loan: Loan, place: Place, at: dt.datetime) -> None:
    """End a loan just before the copy was lent again: it must have been given back."""
    loan.checked_in_at = at
    if loan.status != LoanStatus.CLOSED:
        close_loan(loan, place, at=at - JUST_BEFORE)
        return
    loan.returned_place = place
    set_end(loan, at - JUST_BEFORE)
    loan.save(update_fields=["closed_at", "returned_place", "checked_in_at", "suspended_until"])


def _lend_in_the_past(copy: Copy, reader: Reader, place: Place, at: dt.datetime, seen: Seen) -> Loan:
    """Write a loan that is over: where the copy is now is known better than by this report."""
    terms = terms_of(place, clock.local(at).date())
    loan = new_loan(copy, reader, terms, terms.rule_for(reader, copy), at=at)
    loan.status, loan.returned_place, loan.checked_in_at = LoanStatus.CLOSED, seen.place or place, seen.at
    set_end(loan, seen.at)
    loan.save(force_insert=True)
    emit("loans.loan_begun", key=f"loan-begun:{loan.pk}", loan_id=loan.pk)
    emit("loans.loan_closed", key=f"loan-closed:{loan.pk}", loan_id=loan.pk)
    return loan


def _lend_now(
    report: Report, copy: Copy, reader: Reader, place: Place, held: Assignment | None, staff: User | None
) -> tuple[Loan, str]:
    """Write the loan, say in tasks what speaks against it, and give a reader who was passed over the turn back."""
    at, detail = report.occurred_at, "lent"
    terms = terms_of(place, clock.local(at).date())
    refusal = _refusal(report, copy, reader, terms)
    own = held if held is not None and held.hold.reader_id == reader.pk else None
    hold = own.hold if own is not None else own_waiting_hold(copy, reader)
    passed_over = _take_from(copy, held if own is None else None, at, staff)
    loan = begin_loan(copy, reader, terms, terms.rule_for(reader, copy), at=at, hold=hold, held=own)
    if passed_over is not None:
        routing.serve_hold(passed_over.hold)
        if passed_over.made_at <= at or not passed_over.is_tentative:
            leave_task(report, TaskKind.KEPT_COPY_LENT, "kept_copy_lent", copy=copy, loan=loan)
            detail = "kept_copy_lent"
    if refusal is not None:
        note_refusal(report, refusal)
        leave_task(report, TaskKind.LENT_ANYWAY, "lent_anyway", copy=copy, loan=loan)
        detail = "lent_anyway" if detail == "lent" else detail
    return loan, detail


def _refusal(report: Report, copy: Copy, reader: Reader, terms: Terms) -> DomainError | None:
    """Return why a desk with network would not have lent this, if so."""
    number = normalised(str(report.payload["card"]))
    lost = OldCard.objects.filter(number=number, reason=OldCard.Reason.LOST, replaced_at__lte=report.occurred_at)
    if lost.exists():
        return LostCardUsed()
    try:
        refuse_loan(reader, copy, terms, Override())
    except DomainError as refusal:
        return refusal
    if not copy.is_lendable:
        return CopyNotLendable()
    return None if copy.status in LENDABLE else CopyNotHere()


def _take_from(copy: Copy, held: Assignment | None, at: dt.datetime, staff: User | None) -> Assignment | None:
    """End the parcel and the journey of a copy that has left with a reader; return whose turn it was instead."""
    parcels.open_parcel(copy, at=at, staff=staff)
    custody.end_transit(copy, TransitStatus.CANCELLED)
    if held is not None:
        custody.back_to_queue(held, "lent_to_another")
    return held


def _goes_with_somebody(copy: Copy, held: Assignment | None, at: dt.datetime, staff: User | None) -> None:
    """A copy has left with a reader whose card we do not know: it is missing until it comes back."""
    passed_over = _take_from(copy, held, at, staff)
    if copy.status in LENDABLE or copy.status == CopyStatus.LOST:
        custody.set_copy(copy, CopyStatus.MISSING, None)
    if passed_over is not None:
        routing.serve_hold(passed_over.hold)

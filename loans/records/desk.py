"""What else a desk without network has done: taken in, renewed, taken from the shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.services import note_act
from branches.models import Place, Report, ReportOutcome
from catalog.states import CopyStatus
from loans import custody, parcels, routing
from loans.damaged import lay_damaged
from loans.lending import close_loan, set_end
from loans.models import Loan, TaskKind
from loans.overriding import Override
from loans.picking import pick_copy
from loans.records.acts import SAME_RETURN_WITHIN, Applied, copy_with, leave_task, note_refusal
from loans.renewals import refuse_renewal, renewed_days, tell_renewed_for_reader
from loans.states import LoanStatus
from milanolib import clock
from milanolib.db import lock
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User
    from catalog.models import Copy


def take_in(report: Report, place: Place, barcode: str, staff: User | None) -> Applied:
    """A librarian has taken a copy in: its loan ends at that minute, and it is free for the next.

    Nobody could tell the librarian then where it goes. So nothing is made ready: the copy lies at the desk, whoever
    waits for it is found, and a scan at check-in or on the pick list does the rest.
    """
    found = copy_with(barcode)
    if found is None:
        return leave_task(report, TaskKind.UNKNOWN_BARCODE, "unknown_barcode")
    copy, at = custody.fetch_copy(found), report.occurred_at
    routing.lock_work_of(copy.title)
    loan = Loan.objects.standing().filter(copy=copy).first()
    lock(*[row for row in (copy, loan) if row is not None])
    note_act("check_in", f"copy:{copy.pk}", actor=staff, place_code=place.code, at=at)
    if loan is not None and at >= loan.lent_at - SAME_RETURN_WITHIN:
        loan.checked_in_at = max(at, loan.lent_at)
        close_loan(loan, place, at=at)
        _put_down(copy, place.holding_place, staff)
        return Applied(ReportOutcome.APPLIED, "taken_in", receipt=loan.receipt_number, loan_id=loan.pk)
    earlier = _ended_later(copy, place, at)
    if earlier is not None:
        return Applied(ReportOutcome.APPLIED, "taken_in", receipt=earlier.receipt_number, loan_id=earlier.pk)
    if loan is not None or (copy.status_since is not None and copy.status_since > at):  # it has gone on since
        return Applied(ReportOutcome.REPEATED, "already_taken_in")
    Loan.objects.filter(copy=copy, status=LoanStatus.CLOSED, checked_in_at=None).update(checked_in_at=at)
    return _without_loan(copy, place.holding_place, staff)


def _ended_later(copy: Copy, place: Place, at: dt.datetime) -> Loan | None:
    """End a loan, known to have ended later, when the copy was taken in; None when no loan ran then."""
    loan = (
        Loan.objects.filter(copy=copy, status=LoanStatus.CLOSED, lent_at__lte=at, closed_at__gt=at)
        .order_by("closed_at")
        .first()
    )
    if loan is not None:
        lock(loan)
        loan.returned_place, loan.checked_in_at = place, at
        set_end(loan, at)
        loan.save(update_fields=["closed_at", "returned_place", "checked_in_at", "suspended_until"])
    return loan


def _without_loan(copy: Copy, place: Place, staff: User | None) -> Applied:
    """Take in what came by crate, from the hold shelf or a second time; what is meant for a reader stays so."""
    held = custody.open_assignment_of(copy)
    if copy.status == CopyStatus.AVAILABLE and copy.place_id == place.pk:
        return Applied(ReportOutcome.REPEATED, "already_taken_in")
    if held is not None:  # on its way to a reader, or thought to stand elsewhere: the check-in tells where it goes
        return Applied(ReportOutcome.REPEATED, "scan_again")
    custody.end_transit_at(copy, place)
    _put_down(copy, place, staff)
    return Applied(ReportOutcome.APPLIED, "taken_in")


def _put_down(copy: Copy, place: Place, staff: User | None) -> None:
    """Lay a copy that is nobody's down here: for the next reader, else here or on its way home.

    One that is damaged stays so, until somebody says that it can be lent again.
    """
    if copy.status == CopyStatus.DAMAGED:
        lay_damaged(copy, place)
        return
    parcels.open_parcel(copy, at=clock.now(), staff=staff)
    custody.set_copy(copy, CopyStatus.AVAILABLE, place)
    if routing.serve_copy(copy) is None and place.pk != copy.home_id:
        custody.send_home(copy, place)


def renew(report: Report, _place: Place, barcode: str, staff: User | None) -> Applied:
    """A librarian has renewed a loan: the days count from that day, whatever the rules say."""
    found, at = copy_with(barcode), report.occurred_at
    if found is None:
        return leave_task(report, TaskKind.UNKNOWN_BARCODE, "unknown_barcode")
    copy = custody.fetch_copy(found)
    routing.lock_work_of(copy.title)
    loan = Loan.objects.filter(copy=copy, status=LoanStatus.OPEN, lent_at__lte=at).first()
    if loan is None:
        return Applied(ReportOutcome.REPEATED, "not_on_loan")
    lock(copy, loan)
    due = renewed_days([loan], clock.local(at).date())[loan.pk]
    if due <= loan.due_on:
        return Applied(ReportOutcome.REPEATED, "already_renewed", due_on=loan.due_on.isoformat(), loan_id=loan.pk)
    refusal = _renewal_refusal(loan, copy, due)
    loan.due_on, loan.renewed_at = due, at
    loan.renewals += 1
    loan.max_renewals = max(loan.max_renewals, loan.renewals)
    loan.save(update_fields=["due_on", "renewals", "max_renewals", "renewed_at"])
    emit("loans.loan_renewed", key=f"loan-renewed:{loan.pk}:{loan.renewals}", loan_id=loan.pk)
    if loan.reader is not None:
        tell_renewed_for_reader([(loan, loan.reader)], actor=staff)
    note_act("renew_loan", f"loan:{loan.pk}", actor=staff, at=at)
    if refusal is None:
        return Applied(ReportOutcome.APPLIED, "renewed", due_on=due.isoformat(), loan_id=loan.pk)
    note_refusal(report, refusal)
    leave_task(report, TaskKind.LENT_ANYWAY, "renewed_anyway", copy=copy, loan=loan)
    return Applied(ReportOutcome.TASK, "renewed_anyway", due_on=due.isoformat(), loan_id=loan.pk)


def _renewal_refusal(loan: Loan, copy: Copy, due: dt.date) -> DomainError | None:
    """Return why a desk with network would not have renewed this, if so."""
    waits = routing.waiting_for(copy, other_than=loan.reader_id) > 0
    try:
        if loan.reader is not None:
            refuse_renewal(loan, loan.reader, due, clock.today(), waits=waits, permit=Override())
    except DomainError as refusal:
        return refusal
    return None


def pick(report: Report, place: Place, barcode: str, staff: User | None) -> Applied:
    """A librarian has taken a copy from its shelf for a reader; one that nobody waits for by now is scanned again."""
    found = copy_with(barcode)
    if found is None:
        return leave_task(report, TaskKind.UNKNOWN_BARCODE, "unknown_barcode")
    try:
        pick_copy(custody.fetch_copy(found), place, actor=staff)
    except DomainError:
        return Applied(ReportOutcome.REPEATED, "scan_again")
    return Applied(ReportOutcome.APPLIED, "picked")

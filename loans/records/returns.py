"""What a point says of a copy that was given back there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branches.models import Place, Report, ReportOutcome
from catalog.states import CopyStatus
from loans import custody, routing
from loans.handing import is_tag
from loans.lending import close_loan, set_end
from loans.models import Loan, TaskKind
from loans.records.acts import SAME_RETURN_WITHIN, Applied, copy_with, leave_task, not_before
from loans.states import LoanStatus, TransitReason, TransitStatus
from milanolib.db import lock

if TYPE_CHECKING:
    from catalog.models import Copy


def take_back(report: Report, place: Place, barcode: str) -> Applied:
    """A reader has given a copy back at the point: the loan ends at that minute, the copy waits for the van."""
    found = copy_with(barcode)
    if found is None and is_tag(place, barcode):
        return Applied(ReportOutcome.REPEATED, "tag_not_barcode")  # a slip of the hand: no librarian need look for it
    if found is None:
        return leave_task(report, TaskKind.UNKNOWN_BARCODE, "unknown_barcode")
    copy = custody.fetch_copy(found)
    routing.lock_work_of(copy.title)
    loan = Loan.objects.standing().filter(copy=copy).first()
    lock(*[one for one in (copy, loan) if one is not None])
    if loan is None or report.occurred_at < loan.lent_at:
        earlier = loan_given_back(report, place, copy)
        if earlier is not None:
            return earlier
    if loan is None:
        return _taken_back_without_loan(report, place, copy)
    close_loan(loan, place, at=not_before(report, loan.lent_at))
    custody.end_transit(copy, TransitStatus.CANCELLED)
    goal = custody.serving_branch(place, copy)
    if goal.pk == place.pk:  # a library's own box: the copy is at home
        custody.set_copy(copy, CopyStatus.AVAILABLE, place)
        routing.serve_copy(copy)
    else:
        custody.set_copy(copy, CopyStatus.IN_TRANSIT, place)
        custody.open_transit(copy, place, goal, TransitReason.RETURN, None)
    return Applied(ReportOutcome.APPLIED, "returned", receipt=loan.receipt_number)


def loan_given_back(report: Report, place: Place, copy: Copy) -> Applied | None:
    """Find the loan, closed since, that stood when the copy was given back; None when there is none.

    The report may be a late repeat, or the first word of a return that was noticed later at a desk: then the loan
    ended when the copy was given back, not when it was noticed.
    """
    at = report.occurred_at
    loan = (
        Loan.objects.filter(
            copy=copy, status=LoanStatus.CLOSED, lent_at__lte=at, closed_at__gte=at - SAME_RETURN_WITHIN
        )
        .order_by("closed_at")
        .first()
    )
    if loan is None:
        return None
    lock(loan)
    if loan.returned_place_id == place.pk:
        return Applied(ReportOutcome.REPEATED, "already_returned", receipt=loan.receipt_number)
    if loan.closed_at is None or loan.closed_at <= at:
        return None
    loan.returned_place = place
    set_end(loan, at)
    loan.save(update_fields=["closed_at", "returned_place", "suspended_until"])
    return Applied(ReportOutcome.APPLIED, "returned", receipt=loan.receipt_number)


def _taken_back_without_loan(report: Report, place: Place, copy: Copy) -> Applied:
    """Already closed by another report of the same return, or a copy that nobody had on loan."""
    last = Loan.objects.filter(copy=copy, status=LoanStatus.CLOSED).order_by("-closed_at").first()
    if last is not None and last.returned_place_id == place.pk and copy.place_id == place.pk:
        return Applied(ReportOutcome.REPEATED, "already_returned", receipt=last.receipt_number)
    return leave_task(report, TaskKind.NOT_ON_LOAN, "not_on_loan", copy=copy)

"""What a point says of a parcel that is not as it should be: not there, something else in it, damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branches.models import Place, Report, ReportOutcome
from catalog.states import CopyStatus
from loans.models import Loan, TaskKind
from loans.records.acts import DAMAGED, MISSING, WRONG, Applied, leave_task
from loans.records.parcels import lock_parcel
from loans.states import LoanEnd, ParcelStatus
from loans.troubles import report_missing
from loans.voiding import void_loan
from milanolib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Copy
    from loans.models import Parcel

KINDS = {
    MISSING: TaskKind.PARCEL_MISSING,
    WRONG: TaskKind.PARCEL_WRONG,
    DAMAGED: TaskKind.PARCEL_DAMAGED,
}


def missing(report: Report, place: Place, tag: str) -> Applied:
    """A parcel was not in its crate or is not on its shelf; or its reader is back and found nothing in it."""
    return _apply(report, place, tag)


def wrong(report: Report, place: Place, tag: str) -> Applied:
    """A reader is back at the counter: something else was in the parcel."""
    return _apply(report, place, tag)


def damaged(report: Report, place: Place, tag: str) -> Applied:
    """A reader is back at the counter: what was in the parcel is damaged, and lies there again."""
    return _apply(report, place, tag)


def _apply(report: Report, place: Place, tag: str) -> Applied:
    found = lock_parcel(tag)
    if found is None:
        return leave_task(report, TaskKind.UNKNOWN_TAG, "unknown_tag")
    parcel, copy = found
    if parcel.status == ParcelStatus.HANDED_OVER and parcel.ended_at is not None:
        return _void(report, place, parcel, copy, parcel.ended_at)
    if report.act != MISSING or parcel.place_id != place.pk or copy.status != CopyStatus.SET_ASIDE:
        return leave_task(report, KINDS[report.act], "fault_kept", parcel=parcel, copy=copy)
    report_missing(copy, place, reason=report.act, actor=None)
    return leave_task(report, KINDS[report.act], "parcel_missed", parcel=parcel, copy=copy)


def _void(report: Report, place: Place, parcel: Parcel, copy: Copy, lent_at: dt.datetime) -> Applied:
    """Its reader has it, or had: within an hour the loan is struck off, later the librarians decide."""
    loan = Loan.objects.filter(copy=copy, place=place, lent_at=lent_at).first()
    if loan is None:
        return leave_task(report, KINDS[report.act], "fault_kept", parcel=parcel, copy=copy)
    if loan.end_reason == LoanEnd.NEVER_BORROWED:
        return Applied(ReportOutcome.REPEATED, "loan_voided", parcel.shelf_number)
    try:
        void_loan(loan, report.act, place, at=report.occurred_at, actor=None)
    except DomainError:
        return leave_task(report, KINDS[report.act], "fault_kept", parcel=parcel, copy=copy)
    return leave_task(report, KINDS[report.act], "loan_voided", parcel=parcel, copy=copy)

"""Verbs that let a loan last longer: renew one, or all at once.

Any number of loans is renewed by the same few statements. The works are locked together, in order; all that is
compared is read after that. So nothing is planned that could have changed, and nobody is passed by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.models import Reader, ReaderStatus
from accounts.services import note_acts
from branches.calendar import calendar_of
from branches.models import Place
from loans import routing
from loans.errors import (
    AnotherReaderWaits,
    CardExpired,
    LoanNotOpen,
    ReaderClosed,
    RenewalLimitReached,
    RenewalWouldNotHelp,
)
from loans.lending import CALENDAR_AHEAD
from loans.models import Loan
from loans.policy import due_on
from loans.states import LoanStatus
from milanolib import clock
from milanolib.db import lock, restartable
from outbox.events import emit_each

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from accounts.models import User
    from milanolib.errors import DomainError

# A reader's loans are one transaction. An institution's hundreds are several, so that the desks which want one of
# their works wait for a part of them only; what was renewed stays so if a later part fails.
TOGETHER = 25


@dataclass(frozen=True)
class Renewal:
    """What became of one loan that was to be renewed; without a refusal and not new it was renewed earlier today."""

    loan: Loan
    due_before: dt.date
    refusal: DomainError | None = None
    is_new: bool = False


def renew_loan(loan: Loan, *, actor: User | None) -> Loan:
    """Renew a loan: the days count again from today (Milan's rule). Safe to repeat on the same day.

    Raises LoanNotOpen, ReaderClosed, CardExpired, RenewalLimitReached, AnotherReaderWaits, RenewalWouldNotHelp.
    """
    (outcome,) = _renew([loan], actor=actor)
    if outcome.refusal is not None:
        raise outcome.refusal
    return loan


def renew_all(loans: Iterable[Loan], *, actor: User | None) -> list[Renewal]:
    """Renew each of these loans that can be, and return what became of each, in their order. Safe to repeat.

    Refusals are told, never raised: one loan that cannot be renewed does not hinder the others.
    """
    rows = list(loans)
    outcomes: list[Renewal] = []
    for first in range(0, len(rows), TOGETHER):
        outcomes += _renew(rows[first : first + TOGETHER], actor=actor)
    return outcomes


@restartable
def _renew(loans: list[Loan], *, actor: User | None) -> list[Renewal]:
    copies = routing.lock_works_of(loan.copy_id for loan in loans)
    lock(*loans)
    today = clock.today()
    readers = Reader.objects.in_bulk({loan.reader_id for loan in loans if loan.reader_id is not None})
    waiting = routing.waiting_for_each([(copies[loan.copy_id], loan.reader_id) for loan in loans])
    days = _renewed_days(loans, today)
    outcomes = []
    for loan in loans:
        reader = readers.get(loan.reader_id or 0)
        outcomes.append(_renewal(loan, reader, days[loan.pk], today, waits=waiting[loan.copy_id] > 0))
    renewed = [one.loan for one in outcomes if one.is_new]
    Loan.objects.bulk_update(renewed, ["due_on", "renewals", "renewed_at"])
    emit_each(
        "loans.loan_renewed",
        {f"loan-renewed:{loan.pk}:{loan.renewals}": {"loan_id": loan.pk} for loan in renewed},
    )
    note_acts("renew_loan", [f"loan:{loan.pk}" for loan in renewed], actor=actor)
    return outcomes


def _renewed_days(loans: list[Loan], today: dt.date) -> dict[int, dt.date]:
    """Return the last day that each loan would have, moved to an open day of the place that lent it."""
    places = Place.objects.with_calendar(today, today + CALENDAR_AHEAD).in_bulk({loan.place_id for loan in loans})
    calendars = {pk: calendar_of(place) for pk, place in places.items()}
    return {loan.pk: due_on(today, loan.loan_days, calendars[loan.place_id]) for loan in loans}


def _renewal(loan: Loan, reader: Reader | None, new_due: dt.date, today: dt.date, *, waits: bool) -> Renewal:
    """Return what becomes of a locked loan, and set its new values if it is renewed; saving them is the caller's."""
    due_before = loan.due_on
    if loan.status != LoanStatus.OPEN or reader is None:
        return Renewal(loan, due_before, LoanNotOpen())
    if loan.renewed_at is not None and clock.local(loan.renewed_at).date() == today and new_due == loan.due_on:
        return Renewal(loan, due_before)
    refusal = _why_not(loan, reader, new_due, today, waits=waits)
    if refusal is not None:
        return Renewal(loan, due_before, refusal)
    loan.due_on, loan.renewals, loan.renewed_at = new_due, loan.renewals + 1, clock.now()
    return Renewal(loan, due_before, is_new=True)


def _why_not(loan: Loan, reader: Reader, new_due: dt.date, today: dt.date, *, waits: bool) -> DomainError | None:
    if reader.status == ReaderStatus.CLOSED:
        return ReaderClosed()
    if reader.card_expires_on is not None and reader.card_expires_on < today:
        return CardExpired()
    if loan.renewals >= loan.max_renewals:
        return RenewalLimitReached(limit=loan.max_renewals)
    if waits:
        return AnotherReaderWaits()
    if new_due <= loan.due_on:
        return RenewalWouldNotHelp()
    return None

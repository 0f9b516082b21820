"""Verbs that let a loan last longer: renew one, all at once, by themselves the day before; one day more, once.

Any number of loans is renewed by the same few statements. The works are locked together, in order; all that is
compared is read after that. So nothing is planned that could have changed, and nobody is passed by.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.models import Reader, ReaderStatus
from accounts.services import note_act, note_acts
from branches.calendar import DATES_AHEAD, Calendar, calendar_of, could_not_move
from branches.calendar_rows import calendar_for
from branches.models import Place
from loans import routing
from loans.errors import (
    AnotherReaderWaits,
    CardExpired,
    LoanNotOpen,
    NotDueToday,
    PutOffBefore,
    ReaderClosed,
    RenewalLimitReached,
    RenewalWouldNotHelp,
)
from loans.models import Loan
from loans.overriding import Override
from loans.policy import due_on
from loans.settling import note_never_open
from loans.states import LoanStatus
from milanolib import clock
from milanolib.db import lock, restartable
from milanolib.errors import DomainError
from outbox.events import emit, emit_each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User

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


def renew_loan(loan: Loan, *, actor: User | None, override: str = "") -> Loan:
    """Renew a loan: the days count again from today (Milan's rule). Safe to repeat on the same day.

    `actor` is who renews it for its reader, who is told then; None: the reader, who has the answer on their screen.
    `override` is why refusals that may be passed over are passed over (loans/overriding.py); it is kept with the act.
    Raises LoanNotOpen, ReaderClosed, CardExpired, RenewalLimitReached, AnotherReaderWaits, RenewalWouldNotHelp.
    """
    (outcome,) = _renew([loan], actor=actor, override=override)
    if outcome.refusal is not None:
        raise outcome.refusal
    return loan


def renew_all(loans: Iterable[Loan], *, actor: User | None) -> list[Renewal]:
    """Renew each of these loans that can be, and return what became of each, in their order. Safe to repeat.

    `actor` as above. Refusals are told, never raised: one loan that cannot be renewed does not hinder the others.
    """
    rows = list(loans)
    outcomes: list[Renewal] = []
    for first in range(0, len(rows), TOGETHER):
        outcomes += _renew(rows[first : first + TOGETHER], actor=actor)
    return outcomes


def renew_by_themselves() -> int:
    """Renew what is due tomorrow for readers who chose that; return how many loans.

    Each reader is told what became of each loan, once for its due day. What could not be renewed is tried again on the
    due day itself, as somebody who waited may have been served; so a night without this job is made up for.
    """
    today = clock.today()
    due = Loan.objects.filter(
        status=LoanStatus.OPEN,
        due_on__range=(today, today + dt.timedelta(days=1)),
        reader__renews_by_itself=True,
    )
    rows = list(due.order_by("pk"))
    renewed = 0
    for first in range(0, len(rows), TOGETHER):
        renewed += sum(one.is_new for one in _renew(rows[first : first + TOGETHER], actor=None, by_itself=True))
    return renewed


@restartable
def put_off_loan(loan: Loan, *, actor: User | None) -> Loan:
    """'Not today': on its due day, move a loan to the next day on which the place that lent it opens; once a loan.

    Pressed again on the same day it changes nothing. Raises LoanNotOpen, ReaderClosed, CardExpired, NotDueToday,
    PutOffBefore, AnotherReaderWaits.
    """
    copies = routing.lock_works_of([loan.copy_id])
    lock(loan)
    today = clock.today()
    if loan.status != LoanStatus.OPEN or loan.reader is None:
        raise LoanNotOpen
    if loan.extended_on == today:
        return loan
    _refuse_reader(loan.reader, today, Override())
    if loan.extended_on is not None:
        raise PutOffBefore
    if loan.due_on != today:
        raise NotDueToday
    if routing.waiting_for(copies[loan.copy_id], other_than=loan.reader_id):
        raise AnotherReaderWaits
    loan.due_on, loan.extended_on = due_on(today, 1, calendar_for(loan.place, today, today + DATES_AHEAD)), today
    loan.save(update_fields=["due_on", "extended_on"])
    emit("loans.loan_put_off", key=f"loan-put-off:{loan.pk}", loan_id=loan.pk)
    note_act("put_off_loan", f"loan:{loan.pk}", actor=actor)
    return loan


@restartable
def _renew(loans: list[Loan], *, actor: User | None, by_itself: bool = False, override: str = "") -> list[Renewal]:
    permit = Override(override)
    copies = routing.lock_works_of(loan.copy_id for loan in loans)
    lock(*loans)
    today = clock.today()
    readers = Reader.objects.in_bulk({loan.reader_id for loan in loans if loan.reader_id is not None})
    waiting = routing.waiting_for_each([(copies[loan.copy_id], loan.reader_id) for loan in loans])
    calendars = _calendars(loans, today)
    outcomes = []
    for loan in loans:
        reader, new_due = readers.get(loan.reader_id or 0), due_on(today, loan.loan_days, calendars[loan.place_id])
        outcomes.append(_renewal(loan, reader, new_due, today, waits=waiting[loan.copy_id] > 0, permit=permit))
    renewed = [one.loan for one in outcomes if one.is_new]
    Loan.objects.bulk_update(renewed, ["due_on", "renewals", "max_renewals", "renewed_at"])
    stuck = {one.place_id: one.place for one in renewed if could_not_move(calendars[one.place_id], one.due_on)}
    for place in stuck.values():
        note_never_open(place)
    emit_each(
        "loans.loan_renewed",
        {f"loan-renewed:{loan.pk}:{loan.renewals}": {"loan_id": loan.pk} for loan in renewed},
    )
    if by_itself:
        _tell(outcomes)
    elif actor is not None:
        tell_renewed_for_reader([(loan, readers[loan.reader_id or 0]) for loan in renewed], actor=actor)
    note_acts("renew_loan", [f"loan:{loan.pk}" for loan in renewed], actor=actor, reason=permit.kept)
    return outcomes


def _tell(outcomes: list[Renewal]) -> None:
    """Emit for each loan that was to renew by itself what became of it: keyed by the day on which it was due."""
    told: dict[str, dict[str, dict[str, int | str | None]]] = {"renewed_by_itself": {}, "not_renewed": {}}
    for one in outcomes:
        if one.is_new:
            key = f"loan-renewed-by-itself:{one.loan.pk}:{one.due_before}"
            told["renewed_by_itself"][key] = {"loan_id": one.loan.pk, "due_on": one.loan.due_on.isoformat()}
        elif one.refusal is not None:
            key = f"loan-not-renewed:{one.loan.pk}:{one.due_before}"
            why = one.refusal.code
            told["not_renewed"][key] = {"loan_id": one.loan.pk, "due_on": one.due_before.isoformat(), "why": why}
    for kind, occurrences in told.items():
        emit_each(f"loans.{kind}", occurrences)


def tell_renewed_for_reader(renewed: Iterable[tuple[Loan, Reader]], *, actor: User | None) -> None:
    """Emit for each loan that it was renewed for its reader, unless `actor` is that reader, who knows it."""
    emit_each(
        "loans.renewed_for_reader",
        {
            f"loan-renewed-for-reader:{loan.pk}:{loan.renewals}": {
                "loan_id": loan.pk,
                "due_on": loan.due_on.isoformat(),
            }
            for loan, reader in renewed
            if actor is None or reader.user_id != actor.pk
        },
    )


def _calendars(loans: list[Loan], today: dt.date) -> dict[int, Calendar]:
    """Return, by its key, the calendar of each place that lent one of these loans."""
    places = Place.objects.with_calendar(today, today + DATES_AHEAD).in_bulk({loan.place_id for loan in loans})
    return {pk: calendar_of(place) for pk, place in places.items()}


def renewed_days(loans: list[Loan], today: dt.date) -> dict[int, dt.date]:
    """Return the last day that each loan would have, moved to an open day of the place that lent it."""
    calendars = _calendars(loans, today)
    return {loan.pk: due_on(today, loan.loan_days, calendars[loan.place_id]) for loan in loans}


def _renewal(
    loan: Loan, reader: Reader | None, new_due: dt.date, today: dt.date, *, waits: bool, permit: Override
) -> Renewal:
    """Return what becomes of a locked loan, and set its new values if it is renewed; saving them is the caller's."""
    due_before = loan.due_on
    if loan.status != LoanStatus.OPEN or reader is None:
        return Renewal(loan, due_before, LoanNotOpen())
    if loan.renewed_at is not None and clock.local(loan.renewed_at).date() == today and new_due == loan.due_on:
        return Renewal(loan, due_before)
    try:
        refuse_renewal(loan, reader, new_due, today, waits=waits, permit=permit)
    except DomainError as refusal:
        return Renewal(loan, due_before, refusal)
    loan.due_on, loan.renewals, loan.renewed_at = new_due, loan.renewals + 1, clock.now()
    loan.max_renewals = max(loan.max_renewals, loan.renewals)  # one more than the rule allows, by a librarian's word
    return Renewal(loan, due_before, is_new=True)


def refuse_renewal(
    loan: Loan, reader: Reader, new_due: dt.date, today: dt.date, *, waits: bool, permit: Override
) -> None:
    """Raise why a loan is not renewed, if so; `waits` is whether somebody waits for its copy."""
    _refuse_reader(reader, today, permit)
    if loan.renewals >= loan.max_renewals:
        permit.check(RenewalLimitReached(limit=loan.max_renewals))
    if waits:
        permit.check(AnotherReaderWaits())
    if new_due <= loan.due_on:
        raise RenewalWouldNotHelp


def _refuse_reader(reader: Reader, today: dt.date, permit: Override) -> None:
    """Raise why nothing of this reader is prolonged, if so."""
    if reader.status == ReaderStatus.CLOSED:
        raise ReaderClosed
    if reader.card_expires_on is not None and reader.card_expires_on < today:
        permit.check(CardExpired())

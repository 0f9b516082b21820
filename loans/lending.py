"""Verbs on loans that may refuse: lend, take back at the desk. How loans are renewed is in renewals.py."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from branches.calendar import calendar_of
from branches.models import Place
from catalog.states import CopyStatus
from loans import custody, routing
from loans.errors import (
    CardExpired,
    CopyKeptForAnother,
    CopyNotHere,
    CopyNotLendable,
    CopyOnLoan,
    LoanLimitReached,
)
from loans.holds import reader_rule
from loans.models import Assignment, Hold, Loan, LoanRule
from loans.policy import age_band, can_serve, due_on, loan_rule_for
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from milanolib.db import lock, restartable
from outbox.events import emit

if TYPE_CHECKING:
    from accounts.models import Reader, User
    from catalog.models import Copy

CALENDAR_AHEAD = dt.timedelta(days=150)


@restartable
def check_out(copy: Copy, reader: Reader, place: Place, *, actor: User | None) -> Loan:
    """Lend a copy that lies on the desk to a reader who is there.

    A reservation of this reader that the copy can serve is collected by it. Raises ReaderClosed, CardExpired,
    CopyNotLendable, CopyOnLoan, CopyNotHere, CopyKeptForAnother, LoanLimitReached.
    """
    copy = custody.fetch_copy(copy.pk)
    work = routing.lock_work_of(copy.title)
    lock(reader)
    routing.lock_room_of_queue(work)
    lock(copy)
    held = custody.open_assignment_of(copy)
    own = held if held is not None and held.hold.reader_id == reader.pk else None
    _refuse_copy(copy, held, own)
    rule = refuse_loan(reader, copy, place)
    hold = own.hold if own is not None else _own_waiting_hold(copy, reader)
    now = clock.now()
    if own is not None:
        custody.open_parcel(copy, at=now, staff=actor)  # it may have come to the desk in its parcel
    loan = begin_loan(copy, reader, place, rule, at=now, hold=hold, held=own)
    note_act("check_out", f"loan:{loan.pk}", actor=actor, place_code=place.code)
    return loan


def _refuse_copy(copy: Copy, held: Assignment | None, own: Assignment | None) -> None:
    if not copy.is_lendable:
        raise CopyNotLendable
    if copy.status in (CopyStatus.ON_LOAN, CopyStatus.CLAIMED_RETURNED):
        raise CopyOnLoan
    if held is not None and own is None:
        raise CopyKeptForAnother
    if copy.status not in (CopyStatus.AVAILABLE, CopyStatus.PICKED, CopyStatus.SET_ASIDE):
        raise CopyNotHere


def _own_waiting_hold(copy: Copy, reader: Reader) -> Hold | None:
    """Return the reader's own waiting or tentatively served hold that this copy satisfies just as well."""
    waiting = Hold.objects.filter(
        reader=reader, work=copy.title.work_id, status__in=[HoldStatus.QUEUED, HoldStatus.ASSIGNED]
    )
    return next((hold for hold in waiting.in_order() if can_serve(copy, hold)), None)


def refuse_loan(reader: Reader, copy: Copy, place: Place) -> LoanRule:
    """Return the rule for lending this copy to this reader; raise ReaderClosed, CardExpired or LoanLimitReached."""
    limits = reader_rule(reader)
    today = clock.today()
    if reader.card_expires_on is not None and reader.card_expires_on < today:
        raise CardExpired
    rules = list(LoanRule.objects.all())
    rule = loan_rule_for(rules, material=copy.title.material, reader_category=reader.category, place=place, on=today)
    counts = dict(Loan.objects.standing().filter(reader=reader).values_list("material").annotate(models.Count("pk")))
    if sum(counts.values()) >= limits.max_loans:
        raise LoanLimitReached(limit=limits.max_loans)
    alike = 0
    for material, count in counts.items():
        theirs = loan_rule_for(rules, material=material, reader_category=reader.category, place=place, on=today)
        alike += count if theirs.limit_group == rule.limit_group else 0
    if alike >= rule.max_loans:
        raise LoanLimitReached(limit=rule.max_loans)
    return rule


def rule_for(reader: Reader, copy: Copy, place: Place) -> LoanRule:
    """Return the rule for a loan that has already happened, without asking whether it may."""
    return loan_rule_for(
        LoanRule.objects.all(),
        material=copy.title.material,
        reader_category=reader.category,
        place=place,
        on=clock.today(),
    )


def begin_loan(
    copy: Copy,
    reader: Reader,
    place: Place,
    rule: LoanRule,
    *,
    at: dt.datetime,
    hold: Hold | None,
    held: Assignment | None,
) -> Loan:
    """Write the loan with the rule's values frozen, and collect the hold it serves; the rows are locked.

    `held` is the copy's own assignment, released here. `at` is when the copy changed hands (aware).
    """
    day = clock.local(at).date()
    fetched = Place.objects.with_calendar(day, day + CALENDAR_AHEAD).get(pk=place.pk)
    loan = Loan(
        reader=reader,
        copy=copy,
        hold=hold,
        place=place,
        lent_at=at,
        due_on=due_on(day, rule.loan_days, calendar_of(fetched)),
        loan_days=rule.loan_days,
        max_renewals=rule.max_renewals,
        material=copy.title.material,
        reader_category=reader.category,
        age_band=age_band(reader, day),
        municipio=reader.municipio,
    )
    if hold is not None:
        _collect(hold, held, copy)
    elif held is not None:
        routing.release(held, "lent_to_another")
    loan.save(force_insert=True)
    custody.set_copy(copy, CopyStatus.ON_LOAN, None)
    emit("loans.loan_begun", key=f"loan-begun:{loan.pk}", loan_id=loan.pk)
    return loan


def _collect(hold: Hold, held: Assignment | None, copy: Copy) -> None:
    """Close a hold because its reader has the copy; another copy meant for it becomes free for the next."""
    other = None if held is not None else Assignment.objects.open().filter(hold=hold).first()
    if held is None and other is None:  # served on the spot: the order's record shows by which copy
        held = Assignment.objects.create(hold=hold, copy=copy, made_at=clock.now())
        hold.move_to(HoldStatus.ASSIGNED)
    for assignment in (held, other):
        if assignment is not None:
            routing.release(assignment, "collected")
    hold.move_to(HoldStatus.COLLECTED)
    hold.ended_at, hold.end_reason, hold.pickup_code = clock.now(), "collected", ""
    hold.save(update_fields=["status", "ended_at", "end_reason", "pickup_code"])
    emit("loans.hold_collected", key=f"hold-collected:{hold.pk}", hold_id=hold.pk)
    if other is not None:
        freed = custody.fetch_copy(other.copy_id)
        if freed.status == CopyStatus.AVAILABLE:
            routing.serve_copy(freed)


def close_loan(loan: Loan, place: Place, *, at: dt.datetime) -> None:
    """End a loan at the minute the copy was given back; the loan is locked. `at` is never before it began."""
    loan.move_to(LoanStatus.CLOSED)
    loan.closed_at, loan.returned_place = max(at, loan.lent_at), place
    loan.save(update_fields=["status", "closed_at", "returned_place"])
    emit("loans.loan_closed", key=f"loan-closed:{loan.pk}", loan_id=loan.pk)


class NextStep(models.TextChoices):
    """Where the librarian puts a copy that was checked in."""

    SHELF = "shelf", _("Back to its shelf")
    HOLD_SHELF = "hold_shelf", _("To the shelf of reservations")
    PACK = "pack", _("Pack it as a parcel")
    CRATE = "crate", _("Into the crate")


@dataclass
class CheckIn:
    """What a check-in found and where the copy goes."""

    copy: Copy
    step: NextStep
    closed_loan: Loan | None = None
    hold: Hold | None = None
    destination: Place | None = None


@restartable
def check_in(copy: Copy, place: Place, *, actor: User | None) -> CheckIn:
    """Take a copy in at a library, wherever it comes from, and say where it goes next.

    Closes its loan or journey; a copy that somebody waits for is taken for them at once, since it is in the
    librarian's hand. Scanning it again says the same again.
    """
    copy = custody.fetch_copy(copy.pk)
    work = routing.lock_work_of(copy.title)
    routing.lock_room_of_queue(work)
    loan = Loan.objects.standing().filter(copy=copy).first()
    lock(*[row for row in (copy, loan) if row is not None])
    now = clock.now()
    if loan is not None:
        close_loan(loan, place, at=now)
    place = place.holding_place  # at a stop it is put on the vehicle
    Loan.objects.filter(copy=copy, status=LoanStatus.CLOSED, checked_in_at=None).update(checked_in_at=now)
    custody.end_transit_at(copy, place)
    held = custody.open_assignment_of(copy)
    outcome = _settle(copy, held, place, now, actor)
    outcome.closed_loan = loan
    note_act("check_in", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return outcome


def _settle(copy: Copy, held: Assignment | None, place: Place, now: dt.datetime, actor: User | None) -> CheckIn:
    """Decide where a copy in hand goes; its loan and journey are closed."""
    if held is None or (held.is_tentative and copy.status != CopyStatus.AVAILABLE):
        custody.open_parcel(copy, at=now, staff=actor)
    if held is None:
        custody.set_copy(copy, CopyStatus.AVAILABLE, place)
        if copy.is_lendable:
            routing.serve_copy(copy)
        held = custody.open_assignment_of(copy)  # after a shift, not the one that is newly served
    if held is None:
        if place.pk == copy.home_id:
            return CheckIn(copy, NextStep.SHELF)
        custody.send_home(copy, place)
        return CheckIn(copy, NextStep.CRATE, destination=copy.home)
    return take_for(held, copy, place, now, actor=actor)


def take_for(held: Assignment, copy: Copy, place: Place, now: dt.datetime, *, actor: User | None) -> CheckIn:
    """Commit a copy in hand to its hold and say where it goes: hold shelf here, parcel, or crate."""
    held = Assignment.objects.select_related("hold__pickup_place__vehicle", "hold__reader").get(pk=held.pk)
    hold = held.hold
    if held.committed_at is None:
        held.committed_at = max(now, held.made_at)  # made a moment ago, by this very check-in
        held.save(update_fields=["committed_at"])
    pickup = hold.pickup_place
    if hold.status == HoldStatus.READY:
        if copy.place_id == place.pk:
            return CheckIn(copy, NextStep.HOLD_SHELF, hold=hold, destination=pickup)
        held = custody.no_longer_ready(copy, held, now, staff=actor)
    if pickup.holding_place.pk == place.pk:
        if hold.status == HoldStatus.ASSIGNED:
            hold.move_to(HoldStatus.PICKED)
        custody.open_parcel(copy, at=now, staff=actor)
        custody.make_ready(copy, held, now)
        return CheckIn(copy, NextStep.HOLD_SHELF, hold=hold, destination=pickup)
    if hold.status in (HoldStatus.ASSIGNED, HoldStatus.PICKED):
        if hold.status == HoldStatus.ASSIGNED:
            hold.move_to(HoldStatus.PICKED)
            hold.save(update_fields=["status"])
        custody.set_copy(copy, CopyStatus.PICKED, place)
        if custody.travels_as_parcel(pickup):
            return CheckIn(copy, NextStep.PACK, hold=hold, destination=pickup)
        custody.send_towards(copy, held, place)
        return CheckIn(copy, NextStep.CRATE, hold=hold, destination=pickup.holding_place)
    # a copy on its way that was scanned at another library: the journey goes on from here
    custody.send_again(copy, held, place, at=now, staff=actor)
    return CheckIn(copy, NextStep.CRATE, hold=hold, destination=pickup)

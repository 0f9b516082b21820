"""Verbs on loans that may refuse: lend, take back at the desk. How loans are renewed is in renewals.py."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from branches.calendar import could_not_move
from branches.calendar_rows import calendar_for
from catalog.states import CopyStatus
from loans import custody, groups, parcels, routing
from loans.blocks import blocks_from, reader_rule, refuse_age, standing_of
from loans.damaged import lay_damaged
from loans.errors import (
    CopyKeptForAnother,
    CopyNotHere,
    CopyNotLendable,
    CopyOnLoan,
    LoanLimitReached,
    NotLentYet,
)
from loans.holds import close_hold
from loans.models import Assignment, Crate, Hold, Loan
from loans.overriding import Override
from loans.policy import age_band, can_serve, due_on, first_lent_on, late_days, material_class, suspension_days
from loans.settling import note_never_open
from loans.states import HoldStatus, LoanStatus
from loans.terms import Terms, terms_of
from milanolib import clock
from milanolib.db import lock, restartable
from outbox.events import emit, emit_all, gathered

if TYPE_CHECKING:
    from accounts.models import Reader, User
    from branches.models import Place
    from catalog.models import Copy
    from loans.models import LoanRule

LENT = (CopyStatus.ON_LOAN, CopyStatus.CLAIMED_RETURNED, CopyStatus.LOST)
# What can be lent as soon as it lies on the desk.
IN_HAND = (CopyStatus.AVAILABLE, CopyStatus.PICKED, CopyStatus.SET_ASIDE, CopyStatus.IN_TRANSIT)
# What may have a journey: a damaged copy travels home as it is.
ON_THE_ROAD = (CopyStatus.IN_TRANSIT, CopyStatus.DAMAGED)
# What a loan keeps of its rule: a change of policy never rewrites it.
FROZEN = (
    "loan_days",
    "max_renewals",
    "grace_days",
    "suspension_per_day",
    "suspension_most",
    "counts_in_total",
    "limit_group",
    "lost_after_days",
)


@restartable
@gathered()
def check_out(copy: Copy, reader: Reader, place: Place, *, actor: User | None, override: str = "") -> Loan:
    """Lend a copy that lies on the desk to a reader who is there.

    A reservation of this reader that the copy can serve is collected by it. `override` is why refusals that may be
    passed over are passed over (loans/overriding.py); it is kept with the act. Raises ReaderClosed, CardExpired,
    ReaderSuspended, TooManyOverdue, TooYoung, NotLentYet, CopyNotLendable, CopyOnLoan, CopyNotHere,
    CopyKeptForAnother, LoanLimitReached.
    """
    copy = custody.lock_copy(copy.pk)
    lock(reader)
    held = custody.open_assignment_of(copy)
    own = held if held is not None and held.hold.reader_id == reader.pk else None
    permit, now = Override(override), clock.now()
    _refuse_copy(copy, reader, held, permit)
    terms = terms_of(place, clock.today())
    rule = refuse_loan(reader, copy, terms, permit)
    hold = own.hold if own is not None else own_waiting_hold(copy, reader)
    if copy.status == CopyStatus.IN_TRANSIT or (own is not None and own.is_wrapped):  # type: ignore[attr-defined]
        parcels.open_parcel(copy, at=now, staff=actor)  # it has come to the desk in its parcel
    if copy.status == CopyStatus.IN_TRANSIT:
        custody.end_transit_at(copy, place.holding_place)
    loan = begin_loan(copy, reader, terms, rule, at=now, hold=hold, held=own)
    note_act("check_out", f"loan:{loan.pk}", actor=actor, place_code=place.code, reason=permit.kept)
    return loan


def _refuse_copy(copy: Copy, reader: Reader, held: Assignment | None, permit: Override) -> None:
    if copy.status in (CopyStatus.ON_LOAN, CopyStatus.CLAIMED_RETURNED):
        raise CopyOnLoan
    if held is not None and held.hold.reader_id != reader.pk:
        raise CopyKeptForAnother
    if copy.status not in IN_HAND:
        raise CopyNotHere
    # on the road or missed it is meant for nobody yet, though somebody may wait: check-in decides whose turn it is
    is_undecided = held is None and (copy.status == CopyStatus.IN_TRANSIT or copy.missed_at is not None)
    if is_undecided and routing.waiting_for(copy, other_than=reader.pk):
        raise CopyNotHere
    if not copy.is_lendable:
        permit.check(CopyNotLendable())


def own_waiting_hold(copy: Copy, reader: Reader) -> Hold | None:
    """Return the reader's own waiting or tentatively served hold that this copy satisfies just as well."""
    waiting = Hold.objects.filter(
        reader=reader, work=copy.title.work_id, status__in=[HoldStatus.QUEUED, HoldStatus.ASSIGNED]
    )
    return next((hold for hold in waiting.in_order() if can_serve(copy, hold)), None)


def refuse_loan(reader: Reader, copy: Copy, terms: Terms, permit: Override) -> LoanRule:
    """Return the rule for lending this copy to this reader, or raise why not; the reader is locked.

    Raises ReaderClosed, CardExpired, ReaderSuspended, TooManyOverdue, NotLentYet, CopyNotLendable, TooYoung,
    LoanLimitReached; those that may be overridden pass with a reason.
    """
    limits = reader_rule(reader)
    standing = standing_of(reader, terms.on)
    for block in blocks_from(reader, limits, standing, terms.on):
        permit.check(block)
    rule = terms.rule_for(reader, copy)
    refuse_material(copy, reader, rule, terms.on, permit)
    if rule.counts_in_total and standing.loans >= limits.max_loans:
        permit.check(LoanLimitReached(limit=limits.max_loans))
    if standing.by_group[rule.limit_group] >= rule.max_loans:
        permit.check(LoanLimitReached(limit=rule.max_loans))
    return rule


def refuse_material(copy: Copy, reader: Reader, rule: LoanRule, on: dt.date, permit: Override) -> None:
    """Raise why a copy of this kind is not for this reader: too new, for the library only, for older ones."""
    first = first_lent_on(rule, year=copy.title.year, added_on=copy.added_on)
    if first is not None and on < first:
        permit.check(NotLentYet(day=date_format(first, "j F Y")))
    if not rule.is_lent:
        permit.check(CopyNotLendable())
    refuse_age(reader, max(rule.min_age, copy.title.age_mark or 0), on, permit)


def begin_loan(
    copy: Copy,
    reader: Reader,
    terms: Terms,
    rule: LoanRule,
    *,
    at: dt.datetime,
    hold: Hold | None,
    held: Assignment | None,
) -> Loan:
    """Write the loan with the rule's values frozen, and collect the hold it serves; the rows are locked.

    `held` is the copy's own assignment, released here. `at` is when the copy changed hands (aware).
    """
    loan = new_loan(copy, reader, terms, rule, at=at)
    loan.hold = hold
    if hold is not None:
        _collect(hold, held, copy)
    elif held is not None:
        routing.release(held, "lent_to_another")
    loan.save(force_insert=True)
    custody.set_copy(copy, CopyStatus.ON_LOAN, None)
    events: list[Any] = [("loans.loan_begun", f"loan-begun:{loan.pk}", {"loan_id": loan.pk})]
    if hold is not None:
        events.append(("loans.hold_collected", f"hold-collected:{hold.pk}:{loan.pk}", {"hold_id": hold.pk}))
    emit_all(events)
    if could_not_move(terms.calendar, loan.due_on):
        note_never_open(terms.place)
    return loan


def new_loan(copy: Copy, reader: Reader, terms: Terms, rule: LoanRule, *, at: dt.datetime) -> Loan:
    """Return an open loan that is not written yet, with the rule's values frozen; `at` is when it began (aware)."""
    day = clock.local(at).date()
    return Loan(
        reader=reader,
        copy=copy,
        place=terms.place,
        lent_at=at,
        due_on=due_on(day, rule.loan_days, terms.calendar),
        **{name: getattr(rule, name) for name in FROZEN},
        rule=rule,
        material=material_class(copy),
        reader_category=reader.category,
        age_band=age_band(reader, day),
        municipio=reader.municipio,
    )


def _collect(hold: Hold, held: Assignment | None, copy: Copy) -> None:
    """Close a hold because its reader has the copy; another copy meant for it becomes free for the next."""
    other = None if held is not None else Assignment.objects.open().filter(hold=hold).first()
    if held is None and other is None:  # served on the spot: the order's record shows by which copy
        held = Assignment.objects.create(hold=hold, copy=copy, made_at=clock.now())
        hold.move_to(HoldStatus.ASSIGNED)
    for assignment in (held, other):
        if assignment is not None:
            routing.release(assignment, "collected")
    groups.wins(hold)  # if another of several is on its way already, the reader has both
    hold.move_to(HoldStatus.COLLECTED)
    hold.ended_at, hold.end_reason, hold.pickup_code = clock.now(), "collected", ""
    hold.save(update_fields=["status", "ended_at", "end_reason", "pickup_code"])
    if other is not None:
        freed = custody.fetch_copy(other.copy_id)
        if freed.status == CopyStatus.AVAILABLE:
            routing.serve_copy(freed)


def close_loan(loan: Loan, place: Place, *, at: dt.datetime) -> None:
    """End a loan at the minute the copy was given back; the loan is locked. `at` is never before it began.

    Had its reader said where and when it was given back, then it ended there and on that day: doubt favours the
    reader. Lateness suspends from that day, by the values frozen on the loan.
    """
    if loan.status != LoanStatus.OPEN:
        loan.settled_at = clock.now()
    if loan.claimed_on is not None:
        at, place = min(at, clock.start_of(loan.claimed_on)), loan.claimed_place or place
    loan.move_to(LoanStatus.CLOSED)
    loan.returned_place = place
    set_end(loan, at)
    loan.save(update_fields=["status", "closed_at", "returned_place", "suspended_until", "checked_in_at", "settled_at"])
    emit("loans.loan_closed", key=f"loan-closed:{loan.pk}", loan_id=loan.pk)


def set_end(loan: Loan, at: dt.datetime) -> None:
    """Set when a loan ended and until when that suspends its reader; saving is the caller's.

    A lost copy was late until it was lost.
    """
    loan.closed_at = max(at, loan.lent_at)
    day = clock.local(loan.closed_at).date()
    late_until = min(day, loan.lost_on or day)
    loan.suspended_until = None
    if late_until <= loan.due_on or not loan.suspension_most:
        return
    late = late_days(loan.due_on, late_until, calendar_for(loan.place, loan.due_on, late_until))
    days = suspension_days(late, grace_days=loan.grace_days, per_day=loan.suspension_per_day, most=loan.suspension_most)
    loan.suspended_until = day + dt.timedelta(days=days) if days else None


@transaction.atomic
def lift_suspension(loan: Loan, *, reason: str, actor: User | None) -> Loan:
    """Forgive the lateness of a loan: it suspends its reader no longer. Safe to repeat.

    `reason` is a few words without a reader's name, kept with the act.
    """
    lock(loan)
    if loan.suspended_until is not None:
        loan.suspended_until = None
        loan.save(update_fields=["suspended_until"])
        note_act("lift_suspension", f"loan:{loan.pk}", actor=actor, reason=reason)
    return loan


class NextStep(models.TextChoices):
    """Where the librarian puts a copy that was checked in."""

    SHELF = "shelf", _("Back to its shelf")
    HOLD_SHELF = "hold_shelf", _("To the shelf of reservations")
    PACK = "pack", _("Pack it as a parcel")
    CRATE = "crate", _("Into the crate")
    ASIDE = "aside", _("Put it aside: it is damaged")


@dataclass
class CheckIn:
    """What a check-in found and where the copy goes."""

    copy: Copy
    step: NextStep
    closed_loan: Loan | None = None
    hold: Hold | None = None
    destination: Place | None = None

    @cached_property
    def crate(self) -> Crate | None:
        """Return the crate into which the copy goes as it is, if one stands open here for its way."""
        if self.step != NextStep.CRATE or self.destination is None or self.copy.place is None:
            return None
        return Crate.open_between(self.copy.place, self.destination.holding_place)


@dataclass(frozen=True)
class Dropped:
    """Where a copy was left, and since when it may have lain there (aware)."""

    place: Place
    at: dt.datetime


@restartable
@gathered()
def check_in(copy: Copy, place: Place, *, actor: User | None, dropped: Dropped | None = None) -> CheckIn:
    """Take a copy in at a library, wherever it comes from, and say where it goes next.

    Closes its loan or journey; a copy that somebody waits for is taken for them at once, since it is in the
    librarian's hand. Scanning it again says the same again. A loan whose copy was `dropped` ended there and then.
    """
    copy = custody.lock_copy(copy.pk)
    now = clock.now()
    loan = lock_standing_loan(copy) if copy.status in LENT else None
    if loan is not None:
        loan.checked_in_at = now
        left = dropped or Dropped(place, now)
        close_loan(loan, left.place, at=min(left.at, now))
    else:  # given back at a point before, if at all
        Loan.objects.filter(copy=copy, status=LoanStatus.CLOSED, checked_in_at=None).update(checked_in_at=now)
    place = place.holding_place  # at a stop it is put on the vehicle
    cut_short = custody.end_transit_at(copy, place) if copy.status in ON_THE_ROAD else None
    held = custody.open_assignment_of(copy)
    outcome = _settle(copy, held, place, now, actor)
    custody.note_hop(copy, cut_short)
    outcome.closed_loan = loan
    note_act("check_in", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return outcome


def lock_standing_loan(copy: Copy) -> Loan | None:
    """Lock the loan that a copy is out on, and return it."""
    standing = Loan.objects.standing().select_for_update(no_key=True, of=("self",))
    return standing.select_related("place").filter(copy=copy).first()


def _settle(copy: Copy, held: Assignment | None, place: Place, now: dt.datetime, actor: User | None) -> CheckIn:
    """Decide where a copy in hand goes; its loan and journey are closed."""
    if copy.status == CopyStatus.DAMAGED:  # until somebody says that it can be lent again
        if lay_damaged(copy, place) is None:
            return CheckIn(copy, NextStep.ASIDE)
        return CheckIn(copy, NextStep.CRATE, destination=copy.home)
    if copy.status not in LENT and (held is None or (held.is_tentative and copy.status != CopyStatus.AVAILABLE)):
        parcels.open_parcel(copy, at=now, staff=actor)
    if held is None:
        custody.move_copy(copy, CopyStatus.AVAILABLE, place)
        held = _serve_in_hand(copy)
        if held is None or held.is_tentative:
            custody.write_copy(copy)
    held = _first_who_may_have(copy, held)
    if held is None:
        if place.pk == copy.home_id:
            return CheckIn(copy, NextStep.SHELF)
        custody.send_home(copy, place)
        return CheckIn(copy, NextStep.CRATE, destination=copy.home)
    return take_for(held, copy, place, now, actor=actor)


def _serve_in_hand(copy: Copy) -> Assignment | None:
    """Give a copy in hand to the earliest who waits for it, and return whose it is now; None when it is nobody's."""
    served = routing.serve_copy(copy, is_in_hand=True)
    if served is None or served.copy_id == copy.pk:
        return served
    return custody.open_assignment_of(copy)  # after a shift, not the one that is newly served


def _first_who_may_have(copy: Copy, held: Assignment | None) -> Assignment | None:
    """Pass over readers who wait for one of several and have got another one meanwhile: for them it ends here."""
    while held is not None and held.is_tentative and not groups.wins(held.hold):
        close_hold(held.hold, held, HoldStatus.CANCELLED, groups.ANOTHER_CAME_FIRST)
        held = _serve_in_hand(copy)
    return held


def take_for(held: Assignment, copy: Copy, place: Place, now: dt.datetime, *, actor: User | None) -> CheckIn:
    """Commit a copy in hand to its hold and say where it goes: hold shelf here, parcel, or crate."""
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
        if getattr(held, "is_wrapped", False):  # what is newly served never is
            parcels.open_parcel(copy, at=now, staff=actor)
        custody.make_ready(copy, held, now)
        return CheckIn(copy, NextStep.HOLD_SHELF, hold=hold, destination=pickup)
    if hold.status in (HoldStatus.ASSIGNED, HoldStatus.PICKED):
        if hold.status == HoldStatus.ASSIGNED:
            hold.move_to(HoldStatus.PICKED)
        custody.move_copy(copy, CopyStatus.PICKED, place)
        if parcels.travels_as_parcel(pickup):
            custody.write_copy(copy)
            hold.save(update_fields=["status"])
            return CheckIn(copy, NextStep.PACK, hold=hold, destination=pickup)
        custody.send_towards(copy, held, place)
        return CheckIn(copy, NextStep.CRATE, hold=hold, destination=pickup.holding_place)
    # a copy on its way that was scanned at another library: the journey goes on from here
    custody.send_again(copy, held, place, at=now, staff=actor)
    return CheckIn(copy, NextStep.CRATE, hold=hold, destination=pickup)

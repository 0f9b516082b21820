"""Verbs that change a reservation before it is collected: let it rest, bring it back, another point, a last day.

None of them touches the key that decides whose turn it is.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.formats import date_format

from accounts.services import note_act
from loans import custody, groups, routing
from loans.blocks import reader_rule
from loans.errors import (
    AlreadyBorrowed,
    AlreadyReserved,
    DayTooEarly,
    HoldForgotten,
    HoldNotChangeable,
    PointFull,
    SuspendedTooLong,
)
from loans.holds import refuse_pickup
from loans.models import Hold, Loan
from loans.models.hold import HoldMoveRefused
from loans.policy import MAX_SUSPENDED_DAYS
from loans.redirecting import redirect, stops_at
from loans.room import Rooms
from loans.states import GroupKind, HoldStatus
from milanolib import clock
from milanolib.db import lock, restartable
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    from accounts.models import User
    from branches.models import Place

# What a reservation that has ended loses when it waits again.
AS_IT_WAITED = {
    "ended_at": None,
    "end_reason": "",
    "ready_at": None,
    "keep_until": None,
    "suspended_on": None,
    "suspended_until": None,
    "waits_for_set": False,
}
ON_THE_SHELF = (HoldStatus.QUEUED, HoldStatus.ASSIGNED)  # nobody has taken a copy from its shelf for it


@restartable
def suspend_hold(hold: Hold, until: dt.date, *, actor: User | None, reason: str = "") -> Hold:
    """Let a reservation rest until a day, on which it takes part again; a copy found for it goes to the next.

    Done again, it moves that day. A copy that was taken from its shelf is on its way: then it is too late. A set rests
    as a whole. `reason` is a few words of staff without a reader's name. Raises HoldNotChangeable, HoldMoveRefused,
    DayTooEarly, SuspendedTooLong.
    """
    if until <= clock.today():
        raise DayTooEarly
    with transaction.atomic():  # a set rests as a whole, or not, whoever calls
        for one in groups.all_of_its_set(hold):
            _suspend(one, until)
    note_act("suspend_hold", f"hold:{hold.pk}", actor=actor, reason=reason)
    return hold


def _suspend(hold: Hold, until: dt.date) -> None:
    held = custody.lock_with_copy(hold)
    _refuse_unless_on_the_shelf(hold)
    since = hold.suspended_on or clock.today()
    longest = since + dt.timedelta(days=MAX_SUSPENDED_DAYS - hold.suspended_days)
    if until > longest:
        raise SuspendedTooLong(limit=MAX_SUSPENDED_DAYS, day=date_format(longest, "j F Y"))
    if hold.suspended_until == until:
        return
    if held is not None:
        custody.back_to_queue(held, "suspended")
    hold.suspended_on, hold.suspended_until = since, until
    hold.waits_for_set = _is_of_a_set(hold)
    hold.save(update_fields=["suspended_on", "suspended_until", "waits_for_set"])
    if held is not None:
        custody.send_on(held.copy, held)
    _tell("suspended", hold)


@restartable
def resume_hold(hold: Hold, *, actor: User | None, reason: str = "") -> Hold:
    """Let a reservation that rests take part again, at its old place: the latest later one may make way for it.

    A set comes back as a whole. Safe to repeat: one that does not rest stays as it is.
    """
    together = groups.all_of_its_set(hold)
    resumed = [one for one in together if _resume(one)]
    if not resumed:
        return hold
    _serve(hold, together)
    note_act("resume_hold", f"hold:{hold.pk}", actor=actor, reason=reason)
    return hold


def _resume(hold: Hold) -> bool:
    custody.lock_with_copy(hold)
    if hold.suspended_until is None or hold.suspended_on is None or hold.status != HoldStatus.QUEUED:
        return False
    rested = min(clock.today(), hold.suspended_until) - hold.suspended_on
    hold.suspended_days += rested.days
    hold.suspended_on, hold.suspended_until, hold.waits_since = None, None, clock.now()
    hold.save(update_fields=["suspended_days", "suspended_on", "suspended_until", "waits_since"])
    _tell("resumed", hold)
    return True


def resume_holds() -> int:
    """Let all reservations whose day has come take part again, each in a transaction of its own; return how many."""
    due = Hold.objects.filter(status=HoldStatus.QUEUED, suspended_until__lte=clock.today()).in_order()
    return len([resume_hold(hold, actor=None) for hold in list(due)])


@restartable
def set_not_needed_after(hold: Hold, day: dt.date | None, *, actor: User | None, reason: str = "") -> Hold:
    """Note the last day on which the reader still wants it, or none; after it the reservation lapses.

    It is the reader's day; until when a ready copy is kept is ours. A set has one day. Safe to repeat. Raises
    HoldNotChangeable once a copy is on its way, HoldMoveRefused, DayTooEarly.
    """
    with transaction.atomic():
        for one in groups.all_of_its_set(hold):
            _need_until(one, day)
    note_act("set_not_needed_after", f"hold:{hold.pk}", actor=actor, reason=reason)
    return hold


def _need_until(hold: Hold, day: dt.date | None) -> None:
    custody.lock_with_copy(hold)
    if hold.not_needed_after == day:
        return
    _refuse_unless_on_the_shelf(hold)
    if day is not None and day < clock.today():
        raise DayTooEarly
    hold.not_needed_after = day
    hold.save(update_fields=["not_needed_after"])


@restartable
def change_pickup(hold: Hold, pickup: Place, *, actor: User | None, reason: str = "") -> Hold:
    """Move a reservation to another point; its place in the order stays. Possible until its copy is on the last leg.

    A copy on its way is stopped where it waits for the van, if the new point has room for it. One that is ready
    stays where it is, unless that point can hand it out no more. A set moves as a whole, or not. Safe to repeat.
    Raises HoldNotChangeable, HoldMoveRefused, PickupNotPossible, PickupNeedsVerification, PickupNotForCard,
    PointFull.
    """
    together = groups.all_of_its_set(hold)
    with transaction.atomic():
        moved = [one for one in together if _move(one, pickup, actor=actor)]
    if not moved:
        return hold
    _serve(hold, together)
    note_act("change_pickup", f"hold:{hold.pk}", actor=actor, place_code=pickup.code, reason=reason)
    return hold


def _move(hold: Hold, pickup: Place, *, actor: User | None) -> bool:
    """Move one reservation; the copy that was found for it may be for who waits at the old point."""
    held = custody.lock_with_copy(hold)
    if hold.pickup_place_id == pickup.pk:
        return False
    if not hold.is_open:
        raise HoldMoveRefused
    hold.refresh_from_db(fields=["reader"])
    assert hold.reader is not None  # noqa: S101  for the type checker; a constraint says so
    refuse_pickup(hold.reader, pickup, clock.today())
    if hold.status in ON_THE_SHELF:
        if held is not None:
            custody.back_to_queue(held, "pickup_changed")
        hold.pickup_place, hold.waits_since = pickup, clock.now()
        hold.waits_for_set = _is_of_a_set(hold) and not groups.has_begun(hold)
        hold.save(update_fields=["pickup_place", "waits_since", "waits_for_set"])
        routing.serve_free_copies(hold.work)
    elif held is not None:
        if stops_at(held.copy, hold) is None:
            raise HoldNotChangeable
        if not Rooms().has_room(pickup):
            raise PointFull
        redirect(held.copy, held, pickup, actor=actor)
    _tell("moved", hold)
    return True


@restartable
def undo_cancel(hold: Hold, *, actor: User | None, reason: str = "") -> Hold:
    """Give a reservation that was cancelled its turn back, as if it had waited all the time. Safe to repeat.

    The latest later one may make way for it. Raises HoldMoveRefused when it ended otherwise, HoldForgotten when its
    reader is known no more, ReaderClosed, AlreadyReserved, AlreadyBorrowed, PickupNotPossible,
    PickupNeedsVerification, PickupNotForCard.
    """
    custody.lock_with_copy(hold)
    if hold.is_open:
        return hold
    if hold.status != HoldStatus.CANCELLED:
        raise HoldMoveRefused
    _refuse_old_turn(hold)
    _wait_again(hold)
    note_act("undo_cancel", f"hold:{hold.pk}", actor=actor, reason=reason)
    return hold


def give_turn_back(hold: Hold) -> bool:
    """Let a reservation wait again whose reader never had the copy that was lent for it; return whether it does.

    It has its old turn. It stays ended where the reader has the title in another way by now, is known no more or may
    not collect there. The work is locked, and the loan has ended.
    """
    lock(hold)
    if hold.status != HoldStatus.COLLECTED:
        return False
    try:
        _refuse_old_turn(hold)
    except DomainError:
        return False
    _wait_again(hold)
    return True


def _refuse_old_turn(hold: Hold) -> None:
    """Raise why a reservation that has ended cannot wait again, if so; it is locked."""
    hold.refresh_from_db(fields=["reader", "pickup_place"])
    reader = hold.reader
    if reader is None:
        raise HoldForgotten
    reader_rule(reader)
    if Hold.objects.open().filter(reader=reader, work=hold.work_id, target=hold.target).exists():
        raise AlreadyReserved
    if hold.title_id is not None and Loan.objects.standing().filter(reader=reader, copy__title=hold.title_id).exists():
        raise AlreadyBorrowed
    refuse_pickup(reader, hold.pickup_place, clock.today())


def _wait_again(hold: Hold) -> None:
    """Put a reservation that has ended back where its key says, and serve it if its turn has come."""
    hold.move_to(HoldStatus.QUEUED)
    hold.waits_since = clock.now()
    hold.group = None  # the others of its group may have come or ended since: it waits by itself
    for name, value in AS_IT_WAITED.items():
        setattr(hold, name, value)
    hold.save(update_fields=["status", "waits_since", "group", *AS_IT_WAITED])
    _tell("reopened", hold)
    _serve(hold, [hold])


def _refuse_unless_on_the_shelf(hold: Hold) -> None:
    if not hold.is_open:
        raise HoldMoveRefused
    if hold.status not in ON_THE_SHELF:
        raise HoldNotChangeable


def _is_of_a_set(hold: Hold) -> bool:
    return hold.group is not None and hold.group.kind == GroupKind.SET


def _serve(hold: Hold, together: list[Hold]) -> None:
    """Look for copies for what takes part again: a set's at once, else for each by itself."""
    if not groups.serve_at_once(together):
        for one in together:
            one.refresh_from_db(fields=["status"])
            if one.status == HoldStatus.QUEUED:
                routing.serve_hold(one)
    hold.refresh_from_db(fields=["status"])


def _tell(what: str, hold: Hold) -> None:
    """Emit that this has happened to a hold; it may happen again, so the time is part of the key."""
    emit(f"loans.hold_{what}", key=f"hold-{what}:{hold.pk}:{clock.now():%Y%m%d%H%M%S%f}", hold_id=hold.pk)

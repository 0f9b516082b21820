"""Deposits on the move: a set leaves in one crate, is counted where it comes, goes on to the next one or home.

Whoever counts has the books in hand, so a count never stops a set: a difference becomes a task of the library that
lends it. A copy that turns up anywhere else, is lent, lost or damaged leaves its set by that (custody.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.services import note_act
from catalog.states import CopyStatus
from loans import custody
from loans.crates import finish_crate, inside, open_crate, put_in_crate, receive_crate, seal_crate
from loans.deposit_errors import (
    DepositEmpty,
    DepositHasLeft,
    DepositThereAlready,
    NotInDeposit,
    NotTheNextStay,
    StayNotSent,
)
from loans.deposits import lock_set, member_of, next_stay, stay_under_way
from loans.lending import check_in
from loans.membership import leave_deposit
from loans.models import Crate, DepositStay, Task, TaskKind, Transit
from loans.settling import open_task, settle_ready, settle_want
from loans.states import OPEN_TRANSIT, DepositStatus, LeftDeposit, TransitReason, TransitStatus
from milanolib import clock
from milanolib.db import lock, restartable

if TYPE_CHECKING:
    from accounts.models import User
    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Deposit


@restartable
def send_deposit(stay: DepositStay, *, counted: int | None = None, actor: User | None) -> DepositStay:
    """A set leaves for its next stay, from its library or from where it is: all in one crate, sealed for the van.

    `counted` is what who packed it counted, where somebody did. Safe to repeat. Raises DepositMoveRefused,
    NotTheNextStay, DepositThereAlready, DepositEmpty.
    """
    deposit, copies, origin, here = _lock_leaving(stay.deposit)
    stay.refresh_from_db()
    if stay.sent_at is not None:
        return stay
    deposit.move_to(DepositStatus.ON_WAY)
    following = next_stay(deposit)
    if following is not None and following.pk != stay.pk:
        raise NotTheNextStay(place=str(following.place))
    if origin.pk == stay.place_id:
        raise DepositThereAlready(place=str(origin))
    if not copies:
        raise DepositEmpty
    deposit.save(update_fields=["status"])
    _leave(here, len(copies), counted)
    _into_one_crate(copies, origin, stay.place, TransitReason.DEPOSIT, actor)
    stay.sent_at, stay.copies_sent = clock.now(), len(copies)
    stay.save(update_fields=["sent_at", "copies_sent"])
    note_act("send_deposit", f"deposit:{deposit.pk}", actor=actor, place_code=origin.code)
    return stay


@restartable
def bring_home(deposit: Deposit, *, counted: int | None = None, actor: User | None) -> Deposit:
    """A set ends: its books go home in one crate and are in no set any more; what never left goes back to the shelf.

    At the library the crate is unpacked like any other: what is not in it is looked for. Safe to repeat. Raises
    DepositMoveRefused.
    """
    deposit, copies, origin, here = _lock_leaving(deposit)
    if deposit.status == DepositStatus.ENDED:
        return deposit
    deposit.move_to(DepositStatus.ENDED)
    deposit.ended_at = clock.now()
    deposit.save(update_fields=["status", "ended_at"])
    _leave(here, len(copies), counted)
    for copy in copies:
        leave_deposit(copy, LeftDeposit.HOME)
    if here is not None and copies:
        _into_one_crate(copies, origin, deposit.library, TransitReason.HOME, actor)
    elif here is None:
        for copy in copies:
            check_in(copy, deposit.library, actor=actor)
    note_act("bring_home", f"deposit:{deposit.pk}", actor=actor, place_code=origin.code)
    return deposit


def _lock_leaving(deposit: Deposit) -> tuple[Deposit, list[Copy], Place, DepositStay | None]:
    """Lock a set; return it, its copies, where it is or goes, and the stay that it leaves, None at its library."""
    copies = lock_set(deposit)
    here = stay_under_way(deposit)
    return deposit, copies, here.place if here is not None else deposit.library, here


def _leave(here: DepositStay | None, number: int, counted: int | None) -> None:
    if here is None:
        return
    here.left_at, here.counted_out = clock.now(), counted
    here.save(update_fields=["left_at", "counted_out"])
    ready = DepositStay.objects.filter(place=here.place_id, ready_from__isnull=False, left_at=None)
    if not ready.exists():
        settle_ready(here.place)
    _note_difference(here, number, counted)


def _into_one_crate(copies: list[Copy], origin: Place, goal: Place, reason: TransitReason, actor: User | None) -> None:
    """Send copies on one way in one crate, with whatever else stands open for it, and seal it."""
    crate = open_crate(origin, goal, actor=actor)
    for copy in copies:
        custody.set_copy(copy, CopyStatus.IN_TRANSIT, origin)
        custody.open_transit(copy, origin, goal, reason, None)
        put_in_crate(copy, crate, origin, actor=actor)
    seal_crate(crate, origin, actor=actor)


@restartable
def receive_deposit(stay: DepositStay, *, counted: int, actor: User | None) -> DepositStay:
    """A set has come to its condominium library, and was counted there. Safe to repeat.

    Another number than was sent becomes a task. Raises StayNotSent.
    """
    copies = lock_set(stay.deposit)
    stay.refresh_from_db()
    if stay.received_at is not None:
        return stay
    if stay.sent_at is None:
        raise StayNotSent
    _take_in(copies, stay.place, actor)
    stay.deposit.move_to(DepositStatus.IN_PLACE)
    stay.deposit.save(update_fields=["status"])
    stay.received_at, stay.counted_in = clock.now(), counted
    stay.save(update_fields=["received_at", "counted_in"])
    _note_difference(stay, len(copies), counted)
    note_act("receive_deposit", f"deposit:{stay.deposit_id}", actor=actor, place_code=stay.place.code)
    return stay


def _take_in(copies: list[Copy], place: Place, actor: User | None) -> None:
    """End the journeys of copies that have come with their set, and the crate that is empty by that."""
    transits = list(Transit.objects.filter(copy__in=copies, status__in=OPEN_TRANSIT))
    crates = list(Crate.objects.filter(pk__in={transit.crate_id for transit in transits}))
    lock(transits, crates)
    for crate in crates:
        if crate.destination_id == place.pk:
            receive_crate(crate, place, actor=actor)
    for copy in copies:
        custody.end_transit(copy, TransitStatus.ARRIVED)
        custody.set_copy(copy, CopyStatus.ON_DISPLAY, place)
    for crate in crates:
        if crate.destination_id == place.pk and not inside(crate).exists():
            finish_crate(crate, place, actor=actor)


@restartable
def call_back_copy(copy: Copy, *, actor: User | None) -> Copy:
    """A reader waits for a copy of a deposit: it leaves its set and waits for the van to a library.

    Whoever checks it in there gives it to the earliest who waits. Safe to repeat. Raises NotInDeposit,
    DepositHasLeft while its set is on its way or has not left.
    """
    copy = custody.lock_copy(copy.pk)
    member = member_of(copy)
    if member is None:
        if copy.deposits.filter(left_because=LeftDeposit.CALLED_BACK).exists() and custody.journey_of(copy):
            return copy
        raise NotInDeposit
    lock(member.deposit)
    if member.deposit.status != DepositStatus.IN_PLACE or copy.place is None:
        raise DepositHasLeft
    place = copy.place
    leave_deposit(copy, LeftDeposit.CALLED_BACK)
    custody.set_copy(copy, CopyStatus.IN_TRANSIT, place)
    custody.open_transit(copy, place, custody.serving_branch(place, copy), TransitReason.HOME, None)
    settle_want(copy)
    note_act("call_back_copy", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return copy


@restartable
def report_fault(deposit: Deposit, copy: Copy, kind: TaskKind) -> None:
    """Volunteers do not find a book of their deposit, or it is damaged: the library that lends it looks into it.

    Safe to repeat: one open task is enough. Raises NotInDeposit.
    """
    lock(copy)
    member = member_of(copy)
    if member is None or member.deposit_id != deposit.pk:
        raise NotInDeposit
    open_task(kind, deposit.library, copy=copy)


def _note_difference(stay: DepositStay, number: int, counted: int | None) -> None:
    """Leave a task to the library that lends a set, where another number was counted; once while it is open."""
    if counted is None or counted == number:
        return
    task = Task(
        kind=TaskKind.DEPOSIT_DIFFERS, place=stay.deposit.library, point_id=stay.place_id, opened_at=clock.now()
    )
    Task.objects.bulk_create([task], ignore_conflicts=True)  # one is open already

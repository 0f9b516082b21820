"""Deposits: a set of a library's own copies is put together, and its stays at condominium libraries are planned.

A copy in a set stands for no reservation: the set moves whole, and no volunteer is asked to look for a single book.
Readers may reserve its title all the same and keep their turn; a librarian calls a copy back for them
(deposit_moves.call_back_copy), and the first check-in serves the earliest. Nobody is told a day that a set would break.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from accounts.services import note_act
from branches.models import Place, PlaceKind
from catalog.states import CopyStatus
from loans import custody, routing
from loans.deposit_errors import (
    DepositAtCondominiumsOnly,
    DepositHasLeft,
    DepositNamedAlready,
    DepositOfAnotherLibrary,
    InAnotherDeposit,
    NotFreeForDeposit,
    NotInDeposit,
    StayBackwards,
    StayHasBegun,
    StaysOverlap,
)
from loans.errors import CopyElsewhere, CopyNotLendable
from loans.lending import check_in
from loans.membership import leave_deposit
from loans.models import Deposit, DepositCopy, DepositStay
from loans.states import DepositStatus, LeftDeposit
from milanolib import clock
from milanolib.db import StartAgain, lock, restartable

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User
    from branches.querysets import PlaceQuerySet
    from catalog.models import Copy
    from loans.lending import CheckIn


def compose_deposit(library: Place, name: str, *, actor: User | None) -> Deposit:
    """Begin a set of a library's copies. Raises DepositNamedAlready."""
    name = " ".join(name.split())
    try:
        with transaction.atomic():
            deposit = Deposit.objects.create(name=name, library=library, made_at=clock.now())
            note_act("compose_deposit", f"deposit:{deposit.pk}", actor=actor, place_code=library.code)
    except IntegrityError as error:
        raise DepositNamedAlready from error
    return deposit


@restartable
def add_to_deposit(deposit: Deposit, copy: Copy, place: Place, *, actor: User | None) -> Copy:
    """Put a copy from the shelf into a set that is being put together. Scanning it twice does no harm.

    Raises DepositHasLeft, DepositOfAnotherLibrary, InAnotherDeposit, CopyElsewhere, CopyNotLendable,
    NotFreeForDeposit.
    """
    copy = custody.lock_copy(copy.pk)
    lock(deposit)
    member = member_of(copy)
    if member is not None and member.deposit_id == deposit.pk:
        return copy
    if deposit.status != DepositStatus.COMPOSING:
        raise DepositHasLeft
    if copy.home_id != deposit.library_id:
        raise DepositOfAnotherLibrary(place=str(copy.home))
    if member is not None:
        raise InAnotherDeposit(deposit=str(member.deposit))
    _refuse_unfree(copy, place)
    DepositCopy.objects.create(deposit=deposit, copy=copy, added_at=clock.now())
    custody.set_copy(copy, CopyStatus.ON_DISPLAY, copy.place)
    note_act("add_to_deposit", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return copy


def _refuse_unfree(copy: Copy, place: Place) -> None:
    if copy.status != CopyStatus.AVAILABLE:
        raise NotFreeForDeposit(status=copy.get_status_display())
    if copy.place_id != place.pk or copy.place_id != copy.home_id:
        raise CopyElsewhere
    if not copy.is_lendable:
        raise CopyNotLendable
    if copy.missed_at is not None or custody.open_assignment_of(copy) is not None:
        raise NotFreeForDeposit(status=CopyStatus.PICKED.label)


@restartable
def take_out_of_deposit(deposit: Deposit, copy: Copy, place: Place, *, actor: User | None) -> CheckIn:
    """Take a copy out of a set that has not left, and return where it goes, as a check-in does.

    Raises DepositHasLeft, NotInDeposit.
    """
    copy = custody.lock_copy(copy.pk)
    lock(deposit)
    if deposit.status != DepositStatus.COMPOSING:
        raise DepositHasLeft
    member = member_of(copy)
    if member is None or member.deposit_id != deposit.pk:
        raise NotInDeposit
    leave_deposit(copy, LeftDeposit.TAKEN_OUT)
    note_act("take_out_of_deposit", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return check_in(copy, place, actor=actor)


@restartable
def plan_stay(
    deposit: Deposit, place: Place, *, from_on: dt.date, until_on: dt.date, actor: User | None
) -> DepositStay:
    """Write down where a set is to be next, from which day to which. The same one again is the one that stands.

    Raises DepositMoveRefused, DepositAtCondominiumsOnly, StayBackwards, StaysOverlap.
    """
    lock(deposit)
    today = clock.today()
    known = DepositStay.objects.filter(deposit=deposit, place=place, from_on=from_on, until_on=until_on).first()
    if known is not None:
        return known
    if deposit.status == DepositStatus.ENDED:
        deposit.move_to(DepositStatus.ON_WAY)  # raises why not
    if not condominiums(today).filter(pk=place.pk).exists():
        raise DepositAtCondominiumsOnly
    if until_on < max(from_on, today):
        raise StayBackwards
    stay = DepositStay(deposit=deposit, place=place, from_on=from_on, until_on=until_on)
    _save_dates(stay)
    note_act("plan_stay", f"deposit:{deposit.pk}", actor=actor, place_code=place.code)
    return stay


@restartable
def change_stay(stay: DepositStay, *, from_on: dt.date, until_on: dt.date, actor: User | None) -> DepositStay:
    """A set is to be somewhere on other days. Of a stay that has begun only the last day changes. Safe to repeat.

    Raises StayHasBegun, StayBackwards, StaysOverlap.
    """
    lock(stay.deposit)
    stay.refresh_from_db()
    if stay.left_at is not None or (stay.sent_at is not None and from_on != stay.from_on):
        raise StayHasBegun
    if until_on < max(from_on, clock.today()):
        raise StayBackwards
    stay.from_on, stay.until_on = from_on, until_on
    _save_dates(stay)
    note_act("change_stay", f"deposit:{stay.deposit_id}", actor=actor, place_code=stay.place.code)
    return stay


def _save_dates(stay: DepositStay) -> None:
    try:
        with transaction.atomic():
            stay.save()
    except IntegrityError as error:
        raise StaysOverlap from error


@restartable
def cancel_stay(stay: DepositStay, *, actor: User | None) -> None:
    """A set does not go there after all. Safe to repeat. Raises StayHasBegun."""
    lock(stay.deposit)
    standing = DepositStay.objects.filter(pk=stay.pk).first()
    if standing is None:
        return
    if standing.sent_at is not None:
        raise StayHasBegun
    standing.delete()
    note_act("cancel_stay", f"deposit:{stay.deposit_id}", actor=actor, place_code=stay.place.code)


def condominiums(today: dt.date) -> PlaceQuerySet:
    """Return the condominium libraries that belong to the network on a day."""
    return Place.objects.open_to_readers(today).filter(kind=PlaceKind.CONDOMINIUM)


def member_of(copy: Copy) -> DepositCopy | None:
    """Return what a copy is in a set now, with the set; None when it is in none."""
    return DepositCopy.objects.select_related("deposit").filter(copy=copy, left_at=None).first()


def lock_set(deposit: Deposit) -> list[Copy]:
    """Lock a set with all its copies, and their works first; return the copies.

    Raises StartAgain when one was put in or left meanwhile.
    """
    planned = _numbers(deposit)
    copies = list(routing.lock_works_of(planned).values())
    lock(deposit, copies)
    if _numbers(deposit) != planned:
        raise StartAgain
    return sorted(copies, key=lambda copy: copy.pk)


def _numbers(deposit: Deposit) -> list[int]:
    members = DepositCopy.objects.filter(deposit=deposit, left_at=None)
    return list(members.order_by("copy").values_list("copy", flat=True))


def stay_under_way(deposit: Deposit) -> DepositStay | None:
    """Return the stay to which a set was sent and that it has not left; None while it is at its library."""
    return deposit.stays.select_related("place").filter(sent_at__isnull=False, left_at=None).first()


def next_stay(deposit: Deposit) -> DepositStay | None:
    """Return the stay to which a set goes next."""
    return deposit.stays.select_related("place").filter(sent_at=None).order_by("from_on").first()

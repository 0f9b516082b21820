"""Verbs on copies that are not as the records say: not on their shelf, damaged, missing, found.

Each takes the lock of the work first, as every verb does that may change whose turn it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.models import Copy
from catalog.states import CopyStatus
from loans import custody, parcels, routing
from loans.damaged import lay_damaged
from loans.errors import CopyElsewhere, CopyNotAssigned, CopyNotHere
from loans.keeping import CopyKept, CopyLent, CopyTravels, NotMissing
from loans.lending import LENT, CheckIn, check_in, close_loan, lock_standing_loan
from loans.models import TaskKind
from loans.moves import COPY_MOVES
from loans.settling import end_search, open_task
from milanolib import clock
from milanolib.db import restartable
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User
    from branches.models import Place
    from catalog.querysets import CopyQuerySet
    from loans.models import Assignment


class NotInStock(DomainError):
    """Withdrawn, or not there yet."""

    code = "not_in_stock"
    message = _("This copy is not in the stock. If it lies before you, check it in first.")


class NotDamaged(DomainError):
    """Somebody has seen to it already."""

    code = "not_damaged"
    message = _("This copy does not count as damaged any more. Scan it at check-in to see where it goes.")


NOT_FOUND = "not_found"  # why an assignment was released


def to_search_again(place: Place) -> CopyQuerySet:
    """Return the copies that were not found on the shelves of a library and wait for a second search."""
    return (
        Copy.objects.filter(place=place, missed_at__isnull=False)
        .select_related("title", "home")
        .defer("title__record", "title__summary")
        .order_by("shelf_mark", "title__sort_key", "pk")
    )


@restartable
def miss_copy(held: Assignment, place: Place, *, actor: User | None) -> Copy:
    """The copy on the pick list is not on its shelf: its reader gets another one at once, or the first that comes.

    It is offered to nobody until it is scanned again, and a task asks for a second search. Safe to repeat. Raises
    CopyNotAssigned when it is not on the list any more, CopyElsewhere when it is on the list of another library.
    """
    copy, _work, standing = custody.lock_with_hold(held.copy)
    if standing is None or standing.pk != held.pk or not standing.is_tentative:
        held.refresh_from_db(fields=["release_reason"])
        if held.release_reason == NOT_FOUND:
            return copy
        raise CopyNotAssigned
    if copy.place_id != place.pk:
        raise CopyElsewhere
    custody.back_to_queue(standing, NOT_FOUND)
    copy.missed_at = clock.now()
    copy.save(update_fields=["missed_at"])
    open_task(TaskKind.NOT_ON_SHELF, place, copy=copy)
    routing.serve_hold(standing.hold)
    note_act("miss_copy", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return copy


@restartable
def miss_again(copy: Copy, place: Place, *, actor: User | None) -> Copy:
    """The second search has not found a copy either: it is missing, until somebody scans it. Safe to repeat.

    Raises NotMissing when it was found meanwhile, or is not missed here.
    """
    copy, _work, _held = custody.lock_with_hold(copy)
    if copy.status == CopyStatus.MISSING:
        return copy
    if copy.missed_at is None or copy.place_id != place.pk:
        raise NotMissing
    custody.set_copy(copy, CopyStatus.MISSING, None)
    note_act("miss_again", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return copy


@restartable
def find_copy(copy: Copy, place: Place) -> Copy:
    """A copy that was missed has been seen on its shelf after all: it is offered again, at once to who waits.

    Nothing happens to one that was not missed here. Whoever takes it off the shelf scans it as ever.
    """
    copy, _work, _held = custody.lock_with_hold(copy)
    if copy.missed_at is None or copy.place_id != place.pk:
        return copy
    copy.missed_at = None
    copy.save(update_fields=["missed_at"])
    end_search(copy)
    if copy.is_lendable:
        routing.serve_copy(copy)
    return copy


@restartable
def report_missing(copy: Copy, place: Place, *, reason: str = "", actor: User | None) -> Copy:
    """A copy is not where it should lie at a library or a point that it serves: on no shelf, not among what is kept.

    Who was meant to get it keeps the turn and has the next one. Safe to repeat. Raises CopyLent, CopyTravels,
    CopyElsewhere, NotInStock.
    """
    copy, _work, held = custody.lock_with_hold(copy)
    if copy.status == CopyStatus.MISSING:
        return copy
    if copy.status in LENT:
        raise CopyLent
    if copy.status == CopyStatus.IN_TRANSIT:
        raise CopyTravels
    if copy.place is None:
        raise NotInStock
    if place.pk not in (copy.place_id, copy.place.parent_id):
        raise CopyElsewhere
    parcels.lose_parcel(copy, staff=actor)
    if held is not None:
        custody.back_to_queue(held, "missing")
    custody.set_copy(copy, CopyStatus.MISSING, None)
    if held is not None:
        routing.serve_hold(held.hold)
    note_act("report_missing", f"copy:{copy.pk}", actor=actor, place_code=place.code, reason=reason)
    return copy


@restartable
def mark_damaged(copy: Copy, place: Place, *, reason: str, actor: User | None) -> Copy:
    """A copy in a librarian's hand is damaged: its loan or journey ends here, and it is lent to nobody.

    Away from its own library it goes home as it is. Who was meant to get it keeps the turn and has the next one; who
    was told to come is told to wait. `reason` says what is wrong with it, without a reader's name. Safe to repeat.
    Raises NotInStock.
    """
    copy, _work, held = custody.lock_with_hold(copy)
    if copy.status == CopyStatus.DAMAGED and copy.place_id == place.holding_place.pk:
        return copy
    if copy.status in (CopyStatus.WITHDRAWN, CopyStatus.ON_ORDER):
        raise NotInStock
    now = clock.now()
    loan = lock_standing_loan(copy) if copy.status in LENT else None
    if loan is not None:
        loan.checked_in_at = now
        close_loan(loan, place, at=now)
    if copy.status == CopyStatus.IN_TRANSIT:
        custody.end_transit_at(copy, place.holding_place)
    parcels.open_parcel(copy, at=now, staff=actor)
    if held is not None:
        custody.back_to_queue(held, "damaged")
    lay_damaged(copy, place)
    if held is not None:
        routing.serve_hold(held.hold)
    note_act("mark_damaged", f"copy:{copy.pk}", actor=actor, place_code=place.code, reason=reason)
    return copy


@restartable
def put_back(copy: Copy, place: Place, *, actor: User | None) -> CheckIn:
    """A damaged copy can be lent again, mended or as it is: return where it goes, as a check-in does.

    Raises NotDamaged.
    """
    copy, _work, _held = custody.lock_with_hold(copy)
    if copy.status != CopyStatus.DAMAGED:
        raise NotDamaged
    custody.set_copy(copy, CopyStatus.AVAILABLE, place)
    note_act("put_back", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return check_in(copy, place, actor=actor)


@restartable
def send_to_repair(copy: Copy, place: Place, *, reason: str = "", actor: User | None) -> Copy:
    """A copy in a librarian's hand goes to be mended or bound; scanned at check-in it is back. Safe to repeat.

    Readers may go on waiting for it. Raises CopyKept when it is being brought to one, CopyNotHere when it is neither
    on the shelf nor damaged.
    """
    return _set_apart(copy, place, CopyStatus.IN_REPAIR, "send_to_repair", reason=reason, actor=actor)


@restartable
def put_on_display(copy: Copy, place: Place, *, reason: str = "", actor: User | None) -> Copy:
    """A copy from the shelf is shown in the library; scanned at check-in it is back. Safe to repeat.

    Raises CopyKept when a reader is meant to get it, CopyNotHere when it is not on the shelf.
    """
    return _set_apart(copy, place, CopyStatus.ON_DISPLAY, "put_on_display", reason=reason, actor=actor)


def _set_apart(copy: Copy, place: Place, status: CopyStatus, verb: str, *, reason: str, actor: User | None) -> Copy:
    """Take a copy that nobody is meant to get from its shelf, for a purpose of the library's own."""
    copy, _work, held = custody.lock_with_hold(copy)
    if copy.status == status and copy.place_id == place.pk:
        return copy
    if held is not None:
        raise CopyKept
    # a deposit goes from the road to its display by verbs of its own; what else is on the road is on no shelf
    if copy.status == CopyStatus.IN_TRANSIT or status not in COPY_MOVES.get(copy.status, ()):
        raise CopyNotHere
    custody.set_copy(copy, status, place)
    note_act(verb, f"copy:{copy.pk}", actor=actor, place_code=place.code, reason=reason)
    return copy

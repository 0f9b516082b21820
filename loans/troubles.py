"""Verbs on copies that are not as the records say: not on their shelf, damaged, missing, found.

Each takes the lock of the work first, as every verb does that may change whose turn it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.services import note_act
from catalog.models import Copy
from catalog.states import CopyStatus
from loans import custody, routing
from loans.errors import CopyElsewhere, CopyNotAssigned
from loans.keeping import NotMissing
from loans.models import TaskKind
from loans.settling import end_search, open_task
from milanolib import clock
from milanolib.db import restartable

if TYPE_CHECKING:
    from accounts.models import User
    from branches.models import Place
    from catalog.querysets import CopyQuerySet
    from loans.models import Assignment

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

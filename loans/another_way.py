"""What must not leave for a point without staff goes another way: to a library, or to the next reader for a while."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from branches.models import Place, PlaceKind
from branches.nearest import nearest_to
from loans import custody, parcels
from loans.blocks import reader_rule, standing_of
from loans.errors import CopyElsewhere, CopyNotAssigned, HoldNotChangeable, PickupNotPossible, ReaderSuspended
from loans.hold_changes import change_pickup
from loans.leaving import why_not_there
from loans.lending import check_in
from loans.picking import pick_copy
from loans.policy import MAX_SUSPENDED_DAYS, can_collect_at
from loans.unfillable import library_of
from milanolib import clock
from milanolib.db import StartAgain, restartable
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    from accounts.models import User
    from catalog.models import Copy
    from loans.lending import CheckIn
    from loans.models import Assignment, Hold

HELD_BACK = "held_back"  # why an assignment was released
A_DAY = dt.timedelta(days=1)


class MayLeave(DomainError):
    """Nothing speaks against it, or not any more."""

    code = "may_leave"
    message = _("Nothing speaks against it any more. Pack it, then put it into the crate.")


@restartable
def send_another_way(copy: Copy, place: Place, *, actor: User | None) -> CheckIn:
    """Keep a copy from a point where its reader could not have it, tell the reader, and say where it goes from here.

    While lateness suspends the reader the reservation rests, and the copy goes to the next one; of whatever else a
    librarian can look into, it is collected at a library, the one that serves the point if possible. The turn is
    kept. Done again, it says the same. Raises CopyNotAssigned, CopyElsewhere, MayLeave, PickupNotPossible, PointFull.
    """
    copy = custody.fetch_copy(copy.pk)
    held = custody.open_assignment_of(copy)
    if held is None or held.is_tentative:
        raise CopyNotAssigned
    if copy.place_id != place.holding_place.pk:
        raise CopyElsewhere
    hold = held.hold
    if not parcels.travels_as_parcel(hold.pickup_place):
        return pick_copy(copy, place.holding_place, actor=actor)
    why = why_not_there(copy, held, place)
    if why is None:
        raise MayLeave
    until = _rests_until(hold) if isinstance(why, ReaderSuspended) else None
    if until is not None:
        return _let_rest(held, until, place, why, actor=actor)
    _move_to_a_library(hold, place, why, actor=actor)
    _tell(hold, held, why)
    return pick_copy(copy, place.holding_place, actor=actor)


def _rests_until(hold: Hold) -> dt.date | None:
    """Return from which day on a reservation can be served again; None when it cannot rest so long.

    What is reserved with others stays with them, and a last day of the reader's may come first.
    """
    assert hold.reader is not None  # noqa: S101  for the type checker; a constraint says so
    last = standing_of(hold.reader, clock.today()).suspended_until
    if last is None or hold.group_id is not None:
        return None
    until = last + A_DAY
    is_too_long = (until - clock.today()).days > MAX_SUSPENDED_DAYS - hold.suspended_days
    is_too_late = hold.not_needed_after is not None and hold.not_needed_after < until
    return None if is_too_long or is_too_late else until


def _let_rest(planned: Assignment, until: dt.date, place: Place, why: DomainError, *, actor: User | None) -> CheckIn:
    """Put a reservation back among those that wait until its reader may borrow again; its copy is taken in here."""
    copy, _work, held = custody.lock_with_hold(planned.copy)
    if held is None or held.pk != planned.pk or copy.place_id != place.holding_place.pk:
        raise StartAgain
    hold = held.hold
    custody.back_to_queue(held, HELD_BACK)
    hold.suspended_on, hold.suspended_until = clock.today(), until
    hold.save(update_fields=["suspended_on", "suspended_until"])
    _tell(hold, held, why)
    note_act("suspend_hold", f"hold:{hold.pk}", actor=actor, place_code=place.code, reason=why.code)
    return check_in(copy, place, actor=actor)


def _move_to_a_library(hold: Hold, place: Place, why: DomainError, *, actor: User | None) -> None:
    library = _library_for(hold, place)
    try:
        change_pickup(hold, library, actor=actor, reason=why.code)
    except HoldNotChangeable:  # others of its set have gone ahead: it goes by itself
        hold.group = None
        hold.save(update_fields=["group"])
        change_pickup(hold, library, actor=actor, reason=why.code)


def _library_for(hold: Hold, place: Place) -> Place:
    """Return the library where a reader can collect instead: the one that serves the point, this one, the nearest.

    Raises PickupNotPossible where there is none.
    """
    assert hold.reader is not None  # noqa: S101  for the type checker; a constraint says so
    rule = reader_rule(hold.reader)
    libraries = Place.objects.pickup_points(clock.today()).filter(kind=PlaceKind.BRANCH)
    found = {one.pk: one for one in libraries if can_collect_at(rule, one)}
    for first in (library_of(hold.pickup_place), place):
        if first.pk in found:
            return found[first.pk]
    nearest = nearest_to(hold.pickup_place, found.values(), most=1)
    if not nearest:
        raise PickupNotPossible
    return nearest[0].place


def _tell(hold: Hold, held: Assignment, why: DomainError) -> None:
    key = f"hold-held-back:{hold.pk}:{held.pk}"
    emit("loans.hold_held_back", key=key, hold_id=hold.pk, assignment_id=held.pk, why=why.code)

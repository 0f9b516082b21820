"""Verbs of the pick list: take a copy from its shelf for a reader, wrap it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.services import note_act
from catalog.states import CopyStatus
from loans import custody, groups, parcels, routing
from loans.errors import CopyElsewhere, CopyNotAssigned, NotPicked, PointTakesNoParcels
from loans.holds import close_hold
from loans.leaving import refuse_leaving
from loans.lending import CheckIn, NextStep, check_in, take_for
from loans.models import Assignment, Parcel
from loans.room import lock_room
from loans.states import PARCEL_WITH_US, HoldStatus
from milanolib import clock
from milanolib.db import lock, restartable

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from branches.models import Place
    from catalog.models import Copy


def pick_list(place: Place) -> QuerySet[Assignment]:
    """Return what is to be taken from the shelves of a library, in shelf order."""
    return (
        Assignment.objects.open()
        .filter(committed_at=None, copy__place=place, copy__status=CopyStatus.AVAILABLE)
        .select_related("copy__title", "hold__pickup_place")
        .defer("copy__title__record", "copy__title__summary")
        .order_by("copy__shelf_mark", "copy__title__sort_key", "pk")
    )


def to_be_packed(place: Place) -> QuerySet[Assignment]:
    """Return the copies that were picked at a library and are not wrapped yet."""
    return (
        Assignment.objects.open()
        .filter(copy__place=place, copy__status=CopyStatus.PICKED)
        .select_related("copy__title", "hold__pickup_place")
        .defer("copy__title__record", "copy__title__summary")
        .order_by("committed_at", "pk")
    )


@restartable
def pick_copy(copy: Copy, place: Place, *, actor: User | None) -> CheckIn:
    """A librarian has taken the copy from its shelf: from now on it is this reader's. Scanning again says the same.

    One that was missed before is found: it is taken in, and goes where it is wanted. Raises CopyNotAssigned,
    CopyElsewhere.
    """
    copy = custody.fetch_copy(copy.pk)
    routing.lock_work_of(copy.title)
    held = custody.open_assignment_of(copy)
    if held is None:
        return _find_again(copy, place, actor=actor)
    lock(copy, held.hold, held)
    if held.released_at is not None:
        raise CopyNotAssigned
    if copy.place_id != place.pk:
        raise CopyElsewhere
    if copy.status == CopyStatus.IN_TRANSIT:  # it is on its way already
        return CheckIn(copy, NextStep.CRATE, hold=held.hold, destination=held.hold.pickup_place.holding_place)
    if copy.status not in (CopyStatus.AVAILABLE, CopyStatus.PICKED, CopyStatus.SET_ASIDE):
        raise CopyNotAssigned
    if held.is_tentative and not groups.wins(held.hold):
        close_hold(held.hold, held, HoldStatus.CANCELLED, groups.ANOTHER_CAME_FIRST)
        routing.serve_copy(copy)
        return check_in(copy, place, actor=actor)
    first_time = held.is_tentative
    outcome = take_for(held, copy, place, clock.now(), actor=actor)
    if first_time:
        note_act("pick_copy", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return outcome


def _find_again(copy: Copy, place: Place, *, actor: User | None) -> CheckIn:
    """Take in a copy that was missed, as it has been found. Raises CopyNotAssigned of any other."""
    lock(copy)
    if copy.missed_at is None:
        raise CopyNotAssigned
    return check_in(copy, place, actor=actor)


@restartable
def pack_parcel(copy: Copy, place: Place, *, actor: User | None) -> Parcel:
    """Wrap a picked copy for its point and return the parcel with its tag; packing again returns the same parcel.

    Raises CopyNotAssigned, NotPicked, PointTakesNoParcels, CopyElsewhere, NotHandedOutThere.
    """
    copy = custody.fetch_copy(copy.pk)
    routing.lock_work_of(copy.title)
    held = custody.open_assignment_of(copy)
    if held is None:
        raise CopyNotAssigned
    assert held.hold.reader is not None  # noqa: S101  for the type checker; a constraint says so
    lock(held.hold.reader)
    lock_room([held.hold.pickup_place_id])
    lock(copy, held.hold, held)
    existing = Parcel.objects.filter(assignment=held, status__in=PARCEL_WITH_US).first()
    if existing is not None:
        return existing
    if not parcels.travels_as_parcel(held.hold.pickup_place):
        raise PointTakesNoParcels
    if held.hold.status != HoldStatus.PICKED or copy.status != CopyStatus.PICKED:
        raise NotPicked
    if copy.place_id != place.pk:
        raise CopyElsewhere
    refuse_leaving(copy, held, place)
    parcel = custody.pack(copy, held, place, actor=actor)
    note_act("pack_parcel", f"parcel:{parcel.pk}", actor=actor, place_code=place.code)
    return parcel

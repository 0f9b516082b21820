"""A point that is closed for long, or for good: what readers have reserved for it goes elsewhere, with their turns.

What lies there is on its way from there at once, though somebody has to fetch it; what is in a crate for it is stopped
where the crate stands, or brought to the library that serves the point (turning.py), and goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import PlaceKind
from branches.nearest import nearest_to, pickup_points_during
from loans.errors import (
    HoldNotChangeable,
    PickupNeedsVerification,
    PickupNotForCard,
    PickupNotPossible,
    PointFull,
    ReaderClosed,
)
from loans.hold_changes import change_pickup
from loans.models import Crate, Hold, Parcel, Task, TaskKind, Transit
from loans.models.hold import HoldMoveRefused
from loans.states import CRATE_COMES, PARCEL_WITH_US, CrateStatus, TransitStatus
from loans.turning import empty_crates, turn_back_crates
from loans.unfillable import library_of
from milanolib import clock
from milanolib.db import restartable
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User
    from branches.models import Closure, Place
    from loans.querysets import HoldQuerySet

NOT_THERE = (PickupNotPossible, PickupNeedsVerification, PickupNotForCard, PointFull, ReaderClosed)
MOST_TRIED = 8  # points near the closed one, before a reservation is left where it is


class NotClosedForLong(DomainError):
    """Readers wait for a short closure to end."""

    code = "not_closed_for_long"
    message = _("This point opens again within two weeks, or is not closed yet. Apply the closure: the dates move.")


@dataclass(frozen=True)
class Cleared:
    """How many reservations went elsewhere, could not be stopped, or found no other point; crates; what is to fetch.

    `turned` are the crates on the road that are brought back, `emptied` those that stand at libraries.
    """

    moved: int
    on_the_way: int
    nowhere: int
    to_fetch: bool
    turned: int = 0
    emptied: int = 0


def clear_point(closure: Closure, *, actor: User | None) -> Cleared:
    """Bring all that is reserved for a point that is closed for long elsewhere, and tell each reader where.

    To the point that stands in, else to the library that serves it, else to the nearest one with room where the
    reader may collect; readers can choose another one afterwards. Each in a transaction of its own: safe to repeat,
    also by two at once, and after a kill. What lies there becomes a task for its library; crates for it are stopped
    first, so that what is in them can go another way. Raises NotClosedForLong.
    """
    today = clock.today()
    if not closure.covers(today) or not closure.is_long_from(today):
        raise NotClosedForLong
    turned, emptied = turn_back_crates(closure.place), empty_crates(closure.place, actor=actor)
    goals = _goals(closure)
    counts = {True: 0, False: 0, None: 0}
    for hold in list(_reserved_for(closure.place).in_order()):
        counts[_bring_elsewhere(hold, goals, closure, actor=actor)] += 1
    to_fetch = something_lies_at(closure.place)
    if to_fetch:
        task = Task(
            kind=TaskKind.FETCH_FROM_POINT,
            place=library_of(closure.place),
            point=closure.place,
            opened_at=clock.now(),
        )
        Task.objects.bulk_create([task], ignore_conflicts=True)  # it may be open already
    return Cleared(counts[True], counts[None], counts[False], to_fetch, turned, emptied)


def _reserved_for(place: Place) -> HoldQuerySet:
    return Hold.objects.open().filter(Q(pickup_place=place) | Q(pickup_place__vehicle=place))


def _goals(closure: Closure) -> list[Place]:
    """Return where to try, in order: who stands in, the library that serves it, near libraries, near points."""
    points = pickup_points_during(closure, clock.today())
    chosen = (closure.substitute_id, library_of(closure.place).pk)
    first = sorted((one for one in points if one.pk in chosen), key=lambda one: chosen.index(one.pk))
    near = [one.place for one in nearest_to(closure.place, points, most=MOST_TRIED)]
    near.sort(key=lambda one: one.kind != PlaceKind.BRANCH)  # the nearest stays first within each of the two
    return [*first, *(one for one in near if one.pk not in chosen)]


def _bring_elsewhere(hold: Hold, goals: Sequence[Place], closure: Closure, *, actor: User | None) -> bool | None:
    """Move one reservation to the first point that takes it; False where none does, None when it is in a crate."""
    for goal in goals:
        try:
            _bring(hold, goal, closure, actor=actor)
        except NOT_THERE:
            continue
        except HoldNotChangeable:
            return None
        except HoldMoveRefused:  # it has ended meanwhile
            return True
        return True
    return False


@restartable
def _bring(hold: Hold, goal: Place, closure: Closure, *, actor: User | None) -> None:
    """Move one reservation, of a set all, and tell the reader where it is collected now."""
    change_pickup(hold, goal, actor=actor, reason="point_closed")
    together = Hold.objects.open().filter(group=hold.group_id) if hold.group_id else Hold.objects.filter(pk=hold.pk)
    for one in together.filter(pickup_place=goal):
        key = f"hold-held-back:{one.pk}:{closure.pk}:{goal.pk}"
        emit("loans.hold_held_back", key=key, hold_id=one.pk, why="point_closed", place=goal.pk)


def something_lies_at(place: Place) -> bool:
    """Whether parcels, returns or crates are at a point, or stand before its closed door, and have to be fetched."""
    parcels = Parcel.objects.filter(place=place, status__in=PARCEL_WITH_US)
    waiting = Transit.objects.filter(origin=place, copy__place=place, status=TransitStatus.REQUESTED)
    before_the_door = Q(destination=place, status__in=CRATE_COMES, left_at__isnull=False)
    to_fetch = Q(turned_from=place, status=CrateStatus.ON_ROAD, stood_since__isnull=False, fetched_at=None)
    crates = Crate.objects.filter(
        before_the_door | to_fetch | Q(origin=place, status__in=[CrateStatus.OPEN, CrateStatus.SEALED])
    )
    return parcels.exists() or waiting.exists() or crates.exists()

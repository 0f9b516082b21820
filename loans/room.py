"""How much room points have for copies on their way or waiting there, and the lock under which it is given away."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import Count, Sum

from branches.models import PlaceCapacity
from loans.models import Hold, Parcel
from loans.states import PARCEL_WITH_US, WITH_COPY
from milanolib.db import lock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from branches.models import Place


def room_left(places: Iterable[int]) -> dict[int, int]:
    """Return how many more copies each of these places can take; those without a set capacity are left out.

    One statement while none of them has one, else three. Never below: what goes out of service may leave less
    than nothing.
    """
    capacities = PlaceCapacity.objects.filter(place__in=set(places)).order_by()
    left = {
        place: total - out
        for place, total, out in capacities.values_list("place").annotate(Sum("total"), Sum("out_of_service"))
    }
    if left:
        for place, taken in room_taken(left).items():
            left[place] -= taken
    return left


def room_taken(places: Iterable[int]) -> Counter[int]:
    """Return how many copies are meant for each place, or lie or will arrive there although nobody waits any more."""
    meant = Hold.objects.filter(pickup_place__in=list(places), status__in=WITH_COPY)
    unwanted = Parcel.objects.filter(
        status__in=PARCEL_WITH_US, destination__in=list(places), assignment__released_at__isnull=False
    )
    taken: Counter[int] = Counter()
    for rows, place in ((meant, "pickup_place"), (unwanted, "destination")):
        taken.update(dict(rows.order_by().values_list(place).annotate(Count("pk"))))
    return taken


def has_room(place: Place) -> bool:
    """Whether a point can take one more copy on its way or waiting there; True where no capacity is set."""
    return room_left([place.pk]).get(place.pk, 1) > 0


def lock_room(places: Iterable[int]) -> None:
    """Lock the capacity of places that are known beforehand; before any copy is locked."""
    lock(PlaceCapacity.objects.filter(place__in=set(places)))


class Rooms:
    """The room that one verb gives away: what it found free stays so until its transaction ends.

    Which point will be served is known only when the queue has been read, so a room is locked after the work, and
    perhaps after its copies and holds. That is safe: these are locked only by whoever has the work, so nobody who
    has a room ever waits for one of them. A second room is waited for only if it comes after the first in their
    order; else, when a rival has it, the verb starts again.
    """

    def __init__(self) -> None:
        self._locked: set[int] = set()

    def has_room(self, place: Place) -> bool:
        """Whether a copy may be meant for this point now. A full one is not locked: full when seen is full."""
        if not has_room(place):
            return False
        if place.pk in self._locked:
            return True
        can_wait = not self._locked or place.pk > max(self._locked)
        rows = PlaceCapacity.objects.select_for_update(no_key=True, nowait=not can_wait)
        if not rows.filter(place=place).order_by("pk"):
            return True
        self._locked.add(place.pk)
        return has_room(place)

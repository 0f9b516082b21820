"""How much room points have for copies on their way or waiting there, and the lock under which it is given away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from branches.models import PlaceCapacity
from loans.models import Hold, Parcel
from loans.states import PARCEL_WITH_US, WITH_COPY
from milanolib.db import lock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from branches.models import Place


def room_left(places: Iterable[int]) -> dict[int, int]:
    """Return how many more copies each of these places can take; those without a set capacity are left out.

    Room is taken by copies that are meant for the place, and by those that lie or will arrive there although nobody
    waits any more. One statement. Not cut off at nothing: what goes out of service may leave less.
    """
    meant = Hold.objects.filter(pickup_place=OuterRef("place"), status__in=WITH_COPY)
    unwanted = Parcel.objects.filter(
        destination=OuterRef("place"), status__in=PARCEL_WITH_US, assignment__released_at__isnull=False
    )
    counted = (
        PlaceCapacity.objects.filter(place__in=set(places))
        .order_by()
        .values("place")
        .annotate(
            room=Sum("total") - Sum("out_of_service"),
            meant=_count(meant, "pickup_place"),
            unwanted=_count(unwanted, "destination"),
        )
    )
    return {row["place"]: row["room"] - row["meant"] - row["unwanted"] for row in counted}


def capacities(places: Iterable[int]) -> dict[int, int]:
    """Return how many copies each of these places can hold at once; those without a set capacity are left out."""
    rows = PlaceCapacity.objects.filter(place__in=set(places)).order_by().values("place")
    return dict(rows.annotate(room=Sum("total") - Sum("out_of_service")).values_list("place", "room"))


def _count(rows: QuerySet[Any], place: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(place).annotate(number=Count("pk")).values("number")), 0)


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
        left = room_left([place.pk]).get(place.pk)
        if left is None:  # nothing limits it
            return True
        if left <= 0 or place.pk in self._locked:
            return left > 0
        can_wait = not self._locked or place.pk > max(self._locked)
        list(
            PlaceCapacity.objects.select_for_update(no_key=True, nowait=not can_wait).filter(place=place).order_by("pk")
        )
        self._locked.add(place.pk)
        return has_room(place)

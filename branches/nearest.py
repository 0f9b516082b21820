"""Where else: points that are closed for long, and the nearest ones that are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from branches.geography import metres_between, walking_minutes
from branches.models import Closure, Place
from branches.querysets import LONGEST_WAIT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

MOST_OFFERED = 3


@dataclass(frozen=True)
class Elsewhere:
    """A point to collect at instead, with the walk from the closed one; None where no coordinates are known."""

    place: Place
    minutes: int | None


def long_closures(places: Iterable[int], today: dt.date) -> dict[int, Closure]:
    """Return, by place, the closure that shuts it for more than two weeks or until further notice, now or soon.

    Soon is within the two weeks in which a reader would wait for a short one. One statement.
    """
    closures = Closure.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=today), place__in=set(places), starts_on__lte=today + LONGEST_WAIT
    )
    found = closures.select_related("substitute").order_by("-starts_on", "-pk")
    return {one.place_id: one for one in found if one.is_long_from(today)}  # the earliest one stays


def pickup_points_during(closure: Closure, today: dt.date) -> list[Place]:
    """Return the points where readers may collect while another one is closed, in one statement."""
    begins = max(today, closure.starts_on)
    points = Place.objects.pickup_points(today) & Place.objects.pickup_points(begins)
    return list(points.exclude(pk=closure.place_id))


def nearest_to(
    closed: Place, points: Iterable[Place], *, first: int | None = None, most: int = MOST_OFFERED
) -> list[Elsewhere]:
    """Return the nearest points, at most so many; `first` is the key of the one that stands in, wherever it is."""
    offers = [Elsewhere(point, _walk(closed, point)) for point in points]
    offers.sort(key=lambda one: (one.place.pk != first, one.minutes is None, one.minutes or 0, one.place.name))
    return [one for one in offers if one.minutes is not None or one.place.pk == first][:most]


def _walk(origin: Place, goal: Place) -> int | None:
    if origin.latitude is None or origin.longitude is None or goal.latitude is None or goal.longitude is None:
        return None
    return walking_minutes(metres_between(origin.latitude, origin.longitude, goal.latitude, goal.longitude))

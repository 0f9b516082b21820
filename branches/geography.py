"""Distances on foot, and where people start from: a metro station, a Municipio, a point of the network."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from django.conf import settings

from branches.models import Place, PlaceKind
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

EARTH_METRES = 6_371_000
WALKING_METRES_A_MINUTE = 75
DETOUR = 1.3  # streets are longer than the straight line
CODE = re.compile(r"[-a-zA-Z0-9_]{1,70}")
POINT = "p-"  # begins the code of a start that is a point; the place's own code follows
MUNICIPI, STATIONS, LIBRARIES, OTHER_POINTS = "municipio", "metro", "library", "point"


@dataclass(frozen=True)
class Landmark:
    """Somewhere to start from: a Municipio's centre, a metro station, a library or another point."""

    code: str
    name: str
    group: str
    latitude: float
    longitude: float

    @property
    def position(self) -> str:
        """Its coordinates for near.js."""
        return f"{self.latitude} {self.longitude}"


# A point as it is read for distances: id, code, name, kind, latitude, longitude.
Point = tuple[int, str, str, str, float | None, float | None]


@cache
def landmarks() -> dict[str, Landmark]:
    """Return the landmarks of `data/landmarks.json` by code, Municipi first."""
    data = json.loads((settings.BASE_DIR / "data" / "landmarks.json").read_text())
    found = [Landmark(f"m{one['number']}", one["name"], MUNICIPI, one["lat"], one["lon"]) for one in data["municipi"]]
    found += [
        Landmark(f"s{number}", one["name"], STATIONS, one["lat"], one["lon"])
        for number, one in enumerate(sorted(data["metro_stations"], key=lambda station: station["name"]))
    ]
    return {one.code: one for one in found}


def points_open() -> list[Point]:
    """Return the points open today whose coordinates are known, by name, in one narrow statement."""
    points = Place.objects.open_to_readers(clock.today()).exclude(latitude=None).order_by("name", "pk")
    return list(points.values_list("pk", "code", "name", "kind", "latitude", "longitude"))


def starts(points: Iterable[Point] | None = None) -> dict[str, Landmark]:
    """Return all starts by code: the landmarks, read once in a process, then the points, asked for unless given."""
    points = points_open() if points is None else points
    return landmarks() | {one.code: one for one in (_start_at(point[1:]) for point in points)}


def start_groups(points: Iterable[Point] | None = None) -> dict[str, list[Landmark]]:
    """Return all starts by what they are, in the order in which a form offers them."""
    order = (STATIONS, MUNICIPI, LIBRARIES, OTHER_POINTS)
    by_group = sorted(starts(points).values(), key=lambda one: order.index(one.group))
    return {group: list(members) for group, members in groupby(by_group, key=lambda one: one.group)}


def start_of(code: str) -> Landmark | None:
    """Return the start with this code, None when there is none (any more); asks for a point's row alone."""
    if not code.startswith(POINT) or not CODE.fullmatch(code):
        return landmarks().get(code)
    point = (
        Place.objects.open_to_readers(clock.today())
        .exclude(latitude=None)
        .filter(code=code.removeprefix(POINT))
        .values_list("code", "name", "kind", "latitude", "longitude")
        .first()
    )
    return _start_at(point) if point else None


def _start_at(point: tuple[str, str, str, float | None, float | None]) -> Landmark:
    code, name, kind, latitude, longitude = point
    return Landmark(
        f"{POINT}{code}", name, LIBRARIES if kind == PlaceKind.BRANCH else OTHER_POINTS, latitude or 0, longitude or 0
    )


def places_within(start: Landmark, minutes: int = 15) -> list[int]:
    """Return the ids of the points open today that are at most so many minutes on foot from a start, nearest first."""
    return [key for key, walk in walks_from(start) if walk <= minutes]


def walks_from(start: Landmark, points: Iterable[Point] | None = None) -> list[tuple[int, int]]:
    """Return (id, minutes on foot) of each point open today, nearest first, 0 to the start itself.

    Asks for the points unless given.
    """
    walks = sorted(
        (metres_between(latitude or 0, longitude or 0, start.latitude, start.longitude), key, code)
        for key, code, _name, _kind, latitude, longitude in (points_open() if points is None else points)
    )
    return [(key, _minutes(metres, start, code)) for metres, key, code in walks]


def minutes_from(start: Landmark, place: Place) -> int | None:
    """Return how long one walks from a start to a place: nothing where it is the start itself, None to nowhere."""
    if place.latitude is None or place.longitude is None:
        return None
    metres = metres_between(place.latitude, place.longitude, start.latitude, start.longitude)
    return _minutes(metres, start, place.code)


def _minutes(metres: float, start: Landmark, code: str) -> int:
    return 0 if start.code == f"{POINT}{code}" else walking_minutes(metres)


def metres_between(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the distance of two points in metres (equirectangular: exact enough within a city)."""
    x = math.radians(other_longitude - longitude) * math.cos(math.radians((latitude + other_latitude) / 2))
    y = math.radians(other_latitude - latitude)
    return EARTH_METRES * math.hypot(x, y)


def walking_minutes(metres: float) -> int:
    """Return how long one walks, in minutes, one at least."""
    return max(1, round(metres * DETOUR / WALKING_METRES_A_MINUTE))

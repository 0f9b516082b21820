"""Distances on foot, and landmarks that people start from. Pure but for reading one small file once."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache

from django.conf import settings

EARTH_METRES = 6_371_000
WALKING_METRES_A_MINUTE = 75
DETOUR = 1.3  # streets are longer than the straight line


@dataclass(frozen=True)
class Landmark:
    """Somewhere to start from: a Municipio's centre or a metro station."""

    code: str
    name: str
    group: str
    latitude: float
    longitude: float


@cache
def landmarks() -> dict[str, Landmark]:
    """Return the landmarks of `data/landmarks.json` by code, Municipi first."""
    data = json.loads((settings.BASE_DIR / "data" / "landmarks.json").read_text())
    found = [
        Landmark(f"m{one['number']}", one["name"], "municipio", one["lat"], one["lon"]) for one in data["municipi"]
    ]
    found += [
        Landmark(f"s{number}", one["name"], "metro", one["lat"], one["lon"])
        for number, one in enumerate(sorted(data["metro_stations"], key=lambda station: station["name"]))
    ]
    return {one.code: one for one in found}


def metres_between(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the distance of two points in metres (equirectangular: exact enough within a city)."""
    x = math.radians(other_longitude - longitude) * math.cos(math.radians((latitude + other_latitude) / 2))
    y = math.radians(other_latitude - latitude)
    return EARTH_METRES * math.hypot(x, y)


def walking_minutes(metres: float) -> int:
    """Return how long one walks, in minutes, one at least."""
    return max(1, round(metres * DETOUR / WALKING_METRES_A_MINUTE))

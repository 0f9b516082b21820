"""Our own map of Milan: metro lines and Municipi drawn from coordinates. Pure but for reading two small files once.

Coordinates are projected as web maps do it (Mercator), so that the same drawing lies under the pins of any map.
Lengths are in the drawing's own units, `WIDTH` of them from west to east.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from branches.geography import metres_between, walking_minutes

WIDTH = 1000
SOUTH, WEST, NORTH, EAST = 45.392, 9.05, 45.54, 9.29  # the city with a margin, degrees
FAR_ON_FOOT = 25  # minutes: a station farther than this is no help on the way
STATIONS_NAMED = 3


@dataclass(frozen=True)
class Station:
    """A metro station, where it is drawn, and whether its name is worth showing on a small map."""

    name: str
    latitude: float
    longitude: float
    lines: tuple[str, ...]
    x: int
    y: int
    is_known: bool  # lines cross or end here


@dataclass(frozen=True)
class Line:
    """A metro line as a path; `ends` are the stations at which its name stands."""

    code: str
    colour: str
    path: str
    ends: tuple[Station, ...]


@dataclass(frozen=True)
class Municipio:
    """A Municipio's number at its centre."""

    number: int
    x: int
    y: int


@dataclass(frozen=True)
class Schematic:
    """All that is drawn under the pins."""

    width: int
    height: int
    lines: tuple[Line, ...]
    stations: tuple[Station, ...]
    municipi: tuple[Municipio, ...]

    @property
    def bounds(self) -> str:
        """Return south, west, north and east in degrees, as the script reads them."""
        return f"{SOUTH},{WEST},{NORTH},{EAST}"

    @property
    def dots(self) -> str:
        """Return one path that puts a dot at every station: a line of no length with round ends."""
        return "".join(f"M{one.x} {one.y}h0" for one in self.stations)


@dataclass(frozen=True)
class Walk:
    """A station near a place, and the minutes on foot between them."""

    station: str
    lines: tuple[str, ...]
    minutes: int


def _mercator(latitude: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))


_SCALE = WIDTH / math.radians(EAST - WEST)
HEIGHT = round((_mercator(NORTH) - _mercator(SOUTH)) * _SCALE)


def drawn_at(latitude: float, longitude: float) -> tuple[int, int]:
    """Return where a point of the globe is drawn; outside the drawing for one outside its bounds."""
    x = math.radians(longitude - WEST) * _SCALE
    y = (_mercator(NORTH) - _mercator(latitude)) * _SCALE
    return round(x), round(y)


def is_drawn(latitude: float | None, longitude: float | None) -> bool:
    """Whether a place has coordinates and they lie within the drawing."""
    return latitude is not None and longitude is not None and SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST


@cache
def schematic() -> Schematic:
    """Return the drawing made of `data/landmarks.json` and `data/metro_lines.json`."""
    folder = settings.BASE_DIR / "data"
    landmarks = json.loads((folder / "landmarks.json").read_text())
    lines = json.loads((folder / "metro_lines.json").read_text())["lines"]
    ends = {name for line in lines for track in line["tracks"] for name in (track[0], track[-1])}
    stations = {one["name"]: _station(one, ends) for one in landmarks["metro_stations"]}
    return Schematic(
        WIDTH,
        HEIGHT,
        tuple(_line(line, stations) for line in lines),
        tuple(stations.values()),
        tuple(Municipio(one["number"], *drawn_at(one["lat"], one["lon"])) for one in landmarks["municipi"]),
    )


def _station(entry: dict, ends: set[str]) -> Station:
    x, y = drawn_at(entry["lat"], entry["lon"])
    is_known = len(entry["lines"]) > 1 or entry["name"] in ends
    return Station(entry["name"], entry["lat"], entry["lon"], tuple(entry["lines"]), x, y, is_known)


def _line(entry: dict, stations: dict[str, Station]) -> Line:
    tracks = [[stations[name] for name in track] for track in entry["tracks"]]
    path = "".join("M" + "L".join(f"{one.x} {one.y}" for one in track) for track in tracks)
    code = entry["code"]
    ends = {one.name: one for track in tracks for one in (track[0], track[-1]) if one.lines == (code,)}
    branches_off = {track[0].name for track in tracks[1:]}
    return Line(code, entry["colour"], path, tuple(one for name, one in ends.items() if name not in branches_off))


def walks_to_stations(latitude: float, longitude: float) -> list[Walk]:
    """Return the metro stations nearest to a place, nearest first; the nearest alone where all are far."""
    found = sorted(
        (metres_between(latitude, longitude, one.latitude, one.longitude), one.name, one.lines)
        for one in schematic().stations
    )
    walks = [Walk(name, lines, walking_minutes(metres)) for metres, name, lines in found[:STATIONS_NAMED]]
    return [one for one in walks if one.minutes <= FAR_ON_FOOT] or walks[:1]

"""Load places from a data file: refused whole with line and field, or applied whole; twice changes nothing."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from branches.models import Closure, OpeningHours, Place, PlaceCapacity, PlaceKind
from branches.network_file import FLAGS, TEXTS, WEEKDAYS, FileReader, NetworkFileRefused, check_entries, span_of
from branches.network_routes import check_routes, write_routes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NetworkFileRefused", "NetworkReport", "load_network"]
Purpose = OpeningHours.Purpose
KEPT_WHEN_MISSING: dict[str, Any] = {
    "services": [],
    "directions": {},
}  # a file that does not name them leaves them as they are


@dataclass
class NetworkReport:
    """How many places were new, changed, left as they are; and how many routes of the van were new or changed."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    routes: int = 0


def load_network(path: Path) -> NetworkReport:
    """Load the places and the van's routes of a file (data/README.md) in one transaction and return what changed.

    A place keeps its primary key by its code, a route by its name. Hours and capacities become what the file says;
    services, directions and study hours too where it names them; a closure is added or, by its first day, changed. A
    place or route that the file does not name stays as it is. Raises NetworkFileRefused, naming line and field, before
    anything is written.
    """
    text = path.read_text(encoding="utf-8")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise NetworkFileRefused([f"line {error.lineno}: not JSON: {error.msg}"]) from None
    entries = data.get("places") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise NetworkFileRefused(["line 1, field 'places': a list of places is missing"])
    routes = data.get("routes", [])
    if not isinstance(routes, list):
        raise NetworkFileRefused(["line 1, field 'routes': is not a list"])
    reader = FileReader(text)
    kinds = dict(Place.objects.values_list("code", "kind"))
    check_entries(reader, entries, set(kinds))
    kinds |= {str(one.get("code")): str(one.get("kind")) for one in entries if isinstance(one, dict)}
    check_routes(reader, routes, kinds)
    if reader.problems:
        raise NetworkFileRefused(reader.problems)
    with transaction.atomic():
        report = _write(entries)
        report.routes = write_routes(routes, {place.code: place for place in Place.objects.only("code")})
        return report


def _write(entries: list[dict[str, Any]]) -> NetworkReport:
    report = NetworkReport()
    existing = {place.code: place for place in Place.objects.select_for_update(no_key=True).order_by("pk")}
    touched: dict[str, str] = {}
    for entry in sorted(entries, key=lambda one: one["kind"] == PlaceKind.STOP):  # a stop comes after its vehicle
        place = existing.get(entry["code"]) or Place(code=entry["code"])
        if _set_fields(place, entry):
            touched[place.code] = "created" if place.pk is None else "changed"
            if place.kind == PlaceKind.STOP:
                place.vehicle = existing[entry["vehicle"]]
            place.save()
        existing[place.code] = place
    for entry in entries:
        place = existing[entry["code"]]
        changed = _set_links(place, entry, existing)
        changed |= _set_hours(place, entry.get("hours"), Purpose.OPEN)
        if "study_hours" in entry:
            changed |= _set_hours(place, entry["study_hours"], Purpose.STUDY)
        changed |= _set_closures(place, entry.get("closures", []), existing)
        changed |= _set_capacity(place, entry.get("capacity") or {})
        if changed:
            touched.setdefault(place.code, "changed")
    for entry in entries:
        outcome = touched.get(entry["code"], "unchanged")
        setattr(report, outcome, getattr(report, outcome) + 1)
    return report


def _set_fields(place: Place, entry: dict[str, Any]) -> bool:
    hours = entry.get("hours")
    values: dict[str, Any] = {name: entry.get(name, "") for name in TEXTS}
    values |= {name: entry.get(name, False) for name in FLAGS}
    values |= {
        "kind": entry["kind"],
        "municipio": entry.get("municipio"),
        "latitude": entry.get("lat"),
        "longitude": entry.get("lon"),
        "step_free": entry.get("step_free"),
        "note": entry.get("note") or {},
        "hours_known": hours is not None,
        "always_open": hours == "always",
        "opened_on": dt.date.fromisoformat(entry["opened_on"]) if entry.get("opened_on") else None,
        "closed_on": dt.date.fromisoformat(entry["closed_on"]) if entry.get("closed_on") else None,
    }
    values |= {name: entry[name] or empty for name, empty in KEPT_WHEN_MISSING.items() if name in entry}
    before = {name: getattr(place, name) for name in values}
    for name, value in values.items():
        setattr(place, name, value)
    return place.pk is None or before != values


def _set_links(place: Place, entry: dict[str, Any], places: dict[str, Place]) -> bool:
    parent = places[entry["parent"]] if entry.get("parent") else None
    vehicle = places[entry["vehicle"]] if entry.get("vehicle") else None
    if (place.parent_id, place.vehicle_id) == (parent and parent.pk, vehicle and vehicle.pk):
        return False
    place.parent, place.vehicle = parent, vehicle
    place.save(update_fields=["parent", "vehicle"])
    return True


def _set_hours(place: Place, hours: object, purpose: str) -> bool:
    wanted = {
        (WEEKDAYS.index(weekday), *span)
        for weekday, spans in (hours.items() if isinstance(hours, dict) else ())
        for span in map(span_of, spans)
        if span
    }
    rows = place.opening_hours.filter(purpose=purpose, valid_from=None, valid_to=None)
    present = {(row.weekday, row.opens, row.closes) for row in rows}
    if wanted == present:
        return False
    rows.delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(place=place, weekday=weekday, opens=opens, closes=closes, purpose=purpose)
        for weekday, opens, closes in sorted(wanted)
    )
    return True


def _set_closures(place: Place, closures: list[dict[str, Any]], places: dict[str, Place]) -> bool:
    changed = False
    for one in closures:
        substitute = places[one["substitute"]] if one.get("substitute") else None
        wanted = {
            "ends_on": dt.date.fromisoformat(one["to"]) if one.get("to") else None,
            "reason": one.get("reason") or {},
            "substitute_id": substitute.pk if substitute else None,
        }
        starts_on = dt.date.fromisoformat(one["from"])
        row = place.closures.filter(starts_on=starts_on).first() or Closure(place=place, starts_on=starts_on)
        if row.pk is None or any(getattr(row, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(row, name, value)
            row.save()
            changed = True
    return changed


def _set_capacity(place: Place, capacity: dict[str, int]) -> bool:
    present = {row.size: row.total for row in place.capacities.all()}
    if capacity == present:
        return False
    place.capacities.exclude(size__in=capacity).delete()
    for size, total in capacity.items():
        if present.get(size) == total:
            continue
        PlaceCapacity.objects.update_or_create(place=place, size=size, defaults={"total": total, "out_of_service": 0})
    return True

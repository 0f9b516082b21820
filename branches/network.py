"""Load places from a data file: refused whole with line and field, or applied whole; twice changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from branches.models import NEVER_OPEN_TO_READERS, OpeningHours, Place, PlaceCapacity, PlaceKind, Size

if TYPE_CHECKING:
    from pathlib import Path

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})")
TEXTS = ("name", "address", "postcode", "phone", "email", "sources")
LONGEST = {field.name: field.max_length for field in Place._meta.fields if field.name in TEXTS}  # noqa: SLF001  Django's door
FLAGS = ("closed_on_holidays", "accepts_pickup", "accepts_returns", "lends_on_the_spot", "is_demo")
REQUIRED = ("code", "kind", "name")
CODE = re.compile(r"[-a-zA-Z0-9_]{1,60}")
MOST_ROOM = 32_767


class NetworkFileRefused(Exception):
    """The file is wrong; nothing was written. `problems` has one line for each fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass
class NetworkReport:
    """How many places were new, changed, left as they are."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass
class _Reader:
    """Reads one file and collects what is wrong with it."""

    text: str
    problems: list[str] = field(default_factory=list)
    number: int = 0  # of the place that is looked at

    def where(self, code: object) -> str:
        """Return the line on which a place's code stands, or which place it is in the list when it has none."""
        written = "|".join(re.escape(json.dumps(code, ensure_ascii=is_ascii)) for is_ascii in (True, False))
        found = re.search(rf'"code"\s*:\s*({written})', self.text)
        return f"line {self.text.count(chr(10), 0, found.start()) + 1}" if found else f"entry {self.number}"

    def refuse(self, entry: dict[str, Any], name: str, why: str) -> None:
        """Note a fault of one field."""
        code = entry.get("code", "?")
        self.problems.append(f"{self.where(code)}, place '{code}', field '{name}': {why}")


def load_network(path: Path) -> NetworkReport:
    """Load the places of a file (data/README.md has the format) in one transaction and return what changed.

    A place keeps its primary key by its code. Hours and capacities become what the file says. A place that the
    file does not name stays as it is. Raises NetworkFileRefused, naming line and field, before anything is
    written.
    """
    text = path.read_text(encoding="utf-8")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise NetworkFileRefused([f"line {error.lineno}: not JSON: {error.msg}"]) from None
    entries = data.get("places") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise NetworkFileRefused(["line 1, field 'places': a list of places is missing"])
    reader = _Reader(text)
    known = set(Place.objects.values_list("code", flat=True))
    _check(reader, entries, known)
    if reader.problems:
        raise NetworkFileRefused(reader.problems)
    with transaction.atomic():
        return _write(entries)


def _check(reader: _Reader, entries: list[Any], known: set[str]) -> None:
    codes: set[str] = set()
    all_codes = known | {str(entry.get("code")) for entry in entries if isinstance(entry, dict)}
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            reader.problems.append(f"entry {number}: not an object")
            continue
        reader.number = number
        for name in REQUIRED:
            if not isinstance(entry.get(name), str) or not entry.get(name):
                reader.refuse(entry, name, "is missing or is no text")
        code = str(entry.get("code"))
        if code in codes:
            reader.refuse(entry, "code", "stands twice in the file")
        if isinstance(entry.get("code"), str) and not CODE.fullmatch(code):
            reader.refuse(entry, "code", "is not 1 to 60 letters, digits, - and _")
        codes.add(code)
        _check_fields(reader, entry, all_codes)


def _check_fields(reader: _Reader, entry: dict[str, Any], codes: set[str]) -> None:
    if entry.get("kind") not in PlaceKind.values:
        reader.refuse(entry, "kind", f"is none of {', '.join(PlaceKind.values)}")
    _check_types(reader, entry)
    _check_position(reader, entry)
    _check_links(reader, entry, codes)
    _check_dates(reader, entry)
    note = entry.get("note") or {}
    if not isinstance(note, dict) or (note and "it" not in note):
        reader.refuse(entry, "note", "needs a text under 'it'")
    _check_hours(reader, entry)
    capacity = entry.get("capacity") or {}
    if not isinstance(capacity, dict) or not all(
        size in Size.values and type(count) is int and 0 <= count <= MOST_ROOM for size, count in capacity.items()
    ):
        reader.refuse(entry, "capacity", "is not sizes S, M, L with numbers")


def _check_types(reader: _Reader, entry: dict[str, Any]) -> None:
    for name in TEXTS:
        text, longest = entry.get(name, ""), LONGEST[name]
        if not isinstance(text, str):
            if name not in REQUIRED:  # that is told already
                reader.refuse(entry, name, "is no text")
        elif longest and len(text) > longest:
            reader.refuse(entry, name, f"is longer than {longest}")
    for name in FLAGS:
        if not isinstance(entry.get(name, False), bool):
            reader.refuse(entry, name, "is neither true nor false")
    if entry.get("step_free") not in (True, False, None):
        reader.refuse(entry, "step_free", "is neither true, false nor null")
    for name in ("accepts_pickup", "accepts_returns", "lends_on_the_spot"):
        if entry.get("kind") in NEVER_OPEN_TO_READERS and entry.get(name) is True:
            reader.refuse(entry, name, "cannot be: no reader comes here")


def _check_position(reader: _Reader, entry: dict[str, Any]) -> None:
    for name, low, high, kinds in (
        ("municipio", 1, 9, int),
        ("lat", -90, 90, int | float),
        ("lon", -180, 180, int | float),
    ):
        value = entry.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high):
            reader.refuse(entry, name, f"is not between {low} and {high}")
    if (entry.get("lat") is None) != (entry.get("lon") is None):
        reader.refuse(entry, "lat", "stands without its pair")


def _check_links(reader: _Reader, entry: dict[str, Any], codes: set[str]) -> None:
    for name in ("parent", "vehicle"):
        if entry.get(name) is not None and not (isinstance(entry[name], str) and entry[name] in codes):
            reader.refuse(entry, name, "names no place")
    if (entry.get("kind") == PlaceKind.STOP) != (entry.get("vehicle") is not None):
        reader.refuse(entry, "vehicle", "belongs to stops, and to all of them")


def _check_dates(reader: _Reader, entry: dict[str, Any]) -> None:
    first, last = entry.get("opened_on"), entry.get("closed_on")
    for name, value in (("opened_on", first), ("closed_on", last)):
        if value is not None and not _is_date(value):
            reader.refuse(entry, name, "is no date (YYYY-MM-DD)")
    if _is_date(first) and _is_date(last) and str(last) < str(first):
        reader.refuse(entry, "closed_on", "comes before 'opened_on'")


def _check_hours(reader: _Reader, entry: dict[str, Any]) -> None:
    hours = entry.get("hours")
    if hours is None or hours == "always":
        return
    if not isinstance(hours, dict):
        reader.refuse(entry, "hours", "is neither null, 'always' nor days with hours")
        return
    for weekday, spans in hours.items():
        if weekday not in WEEKDAYS or not isinstance(spans, list):
            reader.refuse(entry, f"hours.{weekday}", "is no weekday (mon..sun) with a list")
            continue
        for span in spans:
            if _span(span) is None:
                reader.refuse(entry, f"hours.{weekday}", f"'{span}' is not HH:MM-HH:MM")
        if len({str(span)[:5] for span in spans}) < len(spans):
            reader.refuse(entry, f"hours.{weekday}", "begins twice at the same time")


def _is_date(value: object) -> bool:
    try:
        dt.date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _span(text: object) -> tuple[dt.time, dt.time] | None:
    found = SPAN.fullmatch(str(text))
    try:
        opens, closes = (dt.time.fromisoformat(part) for part in found.groups()) if found else (None, None)
    except ValueError:
        return None
    return (opens, closes) if opens and closes is not None and opens != closes else None


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
        changed |= _set_hours(place, entry.get("hours"))
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


def _set_hours(place: Place, hours: object) -> bool:
    wanted = {
        (WEEKDAYS.index(weekday), *span)
        for weekday, spans in (hours.items() if isinstance(hours, dict) else ())
        for span in map(_span, spans)
        if span
    }
    rows = place.opening_hours.filter(purpose=OpeningHours.Purpose.OPEN, valid_from=None, valid_to=None)
    present = {(row.weekday, row.opens, row.closes) for row in rows}
    if wanted == present:
        return False
    rows.delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(place=place, weekday=weekday, opens=opens, closes=closes)
        for weekday, opens, closes in sorted(wanted)
    )
    return True


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

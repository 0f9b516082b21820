"""The format of a file of places (data/README.md): what is wrong with one, named by line and field."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field
from typing import Any

from branches.models import NEVER_OPEN_TO_READERS, Place, PlaceKind, Service, Size

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = re.compile(r"\d{2}:\d{2}")
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
class FileReader:
    """Reads one file and collects what is wrong with it."""

    text: str
    problems: list[str] = field(default_factory=list)
    number: int = 0  # of the place that is looked at

    def where(self, code: object, key: str = "code") -> str:
        """Return the line on which a place's code stands, or which place it is in the list when it has none."""
        written = "|".join(re.escape(json.dumps(code, ensure_ascii=is_ascii)) for is_ascii in (True, False))
        found = re.search(rf'"{key}"\s*:\s*({written})', self.text)
        return f"line {self.text.count(chr(10), 0, found.start()) + 1}" if found else f"entry {self.number}"

    def refuse(self, entry: dict[str, Any], name: str, why: str) -> None:
        """Note a fault of one field."""
        code = entry.get("code", "?")
        self.problems.append(f"{self.where(code)}, place '{code}', field '{name}': {why}")

    def refuse_route(self, route: dict[str, Any], name: str, why: str) -> None:
        """Note a fault of one field of a route of the van."""
        known = route.get("name", "?")
        self.problems.append(f"{self.where(known, 'name')}, route '{known}', field '{name}': {why}")


def check_entries(reader: FileReader, entries: list[Any], known: set[str]) -> None:
    """Note every fault of a file's places; `known` are the codes that the database has already."""
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


def _check_fields(reader: FileReader, entry: dict[str, Any], codes: set[str]) -> None:
    if entry.get("kind") not in PlaceKind.values:
        reader.refuse(entry, "kind", f"is none of {', '.join(PlaceKind.values)}")
    _check_types(reader, entry)
    _check_position(reader, entry)
    _check_links(reader, entry, codes)
    _check_dates(reader, entry)
    for name in ("note", "directions"):
        if not _is_text_by_language(entry.get(name) or {}):
            reader.refuse(entry, name, "needs a text under 'it'")
    services = entry.get("services", [])
    if not isinstance(services, list) or not all(one in Service.values for one in services):
        reader.refuse(entry, "services", f"is not a list of some of {', '.join(Service.values)}")
    hours = entry.get("hours")
    if hours != "always":
        _check_hours(reader, entry, "hours")
    _check_hours(reader, entry, "study_hours")
    _check_closures(reader, entry, codes)
    capacity = entry.get("capacity") or {}
    if not isinstance(capacity, dict) or not all(
        size in Size.values and type(count) is int and 0 <= count <= MOST_ROOM for size, count in capacity.items()
    ):
        reader.refuse(entry, "capacity", "is not sizes S, M, L with numbers")


def _check_types(reader: FileReader, entry: dict[str, Any]) -> None:
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


def _check_position(reader: FileReader, entry: dict[str, Any]) -> None:
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


def _check_links(reader: FileReader, entry: dict[str, Any], codes: set[str]) -> None:
    for name in ("parent", "vehicle"):
        if entry.get(name) is not None and not (isinstance(entry[name], str) and entry[name] in codes):
            reader.refuse(entry, name, "names no place")
    if (entry.get("kind") == PlaceKind.STOP) != (entry.get("vehicle") is not None):
        reader.refuse(entry, "vehicle", "belongs to stops, and to all of them")


def _check_dates(reader: FileReader, entry: dict[str, Any]) -> None:
    first, last = entry.get("opened_on"), entry.get("closed_on")
    for name, value in (("opened_on", first), ("closed_on", last)):
        if value is not None and not is_date(value):
            reader.refuse(entry, name, "is no date (YYYY-MM-DD)")
    if is_date(first) and is_date(last) and str(last) < str(first):
        reader.refuse(entry, "closed_on", "comes before 'opened_on'")


def _is_text_by_language(texts: object) -> bool:
    return (
        isinstance(texts, dict) and (not texts or "it" in texts) and all(isinstance(one, str) for one in texts.values())
    )


def _check_closures(reader: FileReader, entry: dict[str, Any], codes: set[str]) -> None:
    closures = entry.get("closures", [])
    if not isinstance(closures, list) or not all(isinstance(one, dict) for one in closures):
        reader.refuse(entry, "closures", "is not a list of objects")
        return
    if len({str(one.get("from")) for one in closures}) < len(closures):
        reader.refuse(entry, "closures", "begins twice on the same day")
    for one in closures:
        first, last = one.get("from"), one.get("to")
        if not is_date(first) or (last is not None and (not is_date(last) or str(last) < str(first))):
            reader.refuse(entry, "closures", "needs 'from', and a 'to' that is null or not before it (YYYY-MM-DD)")
        if not _is_text_by_language(one.get("reason") or {}):
            reader.refuse(entry, "closures", "needs a reason under 'it'")
        substitute = one.get("substitute")
        if substitute is not None and (str(substitute) not in codes or substitute == entry.get("code")):
            reader.refuse(entry, "closures", "names no other place as 'substitute'")


def _check_hours(reader: FileReader, entry: dict[str, Any], name: str) -> None:
    hours = entry.get(name)
    if hours is None:
        return
    if not isinstance(hours, dict):
        reader.refuse(entry, name, "is neither null, 'always' nor days with hours")
        return
    for weekday, spans in hours.items():
        if weekday not in WEEKDAYS or not isinstance(spans, list):
            reader.refuse(entry, f"{name}.{weekday}", "is no weekday (mon..sun) with a list")
            continue
        for span in spans:
            if span_of(span) is None:
                reader.refuse(entry, f"{name}.{weekday}", f"'{span}' is not HH:MM-HH:MM")
        if len({str(span)[:5] for span in spans}) < len(spans):
            reader.refuse(entry, f"{name}.{weekday}", "begins twice at the same time")


def is_date(value: object) -> bool:
    """Whether a value is a day as YYYY-MM-DD."""
    try:
        dt.date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def time_of(text: object) -> dt.time | None:
    """Return the time that 'HH:MM' is; None for anything else."""
    try:
        return dt.time.fromisoformat(text) if isinstance(text, str) and TIME.fullmatch(text) else None
    except ValueError:
        return None


def span_of(text: object) -> tuple[dt.time, dt.time] | None:
    """Return when 'HH:MM-HH:MM' begins and ends; None for anything else."""
    found = SPAN.fullmatch(str(text))
    try:
        opens, closes = (dt.time.fromisoformat(part) for part in found.groups()) if found else (None, None)
    except ValueError:
        return None
    return (opens, closes) if opens and closes is not None and opens != closes else None

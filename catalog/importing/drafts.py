"""From a record as read to a title as it will be written: mapped, measured, named."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from catalog.importing import marc21, unimarc
from catalog.importing.bulk import longest
from catalog.importing.charsets import UNKNOWN
from catalog.importing.readers import MARC21, UNIMARC
from catalog.importing.report import Fault
from catalog.importing.works import work_key
from catalog.models import Agent, Subject, Title

if TYPE_CHECKING:
    from catalog.importing.fields import Draft, Holding, MarcRecord
    from catalog.importing.readers import Read

# Raise it when the mapping changes what is shown: then unchanged records are written again at the next import.
MAPPING = 2
HASHED_NAME = 24  # characters of the hash that names a record without control number
_READERS = {MARC21: marc21.read, UNIMARC: unimarc.read}
_SHOWN = ("title", "subtitle", "original_title", "responsibility", "edition", "publisher", "published_in", "extent",
          "series", "series_number", "dewey")  # fmt: skip
_LIMITS = {name: longest(Title, name) for name in _SHOWN}
_LONGEST_NUMBER = longest(Title, "control_number")
LONGEST_SOURCE = longest(Title, "source")
_LONGEST_NAME = longest(Agent, "name")
_LONGEST_IDENTIFIER = longest(Agent, "identifier")
_LONGEST_HEADING = longest(Subject, "heading")


@dataclass(slots=True)
class Prepared:
    """One record ready to be written."""

    position: int
    offset: int | None
    source: str
    control_number: str
    draft: Draft
    record: str  # MARC-in-JSON, as text
    record_format: str
    record_hash: str
    work_key: str
    notes: list[Fault] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes it the same record as one imported before."""
        return self.source, self.control_number


def prepare(read: Read, source: str) -> Prepared:
    """Return the record mapped and fitted to the columns. Raises Fault when it cannot be a title."""
    if read.fault is not None or read.record is None or read.fields is None:
        raise read.fault or Fault("iso_no_fields")
    notes = list(read.notes)
    draft = _READERS[read.dialect](read.fields)
    record, text = _without_nul(read.record, notes)
    digest = sha256(f"{MAPPING} {read.dialect} {text}".encode()).hexdigest()
    control_number = control_number_of(read).strip().replace("\x00", UNKNOWN)
    if not control_number or len(control_number) > _LONGEST_NUMBER:
        code = "control_number_long" if control_number else "no_control_number"
        # The leader is left out: its lengths differ from container to container.
        contents = json.dumps(record["fields"], ensure_ascii=False)
        control_number = "x-" + sha256(contents.encode()).hexdigest()[:HASHED_NAME]
        notes.append(Fault(code, number=control_number, limit=_LONGEST_NUMBER))
    if not source and read.dialect == MARC21:
        source = read.fields.controls.get("003", "").strip().replace("\x00", "")[:LONGEST_SOURCE]
    _fit(draft, notes)
    return Prepared(
        position=read.position,
        offset=read.offset,
        source=source,
        control_number=control_number,
        draft=draft,
        record=text,
        record_format=read.dialect,
        record_hash=digest,
        work_key=work_key(draft, source, control_number),
        notes=notes,
        holdings=draft.holdings,
    )


def control_number_of(read: Read) -> str:
    """Return the record's control number, '' when none can be read."""
    return read.fields.controls.get("001", "") if read.fields is not None else ""


def _without_nul(record: MarcRecord, notes: list[Fault]) -> tuple[MarcRecord, str]:
    """Return the record and its JSON text, with U+FFFD for NUL, which PostgreSQL cannot keep."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" not in text:
        return record, text
    changed: list[str] = []
    cleaned: Any = _replaced(record, changed)
    if not changed:  # it was a backslash and a number, written out
        return record, text
    pairs = zip(record["fields"], cleaned["fields"], strict=True)
    tags = [tag for one, other in pairs if one != other for tag in other]
    notes.append(Fault("nul", tags=", ".join(dict.fromkeys(tags))))
    return cleaned, json.dumps(cleaned, ensure_ascii=False, separators=(",", ":"))


def _replaced(part: Any, changed: list[str]) -> Any:
    match part:
        case str():
            if "\x00" in part:
                changed.append(part)
            return part.replace("\x00", UNKNOWN)
        case list():
            return [_replaced(one, changed) for one in part]
        case dict():
            return {_replaced(key, changed): _replaced(one, changed) for key, one in part.items()}
        case _:
            return part


def _fit(draft: Draft, notes: list[Fault]) -> None:
    """Shorten what is longer than its column; the record beside keeps all of it."""
    for name, limit in _LIMITS.items():
        text: str = getattr(draft, name)
        if len(text) > limit:
            if name != "dewey":  # what follows a class number is a note
                notes.append(Fault("value_long", name=name, limit=limit))
            setattr(draft, name, _cut(text, limit))
    draft.people = list(
        dict.fromkeys(
            (_cut(name, _LONGEST_NAME), identifier if len(identifier) <= _LONGEST_IDENTIFIER else "", role)
            for name, identifier, role in draft.people
        )
    )
    draft.subjects = list(dict.fromkeys(_cut(heading, _LONGEST_HEADING) for heading in draft.subjects))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

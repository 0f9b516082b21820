"""The common fields of a record with their labels' names, read and written in both dialects.

What is read is what the import reads, so the form shows what readers see. What is written is only what somebody
changed; then the record is read again, and where it does not say what was wanted the field is told, so that nobody
believes a correction that did not take: such a record is put right in its lines.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from catalog.importing import marc21 as read_marc21
from catalog.importing import unimarc as read_unimarc
from catalog.importing.fields import Fields
from catalog.importing.readers import MARC21, UNIMARC
from catalog.importing.report import Fault
from catalog.models import Audience, Material
from catalog.records import marc21, unimarc

if TYPE_CHECKING:
    import datetime as dt

    from catalog.importing.fields import MarcRecord

_READ = {MARC21: read_marc21.read, UNIMARC: read_unimarc.read}
_DIALECT = {MARC21: marc21, UNIMARC: unimarc}
LOCAL_LEADER = "     nam0 22        450 "


@dataclass
class Values:
    """What the form shows; names as in `catalog.models.Title`."""

    title: str = ""
    subtitle: str = ""
    original_title: str = ""
    responsibility: str = ""
    edition: str = ""
    published_in: str = ""
    publisher: str = ""
    year: int | None = None
    series: str = ""
    series_number: str = ""
    language: str = ""
    material: str = Material.BOOK.value
    audience: str = Audience.ADULT.value
    formats: list[str] = field(default_factory=list)
    isbns: list[str] = field(default_factory=list)
    dewey: str = ""
    subjects: list[str] = field(default_factory=list)
    summary: str = ""
    people: list[tuple[str, str, str]] = field(default_factory=list)  # name, role, person or body

    @classmethod
    def of(cls, record: MarcRecord, dialect: str) -> Values:
        """Read them. Raises Fault when the record has no title."""
        draft = _READ[dialect](Fields(record))
        own = _DIALECT[dialect]
        same = {
            one.name: getattr(draft, one.name)
            for one in fields(cls)
            if one.name not in ("title", "isbns", "people", "material", "audience", "subjects")
        }
        return cls(
            **{**same, "formats": sorted(draft.formats)},
            title=own.title(record) or draft.title,
            isbns=own.isbns(record),
            people=own.people(record, draft),
            subjects=[heading for heading in draft.subjects if not unimarc.is_form(heading)],
            material=str(draft.material),
            audience=str(draft.audience),
        )


def changed(record: MarcRecord, dialect: str, wanted: Values) -> tuple[MarcRecord, list[str]]:
    """Return the record with what differs from `wanted` written, and the names of fields that would not take it.

    The record that came in is left as it is.
    """
    new: MarcRecord = copy.deepcopy(record)
    before = _now(record, dialect)
    asked = [one.name for one in fields(Values) if getattr(before, one.name) != getattr(wanted, one.name)]
    own = _DIALECT[dialect]
    for name in asked:
        own.WRITERS[name](new, getattr(wanted, name), getattr(before, name))
    after = _now(new, dialect)
    return new, [name for name in asked if _loose(getattr(after, name)) != _loose(getattr(wanted, name))]


def _now(record: MarcRecord, dialect: str) -> Values:
    """Return what a record says; nothing for one that has no title yet."""
    try:
        return Values.of(record, dialect)
    except Fault:
        return Values()


def _loose(value: Any) -> Any:
    """Return a value to be compared: a list in whatever order the record keeps it."""
    return sorted(value) if isinstance(value, list) else value


def blank(number: str, today: dt.date) -> MarcRecord:
    """Return the UNIMARC record of a title that is catalogued here, before anything is said of it."""
    day = f"{today:%Y%m%d}"
    return {
        "leader": LOCAL_LEADER,
        "fields": [
            {"001": number},
            {"100": unimarc.coded_field(day)},
            {"801": {"ind1": " ", "ind2": "0", "subfields": [{"a": "IT"}, {"b": "MILANOLIB"}, {"c": day}]}},
        ],
    }


def version_of(record: Any) -> str:
    """Return what tells one state of a record from another, for two people who correct it at once."""
    return sha256(json.dumps(record, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:24]

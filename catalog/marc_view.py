"""A MARC record as people read it: the leader, then a line for each field. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BLANK = "#"  # how cataloguers write an empty indicator


@dataclass(frozen=True)
class MarcLine:
    """One field: its tag, its indicators, and either its text or its subfields as (code, text)."""

    tag: str
    indicators: str = ""
    text: str = ""
    subfields: tuple[tuple[str, str], ...] = ()


def marc_lines(record: Any) -> list[MarcLine]:
    """Return the fields of a record kept as MARC-in-JSON, in its order; none of a title without a record."""
    if not isinstance(record, dict) or not record.get("fields"):
        return []
    lines = [MarcLine("LDR", text=str(record["leader"]))] if record.get("leader") else []
    for field in record["fields"]:
        for tag, content in field.items():
            lines.append(_line(tag, content))
    return lines


def _line(tag: str, content: Any) -> MarcLine:
    if not isinstance(content, dict):
        return MarcLine(tag, text=str(content))
    indicators = "".join((str(content.get(name, "")).strip() or BLANK)[:1] for name in ("ind1", "ind2"))
    pairs = tuple((code, str(text)) for one in content.get("subfields", []) for code, text in one.items())
    return MarcLine(tag, indicators, subfields=pairs)

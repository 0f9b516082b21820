"""Small changes to a record in place: what is not named stays as it is, and where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.importing.fields import clean, without_tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.importing.fields import DataField, MarcRecord

SAYS_NOTHING_ALONE = "2v"  # a number in a series, an edition of Dewey, the source of a term
_ARTICLE = re.compile("[\x88\x98][^\x88\x89\x98\x9c]*[\x89\x9c]\\s*|<<[^<>]{1,12}>>\\s*")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one value stands: a subfield of one of these fields; new ones get the first tag."""

    tags: tuple[tuple[str, str], ...]  # tag and the indicators of a new field; the rest are looked at, not made
    code: str
    order: str = "abcdefghijklmnopqrstuvwxyz0123456789"  # in which order the subfields of such a field stand


def data_fields(record: MarcRecord, *tags: str) -> Iterator[DataField]:
    """Yield the data fields of these tags, in the record's order."""
    for one in record["fields"]:
        for tag, content in one.items():
            if tag in tags and not isinstance(content, str):
                yield content


def control(record: MarcRecord, tag: str) -> str:
    """Return the first control field of a tag, '' when there is none."""
    for one in record["fields"]:
        content = one.get(tag)
        if isinstance(content, str):
            return content
    return ""


def set_control(record: MarcRecord, tag: str, text: str) -> None:
    """Write a control field, the first of its tag or a new one."""
    for one in record["fields"]:
        if isinstance(one.get(tag), str):
            one[tag] = text
            return
    insert(record, tag, text)


def insert(record: MarcRecord, tag: str, content: str | DataField) -> None:
    """Add a field after the last one whose tag is not greater, so that the record stays in the order it has."""
    place = 0
    for number, one in enumerate(record["fields"], 1):
        if next(iter(one), "") <= tag:
            place = number
    record["fields"].insert(place, {tag: content})


def new_field(indicators: str, *subfields: tuple[str, str]) -> DataField:
    """Return a data field."""
    return {"ind1": indicators[0], "ind2": indicators[1], "subfields": [{code: text} for code, text in subfields]}


def remove(record: MarcRecord, field: DataField) -> None:
    """Take a field out: this very one, not one that looks like it."""
    record["fields"] = [one for one in record["fields"] if not any(content is field for content in one.values())]


def take_out(record: MarcRecord, field: DataField, subfield: dict[str, str]) -> None:
    """Take a subfield out of its field, and the field with it when nothing is left that says something alone."""
    field["subfields"] = [one for one in field["subfields"] if one is not subfield]
    if all(code in SAYS_NOTHING_ALONE for one in field["subfields"] for code in one):
        remove(record, field)


def found(record: MarcRecord, spot: Spot) -> tuple[DataField, dict[str, str]] | None:
    """Return the field and subfield that say the value now."""
    for tag, indicators in spot.tags:
        for field in data_fields(record, tag):
            if tag in ("214", "264") and field["ind2"] not in (indicators[1], " "):
                continue
            for subfield in field["subfields"]:
                if clean(subfield.get(spot.code, "")):
                    return field, subfield
    return None


def get(record: MarcRecord, spot: Spot) -> str:
    """Return a value as it is shown."""
    here = found(record, spot)
    return without_tail(clean(here[1][spot.code])) if here else ""


def put(record: MarcRecord, spot: Spot, text: str) -> None:
    """Write a value where it stands, or where it should; '' takes it out. An article's marks are kept."""
    here = found(record, spot)
    if here is not None:
        field, subfield = here
        if text:
            subfield[spot.code] = like(subfield[spot.code], text)
        else:
            take_out(record, field, subfield)
        return
    if not text:
        return
    for tag, _indicators in spot.tags:
        for field in data_fields(record, tag):
            add_subfield(field, spot.code, text, spot.order)
            return
    tag, indicators = spot.tags[0]
    insert(record, tag, new_field(indicators, (spot.code, text)))


def add_subfield(field: DataField, code: str, text: str, order: str) -> None:
    """Add a subfield before the first one that comes later in this order."""
    rank = order.find(code)
    place = len(field["subfields"])
    for number, one in enumerate(field["subfields"]):
        if order.find(next(iter(one), "")) > rank:
            place = number
            break
    field["subfields"].insert(place, {code: text})


def like(old: str, text: str) -> str:
    """Return a text with the marks around its article, and the punctuation at its end, that the old one had."""
    tail = old[len(without_tail(old.rstrip())) :]
    if marked := _ARTICLE.match(old):
        article = clean(marked[0] + "x").removesuffix("x")
        if text.startswith(article):
            text = marked[0] + text.removeprefix(article)
    return text + tail if without_tail(text + tail) == text else text


def positions(text: str, start: int, value: str, length: int) -> str:
    """Return coded data of a length with some positions written."""
    padded = text.ljust(length)
    return padded[:start] + value + padded[start + len(value) :]

"""A MARC record at hand: its fields by tag, and the cleaning that both dialects need."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NotRequired, TypedDict

from catalog.importing.report import Fault
from catalog.keys import isbn13
from catalog.models import Audience, Material

if TYPE_CHECKING:
    from collections.abc import Iterable


class DataField(TypedDict):
    """A field with indicators; each subfield is a dict of one code and its value, since codes repeat."""

    ind1: str
    ind2: str
    subfields: list[dict[str, str]]


class MarcRecord(TypedDict):
    """MARC-in-JSON. `iso2709` (base64) is there only where the bytes could not be read as characters."""

    leader: str
    fields: list[dict[str, str | DataField]]
    iso2709: NotRequired[str]


SUBFIELD_CODES = frozenset(map(chr, range(0x21, 0x7F)))  # printable ASCII
STRAY_CODE = "?"  # for text that stands outside any subfield
BLANK_LEADER = " " * 10 + "22" + " " * 8 + "4500"

_NON_SORTING = re.compile("[\x88\x98]([^\x88\x89\x98\x9c]*)[\x89\x9c]\\s*|<<([^<>]{1,12})>>\\s*")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_ISBD_TAIL = " /:;,=+"
_ISBN_SHAPE = re.compile(r"97[89][-\s]?(?:\d[-\s]?){9}\d|(?:\d[-\s]?){9}[\dXx]")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?:[.,]\d{1,2})?(?!\d)")
_AGE_MARK = re.compile(
    r"(?:\b(?:VM|V\.M\.|PEGI|FSK)\s?|(?:vietat|non adatt)\w+ ai minori (?:di|degli anni)\s)"
    r"(3|6|7|10|12|14|16|18)(?!\d)",
    re.IGNORECASE,
)
_FULL_STOP = re.compile(r"(?<=\w\w\w)\.$|(?<=[)\]\"'»”])\.$")


@dataclass(slots=True)
class Holding:
    """One copy as a record names it."""

    branch: str
    barcode: str
    shelf_mark: str = ""
    volume: str = ""


@dataclass(slots=True)
class Draft:
    """What of a record is shown and searched, before it is written; names as in `catalog.models.Title`."""

    title: str
    subtitle: str = ""
    original_title: str = ""
    responsibility: str = ""
    edition: str = ""
    publisher: str = ""
    published_in: str = ""
    year: int | None = None
    extent: str = ""
    series: str = ""
    series_number: str = ""
    formats: list[str] = field(default_factory=list)
    language: str = ""
    material: str = Material.BOOK
    audience: str = Audience.ADULT
    age_mark: int | None = None  # in years, as printed on it
    isbns: list[str] = field(default_factory=list)
    dewey: str = ""
    summary: str = ""
    people: list[tuple[str, str, str]] = field(default_factory=list)  # name, identifier, role
    subjects: list[str] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    main_author: str = ""  # whose entry the work stands under
    part: str = ""  # number and name of the volume
    work_slug: str = ""  # named by whoever wrote the record
    is_serial: bool = False


class Fields:
    """Fields of one record by tag, in the record's order."""

    __slots__ = ("controls", "data", "leader")

    def __init__(self, record: MarcRecord) -> None:
        self.leader = record["leader"].ljust(24)
        self.controls: dict[str, str] = {}
        self.data: dict[str, list[DataField]] = {}
        for one in record["fields"]:
            for tag, content in one.items():
                if isinstance(content, str):
                    self.controls.setdefault(tag, content)
                elif tag in self.data:
                    self.data[tag].append(content)
                else:
                    self.data[tag] = [content]

    def all(self, *tags: str) -> list[DataField]:
        """Return the fields of these tags: those of the first tag first."""
        if len(tags) == 1:
            return self.data.get(tags[0], [])
        return [one for tag in tags if tag in self.data for one in self.data[tag]]

    def first(self, tags: str | tuple[str, ...], codes: str) -> str:
        """Return the first subfield with one of these codes that says something, cleaned; '' when there is none."""
        for tag in (tags,) if isinstance(tags, str) else tags:
            for one in self.data.get(tag, ()):
                for subfield in one["subfields"]:
                    for code, value in subfield.items():
                        if code in codes and (text := clean(value)):
                            return text
        return ""

    def raw(self, tag: str, code: str) -> str:
        """Return the first such subfield as it stands, for coded data where each position counts."""
        for one in self.data.get(tag, ()):
            for subfield in one["subfields"]:
                if code in subfield:
                    return subfield[code]
        return ""


def values(one: DataField, codes: str) -> list[str]:
    """Return the subfields with these codes that say something, cleaned, in the field's order."""
    found = []
    for subfield in one["subfields"]:
        for code, value in subfield.items():
            if code in codes and (text := clean(value)):
                found.append(text)
    return found


def value(one: DataField, codes: str) -> str:
    """Return the first subfield with one of these codes that says something, cleaned; '' when there is none."""
    for subfield in one["subfields"]:
        for code, content in subfield.items():
            if code in codes and (text := clean(content)):
                return text
    return ""


def clean(text: str) -> str:
    """Return a value as it is shown: composed, single spaces, without non-sorting marks and control characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if "\x98" in text or "\x88" in text:
            text = _NON_SORTING.sub(_unmarked, text)
    if "<<" in text:
        text = _NON_SORTING.sub(_unmarked, text)
    if not text.isprintable():
        text = _CONTROLS.sub("", text)
    return " ".join(text.split())


def _unmarked(match: re.Match[str]) -> str:
    """Return the article between non-sorting marks as it is written before its word."""
    article = match[1] if match[1] is not None else match[2]
    return article if article.endswith(("'", "\u2019", "-")) else article.rstrip() + " "


def without_tail(text: str) -> str:
    """Return a value without the punctuation that only leads to the next one, nor the full stop that ends a field."""
    text = text.rstrip(_ISBD_TAIL)
    if text.endswith(".") and not text.endswith("..."):
        text = _FULL_STOP.sub("", text)
    return text


def joined(parts: list[str], between: str) -> str:
    """Return the parts that say something, with `between` between them."""
    return between.join(part for part in parts if part)


def isbns_in(texts: list[str]) -> list[str]:
    """Return the valid ISBNs of these subfields without hyphens: the ISBN-13 of each, and the ISBN-10 it came as."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _ISBN_SHAPE.findall(text):
            number = re.sub(r"[-\s]", "", match).upper()
            if thirteen := isbn13(number):
                found[thirteen] = None
                found[number] = None
    return list(found)


def year_in(*texts: str) -> int | None:
    """Return the first year from 1400 to 2099 that these texts name; None when they name none."""
    for text in texts:
        if match := _YEAR.search(text):
            return int(match[1])
    return None


def position_in(number: str) -> float | None:
    """Return where a number stands in its series ('vol. 12' gives 12); None when it names no number below 10,000."""
    match = _NUMBER.search(number)
    return float(match[0].replace(",", ".")) if match else None


def plain_code(code: str) -> str:
    """Return the ASCII letter under an accented subfield code, else the code as it is."""
    bare = unicodedata.normalize("NFKD", code)[:1]
    return bare if bare in SUBFIELD_CODES else code or STRAY_CODE


class Oddities:
    """Tags with something wrong in them, gathered while a record is read so as to be told once each."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, None]] = {}

    def add(self, code: str, tag: str) -> None:
        """Note what is wrong (a key of REASONS) with a field."""
        self.found.setdefault(code, {})[tag] = None

    def notes(self) -> list[Fault]:
        """Return one fault a kind, naming the tags."""
        return [
            *(Fault("tag", tag=tag) for tag in self.found.get("tag", ())),
            *(Fault(code, tags=", ".join(tags)) for code, tags in self.found.items() if code != "tag"),
        ]


def age_mark_in(notes: Iterable[str]) -> int | None:
    """Return the age in years that a note on the audience says ('Vietato ai minori di 14 anni', 'PEGI 16'), or None."""
    return max((int(found[1]) for note in notes for found in _AGE_MARK.finditer(note)), default=None)

"""What is wrong with a record that somebody is about to save, each beside the line it is in.

Old sins are let be: a line that nobody touched is never refused, so that a record can be bettered step by step.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from catalog.importing import marc21, unimarc
from catalog.importing.fields import Fields
from catalog.importing.readers import MARC21, UNIMARC
from catalog.importing.report import Fault
from catalog.keys import isbn13
from catalog.languages import TAGS
from catalog.records.lines import LEADER, LEADER_TAG
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catalog.importing.fields import DataField, MarcRecord
    from catalog.records.lines import Line

MANDATORY = {UNIMARC: ("001", "100", "200"), MARC21: ("001", "008", "245")}
CODED = {("100", UNIMARC): 36, ("008", MARC21): 40}
_TAG = re.compile(r"\d{3}")
_INDICATOR = re.compile(r"[0-9a-z |]")
_CODE = re.compile(r"[0-9a-z]")
_LANGUAGE = re.compile(r"[a-z]{3}")
_SHORT = {tag: code for code, tag in TAGS.items()}
FIRST_YEAR, YEARS_AHEAD = 1000, 2
INDICATORS = 2


class LineFault(NamedTuple):
    """What is wrong: in which line (its number among those sent; None for the record as a whole), in words."""

    number: int | None
    message: str


def check(record: MarcRecord, before: MarcRecord, lines: Sequence[Line], dialect: str) -> list[LineFault]:
    """Return everything that must be put right before the record can be saved."""
    faults = [LineFault(line.number, words) for line in lines if not line.is_kept for words in _line(line, dialect)]
    if faults:
        return faults
    return [LineFault(None, words) for words in _whole(record, before, dialect)]


def _line(line: Line, dialect: str) -> Iterator[str]:
    if line.tag == LEADER_TAG:
        if not isinstance(line.content, str) or len(line.content) != LEADER or not line.content.isascii():
            yield _("The leader has 24 characters, letters and digits without accents.")
        return
    if not _TAG.fullmatch(line.tag):
        yield _("A line begins with a tag of three digits, then a blank, such as 200 or 995.")
        return
    if line.content is None:
        yield _("After tag and indicators come subfields, each a dollar sign and its letter: 200 1  $aTitle")
        return
    if isinstance(line.content, str):
        if not line.content.strip():
            yield _("This field is empty: write its content, or clear the line to take it out.")
        elif (length := CODED.get((line.tag, dialect))) and len(line.content) != length:
            yield _("Field %(tag)s has %(length)s characters; here are %(found)s.") % {
                "tag": line.tag,
                "length": length,
                "found": len(line.content),
            }
        return
    yield from _data(line.tag, line.content, dialect)


def _data(tag: str, field: DataField, dialect: str) -> Iterator[str]:
    indicators = field["ind1"] + field["ind2"]
    if len(indicators) != INDICATORS or not all(map(_INDICATOR.fullmatch, indicators)):
        yield _("Between the tag and the first subfield stand two indicators: digits, or blanks (# for a blank).")
    for subfield in field["subfields"]:
        for code, text in subfield.items():
            if not _CODE.fullmatch(code):
                yield _("A subfield begins with a dollar sign and one small letter or digit.")
            elif not text.strip():
                yield _("Subfield %(code)s is empty: write its content, or take it out.") % {"code": f"${code}"}
            else:
                yield from _value(tag, code, text, dialect)


def _value(tag: str, code: str, text: str, dialect: str) -> Iterator[str]:
    if code != "a":
        return
    if tag == ("010" if dialect == UNIMARC else "020"):
        yield from isbn_faults(text.split(" ", maxsplit=1)[0])
    elif tag == ("101" if dialect == UNIMARC else "041"):
        yield from language_faults(text)
    elif tag == "100" and dialect == UNIMARC:
        if len(text) != CODED[tag, UNIMARC]:
            words = _("Subfield %(code)s of field %(tag)s has %(length)s characters; here are %(found)s.")
            yield words % {"code": "$a", "tag": tag, "length": CODED[tag, UNIMARC], "found": len(text)}
        elif text[9:13].strip() and text[8] not in "u ":
            yield from year_faults(text[9:13])


def isbn_faults(text: str) -> Iterator[str]:
    """Yield why this is no ISBN."""
    if not isbn13(text):
        yield _("%(number)s is no ISBN: its last digit does not fit the others, or a digit is missing.") % {
            "number": text
        }


def language_faults(text: str) -> Iterator[str]:
    """Yield why this is no code of a language."""
    if _LANGUAGE.fullmatch(text):
        return
    known = _SHORT.get(text.casefold())
    if known:
        yield _("A language has three letters here: %(code)s.") % {"code": known}
    else:
        yield _("A language is a code of three small letters, such as ita, eng, fre, ger, spa, ara.")


def year_faults(text: str) -> Iterator[str]:
    """Yield why this is no year of publication."""
    last = clock.today().year + YEARS_AHEAD
    if text.isdigit() and FIRST_YEAR <= int(text) <= last:
        return
    if text.strip("u. |").isdigit() and not text.isdigit():  # a decade or a century, as 19uu
        return
    yield _("The year of publication (positions 9 to 12) is between %(first)s and %(last)s.") % {
        "first": FIRST_YEAR,
        "last": last,
    }


def _whole(record: MarcRecord, before: MarcRecord, dialect: str) -> Iterator[str]:
    tags = [tag for one in record["fields"] for tag in one]
    earlier = {tag for one in before["fields"] for tag in one}
    for tag in MANDATORY[dialect]:
        if tag not in tags and (tag in earlier or not before["fields"]):
            yield _("Field %(tag)s is missing; every record has it.") % {"tag": tag}
    numbers = [one["001"] for one in record["fields"] if "001" in one]
    if [one["001"] for one in before["fields"] if "001" in one] not in ([], numbers):
        yield _("The control number in field 001 stays as it is: by it the record is known.")
    if len(numbers) > 1:
        yield _("Field 001 comes once.")
    try:
        (unimarc if dialect == UNIMARC else marc21).read(Fields(record))
    except Fault:
        yield _("The record has no title: %(where)s is empty or missing.") % {
            "where": "200 $a" if dialect == UNIMARC else "245 $a"
        }

"""All fields of a record as lines of text, and back: `200 1  $aIl barone $fItalo Calvino`.

A line that nobody touched is the field it was made from, whatever odd things that field holds; only new and changed
lines are read as text. What cannot be typed is named in braces, as cataloguers know it: {dollar}, {lcub} for a brace,
{u0098} for a character by its number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.importing.fields import DataField, MarcRecord

LEADER_TAG = "LDR"
LEADER = 24
LOST_BLANKS = 4
NAMED = {"dollar": "$", "lcub": "{"}
_BRACED = re.compile(r"\{(dollar|lcub|u[0-9a-f]{4,6})\}")
_LINE = re.compile(r"(?P<tag>\S{1,5})(?: (?P<rest>.*))?$", re.DOTALL)
BLANK = "#"  # may be typed for a blank indicator, which is hard to see
LAST_CONTROL = "010"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was sent: which field it makes, and whether it is as it was."""

    number: int
    text: str
    tag: str
    content: str | DataField | None  # None when it cannot be read
    is_kept: bool


def as_lines(record: MarcRecord) -> list[str]:
    """Return the leader and each field as a line."""
    lines = [f"{LEADER_TAG} {record['leader']}"]
    for one in record["fields"]:
        lines += [_as_line(tag, content) for tag, content in one.items()]
    return lines


def _as_line(tag: str, content: str | DataField) -> str:
    if isinstance(content, str):
        return f"{tag} {_shown(content)}"
    subfields = [
        f"${'{dollar}' if code == '$' else code}{_shown(text)}"
        for subfield in content["subfields"]
        for code, text in subfield.items()
    ]
    return f"{tag} {content['ind1']}{content['ind2']} {' '.join(subfields)}"


def _shown(text: str) -> str:
    if _BRACED.search(text):
        text = text.replace("{", "{lcub}")
    text = text.replace("$", "{dollar}")
    return "".join(letter if letter.isprintable() else f"{{u{ord(letter):04x}}}" for letter in text)


def _read(text: str) -> str:
    def letter(match: re.Match[str]) -> str:
        name = match[1]
        return NAMED.get(name) or chr(min(int(name[1:], 16), 0x10FFFF))

    return _BRACED.sub(letter, text)


def from_lines(lines: Sequence[str], before: MarcRecord) -> tuple[MarcRecord, list[Line]]:
    """Return the record that the lines make, and each line as it was read; empty lines make nothing.

    A line equal to one of `before` is that field itself. New lines stand where they stand among the others, unless
    they come after the last old one: then by their tag.
    """
    known: dict[str, list[str | DataField]] = defaultdict(list)
    for one in before["fields"]:
        for tag, content in one.items():
            known[_as_line(tag, content)].append(content)
    leader = before["leader"]
    read: list[Line] = []
    for number, raw in enumerate(lines):
        text = raw.replace("\r\n", " ").replace("\n", " ")
        if not text.strip():
            continue
        if text.startswith(LEADER_TAG):
            leader = _leader(text, before["leader"])
            read.append(Line(number, text, LEADER_TAG, leader, leader == before["leader"]))
        elif known.get(text):
            read.append(Line(number, text, text.split(" ", 1)[0], known[text].pop(0), is_kept=True))
        else:
            read.append(_from_line(number, text))
    record: MarcRecord = {**before, "leader": leader, "fields": []}  # type: ignore[typeddict-item]  # what else it keeps
    last_kept = max((place for place, line in enumerate(read) if line.is_kept), default=-1)
    for place, line in enumerate(read):
        if line.tag == LEADER_TAG or line.content is None:
            continue
        if place < last_kept or line.is_kept:
            record["fields"].append({line.tag: line.content})
        else:
            _insert(record, line.tag, line.content)
    return record, read


def _insert(record: MarcRecord, tag: str, content: str | DataField) -> None:
    place = 0
    for number, one in enumerate(record["fields"], 1):
        if next(iter(one), "") <= tag:
            place = number
    record["fields"].insert(place, {tag: content})


def _leader(text: str, before: str) -> str:
    """Return the leader of a line; spaces at its end get lost on the way of a form."""
    leader = text[len(LEADER_TAG) + 1 :].rstrip()
    if leader == before.rstrip():
        return before
    return leader.ljust(LEADER) if len(leader) >= LEADER - LOST_BLANKS else leader


def _from_line(number: int, text: str) -> Line:
    match = _LINE.match(text.strip("\t"))
    if match is None:
        return Line(number, text, "", None, is_kept=False)
    tag, rest = match["tag"], match["rest"] or ""
    if tag < LAST_CONTROL and tag.isdigit():
        return Line(number, text, tag, _read(rest.strip() if tag == "001" else rest), is_kept=False)
    head, sign, body = rest.partition("$")
    if not sign:
        return Line(number, text, tag, None, is_kept=False)
    # Two indicators; the blank before the first subfield is for the eye, and blanks at the edge get lost in typing.
    indicators = head[:2].ljust(2).replace(BLANK, " ") if len(head.rstrip()) <= 2 else head.rstrip()  # noqa: PLR2004
    pieces = re.split(r"\$(?!\{dollar\}\$)", sign + body)[1:]
    subfields: list[dict[str, str]] = []
    for place, piece in enumerate(pieces):
        is_last = place == len(pieces) - 1
        piece_text = piece if is_last else piece.removesuffix(" ")
        code = "$" if piece_text.startswith("{dollar}") else piece_text[:1]
        value = piece_text.removeprefix("{dollar}") if code == "$" else piece_text[1:]
        subfields.append({code: _read(value)})
    field: DataField = {"ind1": indicators[:1], "ind2": indicators[1:], "subfields": subfields}
    return Line(number, text, tag, field, is_kept=False)

"""From MARC-in-JSON to ISO 2709, in UTF-8."""

from __future__ import annotations

import base64
import binascii
import copy as copying
from typing import TYPE_CHECKING

from catalog.importing.iso2709 import END_OF_FIELD, END_OF_RECORD, LEADER, SUBFIELD, decode
from catalog.importing.readers import MARC21
from catalog.importing.report import Fault

if TYPE_CHECKING:
    from catalog.importing.fields import MarcRecord

LONGEST_RECORD, LONGEST_FIELD = 99_999, 9_999  # what five and four digits can say
CHARSET = slice(26, 28)  # of UNIMARC 100 $a


class TooLong(Exception):
    """ISO 2709 cannot hold this record."""


class NotTheSame(Exception):
    """What would be read back is not what is kept: such a record goes another way."""


def encode(record: MarcRecord, dialect: str) -> bytes:
    """Return a record as ISO 2709 that reads back as it is kept. Raises TooLong, NotTheSame.

    Bytes that could not be read as characters when the record came are given as they came, as long as the record
    still is what was read from them. Lengths in the leader, and the mark of the character set, are those of the
    bytes written.
    """
    if raw := _as_it_came(record):
        return raw
    told = _in_utf8(record, dialect)
    data = _written(told)
    try:
        again, _notes = decode(data)
    except Fault as fault:
        raise NotTheSame from fault
    if again["fields"] != told["fields"] or _lasting(again["leader"]) != _lasting(told["leader"].ljust(LEADER)):
        raise NotTheSame
    return data


def _as_it_came(record: MarcRecord) -> bytes:
    if "iso2709" not in record:
        return b""
    try:
        raw = base64.b64decode(record["iso2709"], validate=True)
        again, _notes = decode(raw)
    except (binascii.Error, Fault):
        return b""
    return raw if again["fields"] == record["fields"] and again["leader"] == record["leader"] else b""


def _in_utf8(record: MarcRecord, dialect: str) -> MarcRecord:
    """Return a record that says it is in UTF-8, where it holds more than plain letters."""
    text = "".join(
        value
        for one in record["fields"]
        for content in one.values()
        for value in ([content] if isinstance(content, str) else [v for s in content["subfields"] for v in s.values()])
    )
    if text.isascii():
        return record
    new = copying.deepcopy(record)
    if dialect == MARC21:
        leader = new["leader"].ljust(LEADER)
        new["leader"] = leader[:9] + "a" + leader[10:]
        return new
    for one in new["fields"]:
        content = one.get("100")
        if content is not None and not isinstance(content, str):
            for subfield in content["subfields"]:
                coded = subfield.get("a", "")
                if len(coded) >= CHARSET.stop and "50" not in (coded[26:28], coded[28:30]):
                    subfield["a"] = coded[:26] + "50" + coded[28:]
    return new


def _written(record: MarcRecord) -> bytes:
    directory, body = [], []
    length = 0
    for one in record["fields"]:
        for tag, content in one.items():
            name = tag.encode("ascii", "replace")
            if len(name) != 3:  # noqa: PLR2004  a tag has three characters
                raise NotTheSame
            if isinstance(content, str):
                data = content.encode()
            else:
                head = (content["ind1"] + content["ind2"]).encode()
                parts = [
                    SUBFIELD + code.encode() + value.encode()
                    for subfield in content["subfields"]
                    for code, value in subfield.items()
                ]
                data = head + b"".join(parts)
            data += END_OF_FIELD
            if len(data) > LONGEST_FIELD or length > LONGEST_RECORD:
                raise TooLong
            directory.append(b"%s%04d%05d" % (name, len(data), length))
            body.append(data)
            length += len(data)
    base = LEADER + len(directory) * 12 + 1
    total = base + length + 1
    if total > LONGEST_RECORD:
        raise TooLong
    leader = record["leader"].ljust(LEADER)[:LEADER]
    if not leader.isascii():
        raise NotTheSame
    head = b"%05d%s%05d%s" % (total, leader[5:12].encode(), base, leader[17:].encode())
    return head + b"".join(directory) + END_OF_FIELD + b"".join(body) + END_OF_RECORD


def _lasting(leader: str) -> str:
    """Return a leader without the lengths, which change from container to container."""
    return leader[5:12] + leader[17:]

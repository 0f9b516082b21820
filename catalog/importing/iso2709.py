"""ISO 2709: cutting a file into records and a record into MARC-in-JSON, fault by fault.

Written here and not left to pymarc's reader because that one ends the whole file at the first wrong length and
drops what it cannot place (surplus indicators, control characters); a test holds the two equal on sound records.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from catalog.importing.charsets import from_iso5426, from_marc8, from_utf8
from catalog.importing.fields import STRAY_CODE, SUBFIELD_CODES, Oddities, plain_code
from catalog.importing.report import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catalog.importing.fields import DataField, MarcRecord

    Decoder: TypeAlias = Callable[[bytes], tuple[str, bool]]

END_OF_RECORD, END_OF_FIELD, SUBFIELD = b"\x1d", b"\x1e", b"\x1f"
LEADER, ENTRY = 24, 12
LONGEST_DECLARED = 99_999  # five digits
LONGEST = 4_000_000  # a record that overflows its own length is still read, up to here
BLOCK = 1 << 18
FILLERS = b"\r\n\t\x00\x1a"  # what writers put between records and at the end


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes of one record with its end mark, and where in the file they begin."""

    offset: int
    data: bytes
    fault: str = ""  # a key of REASONS when it is no whole record


def chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """Cut the stream at the ends of records; lengths in leaders are believed only where the end mark agrees."""
    buffer, start, offset = b"", 0, 0  # `offset` is where in the file the buffer begins
    while True:
        end = buffer.find(END_OF_RECORD, start)
        if end < 0:
            more = stream.read(BLOCK)
            if not more:
                break
            buffer, offset, start = buffer[start:] + more, offset + start, 0
            if len(buffer) > LONGEST and END_OF_RECORD not in buffer:
                yield Chunk(offset, b"", "iso_too_long")
                buffer, offset = _skip(stream, offset + len(buffer))
            continue
        declared = _declared(buffer, start)
        if end + 1 - start < declared and buffer[end - 1 : end] != END_OF_FIELD:
            # The mark may stand inside the data: then the leader is right about where the record ends.
            if len(buffer) < start + declared:
                buffer += stream.read(BLOCK)
            if buffer[start + declared - 1 : start + declared] == END_OF_RECORD:
                end = start + declared - 1
        data = _without_fillers(buffer[start : end + 1])
        if len(data) > 1:
            yield Chunk(offset + end + 1 - len(data), data)
        start = end + 1
    rest = buffer[start:].lstrip(b" " + FILLERS)
    if rest:
        yield Chunk(offset + len(buffer) - len(rest), rest, "iso_cut_off")


def _without_fillers(data: bytes) -> bytes:
    """Return a record without what stands between it and the one before."""
    sound = data.lstrip(FILLERS)
    if sound[:1] == b" ":  # a filler too, unless the length in the leader was left blank
        bare = sound.lstrip(b" " + FILLERS)
        return bare if bare[:5].isdigit() else sound
    return sound


def _declared(buffer: bytes, start: int) -> int:
    digits = buffer[start : start + 5]
    return int(digits) if digits.isdigit() and len(digits) == 5 else 0  # noqa: PLR2004  five digits of the leader


def _skip(stream: BinaryIO, offset: int) -> tuple[bytes, int]:
    """Read on to the next end of record; return what follows it and where that is in the file."""
    while more := stream.read(BLOCK):
        end = more.find(END_OF_RECORD)
        if end >= 0:
            return more[end + 1 :], offset + end + 1
        offset += len(more)
    return b"", offset


def decode(data: bytes) -> tuple[MarcRecord, list[Fault]]:
    """Return one record as MARC-in-JSON with what is odd about it. Raises Fault when it cannot be read."""
    if len(data) <= LEADER + 1:
        raise Fault("iso_too_short" if len(data) < LEADER else "iso_no_fields", length=len(data))
    if not data[:LEADER].isascii():
        raise Fault("iso_leader")
    notes: list[Fault] = []
    if data[:5] != b"%05d" % len(data):
        notes.append(Fault("iso_length", declared=data[:5].decode("ascii"), found=len(data)))
    tags, values, is_repaired = _cut(data)
    if is_repaired:
        notes.append(Fault("iso_repaired"))
    decoder, damage = _decoder(data, tags, values, notes)
    fields: list[dict[str, str | DataField]] = []
    damaged: list[str] = []
    oddities = Oddities()
    for tag, value in zip(tags, values, strict=True):
        if tag < "010" and tag.isdigit():
            text, is_damaged = decoder(value)
            fields.append({tag: text})
        else:
            content, is_damaged = _data_field(tag, value, decoder, oddities)
            fields.append({tag: content})
        if is_damaged:
            damaged.append(tag)
    record: MarcRecord = {"leader": data[:LEADER].decode("ascii"), "fields": fields}
    if damaged:
        notes.append(Fault(damage, tags=", ".join(dict.fromkeys(damaged))))
    if damaged or "subfield_code" in oddities.found:
        record["iso2709"] = base64.b64encode(data).decode("ascii")
    return record, notes + oddities.notes()


def _cut(data: bytes) -> tuple[list[str], list[bytes], bool]:
    """Return tags, their raw contents, and whether the directory's places had to be put right."""
    end = data.find(END_OF_FIELD, LEADER)
    directory = data[LEADER:end] if end >= 0 else b""
    if end == LEADER:
        raise Fault("iso_no_fields")
    if not directory.isascii() or len(directory) % ENTRY or not directory:
        raise Fault("iso_directory", length=len(directory))
    entries = [directory[place : place + ENTRY].decode("ascii") for place in range(0, len(directory), ENTRY)]
    if not all(entry[3:].isdigit() for entry in entries):
        raise Fault("iso_directory", length=len(directory))
    base = end + 1
    if data[12:17] == b"%05d" % base:
        values = []
        for entry in entries:
            start = base + int(entry[7:])
            stop = start + int(entry[3:7]) - 1
            value = data[start:stop]
            if data[stop : stop + 1] != END_OF_FIELD or END_OF_FIELD in value:
                break
            values.append(value)
        else:
            return [entry[:3] for entry in entries], values, False
    # The places are wrong (often: lengths counted in characters, not bytes). Where the directory lists as many
    # fields as there are end marks, the two belong together in the order in which the fields lie.
    pieces = data[base:].rstrip(END_OF_RECORD).removesuffix(END_OF_FIELD).split(END_OF_FIELD)
    if len(pieces) != len(entries):
        raise Fault("iso_fields_do_not_fit", listed=len(entries), found=len(pieces))
    entries.sort(key=lambda entry: int(entry[7:]))
    return [entry[:3] for entry in entries], pieces, True


def _decoder(data: bytes, tags: list[str], values: list[bytes], notes: list[Fault]) -> tuple[Decoder, str]:
    """Return how to read the record's text and the code of the fault for bytes that do not fit."""
    is_unimarc = "200" in tags and "245" not in tags
    declares_utf8 = data[9:10] == b"a" or (is_unimarc and b"50" in _unimarc_charsets(tags, values))
    if declares_utf8 or (data.isascii() and b"\x1b" not in data):
        return from_utf8, "not_utf8"
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if not is_unimarc:
                notes.append(Fault("utf8_not_declared"))
            return from_utf8, "not_utf8"
    return (from_iso5426, "not_iso5426") if is_unimarc else (from_marc8, "not_marc8")


def _unimarc_charsets(tags: list[str], values: list[bytes]) -> tuple[bytes, bytes]:
    """Return the two codes of character sets in UNIMARC 100 $a, positions 26 to 29."""
    general = values[tags.index("100")].partition(SUBFIELD + b"a")[2] if "100" in tags else b""
    return general[26:28], general[28:30]


def _data_field(tag: str, value: bytes, decoder: Decoder, oddities: Oddities) -> tuple[DataField, bool]:
    if not tag.isalnum():
        oddities.add("tag", tag)
    parts, is_damaged = _parts(value, decoder)
    head = parts[0]
    subfields: list[dict[str, str]] = []
    if len(head) != 2 or not head.isascii() or not head.isprintable():  # noqa: PLR2004  two indicators
        oddities.add("indicators", tag)
        if len(head) > 2:  # noqa: PLR2004  more than two, or a field without its first subfield mark
            subfields.append({STRAY_CODE: head[2:]})
            oddities.add("stray_text", tag)
        head = head.ljust(2)
    for part in parts[1:]:
        code = part[:1]
        if code.isascii() and code.isalnum():
            subfields.append({code: part[1:]})
        elif part:
            if code not in SUBFIELD_CODES:
                oddities.add("subfield_code", tag)
            subfields.append({plain_code(code): part[1:]})
    return {"ind1": head[0], "ind2": head[1], "subfields": subfields}, is_damaged


def _parts(value: bytes, decoder: Decoder) -> tuple[list[str], bool]:
    """Return indicators and subfields as text, and whether bytes had no meaning."""
    if decoder is from_utf8 or (value.isascii() and b"\x1b" not in value):
        text, is_damaged = from_utf8(value)
        return text.split("\x1f"), is_damaged
    # Escapes and combining marks hold within one subfield only.
    read = [decoder(part) for part in value.split(SUBFIELD)]
    return [text for text, _is_bad in read], any(is_bad for _text, is_bad in read)

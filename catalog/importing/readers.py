"""From a file to numbered records: which container it is, and which dialect each record is written in."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from catalog.importing import iso2709
from catalog.importing.fields import Fields
from catalog.importing.marcxml import xml_records
from catalog.importing.report import Fault, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from catalog.importing.fields import MarcRecord

MARC21, UNIMARC, MARCXML, AUTO = "marc21", "unimarc", "marcxml", "auto"
FORMATS = (AUTO, MARC21, UNIMARC, MARCXML)
LOOKED_AT = 4096  # bytes at the start of the file that tell the container
LOOKED_AHEAD = 50  # records whose votes are counted before the first doubtful one is decided
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
UNIMARC_100_SHORTEST = 20  # general processing data is 36 characters long; some writers squeeze the blanks out


@dataclass(slots=True)
class Read:
    """One record of the file, or why there is none at this place."""

    position: int
    offset: int | None
    record: MarcRecord | None
    fields: Fields | None = None
    dialect: str = ""
    fault: Fault | None = None
    notes: list[Fault] = field(default_factory=list)


@contextmanager
def open_records(path: Path, format: str) -> Iterator[Iterator[Read]]:  # noqa: A002  the option's own name
    """Open a file and give its records one by one, each with its dialect. Raises UnreadableFile."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UnreadableFile("file_missing", path=path, error=error.strerror or error) from error
    with stream:
        try:
            start = stream.peek(LOOKED_AT)[:LOOKED_AT]
        except OSError as error:
            raise UnreadableFile("file_missing", path=path, error=error.strerror or error) from error
        is_xml = _is_xml(start)
        if not start.strip(b" " + iso2709.FILLERS):
            raise UnreadableFile("file_empty", path=path)
        if format == MARCXML and not is_xml:
            raise UnreadableFile("file_not_asked", path=path)
        if not is_xml and not _is_iso2709(start):
            raise UnreadableFile("file_not_marc", path=path)
        reads = _from_xml(stream, path) if is_xml else _from_iso2709(stream)
        yield with_dialects(reads, format if format in (MARC21, UNIMARC) else "")


def _is_xml(start: bytes) -> bool:
    for mark in BYTE_ORDER_MARKS:
        start = start.removeprefix(mark)
    return start.replace(b"\x00", b"").lstrip().startswith(b"<")


def _is_iso2709(start: bytes) -> bool:
    """Whether it begins with a record's length, or has a record's marks in it though its first leader is damaged."""
    return start.lstrip(b" " + iso2709.FILLERS)[:5].isdigit() or iso2709.END_OF_FIELD in start


def _from_iso2709(stream: BinaryIO) -> Iterator[Read]:
    for position, chunk in enumerate(iso2709.chunks(stream), 1):
        if chunk.fault:
            fault = Fault(chunk.fault, limit=iso2709.LONGEST)
            yield Read(position, chunk.offset, None, fault=fault, fields=_first_words(chunk.data))
            continue
        try:
            record, notes = iso2709.decode(chunk.data)
        except Fault as fault:
            yield Read(position, chunk.offset, None, fault=fault, fields=_first_words(chunk.data))
        else:
            yield Read(position, chunk.offset, record, Fields(record), notes=notes)


def _first_words(data: bytes) -> Fields:
    """Return what can be told of a damaged record: its control number, where field 001 comes first as it should."""
    words = data[iso2709.LEADER :].split(iso2709.END_OF_FIELD, 2)
    is_named = len(words) > 1 and words[0].startswith(b"001") and iso2709.SUBFIELD not in words[1]
    number = words[1][:80].decode("ascii", "replace") if is_named else ""
    return Fields({"leader": "", "fields": [{"001": number}] if number.isprintable() and number else []})


def _from_xml(stream: BinaryIO, path: Path) -> Iterator[Read]:
    position = 0
    for position, one in enumerate(xml_records(stream), 1):
        fields = Fields(one.record) if one.record is not None else None
        declared = one.declared if one.declared in (MARC21, UNIMARC) else ""
        yield Read(position, one.offset, one.record, fields, dialect=declared, fault=one.fault, notes=one.notes)
    if position == 0:
        raise UnreadableFile("file_xml_without_records", path=path)


def with_dialects(reads: Iterable[Read], forced: str = "") -> Iterator[Read]:
    """Give each record its dialect: the one asked for, else what the record shows, else what most of the file is.

    A doubtful record is decided by the records before it and, at the start of the file, by the first fifty.
    """
    votes: Counter[str] = Counter()
    waiting: deque[Read] = deque()
    for read in reads:
        if read.record is not None and read.fields is not None:
            read.dialect = forced or read.dialect or dialect_shown(read.fields)
            if read.dialect:
                votes[read.dialect] += 1
        waiting.append(read)
        if len(waiting) >= LOOKED_AHEAD:
            yield _decided(waiting.popleft(), votes)
    while waiting:
        yield _decided(waiting.popleft(), votes)


def _decided(read: Read, votes: Counter[str]) -> Read:
    if not read.dialect:
        read.dialect = UNIMARC if votes[UNIMARC] > votes[MARC21] else MARC21
    return read


def dialect_shown(fields: Fields) -> str:
    """Return the dialect that a record's own fields speak for, '' where they speak for neither or both."""
    unimarc = marc21 = 0
    if "245" in fields.data:
        marc21 += 2
    if "008" in fields.controls:
        marc21 += 2
    if fields.first("200", "a"):
        unimarc += 2
    general = fields.raw("100", "a")
    if len(general) >= UNIMARC_100_SHORTEST and general[:8].isdigit():
        unimarc += 2
    if "801" in fields.data:
        unimarc += 1
    if fields.leader[20:24] == "450 ":
        unimarc += 1
    if unimarc == marc21:
        return ""
    return UNIMARC if unimarc > marc21 else MARC21

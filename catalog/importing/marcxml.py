"""MARCXML of MARC21 and UNIMARC: the Library of Congress's slim format, MarcXchange, and Italy's unimarcslim.

Records are taken wherever they stand in the file (a collection, an OAI-PMH or SRU answer). The parser is fed block
by block and keeps one record at a time. Document types are refused, and with them entities of every kind.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from xml.parsers import expat

from catalog.importing.fields import BLANK_LEADER, STRAY_CODE, SUBFIELD_CODES, Oddities
from catalog.importing.report import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.importing.fields import DataField, MarcRecord

BLOCK = 1 << 16
LONGEST = 4_000_000  # bytes in one record
MARC_NAMESPACES = ("http://www.loc.gov/MARC21/slim", "info:lc/xmlns/marcxchange", "/unimarc/slim")
# What each element is, in the long names of the slim format and the short ones of unimarcslim.
RECORD, LEADER, CONTROL, DATA, SUBFIELD, EMBEDDED, MESSAGE, HEADER = range(1, 9)
ELEMENTS = {
    "record": RECORD, "rec": RECORD, "leader": LEADER, "lab": LEADER, "controlfield": CONTROL, "cf": CONTROL,
    "datafield": DATA, "df": DATA, "subfield": SUBFIELD, "sf": SUBFIELD, "s1": EMBEDDED,
    # What SRU and OAI-PMH say where they have no record to give.
    "message": MESSAGE, "header": HEADER,
}  # fmt: skip


@dataclass(slots=True)
class XmlRecord:
    """One record element: the record or why it cannot be read, what is odd about it, where it begins in the file."""

    offset: int
    record: MarcRecord | None
    notes: list[Fault]
    fault: Fault | None = None
    declared: str = ""  # the dialect that the element names: 'unimarc', 'marc21' or ''


def xml_records(stream: BinaryIO) -> Iterator[XmlRecord]:
    """Yield the records of an XML file; where it stops being well-formed the last one carries the fault."""
    handler = _Handler()
    while True:
        block = stream.read(BLOCK)
        fault = handler.feed(block)
        while handler.ready:
            yield handler.ready.popleft()
        if fault is not None:
            yield XmlRecord(handler.parser.ErrorByteIndex, None, [], fault)
        if fault is not None or not block:
            return


class _Handler:
    """Builds MARC-in-JSON from the parser's events."""

    def __init__(self) -> None:
        self.ready: deque[XmlRecord] = deque()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.parser.EntityDeclHandler = self.refuse_doctype
        self.known: dict[str, int] = {}  # element name with namespace -> what it is
        self.current: XmlRecord | None = None
        self.is_marc = False
        self.oddities = Oddities()
        self.text: list[str] = []  # since the last element of ours began or ended
        self.parser.CharacterDataHandler = self.text.append
        self.tags: dict[str, str] = {}  # tags met that are as they should be
        self.field: DataField | None = None
        self.tag = ""
        self.code = ""
        self.embedded = False
        self.inner_tag = ""

    def feed(self, block: bytes) -> Fault | None:
        """Parse a block (the empty one ends the file) and return what stopped the parser, if anything did."""
        try:
            self.parser.Parse(block, not block)
            if self.current is None:
                self.text.clear()
            elif self.parser.CurrentByteIndex - self.current.offset > LONGEST:
                return Fault("xml_too_long", limit=LONGEST)
        except Fault as fault:
            return fault
        except expat.ExpatError as error:
            return Fault("xml_broken", line=error.lineno, column=error.offset + 1, error=expat.ErrorString(error.code))
        except (LookupError, ValueError) as error:  # an encoding that nobody knows
            return Fault("xml_broken", line=self.parser.CurrentLineNumber, column=1, error=error)
        return None

    def refuse_doctype(self, *_declaration: object) -> None:
        """Stop at the first sign of a document type: entities are never expanded, nothing is fetched."""
        raise Fault("xml_doctype", line=self.parser.CurrentLineNumber)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        kind = self.known.get(name)
        if kind is None:
            kind = self.known[name] = ELEMENTS.get(name.rpartition(" ")[2], 0)
        if kind == RECORD:
            self._begin(name, attributes)
        elif kind == 0 or self.current is None:
            return
        elif kind == SUBFIELD:
            text = self.text
            if text and (len(text) > 1 or not text[0].isspace()):
                self._stray()
            self.code = attributes.get("code") or attributes.get("c") or ""
        elif kind in (CONTROL, DATA):
            self._begin_field(kind, attributes)
        elif kind == EMBEDDED:
            self._stray()
            self.embedded = True
        elif kind == HEADER and attributes.get("status") == "deleted":
            self.current.fault = Fault("xml_deleted")
        self.text.clear()

    def end(self, name: str) -> None:
        """Take the end of an element."""
        kind = self.known.get(name, 0)
        current = self.current
        if kind == 0 or current is None or current.record is None:
            return
        if kind == SUBFIELD:
            self._end_subfield()
        elif kind == RECORD:
            self._finish(current)
        elif kind == LEADER:
            current.record["leader"] = "".join(self.text)
        elif kind == EMBEDDED:
            self.embedded = False
        elif kind == MESSAGE:
            current.fault = Fault("xml_error", error="".join(self.text).strip())
        elif kind != HEADER:
            self._end_content(kind, current.record)
        self.text.clear()

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        namespace = name.rpartition(" ")[0]
        self.is_marc = not namespace or any(known in namespace for known in MARC_NAMESPACES)
        declared = "unimarc" if "/unimarc/" in namespace else attributes.get("format", "").lower().replace(" ", "")
        self.current = XmlRecord(
            self.parser.CurrentByteIndex, {"leader": BLANK_LEADER, "fields": []}, [], declared=declared
        )
        self.oddities = Oddities()
        self.field, self.embedded = None, False

    def _begin_field(self, kind: int, attributes: dict[str, str]) -> None:
        tag = attributes.get("tag") or attributes.get("t") or ""
        first = attributes.get("ind1") or attributes.get("i1") or " "
        second = attributes.get("ind2") or attributes.get("i2") or " "
        if self.embedded and self.field is not None:
            # A field inside a field: in ISO 2709 its tag and indicators, or tag and data, are a subfield $1.
            self.inner_tag = tag
            if kind == DATA:
                self.field["subfields"].append({"1": f"{tag}{first}{second}"})
            return
        self.tag = self.tags.get(tag) or self._checked_tag(tag)
        if kind == DATA:
            self.field = {"ind1": first, "ind2": second, "subfields": []}
            if len(first) != 1 or len(second) != 1:
                self.oddities.add("indicators", self.tag)

    def _end_subfield(self) -> None:
        if self.field is not None:
            if self.code not in SUBFIELD_CODES:
                self.oddities.add("subfield_code", self.tag)
            self.field["subfields"].append({self.code or STRAY_CODE: "".join(self.text)})

    def _end_content(self, kind: int, record: MarcRecord) -> None:
        if kind == CONTROL and not (self.embedded and self.field is not None):
            record["fields"].append({self.tag: "".join(self.text)})
        elif self.field is None:
            return
        elif kind == CONTROL:
            self.field["subfields"].append({"1": self.inner_tag + "".join(self.text)})
        else:
            self._stray()
            if not self.embedded:
                record["fields"].append({self.tag: self.field})
                self.field = None

    def _finish(self, current: XmlRecord) -> None:
        self.current = None
        if current.record is None:
            return
        if (length := len(current.record["leader"])) != len(BLANK_LEADER):
            current.notes.append(Fault("leader", length=length))
        if not current.record["fields"]:
            if current.fault is None and not self.is_marc:
                return  # an empty envelope of another name space
            current.record, current.fault = None, current.fault or Fault("iso_no_fields")
        else:
            current.fault = None
        current.notes += self.oddities.notes()
        self.ready.append(current)

    def _stray(self) -> None:
        """Keep text that stands in a field but in no subfield."""
        if self.field is not None and not self.embedded and (text := "".join(self.text)).strip():
            self.field["subfields"].append({STRAY_CODE: text})
            self.oddities.add("stray_text", self.tag)

    def _checked_tag(self, tag: str) -> str:
        if len(tag) == 3 and tag.isalnum():  # noqa: PLR2004  a tag has three characters
            self.tags[tag] = tag
            return tag
        self.oddities.add("tag", tag)
        return f"{int(tag):03}" if tag.isdecimal() and tag.isascii() else tag

"""The export of some titles: each as it is kept, with its present copies; what a container cannot hold is told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from catalog.exporting import iso2709, marcxml
from catalog.exporting.copies import with_copies
from catalog.importing.readers import UNIMARC
from catalog.models import Copy, Title
from catalog.records.common import blank
from catalog.states import CopyStatus
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from catalog.importing.fields import MarcRecord

ISO2709, MARCXML = "iso2709", "marcxml"
CONTAINERS = (ISO2709, MARCXML)
AT_ONCE = 500
GONE = (CopyStatus.WITHDRAWN, CopyStatus.LOST)


@dataclass
class ExportReport:
    """What became of the titles asked for; control numbers tell which."""

    written: int = 0
    left_out: int = 0  # of another dialect than the one asked for
    as_xml: list[str] = field(default_factory=list)  # too long or too odd for ISO 2709: in the other file
    changed: list[str] = field(default_factory=list)  # with characters that not even XML can hold


def export_titles(
    title_ids: Iterable[int], out: BinaryIO, *, container: str, dialect: str = "", beside: BinaryIO | None = None
) -> ExportReport:
    """Write titles to `out` and return what became of them.

    `container` is iso2709 or marcxml. `dialect` (marc21 or unimarc) leaves out records of the other one. What ISO
    2709 cannot hold goes as MARCXML to `beside`, which stays empty when there is none. Merged titles go with the one
    they were merged into.
    """
    report = ExportReport()
    if container == MARCXML:
        out.write(marcxml.START)
    for ids in _parts(title_ids):
        for title, record in _records(ids):
            form = title.record_format or UNIMARC
            if dialect and form != dialect:
                report.left_out += 1
            elif container == MARCXML:
                _write_xml(out, title, record, form, report)
            else:
                _write_iso(out, beside, title, record, form, report)
    if container == MARCXML:
        out.write(marcxml.END)
    elif report.as_xml and beside is not None:
        beside.write(marcxml.END)
    return report


def _parts(title_ids: Iterable[int]) -> Iterable[Sequence[int]]:
    """Return the numbers of titles in parts."""
    part: list[int] = []
    for pk in title_ids:
        part.append(pk)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _records(ids: Sequence[int]) -> Iterable[tuple[Title, MarcRecord]]:
    """Yield titles with their records and present copies: three statements a part."""
    copies: dict[int, list[Copy]] = defaultdict(list)
    gone: dict[str, int | None] = {}
    rows = Copy.objects.filter(title__in=ids).select_related("home").order_by("pk")
    for copy in rows:
        if copy.status in GONE:
            gone[copy.barcode] = None
        else:
            copies[copy.title_id].append(copy)
    titles = list(Title.objects.filter(pk__in=ids, merged_into=None).order_by("pk"))
    named = {barcode for one in titles for barcode in _barcodes(one.record)}
    elsewhere = dict(Copy.objects.filter(barcode__in=named).values_list("barcode", "title"))
    for title in titles:
        record: Any = title.record if title.record.get("fields") else _made(title)
        out = {barcode for barcode in gone if barcode in named}
        out |= {barcode for barcode, owner in elsewhere.items() if owner != title.pk}
        form = title.record_format or UNIMARC
        kept = {key: value for key, value in record.items() if key in ("leader", "fields", "iso2709")}
        yield title, with_copies(kept, form, title.material, copies[title.pk], out)  # type: ignore[arg-type]  # JSON as kept


def _barcodes(record: Any) -> set[str]:
    """Return what may be barcodes in a record's fields of copies."""
    return {
        value.strip()
        for one in record.get("fields", [])
        for tag, content in one.items()
        if tag in ("995", "852") and isinstance(content, dict)
        for subfield in content["subfields"]
        for code, value in subfield.items()
        if code in "fp"
    }


def _made(title: Title) -> MarcRecord:
    """Return a record for a title that has none."""
    record = blank(title.control_number, title.added_on or clock.today())
    record["fields"].append({"200": {"ind1": "1", "ind2": " ", "subfields": [{"a": title.title}]}})
    record["fields"].sort(key=lambda one: next(iter(one)))
    return record


def _write_xml(out: BinaryIO, title: Title, record: MarcRecord, form: str, report: ExportReport) -> None:
    data, is_same = marcxml.encode(record, form)
    out.write(data)
    report.written += 1
    if not is_same:
        report.changed.append(title.control_number)


def _write_iso(
    out: BinaryIO, beside: BinaryIO | None, title: Title, record: MarcRecord, form: str, report: ExportReport
) -> None:
    try:
        out.write(iso2709.encode(record, form))
        report.written += 1
    except (iso2709.TooLong, iso2709.NotTheSame):
        if beside is not None:
            if not report.as_xml:
                beside.write(marcxml.START)
            _write_xml(beside, title, record, form, report)
        report.as_xml.append(title.control_number)

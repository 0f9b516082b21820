"""What an import found and did, in numbers and in words.

A fault is a code with parameters and becomes a sentence when it is read, so that it can be shown in any language.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

MOST_LISTED = 10_000  # problems kept in a report; all are counted, and `on_problem` is told of each

REASONS: dict[str, Promise] = {
    # the file
    "file_missing": _("%(path)s cannot be read: %(error)s"),
    "file_empty": _("%(path)s is empty"),
    "file_not_marc": _("%(path)s holds no MARC: it begins neither like ISO 2709 nor like XML"),
    "file_not_asked": _("%(path)s is not MARCXML"),
    "file_xml_without_records": _("%(path)s is XML without any MARC record in it"),
    "branch_unknown": _("there is no library, vehicle or metro library with the code %(code)s"),
    "source_too_long": _("the name of a source has at most %(limit)s characters"),
    "interrupted": _("it was interrupted %(times)s times; import a smaller file, or ask whoever runs the server"),
    # records that cannot be taken
    "iso_too_short": _("only %(length)s bytes long: not even a leader and a directory"),
    "iso_too_long": _("no end of record within %(limit)s bytes"),
    "iso_cut_off": _("the file ends inside this record"),
    "iso_leader": _("the leader holds bytes that are not characters"),
    "iso_directory": _(
        "the directory is damaged: %(length)s bytes, which is no multiple of 12, or not tags and numbers"
    ),
    "iso_fields_do_not_fit": _("the directory lists %(listed)s fields, the record has %(found)s"),
    "iso_no_fields": _("it has no fields"),
    "xml_broken": _("not well-formed XML at line %(line)s, column %(column)s (%(error)s); what follows was not read"),
    "xml_doctype": _("the XML declares a document type or entities (line %(line)s), which are not read for safety"),
    "xml_too_long": _("more than %(limit)s bytes in one record; the file was not read further"),
    "xml_error": _("the server that wrote this file gave an error in its place: %(error)s"),
    "xml_deleted": _("its library has deleted it; an import deletes nothing"),
    "no_title": _("it has no title (%(where)s)"),
    "database": _("the database refused it: %(error)s"),
    # records that were taken
    "iso_length": _("its leader says %(declared)s bytes, it has %(found)s"),
    "iso_repaired": _("its directory gives wrong places; fields were taken by their end marks"),
    "not_utf8": _("bytes that are not UTF-8 in %(tags)s; the record as it came is kept beside"),
    "not_marc8": _("bytes that are not MARC-8 in %(tags)s; the record as it came is kept beside"),
    "not_iso5426": _("bytes that are not ISO 5426 in %(tags)s; the record as it came is kept beside"),
    "utf8_not_declared": _("it is UTF-8 though it says MARC-8; read as UTF-8"),
    "leader": _("its leader has %(length)s characters and not 24"),
    "nul": _("NUL characters in %(tags)s, replaced by \ufffd"),
    "tag": _("a tag that is not three letters or digits: %(tag)s"),
    "indicators": _("indicators that are not two characters in %(tags)s"),
    "subfield_code": _("a subfield code that is neither letter nor digit in %(tags)s"),
    "stray_text": _("text outside any subfield in %(tags)s, kept as subfield ?"),
    "no_control_number": _("no control number; %(number)s was made from its contents"),
    "control_number_long": _("a control number of more than %(limit)s characters; %(number)s stands for it"),
    "value_long": _("%(name)s is longer than %(limit)s characters and shown shortened; the record keeps all"),
    "local_kept": _("its record has changed, but this title was corrected here: the local version was kept"),
    "duplicate": _("the same control number comes more than once in the file; the last one counts"),
    # copies that cannot be taken, or not as they are
    "copy_branch_unknown": _("copy %(barcode)s: no library with the code %(code)s"),
    "copy_branch_missing": _("copy %(barcode)s: no library is named"),
    "copy_branch_default": _("copy %(barcode)s: no library with the code %(code)s; given to %(default)s"),
    "copy_barcode_long": _("copy %(barcode)s: a barcode has at most %(limit)s characters"),
    "copy_elsewhere": _("copy %(barcode)s belongs to another title already (%(title)s)"),
    "copy_twice": _("copy %(barcode)s is named twice in the file, for another title too (%(title)s)"),
}


class Level(StrEnum):
    """How bad a problem is."""

    REFUSED = "refused"  # the record was not imported
    COPY = "copy"  # the title was imported, a copy of it was not
    WARNING = "warning"  # imported, with something to look at


class Fault(Exception):
    """Something is wrong with a record; `code` is a key of REASONS."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return in_words(self.code, self.params)


class UnreadableFile(Fault):
    """Nothing can be imported: the file, or what was asked, is wrong as a whole."""


def in_words(code: str, params: dict[str, object]) -> str:
    """Return a problem as half a sentence in the language of the moment."""
    return str(REASONS[code]) % params


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one record: which (counted from 1, with its first byte where known) and what."""

    level: Level
    code: str
    params: dict[str, object]
    position: int
    offset: int | None
    control_number: str

    @property
    def reason(self) -> str:
        """Return what is wrong, in words."""
        return in_words(self.code, self.params)


@dataclass(slots=True)
class ImportReport:
    """The result of one import. `read` = created + updated + unchanged + refused + superseded."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    superseded: int = 0  # came again later in the same batch
    copies_created: int = 0
    copies_updated: int = 0
    copies_unchanged: int = 0
    copies_refused: int = 0
    warnings: int = 0
    dry_run: bool = False
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    on_problem: Callable[[Problem], None] | None = None

    def add(self, problem: Problem) -> None:
        """Count a problem, list it and tell whoever listens."""
        match problem.level:
            case Level.REFUSED:
                self.refused += 1
            case Level.COPY:
                self.copies_refused += 1
            case Level.WARNING:
                self.warnings += 1
        self.tally[problem.code] += 1
        if len(self.problems) < MOST_LISTED:
            self.problems.append(problem)
        if self.on_problem is not None:
            self.on_problem(problem)

    @property
    def imported(self) -> int:
        """Return how many records are in the catalogue now, changed or not."""
        return self.created + self.updated + self.unchanged

    @property
    def has_failed(self) -> bool:
        """Whether there were records and none of them could be taken."""
        return self.refused > 0 and self.imported == 0

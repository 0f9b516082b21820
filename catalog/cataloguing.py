"""Verbs on titles: add one, correct one, give a correction up. What readers see follows from the record, as at import.

A title that was corrected here bears a mark beside its record (`local`): from then on an import that brings another
version of it says so and keeps ours. The hash of the source's record is kept, so an unchanged source says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.importing.drafts import Prepared, prepare
from catalog.importing.fields import Fields
from catalog.importing.readers import UNIMARC, Read
from catalog.importing.report import Fault
from catalog.importing.writing import LOCAL, write_records
from catalog.models import Title
from catalog.records import version_of
from catalog.search import refresh
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User
    from catalog.importing.fields import MarcRecord

OWN_SOURCE = "milanolib"
NUMBER_PREFIX, NUMBER_DIGITS = "LOC", 7
_ONE_AT_A_TIME = 0x6D6C_6C6F  # any number of our own: two new titles never get one number


class TitleChanged(DomainError):
    """Somebody else saved the same title meanwhile."""

    code = "title_changed"
    message = _(
        "A colleague, or an import, has changed this title since you opened it. Nothing you wrote is lost: it stands "
        "below. Look at the title as it is now in another window, put in what you want to keep, and save again."
    )


class TitleMerged(DomainError):
    """The title is another one now."""

    code = "title_merged"
    message = _("This title was merged into another one. Correct that one.")


class RecordRefused(DomainError):
    """No title can be made of it."""

    code = "record_refused"
    message = _("This record cannot be saved: %(reason)s.")


def next_number() -> str:
    """Return the number that a new title gets; it is taken when the title is saved."""
    last = (
        Title.objects.filter(source=OWN_SOURCE, control_number__regex=rf"^{NUMBER_PREFIX}[0-9]{{{NUMBER_DIGITS}}}$")
        .order_by("-control_number")
        .values_list("control_number", flat=True)
        .first()
    )
    return f"{NUMBER_PREFIX}{int(last.removeprefix(NUMBER_PREFIX)) + 1 if last else 1:0{NUMBER_DIGITS}}"


@transaction.atomic
def add_title(record: MarcRecord, *, actor: User | None) -> Title:
    """Put a title that is catalogued here into the catalogue; it gets its number now. Raises RecordRefused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    number = next_number()
    others = [one for one in record["fields"] if "001" not in one]
    new: Any = {**record, "fields": [{"001": number}, *others], LOCAL: _mark()}
    prepared = _prepared(new, UNIMARC, OWN_SOURCE)
    title_id = write_records([prepared], {})[prepared.key]
    Title.objects.filter(pk=title_id).update(imported_at=None)
    refresh([title_id])
    note_act("add_title", f"title:{title_id}", actor=actor)
    return Title.objects.get(pk=title_id)


@transaction.atomic
def correct_title(title: Title, record: MarcRecord, *, version: str, actor: User | None) -> Title:
    """Write a corrected record, and with it what readers see. Saving what is there already changes nothing.

    `version` is that of the record which was corrected (`catalog.records.version_of`). Raises TitleChanged,
    TitleMerged, RecordRefused.
    """
    title = Title.objects.select_for_update(no_key=True, of=("self",)).get(pk=title.pk)
    if title.merged_into_id is not None:
        raise TitleMerged
    if record == title.record:
        return title
    if version_of(title.record) != version:
        raise TitleChanged
    marked: Any = {**record, LOCAL: _mark()}  # type: ignore[misc]  # beside what MARC knows
    prepared = _prepared(marked, title.record_format or UNIMARC, title.source)
    prepared.control_number, prepared.record_hash = title.control_number, title.record_hash
    write_records([prepared], {prepared.key: title.work_id})
    Title.objects.filter(pk=title.pk).update(imported_at=title.imported_at)
    refresh([title.pk])
    note_act("correct_title", f"title:{title.pk}", actor=actor)
    return Title.objects.get(pk=title.pk)


@transaction.atomic
def give_up_correction(title: Title, *, actor: User | None) -> Title:
    """From now on the source's record counts again: the next import writes it over ours. Safe to repeat."""
    title = Title.objects.select_for_update(no_key=True, of=("self",)).get(pk=title.pk)
    if LOCAL in title.record and title.source != OWN_SOURCE:
        title.record = {key: value for key, value in title.record.items() if key != LOCAL}
        title.record_hash = ""
        title.save(update_fields=["record", "record_hash"])
        note_act("give_up_correction", f"title:{title.pk}", actor=actor)
    return title


def is_corrected(title: Title) -> bool:
    """Whether a record that came from elsewhere was corrected here."""
    return LOCAL in title.record and title.source != OWN_SOURCE


def _mark() -> dict[str, str]:
    return {"since": clock.now().isoformat(timespec="seconds")}


def _prepared(record: MarcRecord, dialect: str, source: str) -> Prepared:
    """Return a record as the import prepares it; copies are added and moved by verbs of their own."""
    try:
        prepared = prepare(Read(0, None, record, Fields(record), dialect), source)
    except Fault as fault:
        raise RecordRefused(reason=str(fault)) from fault
    prepared.source, prepared.holdings = source, []
    return prepared

"""Verbs on notes for the desk: what colleagues should know when the card is scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.cards_of_readers import refuse_merged
from accounts.models import DeskNote, Reader
from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User


def notes_on(reader: Reader) -> QuerySet[DeskNote]:
    """Return the notes for the desk on a reader, the newest first, with who wrote them."""
    return DeskNote.objects.filter(reader=reader).select_related("written_by")


@transaction.atomic
def write_desk_note(reader: Reader, text: str, *, actor: User, place_code: str = "") -> DeskNote:
    """Leave a note for whoever scans the card next. The same words again are one note. Raises ReaderMerged.

    A closed card takes notes too: why it was closed is worth knowing.
    """
    lock(reader)
    refuse_merged(reader)
    note, is_new = DeskNote.objects.get_or_create(
        reader=reader, text=text.strip(), defaults={"written_by": actor, "written_at": clock.now()}
    )
    if is_new:
        note_act("write_desk_note", f"desknote:{note.pk}", actor=actor, place_code=place_code)
    return note


@transaction.atomic
def remove_desk_note(note: DeskNote, *, actor: User, place_code: str = "") -> None:
    """Take a note away; nothing of it is kept. Safe to repeat."""
    if DeskNote.objects.filter(pk=note.pk).delete()[0]:
        note_act("remove_desk_note", f"desknote:{note.pk}", actor=actor, place_code=place_code)

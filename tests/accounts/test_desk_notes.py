"""Notes for the desk: written, shown, removed."""

import pytest
from django.db import IntegrityError

from accounts.desk_notes import notes_on, remove_desk_note, write_desk_note
from accounts.errors import ReaderMerged
from accounts.models import Act, DeskNote, ReaderStatus
from milanolib import clock
from tests.factories import LibrarianFactory, ReaderFactory


def test_write_desk_note_says_who_and_when_and_the_act_never_what(monday, db):
    reader, librarian = ReaderFactory(), LibrarianFactory()

    notes = [write_desk_note(reader, " Reads lips ", actor=librarian, place_code="x") for _time in range(2)]

    assert notes[0] == notes[1]
    note = notes_on(reader).get()
    assert (note.text, note.written_by, note.written_at) == ("Reads lips", librarian, clock.now())
    act = Act.objects.get()
    assert (act.subject, act.reason) == (f"desknote:{note.pk}", "")


def test_remove_desk_note_leaves_nothing_of_it(db):
    librarian = LibrarianFactory()
    note = write_desk_note(ReaderFactory(), "Reads lips", actor=librarian)

    for _time in range(2):
        remove_desk_note(note, actor=librarian)
        note.pk = note.pk or 0

    assert not DeskNote.objects.exists()
    assert Act.objects.filter(verb="remove_desk_note").count() == 1


def test_write_desk_note_refuses_one_who_is_another_by_now(db):
    reader = ReaderFactory(status=ReaderStatus.CLOSED, merged_into=ReaderFactory())

    with pytest.raises(ReaderMerged):
        write_desk_note(reader, "x", actor=LibrarianFactory())


def test_a_note_says_something_and_the_same_once(db):
    note = write_desk_note(ReaderFactory(), "x", actor=LibrarianFactory())
    values = {"reader": note.reader, "written_by": note.written_by, "written_at": clock.now()}

    with pytest.raises(IntegrityError, match="desknote_once_per_reader"):
        DeskNote.objects.create(text="x", **values)


def test_an_empty_note_cannot_be_stored(db):
    with pytest.raises(IntegrityError, match="desknote_says_something"):
        DeskNote.objects.create(reader=ReaderFactory(), text="", written_by=LibrarianFactory(), written_at=clock.now())

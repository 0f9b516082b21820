"""All that is kept about a person is told to them, and nothing of anybody else."""

import io
import json
import zipfile

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.errors import CopyMadeAlready, CopyNotThere, DataOfSomebodyElse
from accounts.exporting import ask_export, export_at, forget_exports, make_export, open_export, token_of
from accounts.models import DataExport, Reader, User
from accounts.own_data import Person, areas_of, columns_named
from accounts.services import enrol, note_view
from catalog.models import ReadingList
from loans.delegations import let_collect
from loans.reminders import unlink_ended
from milanolib import clock
from notifications.models import Message
from outbox.events import dispatch
from outbox.models import Event
from partnerships.initiatives.booking import book_places
from tests.factories import GuardianshipFactory, LibrarianFactory, ReaderFactory, TitleFactory, UserFactory
from tests.partnerships.initiatives.conftest import make_initiative
from tests.story import fresh

TAX_CODE = "RSSMRA80A01F205X"


def points_at_a_person(field):
    return field.is_relation and field.concrete and field.related_model in (Reader, User)


def test_every_column_that_points_at_a_person_is_told_or_left_out_for_a_reason():
    """Is there a new one? Name it in its app's part (accounts/own_data.py): told to whom it is about, or why not."""
    there = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.label.startswith("sample.")
        for field in model._meta.get_fields()
        if points_at_a_person(field)
    }

    assert there == columns_named()


def test_areas_have_codes_of_their_own(story):
    codes = [area.code for area in areas_of(Person(None, ReaderFactory()))]

    assert len(codes) == len(set(codes))


def asked(story, **fields):
    """A reader with a sign-in, and the copy that they have asked for."""
    reader = ReaderFactory(signs_in=True, **fields)
    return reader, ask_export(reader.user, reader, language="en")


def files(export):
    with zipfile.ZipFile(io.BytesIO(open_export(fresh(export)))) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def rows(content, area):
    return json.loads(content[f"{area}.json"])["rows"]


# --- What is in it


def test_export_holds_what_is_kept_with_stable_keys_and_times_with_their_zone(story):
    user = UserFactory(email="ada@example.org")
    reader = enrol(given_name="Ada", family_name="Neri", user=user, tax_code=TAX_CODE)
    loan = story.lent(story.copies(1, title=TitleFactory(title="Marcovaldo"))[0], reader=reader)
    ReadingList.objects.create(owner=user, name="Estate", created_at=clock.now(), changed_at=clock.now())
    export = ask_export(user, reader, language="en")

    dispatch()

    content = files(export)
    assert rows(content, "card")[0]["tax_code"] == TAX_CODE
    assert rows(content, "sign_in")[0]["email"] == "ada@example.org"
    assert rows(content, "lists")[0]["name"] == "Estate"
    [told] = rows(content, "loans")
    assert (told["title"], told["due_on"]) == ("Marcovaldo", loan.due_on.isoformat())
    assert told["lent_at"].endswith("Z")
    assert "<h2" in content["index.html"]
    assert "Marcovaldo" in content["index.html"]
    assert "Codice fiscale" in content["index.html"]


def test_export_speaks_the_language_in_which_it_was_asked_for(story):
    reader = ReaderFactory(signs_in=True)
    export = ask_export(reader.user, reader, language="it")

    dispatch()

    assert '<html lang="it">' in files(export)["index.html"]
    assert "Prestiti" in files(export)["index.html"]


def test_export_tells_nothing_of_other_people(story):
    reader, export = asked(story)
    staff = LibrarianFactory(name="Bruna Bibliotecaria", email="bruna@example.org")
    note_view(staff, reader, "card")
    friend = ReaderFactory(given_name="Carlo", family_name="Delegato")
    today = clock.today()
    let_collect(reader, delegate=friend, name="Carlo Delegato", valid_from=today, valid_until=today, actor=None)
    stranger = ReaderFactory(given_name="Dora", family_name="Sconosciuta")
    story.lent(story.copies(1, title=TitleFactory(title="Segreto"))[0], reader=stranger)

    dispatch()

    everything = "".join(files(export).values())
    for word in ("Bruna", "bruna@", "Carlo", "Delegato", friend.card_number, "Dora", "Segreto", stranger.card_number):
        assert word not in everything
    assert rows(files(export), "delegations")[0]["initials"] == "C.D."
    assert rows(files(export), "views")[0]["page"] == "card"


def test_export_of_a_sign_in_without_a_card_holds_nothing_that_was_unlinked_from_others(story):
    """A filter by no reader would find the rows of nobody: what was cut from its reader after a week."""
    copy = story.copies(1, title=TitleFactory(title="Dimenticato"))[0]
    story.lent(copy)
    story.given_back(copy)
    story.later(days=9)
    unlink_ended()
    user = UserFactory()
    export = ask_export(user, None, language="en")

    dispatch()

    content = files(export)
    assert "Dimenticato" not in "".join(content.values())
    assert rows(content, "sign_in")[0]["email"] == user.email
    assert rows(content, "loans") == rows(content, "reservations") == rows(content, "messages") == []


# --- Asking


def test_ask_export_twice_makes_one_and_tells_once(story):
    reader, export = asked(story)

    again = ask_export(reader.user, reader, language="en")
    dispatch()
    make_export(export.pk)
    dispatch()

    assert again == export
    assert DataExport.objects.count() == 1
    assert [one.kind for one in Message.objects.filter(user=reader.user)] == ["data_exported"]


def test_ask_export_a_second_time_on_a_day_is_refused_and_on_the_next_day_is_not(story):
    reader, _export = asked(story)
    dispatch()

    with pytest.raises(CopyMadeAlready):
        ask_export(reader.user, reader, language="en")
    story.later(days=1)
    ask_export(reader.user, reader, language="en")

    assert DataExport.objects.count() == 2


def test_ask_export_for_a_child_is_the_parents_until_it_is_fourteen(story):
    young = ReaderFactory(born_on=clock.years_from(clock.today(), -13))
    teenager = ReaderFactory(born_on=clock.years_from(clock.today(), -14))
    parent = UserFactory()
    for child in (young, teenager):
        GuardianshipFactory(guardian=parent, child=child, shows_titles=True)

    assert ask_export(parent, young, language="en").reader == young
    for not_theirs in (teenager, ReaderFactory()):
        with pytest.raises(DataOfSomebodyElse):
            ask_export(parent, not_theirs, language="en")


def test_ask_export_at_the_same_moment_makes_one(rivals, transactional_db):
    reader = ReaderFactory(signs_in=True)

    rivals(*[lambda: ask_export(reader.user, reader, language="en")] * 2)

    assert DataExport.objects.count() == 1


def test_dataexport_in_the_making_is_one_by_constraint(story):
    user = UserFactory()
    ask_export(user, None, language="en")

    with pytest.raises(IntegrityError, match="dataexport_one_in_the_making"), transaction.atomic():
        DataExport.objects.create(asked_by=user, language="en", asked_at=clock.now())
    with pytest.raises(IntegrityError, match="dataexport_made_says_until_when"), transaction.atomic():
        DataExport.objects.create(asked_by=UserFactory(), language="en", asked_at=clock.now(), content_sealed=b"x")


# --- Making, and what comes after


def test_make_export_killed_half_way_leaves_nothing_and_is_made_the_next_time(story):
    """The worker's connection goes away in the middle: what it had written goes with it, the event is still due."""
    _reader, export = asked(story)

    with transaction.atomic():
        make_export(export.pk)
        transaction.set_rollback(True)
    assert not fresh(export).is_there
    assert not Event.objects.filter(kind="accounts.data_exported").exists()
    dispatch()

    assert fresh(export).is_there


def test_make_export_keeps_the_copy_sealed(story):
    reader, export = asked(story)

    dispatch()

    kept = bytes(fresh(export).content_sealed)
    assert not kept.startswith(b"PK")
    assert reader.card_number.encode() not in kept


def test_forget_exports_deletes_the_copy_after_its_days_and_its_message_is_no_longer_true(story):
    reader, export = asked(story)
    dispatch()

    assert forget_exports() == 0
    assert fresh(export).is_there
    story.later(days=7)
    assert not fresh(export).is_there  # though it is deleted only by the next round of the worker
    with pytest.raises(CopyNotThere):
        open_export(fresh(export))
    assert forget_exports() == 1

    assert fresh(export).content_sealed is None
    assert export_at(token_of(export), reader.user) == export


def test_export_at_is_for_who_asked_and_only_as_long_as_they_may(story):
    child = ReaderFactory(born_on=clock.years_from(clock.today(), -13))
    parent, other_parent = UserFactory(), UserFactory()
    for one in (parent, other_parent):
        GuardianshipFactory(guardian=one, child=child)
    export = ask_export(parent, child, language="en")
    token = token_of(export)

    assert export_at(token, parent) == export
    assert export_at(token, other_parent) is None
    assert export_at(f"{export.pk}~AAAA", parent) is None
    assert export_at(str(export.pk), parent) is None
    child.born_on = clock.years_from(clock.today(), -14)
    child.save()
    assert export_at(token, parent) is None


@pytest.mark.parametrize("count", [1, 3])
def test_areas_ask_the_database_as_often_for_three_rows_as_for_one(story, count):
    reader = ReaderFactory(signs_in=True)
    for copy in story.copies(count):
        story.lent(copy, reader=reader)

    with CaptureQueriesContext(connection) as asked_for:
        found = [len(list(area.lines)) for area in areas_of(Person.of_card(reader))]

    assert sum(found) >= count
    assert len(asked_for) == 30


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_export_tells_what_was_booked_with_an_address_that_is_proved_to_be_theirs(story, is_confirmed):
    user = UserFactory(email="ada@example.org")
    EmailAddress.objects.create(user=user, email="Ada@example.org", verified=is_confirmed, primary=True)
    date = make_initiative(places=4).dates.get()
    for address in ("ada@example.org", "bruno@example.org"):
        book_places(date, address, is_confirmed=True)
    export = ask_export(user, None, language="en")

    dispatch()

    told = rows(files(export), "initiative_places")
    assert [one["contact"] for one in told] == ["ada@example.org"] * is_confirmed

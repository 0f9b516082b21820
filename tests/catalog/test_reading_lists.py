"""Lists of titles: who may make which, what stands on them, in what order."""

import pytest
from django.db import IntegrityError, transaction

from catalog.models import ListEntry, ReadingList
from catalog.reading import lists
from catalog.reading.errors import (
    ListFull,
    ListNameTaken,
    ListWithoutName,
    OnlyLibrariansPublish,
    PublicListNeedsKind,
    TooManyLists,
)
from milanolib import clock
from tests.factories import LibrarianFactory, TitleFactory, UserFactory

pytestmark = pytest.mark.django_db


def make(owner=None, name="Per l'estate", **fields):
    return lists.make_list(owner or UserFactory(), name=name, **fields)


def with_titles(count, **fields):
    made = make(**fields)
    return made, [lists.add_title(made, TitleFactory())[0] for _number in range(count)]


def order_of(reading_list):
    return list(reading_list.entries.values_list("pk", flat=True))


def test_make_list_begins_a_private_one_with_a_tidy_name():
    made = make(name="  Per \x00 l'estate ")

    assert (made.name, made.kind, made.visibility) == ("Per l'estate", "personal", "private")
    assert len(made.token) >= 12


@pytest.mark.parametrize("name", ["", "   ", "\x00"])
def test_make_list_refuses_an_empty_name(name):
    with pytest.raises(ListWithoutName):
        make(name=name)


def test_make_list_refuses_a_name_twice_for_one_owner_alone():
    first = make()
    make()

    with pytest.raises(ListNameTaken):
        make(first.owner)


def test_make_list_refuses_one_too_many(monkeypatch):
    monkeypatch.setattr(lists, "MOST_LISTS", 1)
    first = make()

    with pytest.raises(TooManyLists):
        make(first.owner, name="Un'altra")


@pytest.mark.parametrize(
    "fields", [{"visibility": "public", "kind": "shelf"}, {"kind": "bibliography"}, {"visibility": "public"}]
)
def test_shelves_and_public_lists_are_the_librarians(fields):
    with pytest.raises(OnlyLibrariansPublish):
        make(**fields)


def test_librarian_publishes_a_shelf_and_never_a_personal_list():
    livia = LibrarianFactory()

    made = make(livia, visibility="public", kind="shelf")

    assert list(lists.public_lists()) == [made]
    with pytest.raises(PublicListNeedsKind):
        make(livia, name="Mia", visibility="public")


def test_public_personal_list_is_forbidden_by_the_table_too():
    with pytest.raises(IntegrityError), transaction.atomic():
        ReadingList.objects.create(
            owner=UserFactory(), name="x", visibility="public", created_at=clock.now(), changed_at=clock.now()
        )


def test_list_is_seen_by_its_owner_and_by_others_unless_private():
    made, other = make(), UserFactory()
    before = lists.list_at(made.token, other)
    lists.change_list(made, name="x", description="", kind="personal", visibility="shared")

    assert before is None
    assert lists.list_at(made.token, made.owner) == made
    assert lists.list_at(made.token, other) == made
    assert lists.list_at("nothing", other) is None


def test_list_made_private_gets_another_address():
    made = make(visibility="shared")
    told = made.token

    lists.change_list(made, name="x", description="", kind="personal", visibility="private")
    again = lists.change_list(made, name="x", description="", kind="personal", visibility="shared")

    assert again.token != told
    assert lists.list_at(told, UserFactory()) is None


def test_add_title_twice_keeps_one_entry():
    made, [entry] = with_titles(1)

    again, is_new = lists.add_title(made, entry.title)

    assert (again, is_new) == (entry, False)


def test_add_title_follows_a_title_that_was_joined_to_another():
    made, stands = make(), TitleFactory()

    entry, _is_new = lists.add_title(made, TitleFactory(merged_into=stands))

    assert entry.title == stands


def test_add_title_refuses_when_the_list_is_full(monkeypatch):
    monkeypatch.setattr(lists, "MOST_ON_A_LIST", 1)
    made, _entries = with_titles(1)

    with pytest.raises(ListFull):
        lists.add_title(made, TitleFactory())


def test_move_title_swaps_neighbours_and_stays_at_the_ends():
    made, [one, two, three] = with_titles(3)

    assert lists.move_title(three, up=True) == 2
    assert lists.move_title(one, up=True) == 1
    assert lists.move_title(two, up=False) == 3
    assert order_of(made) == [one.pk, three.pk, two.pk]


def test_move_title_that_was_taken_off_changes_nothing():
    made, [one, two] = with_titles(2)
    lists.remove_title(one)

    assert lists.move_title(one, up=False) == 0
    assert order_of(made) == [two.pk]


def test_remove_title_leaves_the_order_and_a_new_one_comes_last():
    made, [one, two, three] = with_titles(3)
    lists.remove_title(two)

    four, _is_new = lists.add_title(made, TitleFactory())

    assert order_of(made) == [one.pk, three.pk, four.pk]


def test_write_note_keeps_it_and_an_empty_one_takes_it_away():
    _made, [entry] = with_titles(1)
    lists.write_note(entry, " Da rileggere ")
    written = ListEntry.objects.get(pk=entry.pk).note
    lists.write_note(entry, "")

    assert written == "Da rileggere"
    assert ListEntry.objects.get(pk=entry.pk).note == ""


def test_delete_list_takes_its_entries_along_and_may_be_repeated():
    made, _entries = with_titles(2)

    lists.delete_list(made)
    lists.delete_list(made)

    assert not ListEntry.objects.exists()


def test_lists_go_with_their_owner():
    made, _entries = with_titles(1)

    made.owner.delete()

    assert not ReadingList.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_adds_of_one_title_at_once_make_one_entry(rivals):
    made, title = make(), TitleFactory()

    rivals(lambda: lists.add_title(made, title), lambda: lists.add_title(made, title))

    assert made.entries.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_forms_with_one_new_name_at_once_make_one_list(rivals):
    owner = UserFactory()

    rivals(lambda: lists.list_named(owner, "Nuova"), lambda: lists.list_named(owner, "Nuova"))

    assert owner.reading_lists.count() == 1


@pytest.fixture
def left_behind():
    """A public list whose owner is no longer a librarian, and its two entries."""
    made, entries = with_titles(2, owner=LibrarianFactory(), kind="shelf", visibility="public")
    made.owner.groups.clear()
    return ReadingList.objects.get(pk=made.pk), entries


def test_who_is_no_longer_a_librarian_publishes_no_more(left_behind):
    made, (one, two) = left_behind

    for act in (
        lambda: lists.add_title(made, TitleFactory()),
        lambda: lists.write_note(one, "Novità"),
        lambda: lists.move_title(two, up=True),
    ):
        with pytest.raises(OnlyLibrariansPublish):
            act()

    assert order_of(made) == [one.pk, two.pk]
    assert ListEntry.objects.get(pk=one.pk).note == ""


def test_who_is_no_longer_a_librarian_takes_titles_off_and_the_list_back(left_behind):
    made, (one, two) = left_behind

    lists.remove_title(one)
    assert order_of(made) == [two.pk]

    lists.change_list(made, name=made.name, description="", kind="personal", visibility="private")
    lists.write_note(two, "Per me")
    assert ListEntry.objects.get(pk=two.pk).note == "Per me"

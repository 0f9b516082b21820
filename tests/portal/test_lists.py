"""Pages of lists, from the right and from the wrong account."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import ListEntry, ReadingList
from catalog.reading.lists import add_title, make_list
from tests.factories import CopyFactory, LibrarianFactory, TitleFactory, UserFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
HTMX = {"HTTP_HX_REQUEST": "true", **ENGLISH}


def with_titles(owner, count=1, **fields):
    made = make_list(owner, name=f"Lista {ReadingList.objects.count()}", **fields)
    return made, [add_title(made, CopyFactory().title)[0] for _number in range(count)]


def test_my_lists_shows_own_lists_alone_and_begins_another(signed_in):
    reader, client = signed_in()
    own, _entries = with_titles(reader.user)
    other, _entries = with_titles(UserFactory())

    page = client.get(reverse("portal:lists")).content.decode()
    made = client.post(reverse("portal:lists"), {"name": "Nuova", "visibility": "private"})

    assert own.name in page
    assert other.name not in page
    assert made["Location"] == reverse("portal:own_list", args=[reader.user.reading_lists.get(name="Nuova").pk])


def test_reader_cannot_publish_whatever_the_form_sends(signed_in):
    _reader, client = signed_in()

    answer = client.post(reverse("portal:lists"), {"name": "x", "visibility": "public", "kind": "shelf"})

    assert answer.status_code == 422
    assert not ReadingList.objects.exists()


def test_name_taken_is_told_on_the_page(signed_in):
    reader, client = signed_in()
    own, _entries = with_titles(reader.user)

    answer = client.post(reverse("portal:lists"), {"name": own.name, "visibility": "private"}, **ENGLISH)

    assert answer.status_code == 422
    assert "a list of this name already" in answer.content.decode()


@pytest.mark.parametrize("name", ["own_list", "list_delete"])
def test_own_list_is_hidden_from_others(signed_in, name):
    _reader, stranger = signed_in()
    made, _entries = with_titles(UserFactory(), visibility="shared")
    address = reverse(f"portal:{name}", args=[made.pk])

    assert stranger.post(address, {"name": "mine", "visibility": "private"}).status_code == 404
    assert ReadingList.objects.get().name == made.name


@pytest.mark.parametrize("act", ["up", "down", "remove", "note"])
def test_entries_are_changed_by_their_owner_alone(signed_in, act):
    reader, client = signed_in()
    _other, stranger = signed_in()
    _made, [one, two] = with_titles(reader.user, 2)
    address = reverse("portal:list_entry", args=[two.pk])

    wrong = stranger.post(address, {"act": act, "note": "x"}, **HTMX)
    untouched = list(ListEntry.objects.values_list("pk", "note"))
    right = client.post(address, {"act": act, "note": "x"}, **HTMX)

    assert (wrong.status_code, right.status_code) == (404, 200)
    assert untouched == [(one.pk, ""), (two.pk, "")]
    assert "data-announce" in right.content.decode()


def test_moving_up_changes_the_order_without_javascript_too(signed_in):
    reader, client = signed_in()
    made, [one, two] = with_titles(reader.user, 2)

    answer = client.post(reverse("portal:list_entry", args=[two.pk]), {"act": "up", "page": "1"})

    assert answer["Location"] == reverse("portal:own_list", args=[made.pk]) + "?page=1"
    assert list(made.entries.values_list("pk", flat=True)) == [two.pk, one.pk]


def test_change_and_delete_of_an_own_list(signed_in):
    reader, client = signed_in()
    made, _entries = with_titles(reader.user)
    address = reverse("portal:own_list", args=[made.pk])

    changed = client.post(address, {"name": "Altra", "visibility": "shared", "description": "Di che cosa"})
    page = client.get(address).content.decode()
    client.post(reverse("portal:list_delete", args=[made.pk]))

    assert changed.status_code == 302
    assert reverse("portal:list", args=[made.token]) in page
    assert not ReadingList.objects.exists()


@pytest.mark.parametrize(("visibility", "status"), [("private", 404), ("shared", 200)])
def test_list_at_its_address_is_open_unless_private(client, signed_in, visibility, status):
    reader, own = signed_in()
    _other, stranger = signed_in()
    made, [entry] = with_titles(reader.user, visibility=visibility)
    address = reverse("portal:list", args=[made.token])

    answers = [client.get(address), stranger.get(address)]

    assert [one.status_code for one in answers] == [status, status]
    assert own.get(address).status_code == 200
    assert entry.title.title in own.get(address).content.decode()


def test_shared_list_is_kept_from_search_engines_and_names_nobody(client):
    owner = UserFactory(name="Ada Negri")
    made, _entries = with_titles(owner, visibility="shared")

    answer = client.get(reverse("portal:list", args=[made.token]))

    assert "noindex" in answer["X-Robots-Tag"]
    assert "Ada Negri" not in answer.content.decode()
    assert made.name not in client.get(reverse("portal:public_lists")).content.decode()


def test_public_list_is_open_and_among_the_public_ones(client):
    made, _entries = with_titles(LibrarianFactory(), visibility="public", kind="shelf")

    answer = client.get(reverse("portal:list", args=[made.token]))

    assert "X-Robots-Tag" not in answer
    assert made.name in client.get(reverse("portal:public_lists")).content.decode()


def test_list_says_how_many_copies_are_free_now(client, story):
    made = make_list(UserFactory(), name="x", visibility="shared")
    [copy, *_rest] = story.copies(2)
    add_title(made, copy.title)
    story.lent(copy)

    page = client.get(reverse("portal:list", args=[made.token]), **ENGLISH).content.decode()

    assert "1 copy free now" in page


def test_list_shows_what_a_joined_title_was_joined_to(client):
    made, [entry] = with_titles(UserFactory(), visibility="shared")
    stands = TitleFactory(work__title="Quello che resta")
    type(stands).objects.filter(pk=entry.title_id).update(merged_into=stands)

    assert "Quello che resta" in client.get(reverse("portal:list", args=[made.token])).content.decode()


def test_add_from_a_title_makes_the_list_and_a_second_press_changes_nothing(signed_in):
    reader, client = signed_in()
    title = TitleFactory()
    address = reverse("portal:list_add", args=[title.pk])

    first = client.post(address, {"name": "Estate"}, **HTMX)
    second = client.post(address, {"name": "Estate"}, **HTMX)
    plain = client.post(address, {"to": reader.user.reading_lists.get().pk})

    assert "Added to the list" in first.content.decode()
    assert "already" in second.content.decode()
    assert plain["Location"] == title.get_absolute_url()
    assert ListEntry.objects.count() == 1


def test_add_to_somebody_elses_list_is_refused(signed_in):
    _reader, client = signed_in()
    made, _entries = with_titles(UserFactory(), visibility="shared")
    address = reverse("portal:list_add", args=[TitleFactory().pk])

    assert client.post(address, {"to": made.pk}).status_code == 404
    assert made.entries.count() == 1


def test_add_without_a_list_or_a_name_says_what_to_do(signed_in):
    _reader, client = signed_in()

    answer = client.post(reverse("portal:list_add", args=[TitleFactory().pk]), {}, **HTMX)

    assert answer.status_code == 422
    assert "Give the list a name" in answer.content.decode()


def test_add_sends_who_is_not_signed_in_to_the_sign_in_page():
    answer = Client().get(reverse("portal:list_add", args=[TitleFactory().pk]))

    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("count", [1, 3])
def test_pages_of_lists_ask_as_often_for_three_rows_as_for_one(signed_in, client, count, django_assert_num_queries):
    reader, own = signed_in()
    for _number in range(count):
        made, _entries = with_titles(reader.user, count, visibility="shared")
    for _number in range(count):
        with_titles(LibrarianFactory(), visibility="public", kind="shelf")

    with django_assert_num_queries(6):
        client.get(reverse("portal:list", args=[made.token]))
    with django_assert_num_queries(2):
        client.get(reverse("portal:public_lists"))
    with django_assert_num_queries(5):
        own.get(reverse("portal:lists"))
    with django_assert_num_queries(10):
        own.get(reverse("portal:own_list", args=[made.pk]))

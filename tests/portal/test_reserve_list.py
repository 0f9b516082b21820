"""Reserving titles of one's own list together."""

import uuid

import pytest
from django.urls import reverse

from catalog.reading.lists import add_title, make_list
from loans.models import Hold, HoldGroup
from loans.states import GroupKind, HoldStatus
from tests.factories import TitleFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


def list_of(story, user, count, *, copies=1):
    made = make_list(user, name="Da leggere")
    titles = [story.copies(copies)[0].title for _number in range(count)]
    for title in titles:
        add_title(made, title)
    return made, titles


def address_of(made):
    return reverse("portal:reserve_list", args=[made.pk])


def send(client, made, titles, kind, place, key=None, **headers):
    fields = {"titles": [title.pk for title in titles], "kind": kind, "pickup": place.code}
    return client.post(address_of(made), {**fields, "request_key": key or uuid.uuid4().hex}, **ENGLISH, **headers)


@pytest.mark.parametrize("kind", list(GroupKind))
def test_reserve_list_reserves_what_was_chosen(story, signed_in, kind):
    reader, client = signed_in()
    made, titles = list_of(story, reader.user, 3)

    answer = send(client, made, titles[:2], kind, story.network.north)

    group = HoldGroup.objects.get(reader=reader)
    assert answer["Location"] == reverse("portal:holds")
    assert group.kind == kind
    assert set(group.holds.values_list("title", flat=True)) == {title.pk for title in titles[:2]}


def test_reserve_list_is_the_owner_s_alone(story, signed_in):
    owner, _client = signed_in()
    _stranger, stranger_client = signed_in()
    made, titles = list_of(story, owner.user, 2)

    assert stranger_client.get(address_of(made)).status_code == 404
    assert send(stranger_client, made, titles, GroupKind.SET, story.network.north).status_code == 404
    assert not Hold.objects.exists()


def test_reserve_list_clicked_twice_makes_one_group(story, signed_in):
    reader, client = signed_in()
    made, titles = list_of(story, reader.user, 2, copies=2)
    key = uuid.uuid4().hex

    for _click in range(2):
        assert send(client, made, titles, GroupKind.SET, story.network.north, key).status_code == 302
    assert HoldGroup.objects.count() == 1


def test_reserve_list_names_the_title_that_cannot_be_reserved_and_keeps_what_was_chosen(story, signed_in):
    reader, client = signed_in()
    made, titles = list_of(story, reader.user, 2)
    without_copies = TitleFactory(title="Canti orfici")
    add_title(made, without_copies)

    answer = send(client, made, [*titles, without_copies], GroupKind.SET, story.network.north, HTTP_HX_REQUEST="true")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Canti orfici" in page
    assert page.count("checked") == len([*titles, without_copies]) + 2, "titles, how they belong together, the point"
    assert not Hold.objects.exists()


@pytest.mark.parametrize("chosen", [0, 1])
def test_reserve_list_refuses_less_than_two(story, signed_in, chosen):
    reader, client = signed_in()
    made, titles = list_of(story, reader.user, 2)

    answer = send(client, made, titles[:chosen], GroupKind.ONE_OF, story.network.north, HTTP_HX_REQUEST="true")

    assert answer.status_code == 422
    assert not Hold.objects.exists()


def test_reserve_list_refuses_what_is_not_on_it(story, signed_in):
    reader, client = signed_in()
    made, titles = list_of(story, reader.user, 2)
    other = story.copies(1)[0].title

    assert send(client, made, [titles[0], other], GroupKind.SET, story.network.north).status_code == 422
    assert not Hold.objects.exists()


@pytest.mark.parametrize(("count", "checked"), [(2, 2), (11, 0)])
def test_reserve_list_chooses_all_of_a_short_list_and_nothing_of_a_long_one(story, signed_in, count, checked):
    reader, client = signed_in()
    made, _titles = list_of(story, reader.user, count)

    form = client.get(address_of(made)).context["form"]

    assert len(form.initial["titles"]) == checked


def test_reserve_list_of_one_title_or_without_a_card_says_what_is_missing(story, signed_in):
    reader, client = signed_in()
    made, _titles = list_of(story, reader.user, 1)
    assert "at least two titles" in client.get(address_of(made), **ENGLISH).content.decode()
    type(reader).objects.filter(pk=reader.pk).update(user=None)

    assert "no library card" in client.get(address_of(made), **ENGLISH).content.decode()


def test_the_reader_s_page_says_what_belongs_together_and_what_waits_as_a_whole(story, signed_in):
    reader, client = signed_in()
    made, titles = list_of(story, reader.user, 2)
    story.lent(titles[1].copies.get())
    send(client, made, titles, GroupKind.SET, story.network.north)

    page = client.get(reverse("portal:holds"), **ENGLISH).content.decode()

    assert page.count("Waits for the whole set") == Hold.objects.filter(status=HoldStatus.QUEUED).count()
    assert "all together" in page


@pytest.mark.parametrize("count", [2, 5])
def test_reserve_list_asks_as_often_for_five_titles_as_for_two(story, signed_in, django_assert_num_queries, count):
    reader, client = signed_in()
    made, _titles = list_of(story, reader.user, count)
    client.get(address_of(made))

    with django_assert_num_queries(16):
        client.get(address_of(made))

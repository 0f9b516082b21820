"""A family's page, delegations, the card and the settings, from the right and from the wrong account."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import Guardianship
from loans.delegations import let_collect
from loans.models import Delegation, Loan
from milanolib import clock
from tests.factories import GuardianshipFactory, ReaderFactory, UserFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db


def aged(years):
    return {"born_on": clock.today().replace(year=clock.today().year - years)}


def page_of(client, name, *args):
    return client.get(reverse(f"portal:{name}", args=args), HTTP_ACCEPT_LANGUAGE="en").content.decode()


@pytest.fixture
def parent(signed_in):
    """A parent who is signed in, with two children of 9 and 15."""
    reader, client = signed_in(given_name="Paola")
    small, teenager = ReaderFactory(given_name="Piero", **aged(9)), ReaderFactory(given_name="Tea", **aged(15))
    for child in (small, teenager):
        GuardianshipFactory(guardian=reader.user, child=child)
    return reader, small, teenager, client


# --- Family


def test_family_shows_the_loans_of_all_cards_and_hides_the_teenagers_titles(story, parent):
    *readers, client = parent
    copies = [story.copies(1)[0] for _reader in readers]
    for reader, copy in zip(readers, copies, strict=True):
        story.lent(copy, reader=reader)

    page = page_of(client, "family")

    assert [copy.title.title in page for copy in copies] == [True, True, False]
    assert all(reader.full_name in page for reader in readers)
    assert page.count("A title of your child") == 1


def test_renew_all_renews_for_the_whole_family(story, parent):
    *readers, client = parent
    for reader in readers:
        story.lent(story.copies(1)[0], reader=reader)
    story.later(days=5)

    client.post(reverse("portal:renew_all"))

    assert set(Loan.objects.values_list("renewals", flat=True)) == {1}


def test_family_collects_in_one_go_by_point_with_codes_where_allowed(story, parent):
    *readers, client = parent
    holds = [story.ready(story.copies(1)[0].title, reader=reader)[0] for reader in readers]
    elsewhere = story.at_the_point(story.copies(1)[0].title, reader=readers[0])[0]

    page = page_of(client, "family")
    section = page[page.index('id="pickups"') : page.index("</section>", page.index('id="pickups"'))]

    assert [hold.pickup_code in section for hold in (*holds, elsewhere)] == [True, True, False, True]
    assert section.count(story.network.north.name) == 1
    assert holds[2].pickup_code not in page_of(client, "mine")


@pytest.mark.parametrize("count", [1, 3])
def test_family_asks_the_database_as_often_for_three_rows_as_for_one(story, parent, count, django_assert_num_queries):
    reader, small, _teenager, client = parent
    other = ReaderFactory()
    today = clock.today()
    let_collect(other, delegate=reader, name="x", valid_from=today, valid_until=today, actor=None)
    for _number in range(count):
        story.lent(story.copies(1)[0], reader=small)
        story.ready(story.copies(1)[0].title, reader=reader)
        story.ready(story.copies(1)[0].title, reader=other)

    with django_assert_num_queries(18):
        client.get(reverse("portal:family"))


def test_family_of_one_says_how_to_link_a_child(signed_in):
    _reader, client = signed_in()

    assert "You look after no other card" in page_of(client, "family")


# --- The teenager's own switch


@pytest.fixture
def teenager(signed_in):
    child, client = signed_in(**aged(15))
    return child, GuardianshipFactory(child=child, guardian=UserFactory(name="Paola")), client


def test_show_titles_is_the_teenagers_own_and_nobody_elses(signed_in, teenager):
    _child, guardianship, client = teenager
    _other, stranger = signed_in()
    of_the_parent = type(client)()
    of_the_parent.force_login(guardianship.guardian, backend="accounts.backends.CardBackend")
    address = reverse("portal:show_titles", args=[guardianship.pk])

    assert [one.post(address, {"shows": "1"}).status_code for one in (stranger, of_the_parent)] == [404, 404]
    assert not fresh(guardianship).shows_titles
    answer = client.post(address, {"shows": "1"}, HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert "Paola can see your titles now." in answer.content.decode()
    assert fresh(guardianship).shows_titles
    client.post(address, {"shows": "0"})
    assert not fresh(guardianship).shows_titles


@pytest.mark.parametrize(("years", "is_offered"), [(13, False), (14, True), (17, True)])
def test_show_titles_is_offered_from_fourteen_until_of_age(signed_in, years, is_offered):
    child, client = signed_in(**aged(years))
    guardianship = GuardianshipFactory(child=child)
    address = reverse("portal:show_titles", args=[guardianship.pk])

    assert (address in page_of(client, "family")) == is_offered
    assert client.post(address, {"shows": "1"}).status_code == (302 if is_offered else 404)


def test_show_titles_is_over_with_the_guardianship(teenager):
    _child, guardianship, client = teenager
    Guardianship.objects.update(ended_at=clock.now() + dt.timedelta(hours=1))

    assert client.post(reverse("portal:show_titles", args=[guardianship.pk]), {"shows": "1"}).status_code == 404


# --- Delegations


def asked(**fields):
    today = clock.today()
    until = today + dt.timedelta(days=30)
    return {"name": "Marie Curie", "card_number": "", "valid_from": today, "valid_until": until, **fields}


def test_delegations_are_given_and_taken_back_by_the_reader(signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()

    client.post(reverse("portal:delegations"), asked())
    delegation = Delegation.objects.get(reader=reader)
    address = reverse("portal:revoke_delegation", args=[delegation.pk])

    assert "Marie Curie" in page_of(client, "delegations")
    assert "Marie Curie" not in page_of(stranger, "delegations")
    assert stranger.post(address).status_code == 404
    assert client.post(address, HTTP_HX_REQUEST="true").status_code == 200
    assert fresh(delegation).revoked_at is not None
    assert "Marie Curie" not in page_of(client, "delegations")


def test_delegation_to_a_card_needs_its_name_too_and_loses_nothing(signed_in):
    _reader, client = signed_in()
    bruno = ReaderFactory(given_name="Bruno")
    wrong = asked(name="Carla", card_number=bruno.card_number)

    answer = client.post(reverse("portal:delegations"), wrong, HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "No valid card has this number and this name" in answer.content.decode()
    assert bruno.card_number in answer.content.decode(), "what was typed is still there"
    assert not Delegation.objects.exists()
    client.post(reverse("portal:delegations"), {**wrong, "name": "Bruno"})
    assert Delegation.objects.get().delegate == bruno


def test_delegation_does_not_let_names_of_cards_be_tried_out(signed_in, settings):
    settings.ACCOUNT_RATE_LIMITS = {"delegation": "2/h/user"}
    _reader, client = signed_in()
    bruno = ReaderFactory(given_name="Bruno")

    answers = [
        client.post(reverse("portal:delegations"), asked(name=name, card_number=bruno.card_number)).status_code
        for name in ("Carla", "Dario", "Bruno")
    ]

    assert answers == [422, 422, 429]
    assert not Delegation.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"valid_until": "31/12"}, {"valid_until": "2020-01-01"}, {"name": "x" * 101}]
)
def test_delegation_with_bad_fields_is_refused_with_a_reason(signed_in, fields):
    _reader, client = signed_in()

    answer = client.post(reverse("portal:delegations"), asked(**fields))

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Delegation.objects.exists()


def test_the_delegate_sees_how_much_waits_where_and_never_what(story, signed_in):
    anna, _client = signed_in(given_name="Anna")
    bruno, client = signed_in(given_name="Bruno")
    today = clock.today()
    let_collect(anna, delegate=bruno, name="Bruno", valid_from=today, valid_until=today, actor=None)
    hold, copy = story.ready(story.copies(1)[0].title, reader=anna)
    story.ready(story.copies(1)[0].title, reader=anna)

    page = page_of(client, "family")

    assert "You may collect for 1 person" in page
    assert f"2 things wait at {story.network.north.name}" in page
    assert hold.pickup_code not in page
    assert copy.title.title not in page


def test_delegations_without_a_card_say_how_to_get_one(client):
    client.force_login(UserFactory(), backend="accounts.backends.CardBackend")

    assert "no library card" in page_of(client, "delegations")
    assert client.post(reverse("portal:delegations"), asked()).status_code == 200
    assert not Delegation.objects.exists()


# --- Card and settings


def test_card_shows_the_number_to_its_reader_and_to_a_parent(parent, signed_in):
    reader, small, teenager, client = parent
    _other, stranger = signed_in()

    assert reader.card_number in page_of(client, "card")
    for child in (small, teenager):
        assert child.card_number in page_of(client, "card_of", child.pk)
        assert stranger.get(reverse("portal:card_of", args=[child.pk])).status_code == 404


def test_card_without_a_card_says_how_to_get_one(client):
    client.force_login(UserFactory(), backend="accounts.backends.CardBackend")

    assert "no library card" in page_of(client, "card")


def test_settings_let_loans_renew_by_themselves_for_own_cards_only(parent, signed_in):
    reader, small, _teenager, client = parent
    _other, stranger = signed_in()
    address = reverse("portal:choose_renewal", args=[small.pk])

    assert stranger.post(address, {"by_itself": "1"}).status_code == 404
    assert not fresh(small).renews_by_itself
    answer = client.post(address, {"by_itself": "1"}, HTTP_HX_REQUEST="true")

    assert answer.status_code == 200
    assert (fresh(small).renews_by_itself, fresh(reader).renews_by_itself) == (True, False)
    client.post(address, {"by_itself": "0"})
    assert not fresh(small).renews_by_itself
    assert client.get(reverse("portal:settings")).status_code == 200

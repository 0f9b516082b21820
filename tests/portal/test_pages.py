"""The open pages of the portal."""

import datetime as dt

import pytest
from django.urls import reverse

from branches.bibliobus import plan_visits
from catalog.models import Agent, Contribution, Role
from catalog.search import refresh
from milanolib import clock
from tests.factories import BranchFactory, NewsstandFactory, OpeningHoursFactory, TitleFactory

pytestmark = pytest.mark.django_db


def written_by(title, name):
    agent, _made = Agent.objects.get_or_create(name=name)
    Contribution.objects.create(title=title, agent=agent, role=Role.AUTHOR, position=0)
    refresh([title.pk])
    return title


def test_home_shows_points_near_the_duomo_and_the_next_bibliobus(client, story):
    OpeningHoursFactory(place=story.network.stop, weekday=1)
    plan_visits(clock.today())

    page = client.get(reverse("home"), HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert story.network.newsstand.name in page
    assert "Opening hours to be verified" in page
    assert "minutes on foot" in page


def test_home_starts_from_a_chosen_landmark_and_bears_a_wrong_one(client, story):
    chosen = client.get(reverse("home"), {"da": "m9"})
    wrong = client.get(reverse("home"), {"da": "nowhere"})

    assert "Municipio 9" in chosen.content.decode()
    assert wrong.status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_home_asks_the_database_as_often_for_three_points_as_for_one(client, monday, count, django_assert_num_queries):
    NewsstandFactory.create_batch(count, latitude=45.464, longitude=9.19)

    with django_assert_num_queries(6):
        client.get(reverse("home"))


@pytest.mark.parametrize("count", [1, 3])
def test_points_asks_the_database_as_often_for_three_as_for_one(client, monday, count, django_assert_num_queries):
    NewsstandFactory.create_batch(count)

    with django_assert_num_queries(5):
        client.get(reverse("branches:points"))


def test_points_narrow_by_kind_and_by_what_can_be_done(client, story):
    page = client.get(reverse("branches:points"), {"kind": "newsstand", "pickup": "on"}).content.decode()

    assert story.network.newsstand.name in page
    assert story.network.north.name not in page


def test_point_shows_hours_and_says_when_they_are_unknown(client, monday):
    known, unknown = BranchFactory(hours_known=True), BranchFactory(hours_known=False)
    OpeningHoursFactory(place=known, weekday=0, opens=dt.time(9), closes=dt.time(19, 30))

    assert "09:00–19:30" in client.get(known.get_absolute_url()).content.decode()
    page = client.get(unknown.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "to be verified" in page


def test_point_of_a_vehicle_is_not_a_page(client, story):
    assert client.get(reverse("branches:point", args=[story.network.bus.code])).status_code == 404


def test_search_finds_by_author_and_title_and_counts_what_is_free(client, story):
    title = written_by(TitleFactory(title="Il barone rampante"), "Calvino, Italo")
    story.copies(2, title=title)
    story.hold(title)

    page = client.get(reverse("catalog:search"), {"q": "calvino barone"}, HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert "Il barone rampante" in page
    assert "1 copy free now, of 2" in page


@pytest.mark.parametrize("count", [1, 3])
def test_search_asks_the_database_as_often_for_three_titles_as_for_one(client, story, count, django_assert_num_queries):
    for number in range(count):
        story.copies(1, title=written_by(TitleFactory(title=f"Barone {number}"), "Calvino, Italo"))

    with django_assert_num_queries(5):
        client.get(reverse("catalog:search"), {"q": "barone"})


@pytest.mark.parametrize("words", ["", "   ", "'", '"', "-", "\x00", "%", "a" * 5000, "è ' \" & | ! ( )", "<script>"])
def test_search_bears_whatever_is_typed(client, db, words):
    answer = client.get(reverse("catalog:search"), {"q": words, "page": "x", "material": "nonsense"})

    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace("</script>", "").replace("<script src", "")


def test_title_shows_copies_by_place_and_what_is_free(client, story):
    title = TitleFactory()
    story.copies(2, title=title, home=story.network.north)
    story.copies(1, title=title, home=story.network.south)
    story.hold(title, pickup=story.network.north)

    page = client.get(title.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert story.network.north.name in page
    assert "2 copies free now, of 3" in page


@pytest.mark.parametrize("count", [1, 3])
def test_title_asks_the_database_as_often_for_three_copies_as_for_one(client, story, count, django_assert_num_queries):
    title = written_by(TitleFactory(), "Calvino, Italo")
    story.copies(count, title=title)

    with django_assert_num_queries(6):
        client.get(title.get_absolute_url())


def test_title_without_its_name_leads_to_the_full_address(client, db):
    title = TitleFactory(title="Città")

    answer = client.get(f"/catalogo/{title.pk}/")

    assert (answer.status_code, answer["Location"]) == (301, title.get_absolute_url())


def test_feedback_gives_a_case_number(client, db):
    answer = client.post(reverse("portal:feedback"), {"topic": "fault", "text": "It does not work"})

    from notifications.models import Feedback

    assert Feedback.objects.get().case_number in answer.content.decode()


def test_feedback_without_words_is_refused_and_keeps_what_was_typed(client, db):
    answer = client.post(reverse("portal:feedback"), {"topic": "fault", "text": "", "email": "a@b.it"})

    assert answer.status_code == 422
    assert "a@b.it" in answer.content.decode()

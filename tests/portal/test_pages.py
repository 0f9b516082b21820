"""The open pages of the portal."""

import datetime as dt

import pytest
from django.urls import reverse

from catalog.models import Agent, Contribution, Role
from catalog.search import refresh
from tests.factories import BranchFactory, NewsstandFactory, OpeningHoursFactory

pytestmark = pytest.mark.django_db


def written_by(title, name):
    agent, _made = Agent.objects.get_or_create(name=name)
    Contribution.objects.create(title=title, agent=agent, role=Role.AUTHOR, position=0)
    refresh([title.pk])
    return title


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


def test_feedback_gives_a_case_number(client, db):
    answer = client.post(reverse("portal:feedback"), {"topic": "fault", "text": "It does not work"})

    from notifications.models import Feedback

    assert Feedback.objects.get().case_number in answer.content.decode()


def test_feedback_without_words_is_refused_and_keeps_what_was_typed(client, db):
    answer = client.post(reverse("portal:feedback"), {"topic": "fault", "text": "", "email": "a@b.it"})

    assert answer.status_code == 422
    assert "a@b.it" in answer.content.decode()

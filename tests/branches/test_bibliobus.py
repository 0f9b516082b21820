"""The Bibliobus: visits are planned from weekly hours, and told by day and by stop."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from branches.bibliobus import plan_visits
from branches.models import Visit
from tests.factories import OpeningHoursFactory, StopFactory
from tests.factories.places import VisitFactory

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 3, 2)


@pytest.fixture
def page(client, monday):
    def get(**asked):
        return client.get(reverse("branches:bibliobus"), asked, HTTP_ACCEPT_LANGUAGE="en").content.decode()

    return get


def test_study_hours_are_no_visits(monday):
    stop = StopFactory()
    OpeningHoursFactory(place=stop, weekday=1)
    OpeningHoursFactory(place=stop, weekday=2, purpose="study")

    plan_visits(MONDAY, days=7)

    assert [one.on for one in Visit.objects.all()] == [MONDAY + dt.timedelta(days=1)]


def test_a_cancelled_visit_is_shown_with_the_next_one(page):
    stop = StopFactory()
    VisitFactory(stop=stop, on=MONDAY, status="cancelled")
    VisitFactory(stop=stop, on=MONDAY + dt.timedelta(days=7))

    shown = page()

    assert "Cancelled" in shown
    assert "The next visit here: Monday 9 March, 15:00–17:00." in shown
    assert "makes no stop today" not in shown, "today is told with its cancellation"


def test_a_cancelled_visit_without_another_says_so_and_what_is_done_is_not_shown(page):
    stop = StopFactory()
    VisitFactory(stop=stop, on=MONDAY, arrives=dt.time(7), leaves=dt.time(8), status="done")
    VisitFactory(stop=stop, on=MONDAY + dt.timedelta(days=1), status="cancelled")

    shown = page()

    assert "No other visit is planned here yet." in shown
    assert "07:00" not in shown


def test_this_week_and_the_next_stand_apart(page):
    stop = StopFactory()
    for days in (1, 8, 20):
        VisitFactory(stop=stop, on=MONDAY + dt.timedelta(days=days))

    shown = page()

    this, _sign, later = shown.partition("Next, by day")
    by_day, _sign, by_stop = later.partition("By stop")
    assert "Tuesday 3 March" in this
    assert "Tuesday 10 March" in by_day
    assert "Sunday 22 March" not in by_day
    assert "Sunday 22 March" in by_stop


def test_the_nearest_stop_is_told_from_a_chosen_start_and_remembered(page):
    near = StopFactory(name="Vicina", latitude=45.4642, longitude=9.19)
    StopFactory(name="Lontana", latitude=45.52, longitude=9.19)
    VisitFactory(stop=near, on=MONDAY + dt.timedelta(days=1))

    chosen = page(da=f"p-{near.code}")
    again = page()

    for shown in (chosen, again):
        assert "on foot from Vicina." not in shown  # one stands there already
        assert "Next visit: Tuesday 3 March, 15:00–17:00." in shown


@pytest.mark.parametrize("start", ["m3", "s4", "p-vicina"])
def test_the_start_chosen_on_another_page_is_the_one_chosen_here(client, page, start):
    StopFactory(code="vicina", latitude=45.4642, longitude=9.19)
    client.get(reverse("home"), {"da": start})

    chosen = re.findall(r'<option value="([^"]*)"[^>]* selected>', page())

    assert chosen == [start]


@pytest.mark.parametrize("count", [1, 3])
def test_bibliobus_asks_the_database_as_often_for_three_stops_as_for_one(
    client, monday, count, django_assert_num_queries
):
    for stop in StopFactory.create_batch(count):
        VisitFactory(stop=stop)

    with django_assert_num_queries(3):
        client.get(reverse("branches:bibliobus"))

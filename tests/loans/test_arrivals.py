"""Dates of journeys, and which copy comes first."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branches.rounds import cancel_round, plan_rounds
from catalog.models import Copy
from loans.arrivals import Arrivals, arrives_on, redate_transits
from loans.lending import check_in
from loans.models import Transit
from loans.routing import best_copy, serve_in_order
from loans.states import HoldLevel
from milanolib import clock
from outbox.events import dispatch
from tests.factories import (
    BranchFactory,
    ClosureFactory,
    CopyFactory,
    HoldFactory,
    HubFactory,
    RouteFactory,
    TitleFactory,
    TransitFactory,
    VisitFactory,
)
from tests.story import fresh

MONDAY, THURSDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 5)
WEEK = dt.timedelta(days=7)


def days_at(hold, *copies):
    found = Arrivals(hold.work_id).days_at(hold.pickup_place, copies)
    return [found[copy.pk] for copy in copies]


# --- Transits


def test_arrives_on_asks_once_and_only_of_the_road(story, django_assert_num_queries):
    story.network.van()
    network, now = story.network, clock.now()

    with django_assert_num_queries(1):
        assert arrives_on(network.north, network.south, now) == THURSDAY, "the south is called at after the north"
    assert arrives_on(network.south, network.north, now) == THURSDAY + WEEK, "by way of the hub"
    assert arrives_on(network.north, network.locker, now) is None


def test_a_copy_put_on_its_way_after_the_van_has_passed_goes_with_the_next(story):
    story.network.van()
    story.clock.move_to(dt.datetime(2026, 3, 5, 9, 6, tzinfo=clock.ROME))

    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)

    assert Transit.objects.get(copy=copy).expected_on == THURSDAY + WEEK


def test_a_journey_gets_another_date_when_its_round_is_cancelled(story):
    route = story.network.van()
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    assert Transit.objects.get(copy=copy).expected_on == THURSDAY

    cancel_round(route.rounds.get(on=THURSDAY), reason="neve", actor=None)
    dispatch()

    assert Transit.objects.get(copy=copy).expected_on == THURSDAY + WEEK
    assert redate_transits() == 0


def test_a_journey_without_a_date_gets_one_when_a_van_is_planned(story):
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    assert Transit.objects.get(copy=copy).expected_on is None

    story.network.van()
    dispatch()

    assert Transit.objects.get(copy=copy).expected_on == THURSDAY


def test_redate_transits_leaves_what_is_late_and_what_has_ended(story):
    story.network.van()
    late, ended = (story.copies(1)[0] for _number in range(2))
    for copy in (late, ended):
        story.lent(copy)
        story.given_back(copy, place=story.network.south)
    story.later(days=1)
    check_in(ended, ended.home, actor=None)
    Transit.objects.filter(copy=late).update(expected_on=MONDAY)

    assert redate_transits() == 0
    assert Transit.objects.get(copy=late).expected_on == MONDAY


def test_redate_transits_asks_as_often_for_three_as_for_one(story):
    story.network.van()
    counts = []
    for number in (1, 2):
        for copy in (story.copies(1)[0] for _number in range(number)):
            story.lent(copy)
            story.given_back(copy, place=story.network.south)
        Transit.objects.update(expected_on=None)
        with CaptureQueriesContext(connection) as seen:
            assert redate_transits() == Transit.objects.count()
        counts.append(len(seen))

    assert counts[0] == counts[1]


# --- Which copy


@pytest.fixture
def title(story):
    """A title that somebody waits for in the south; copies stand where a test puts them, and nobody serves it."""
    story.is_broken = True
    return TitleFactory()


def test_days_at_are_of_the_first_van_after_today(story, title):
    story.network.van(weekdays=[0, 3])
    hold = HoldFactory(title=title, pickup_place=story.network.south)
    here, north = CopyFactory(title=title, home=story.network.south), CopyFactory(title=title, home=story.network.north)
    nowhere = CopyFactory(title=title)

    assert days_at(hold, here, north, nowhere) == [MONDAY, THURSDAY, dt.date.max]


def test_days_at_wait_for_the_day_the_point_opens(story, title):
    story.network.van(weekdays=[1])
    other = BranchFactory()
    story.network.van(weekdays=[3], calls=[(other, "08:00"), (story.network.south, "09:00")])
    ClosureFactory(place=story.network.south, starts_on=MONDAY, ends_on=THURSDAY)
    hold = HoldFactory(title=title, pickup_place=story.network.south)
    tuesdays, thursdays = (CopyFactory(title=title, home=place) for place in (story.network.north, other))

    assert days_at(hold, tuesdays, thursdays) == [dt.date(2026, 3, 6)] * 2


def test_days_at_a_stop_are_the_visits_of_its_vehicle(story, title):
    story.network.van()
    VisitFactory(stop=story.network.stop, on=dt.date(2026, 3, 3))
    VisitFactory(stop=story.network.stop, on=dt.date(2026, 3, 10))
    hold = HoldFactory(title=title, pickup_place=story.network.stop)
    north, aboard = (CopyFactory(title=title, home=place) for place in (story.network.north, story.network.bus))

    assert days_at(hold, north, aboard) == [dt.date(2026, 3, 10), dt.date(2026, 3, 3)]


def test_best_copy_is_the_one_that_a_van_brings_first(story, title):
    hub, near, far = HubFactory(), BranchFactory(latitude=45.44), BranchFactory(latitude=45.52)
    RouteFactory(hub=hub, weekdays=[4], calls=[(near, "08:00"), (story.network.south, "09:00")])
    RouteFactory(hub=hub, weekdays=[1], calls=[(far, "08:00"), (story.network.south, "09:00")])
    plan_rounds(MONDAY)
    hold = HoldFactory(title=title, pickup_place=story.network.south)
    copies = [CopyFactory(title=title, home=home) for home in (near, far, BranchFactory(latitude=45.43))]

    assert best_copy(copies, hold, Arrivals(hold.work_id)) == copies[1]


def test_the_calls_are_read_once_for_all_holds_of_a_work_and_not_where_nothing_is_to_choose(story, title):
    story.network.van()
    holds = [HoldFactory(title=title, level=HoldLevel.TITLE, pickup_place=story.network.south) for _number in range(3)]

    def reads_of_the_road(copies):
        for home in copies:
            CopyFactory(title=title, home=home)
        with CaptureQueriesContext(connection) as seen:
            serve_in_order(title.work)
        return sum("branches_roundstop" in one["sql"] for one in seen)

    assert reads_of_the_road([story.network.north]) == 0
    assert reads_of_the_road([story.network.north, story.network.newsstand.parent]) == 1
    assert [fresh(hold).status for hold in holds] == ["assigned"] * 3
    assert Copy.objects.count() == 3


def test_redate_transits_does_not_touch_a_closed_one(db, monday):
    done = TransitFactory(status="arrived", ended_at=clock.now(), expected_on=MONDAY)

    assert redate_transits() == 0
    assert fresh(done).expected_on == MONDAY

"""A reservation at a point that is closed for long: what its row says, and the points it offers in one press."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from branches.models import Place
from catalog.models import Copy
from milanolib import clock
from tests.factories import BranchFactory, ClosureFactory, GuardianshipFactory, ReaderFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db


def days(number):
    return dt.timedelta(days=number)


def close(place, *, starts=0, ends=None, **fields):
    today = clock.today()
    return ClosureFactory(
        place=place, starts_on=today + days(starts), ends_on=None if ends is None else today + days(ends), **fields
    )


def page_of(client):
    return client.get(reverse("portal:holds"), HTTP_ACCEPT_LANGUAGE="en").content.decode()


def offered(page):
    """Return the codes of the points that a row offers, in their order."""
    return re.findall(r'name="pickup"\s+value="([^"]+)"', page)


@pytest.fixture
def held(story, signed_in):
    """A reservation to be collected at the north library, whose copy is somewhere else; and its reader's browser."""
    reader, client = signed_in()
    hold = story.hold(story.copies(1, home=story.network.south)[0].title, reader=reader, pickup=story.network.north)
    return hold, client


def test_a_row_says_from_when_to_when_and_offers_the_nearest_points(story, held):
    _hold, client = held
    stands_in = BranchFactory(code="stands-in", latitude=45.40, longitude=9.0)
    BranchFactory(code="far", latitude=45.60, longitude=9.19)
    BranchFactory(code="near", latitude=45.511, longitude=9.19)
    BranchFactory(code="next", latitude=45.515, longitude=9.19)
    close(story.network.north, ends=40, substitute=stands_in)

    page = page_of(client)

    assert f"{story.network.north} is closed from 2 March 2026 to 11 April 2026" in page
    assert offered(page) == ["stands-in", "near", "next"]
    assert "stands in while it is closed" in page
    assert "2 minutes on foot" in page


def test_one_press_moves_the_reservation_and_its_turn_stays(story, held):
    hold, client = held
    close(story.network.north)
    (first, *_others) = offered(page_of(client))

    answer = client.post(reverse("portal:move", args=[hold.pk]), {"pickup": first, "request_key": "k"})

    assert answer["Location"] == reverse("portal:holds")
    moved = fresh(hold)
    assert (moved.pickup_place.code, moved.order_key) == (first, hold.order_key)
    assert offered(page_of(client)) == []


@pytest.mark.parametrize(
    ("starts", "ends", "is_said"), [(0, 14, False), (0, 15, True), (14, 30, True), (15, 90, False), (-9, -1, False)]
)
def test_a_short_closure_or_one_that_is_far_off_changes_nothing(story, held, starts, ends, is_said):
    _hold, client = held
    close(story.network.north, starts=starts, ends=ends)

    page = page_of(client)

    assert (" is closed from " in page) is is_said
    assert bool(offered(page)) is is_said


def test_no_point_is_offered_that_is_closed_for_long_itself(story, held):
    _hold, client = held
    close(story.network.north)
    for place in Place.objects.pickup_points(clock.today()):
        close(place)

    page = page_of(client)

    assert "until further notice" in page
    assert offered(page) == []


def test_a_provisional_reader_is_offered_only_points_that_check_documents(story, signed_in):
    reader, client = signed_in(provisional=True)
    story.hold(story.copies(1, home=story.network.south)[0].title, reader=reader, pickup=story.network.north)
    close(story.network.north)

    assert offered(page_of(client)) == ["stop", "south"]


@pytest.mark.parametrize(
    ("starts", "words"), [(0, "It is kept for you as long as"), (5, "Collect it before the point closes")]
)
def test_what_is_ready_there_is_kept_and_offers_nothing_to_press(story, signed_in, starts, words):
    reader, client = signed_in()
    story.ready(story.copies(1)[0].title, reader=reader)
    close(story.network.north, starts=starts)

    page = page_of(client)

    assert words in page
    assert offered(page) == []


def test_the_title_of_a_child_of_fourteen_is_not_said_in_the_buttons(story, signed_in):
    guardian, client = signed_in()
    child = ReaderFactory(born_on=clock.today() - days(15 * 366))
    GuardianshipFactory(guardian=guardian.user, child=child)
    hold = story.hold(story.copies(1, home=story.network.south)[0].title, reader=child, pickup=story.network.north)
    close(story.network.north)

    page = page_of(client)

    assert offered(page)
    assert str(hold.title) not in page


def test_nobody_elses_reservation_is_moved(story, held, signed_in):
    hold, _client = held
    _other, stranger = signed_in()
    close(story.network.north)

    assert stranger.post(reverse("portal:move", args=[hold.pk]), {"pickup": "south"}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_as_often_for_three_closed_rows_as_for_one(story, signed_in, count, django_assert_num_queries):
    reader, client = signed_in()
    for _number in range(count):
        title = story.copies(1, home=story.network.south)[0].title
        story.hold(title, reader=reader, pickup=story.network.north)
    close(story.network.north)
    assert Copy.objects.count() == count

    with django_assert_num_queries(15):
        assert len(offered(page_of(client))) == 3 * count

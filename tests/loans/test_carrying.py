"""The driver takes crates along and leaves them, also where nobody is; until they are received they are the round's."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from loans.carrying import leave_crate, runs_on, take_along
from loans.crate_errors import CrateElsewhere, CrateForAnother, CrateHasLeft, CrateNotOnRoad, CrateNotSealed
from loans.crates import receive_crate, seal_crate
from loans.models import Crate
from loans.picking import pack_parcel
from loans.records import RECEIVE
from loans.states import CrateStatus, HoldStatus, ParcelStatus
from milanolib import clock
from tests.factories import VehicleFactory
from tests.story import fresh


@pytest.fixture
def driver(story):
    """The phone of the van."""
    return story.phone(VehicleFactory(code="van"))


@pytest.fixture
def packed(story):
    """A hold, its copy and its parcel for the newsstand."""
    return story.packed(story.copies(1)[0].title)


@pytest.fixture
def sealed(story, network, packed):
    """A sealed crate with the parcel in it, at the north library."""
    _hold, copy, _parcel = packed
    return seal_crate(story.crated(copy), network.north, actor=None)


@pytest.fixture
def taken(sealed, network, driver):
    """The same crate, with the driver."""
    return take_along(sealed, network.north, device=driver)


# --- Take along


def test_take_along_puts_the_crate_on_the_road_by_the_drivers_word(sealed, network, driver):
    for _time in range(2):
        crate = take_along(sealed, network.north, device=driver)

    assert (crate.status, crate.carried_by) == (CrateStatus.ON_ROAD, driver)


def test_take_along_what_the_library_gave_already_says_who_has_it(story, network, packed, driver):
    crate = story.sent(packed[1])

    assert take_along(crate, network.north, device=driver).carried_by == driver


def test_take_along_refuses_elsewhere_and_what_nobody_has_sealed(story, network, packed, driver):
    crate = story.crated(packed[1])

    with pytest.raises(CrateElsewhere):
        take_along(crate, network.south, device=driver)
    with pytest.raises(CrateNotSealed):
        take_along(crate, network.north, device=driver)


def test_take_along_refuses_what_has_come(story, network, packed, driver):
    crate = receive_crate(story.sent(packed[1]), network.newsstand, actor=None)

    with pytest.raises(CrateHasLeft):
        take_along(crate, network.north, device=driver)


# --- Leave


def test_leave_crate_at_a_closed_point_keeps_it_with_the_round(taken, packed, network, driver):
    """Nobody is told to come before the partner has confirmed."""
    hold, _copy, parcel = packed

    for _time in range(2):
        left = leave_crate(taken, network.newsstand, device=driver)

    assert (left.status, left.left_by, left.received_at) == (CrateStatus.ON_ROAD, driver, None)
    assert (fresh(parcel).status, fresh(parcel).crate, fresh(parcel).place) == (ParcelStatus.IN_CRATE, left, None)
    assert fresh(hold).status == HoldStatus.IN_TRANSIT


def test_crate_that_was_left_is_confirmed_later(story, taken, packed, network, driver):
    hold, _copy, parcel = packed
    left = leave_crate(taken, network.newsstand, device=driver)
    story.later(hours=3)

    story.report(network.newsstand, RECEIVE, left.code)
    story.receive(parcel)

    confirmed = fresh(left)
    assert confirmed.left_at < confirmed.received_at
    assert (fresh(parcel).place, fresh(hold).status) == (network.newsstand, HoldStatus.READY)


def test_leave_crate_that_was_confirmed_first_changes_nothing(taken, network, driver):
    receive_crate(taken, network.newsstand, actor=None)

    assert leave_crate(taken, network.newsstand, device=driver).left_at is None


def test_leave_crate_refuses_another_place_and_what_nobody_loaded(sealed, network, driver):
    with pytest.raises(CrateForAnother):
        leave_crate(sealed, network.small_newsstand, device=driver)
    with pytest.raises(CrateNotOnRoad):
        leave_crate(sealed, network.newsstand, device=driver)


def test_crate_left_by_nobody_or_before_it_was_loaded_cannot_be_written(taken, driver):
    with pytest.raises(IntegrityError, match="crate_left_by_somebody"), transaction.atomic():
        Crate.objects.filter(pk=taken.pk).update(left_at=clock.now())
    with pytest.raises(IntegrityError, match="crate_left_by_somebody"), transaction.atomic():
        Crate.objects.filter(pk=taken.pk).update(left_at=clock.now() - dt.timedelta(hours=1), left_by=driver)


@pytest.mark.django_db(transaction=True)
def test_crate_is_left_while_its_point_confirms_it(rivals, story, network):
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    driver = story.phone(VehicleFactory(code="van"))
    crate = take_along(seal_crate(story.crated(copy), network.north, actor=None), network.north, device=driver)

    rivals(
        lambda: leave_crate(fresh(crate), network.newsstand, device=driver),
        lambda: receive_crate(fresh(crate), network.newsstand, actor=None),
    )

    assert fresh(crate).status == CrateStatus.RECEIVED


# --- The round


def test_runs_on_lists_the_stops_in_order_with_their_crates(story, network, sealed, driver):
    network.van(weekdays=[clock.today().weekday()])

    def at(place):
        [run] = runs_on(clock.today(), driver.place)
        return next(halt for halt in run.halts if halt.stop.place == place)

    assert at(network.north).to_take == [sealed]
    take_along(sealed, network.north, device=driver)
    assert (at(network.north).to_take, at(network.newsstand).to_leave) == ([], [sealed])
    leave_crate(sealed, network.newsstand, device=driver)
    assert (at(network.newsstand).to_leave, at(network.newsstand).left) == ([], [sealed])
    receive_crate(sealed, network.newsstand, actor=None)
    assert (at(network.newsstand).left, at(network.newsstand).received) == ([], 1)


def test_runs_on_asks_as_often_of_three_crates_as_of_one(story, network, driver, django_assert_num_queries):
    network.van(weekdays=[clock.today().weekday()])
    van = driver.place
    for pickup in (network.newsstand, network.small_newsstand, network.south):
        _hold, copy = story.picked(story.copies(1)[0].title, pickup=pickup)
        if pickup != network.south:
            pack_parcel(copy, network.north, actor=None)
        story.sent(copy)
        with django_assert_num_queries(5):
            runs_on(clock.today(), van)

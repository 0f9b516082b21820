"""A copy on its way is to be collected elsewhere: until the last leg, and from a point that hands out no more."""

import datetime as dt

import pytest

from branches.models import PlaceCapacity
from catalog.states import CopyStatus
from loans.errors import CopyElsewhere, HoldNotChangeable, PointFull
from loans.hold_changes import change_pickup
from loans.holds import cancel_hold
from loans.lending import NextStep, check_in
from loans.models import Transit
from loans.models.hold import HoldMoveRefused
from loans.picking import pack_parcel, pick_copy
from loans.redirecting import label_parcel
from loans.states import OPEN_TRANSIT, HoldStatus, ParcelStatus, TransitStatus
from milanolib import clock
from outbox.models import Event
from tests.factories import BookshopFactory, LibrarianFactory, StopFactory
from tests.story import fresh


def journey(copy):
    return Transit.objects.get(copy=copy, status__in=OPEN_TRANSIT)


def close(point):
    type(point).objects.filter(pk=point.pk).update(closed_on=clock.today())


# --- Picked


def test_change_pickup_of_what_was_picked_is_told_by_the_next_scan(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)
    key = hold.order_key

    change_pickup(hold, story.network.south, actor=None)

    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.PICKED, CopyStatus.PICKED)
    assert fresh(hold).order_key == key
    assert pick_copy(copy, story.network.north, actor=None).step == NextStep.CRATE
    assert journey(copy).destination == story.network.south


def test_change_pickup_of_what_was_picked_to_the_same_library_makes_it_ready_when_scanned(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)

    change_pickup(hold, story.network.north, actor=None)
    assert fresh(hold).status == HoldStatus.PICKED, "nobody has put it on the shelf of reservations yet"

    assert pick_copy(copy, story.network.north, actor=None).step == NextStep.HOLD_SHELF
    assert fresh(hold).status == HoldStatus.READY


def test_change_pickup_of_what_was_picked_to_another_point_is_packed_for_that_one(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)

    change_pickup(hold, story.network.small_newsstand, actor=None)

    assert pack_parcel(copy, story.network.north, actor=None).destination == story.network.small_newsstand


# --- Packed, or waiting for the van


def test_change_pickup_of_a_parcel_keeps_its_tag_and_asks_for_a_new_label(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    change_pickup(hold, story.network.small_newsstand, actor=None)

    moved = fresh(parcel)
    assert (moved.tag, moved.destination) == (parcel.tag, story.network.small_newsstand)
    assert moved.has_old_label
    assert journey(copy).destination == story.network.small_newsstand
    assert Transit.objects.filter(copy=copy, status=TransitStatus.CANCELLED).count() == 1
    assert story.receive(moved).detail == "received"
    assert fresh(hold).status == HoldStatus.READY


def test_change_pickup_of_a_parcel_gives_it_a_number_that_is_free_at_the_new_point(story):
    PlaceCapacity.objects.all().delete()
    _there, _copy, first = story.packed(story.copies(1)[0].title, pickup=story.network.small_newsstand)
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)
    assert (first.shelf_number, parcel.shelf_number) == (1, 1)

    change_pickup(hold, story.network.small_newsstand, actor=None)

    assert fresh(parcel).shelf_number == 2


def test_change_pickup_of_a_parcel_that_the_van_takes_with_its_old_label_goes_on_from_there(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)
    change_pickup(hold, story.network.small_newsstand, actor=None)

    assert story.receive(parcel, place=story.network.newsstand).detail == "wrong_point"
    assert fresh(hold).status == HoldStatus.IN_TRANSIT
    assert story.receive(fresh(parcel)).detail == "received"
    assert fresh(copy).place == story.network.small_newsstand


def test_change_pickup_of_a_parcel_to_the_library_where_it_waits_is_set_aside_when_scanned(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    change_pickup(hold, story.network.north, actor=None)

    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.PICKED, CopyStatus.PICKED)
    assert fresh(parcel).status == ParcelStatus.OPENED
    assert pick_copy(copy, story.network.north, actor=None).step == NextStep.HOLD_SHELF


def test_change_pickup_of_a_parcel_to_a_library_opens_it_there(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    change_pickup(hold, story.network.south, actor=None)

    assert journey(copy).destination == story.network.south
    assert check_in(copy, story.network.south, actor=None).step == NextStep.HOLD_SHELF
    assert fresh(parcel).status == ParcelStatus.OPENED


def test_change_pickup_of_a_copy_in_the_crate_for_a_library_to_a_point_is_wrapped_first(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)
    assert fresh(copy).status == CopyStatus.IN_TRANSIT

    change_pickup(hold, story.network.newsstand, actor=None)

    assert fresh(hold).status == HoldStatus.PICKED
    parcel = pack_parcel(copy, story.network.north, actor=None)
    assert story.receive(parcel).detail == "received"


def test_change_pickup_of_a_copy_that_waits_at_another_library(story):
    """It was scanned at a library on its way, and waits there for the next van."""
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.stop)
    check_in(copy, story.network.south, actor=None)

    change_pickup(hold, story.network.south, actor=None)

    assert fresh(copy).place == story.network.south
    assert pick_copy(copy, story.network.south, actor=None).step == NextStep.HOLD_SHELF


def test_change_pickup_again_and_back_ends_where_it_began(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    change_pickup(hold, story.network.small_newsstand, actor=None)
    change_pickup(hold, story.network.newsstand, actor=None)

    assert fresh(parcel).destination == journey(copy).destination == story.network.newsstand
    assert story.receive(fresh(parcel)).detail == "received"


# --- Too late


def test_change_pickup_refuses_what_is_in_a_crate(story):
    hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    story.crated(copy)

    with pytest.raises(HoldNotChangeable):
        change_pickup(hold, story.network.south, actor=None)


def test_change_pickup_refuses_what_is_on_the_van(story):
    hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    Transit.objects.filter(copy=copy).update(status=TransitStatus.LOADED, loaded_at=clock.now())

    with pytest.raises(HoldNotChangeable):
        change_pickup(hold, story.network.south, actor=None)


def test_change_pickup_refuses_what_has_gone_astray_to_a_point(story):
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)
    story.receive(parcel, place=story.network.small_newsstand)

    with pytest.raises(HoldNotChangeable):
        change_pickup(hold, story.network.south, actor=None)


@pytest.mark.parametrize("pickup", ["newsstand", "north"])
def test_change_pickup_refuses_what_is_ready(story, pickup):
    title = story.copies(1)[0].title
    hold = (story.at_the_point(title) if pickup == "newsstand" else story.ready(title))[0]

    with pytest.raises(HoldNotChangeable):
        change_pickup(hold, story.network.south, actor=None)


def test_change_pickup_refuses_what_has_ended(story):
    hold = story.hold(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)

    with pytest.raises(HoldMoveRefused):
        change_pickup(hold, story.network.south, actor=None)


def test_change_pickup_of_a_copy_on_its_way_refuses_a_full_point(story):
    story.hold(story.copies(1)[0].title, pickup=story.network.small_newsstand)
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    with pytest.raises(PointFull):
        change_pickup(hold, story.network.small_newsstand, actor=None)
    assert fresh(parcel).destination == journey(copy).destination == story.network.newsstand


# --- From a point that hands out no more


def test_change_pickup_from_a_point_that_closed_sends_the_parcel_on(story):
    hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)
    before = hold.assignments.get()
    close(story.network.newsstand)

    change_pickup(hold, story.network.small_newsstand, actor=None)

    assert (fresh(hold).status, fresh(hold).pickup_code) == (HoldStatus.IN_TRANSIT, "")
    assert fresh(before).release_reason == "point_closed"
    assert (journey(copy).origin, journey(copy).destination) == (
        story.network.newsstand,
        story.network.small_newsstand,
    )
    assert story.receive(fresh(parcel)).detail == "received"
    assert Event.objects.filter(kind="loans.hold_ready").count() == 2, "being ready again is told again"


def test_change_pickup_from_a_library_that_closed(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    close(story.network.north)

    change_pickup(hold, story.network.south, actor=None)

    assert check_in(copy, story.network.south, actor=None).step == NextStep.HOLD_SHELF
    assert fresh(hold).status == HoldStatus.READY


def test_change_pickup_from_a_library_that_closed_to_a_point_is_wrapped_first(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    close(story.network.north)

    change_pickup(hold, story.network.newsstand, actor=None)

    assert fresh(hold).status == HoldStatus.PICKED
    assert story.receive(pack_parcel(copy, story.network.north, actor=None)).detail == "received"


def test_change_pickup_from_a_stop_to_another_of_the_same_vehicle_is_ready_there(story):
    copy = story.copies(1, home=story.network.bus)[0]
    hold, _copy = story.picked(copy.title, pickup=story.network.stop)
    assert fresh(hold).status == HoldStatus.READY
    other = StopFactory(vehicle=story.network.bus)
    close(story.network.stop)

    change_pickup(hold, other, actor=None)

    assert (fresh(hold).status, fresh(hold).pickup_place) == (HoldStatus.READY, other)
    assert fresh(copy).place == story.network.bus


# --- The new label


def test_label_parcel_is_written_down_once(story):
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)
    change_pickup(hold, story.network.small_newsstand, actor=None)
    librarian = LibrarianFactory(desk=story.network.north)

    for _time in range(2):
        label_parcel(parcel, story.network.north, actor=librarian)

    assert not fresh(parcel).has_old_label
    assert librarian.acts.get().verb == "label_parcel"


def test_label_parcel_refuses_one_that_lies_elsewhere(story):
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)
    change_pickup(hold, story.network.small_newsstand, actor=None)

    with pytest.raises(CopyElsewhere):
        label_parcel(parcel, story.network.south, actor=None)


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_change_pickup_of_two_parcels_to_a_last_place_lets_one(story, rivals):
    holds = [story.packed(story.copies(1)[0].title)[0] for _number in range(2)]
    last = story.network.small_newsstand

    outcomes = rivals(*(lambda hold=hold: change_pickup(hold, last, actor=None) for hold in holds))

    assert sorted(type(one).__name__ for one in outcomes) == ["Hold", "PointFull"]


@pytest.mark.django_db(transaction=True)
def test_change_pickup_of_two_parcels_to_a_point_without_a_limit_gives_two_numbers(story, rivals):
    PlaceCapacity.objects.all().delete()
    point = BookshopFactory(parent=story.network.south)
    packed = [story.packed(story.copies(1)[0].title) for _number in range(2)]

    rivals(*(lambda hold=hold: change_pickup(hold, point, actor=None) for hold, _copy, _parcel in packed))

    assert sorted(fresh(parcel).shelf_number for _hold, _copy, parcel in packed) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_change_pickup_and_taking_in_at_once_lose_nothing(story, rivals):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)
    story.phone(story.network.newsstand)

    rivals(lambda: change_pickup(hold, story.network.south, actor=None), lambda: story.receive(parcel))

    assert (fresh(hold).status, fresh(hold).pickup_place, fresh(copy).place) in (
        (HoldStatus.READY, story.network.newsstand, story.network.newsstand),
        (HoldStatus.IN_TRANSIT, story.network.south, story.network.newsstand),
    )


def test_change_pickup_again_on_another_day_is_told_again(story):
    hold, _copy, _parcel = story.packed(story.copies(1)[0].title)

    change_pickup(hold, story.network.small_newsstand, actor=None)
    story.clock.shift(dt.timedelta(days=1))
    change_pickup(hold, story.network.newsstand, actor=None)

    assert Event.objects.filter(kind="loans.hold_moved").count() == 2

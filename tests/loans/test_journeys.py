"""Journeys: scanned at the wrong place, lent on the way, too long on the road."""

import datetime as dt

import pytest

from catalog.states import CopyStatus
from loans.errors import CopyKeptForAnother, CopyNotHere
from loans.holds import cancel_hold
from loans.journeys import (
    JourneyNotLate,
    JourneyOver,
    give_up_journey,
    late_journeys,
    look_for_late_journeys,
)
from loans.lending import NextStep, check_out
from loans.models import Hold, Parcel, Task, Transit
from loans.policy import looked_for_after
from loans.states import HoldStatus, ParcelStatus, TransitReason, TransitStatus
from milanolib import clock
from tests.factories import ReaderFactory
from tests.story import fresh


@pytest.fixture
def on_the_road(story):
    """A copy on its way from the north to the south library, with its reservation and its journey."""
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)
    return hold, copy, Transit.objects.get(copy=copy)


@pytest.fixture
def late(on_the_road, story):
    """The same, a month later: both ends have been asked to look for it."""
    story.later(days=30)
    look_for_late_journeys()
    return on_the_road


def homewards(story):
    """Return a copy of the north library that was given back at the south one and waits there for the van."""
    [copy] = story.copies(1)
    story.lent(copy)
    story.given_back(copy, place=story.network.south)
    return fresh(copy)


# --- Scanned at the wrong place


def test_check_in_at_the_wrong_place_goes_on_from_there_and_remembers_the_first_leg(on_the_road, story):
    _hold, copy, first = on_the_road

    found = story.given_back(copy, place=story.network.bus)

    second = Transit.objects.get(copy=copy, status=TransitStatus.REQUESTED)
    assert (found.step, fresh(first).status) == (NextStep.CRATE, TransitStatus.CANCELLED)
    assert (second.previous, second.origin, second.destination, second.reason) == (
        first,
        story.network.bus,
        story.network.south,
        TransitReason.HOLD,
    )


def test_check_in_where_it_set_out_is_no_hop(on_the_road, story):
    _hold, copy, _first = on_the_road

    story.given_back(copy)

    assert not Transit.objects.filter(previous__isnull=False).exists()


def test_check_in_of_a_copy_that_stays_where_it_was_cut_short_has_no_second_leg(story):
    copy = homewards(story)
    hold = story.hold(copy.title, pickup=story.network.stop)

    found = story.given_back(copy, place=story.network.bus)

    assert (found.step, fresh(hold).status) == (NextStep.HOLD_SHELF, HoldStatus.READY)
    assert Transit.objects.get(copy=copy).status == TransitStatus.CANCELLED


def test_parcel_scanned_at_the_wrong_point_goes_on_from_there(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    story.receive(parcel, place=story.network.small_newsstand)

    second = Transit.objects.get(copy=copy, status=TransitStatus.REQUESTED)
    assert (second.origin, second.destination) == (story.network.small_newsstand, story.network.newsstand)
    assert second.previous.origin == story.network.north
    assert fresh(hold).status == HoldStatus.IN_TRANSIT

    story.receive(parcel)
    assert fresh(hold).status == HoldStatus.READY


def test_parcel_scanned_at_the_wrong_point_twice_is_one_hop(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)

    for _time in range(2):
        story.receive(parcel, place=story.network.small_newsstand)

    assert Transit.objects.filter(copy=copy).count() == 2


# --- Its reservation ends on the way


def test_cancel_hold_on_the_way_is_decided_on_arrival(on_the_road, story):
    hold, copy, transit = on_the_road
    cancel_hold(hold, actor=None)
    assert fresh(transit).status == TransitStatus.REQUESTED

    next_one = story.hold(copy.title, pickup=story.network.south)
    found = story.given_back(copy, place=story.network.south)

    assert (found.step, fresh(next_one).status) == (NextStep.HOLD_SHELF, HoldStatus.READY)


def test_cancel_hold_on_the_way_sends_it_home_from_there(on_the_road, story):
    hold, copy, _transit = on_the_road
    cancel_hold(hold, actor=None)

    found = story.given_back(copy, place=story.network.south)

    assert (found.step, found.destination) == (NextStep.CRATE, story.network.north)


# --- Lent on the way


def test_check_out_on_the_way_ends_the_journey(story):
    copy = homewards(story)

    check_out(copy, ReaderFactory(), story.network.south, actor=None)

    assert fresh(copy).status == CopyStatus.ON_LOAN
    assert Transit.objects.get(copy=copy).status == TransitStatus.CANCELLED


def test_check_out_on_the_way_of_a_parcel_opens_it(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    check_out(copy, hold.reader, story.network.north, actor=None)

    assert (fresh(parcel).status, fresh(hold).status) == (ParcelStatus.OPENED, HoldStatus.COLLECTED)


def test_check_out_on_the_way_back_opens_the_parcel_of_the_reservation_that_ended(story):
    hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)

    check_out(copy, ReaderFactory(), story.network.south, actor=None)

    assert fresh(parcel).status == ParcelStatus.OPENED
    assert Transit.objects.get(reason=TransitReason.EXPIRED).status == TransitStatus.ARRIVED


def test_check_out_on_the_way_refuses_who_is_not_its_reader(on_the_road, story):
    _hold, copy, _transit = on_the_road

    with pytest.raises(CopyKeptForAnother):
        check_out(copy, ReaderFactory(), story.network.north, actor=None)


def test_check_out_on_the_way_leaves_it_to_check_in_while_somebody_waits(story):
    copy = homewards(story)
    first = story.hold(copy.title)

    with pytest.raises(CopyNotHere):
        check_out(copy, ReaderFactory(), story.network.south, actor=None)
    check_out(copy, first.reader, story.network.south, actor=None)

    assert fresh(first).status == HoldStatus.COLLECTED


# --- Too long on the road


@pytest.mark.parametrize(
    ("expected", "last"),
    [
        (dt.date(2026, 3, 5), dt.date(2026, 3, 9)),  # a way of three days: four days late at most
        (dt.date(2026, 3, 12), dt.date(2026, 3, 22)),  # a way of ten days: twice as long
        (None, dt.date(2026, 3, 6)),
    ],
)
def test_looked_for_after_is_twice_the_way_or_four_days_late(expected, last):
    assert looked_for_after(dt.date(2026, 3, 2), expected) == last


def test_look_for_late_journeys_asks_both_ends_once(on_the_road, story):
    transit = on_the_road[2]
    last_day = looked_for_after(clock.today(), transit.expected_on)
    story.clock.move_to(clock.start_of(last_day) + dt.timedelta(hours=12))
    assert look_for_late_journeys() == 0

    story.later(days=1)
    assert [look_for_late_journeys() for _time in range(2)] == [1, 0]

    assert {task.place for task in Task.objects.all()} == {story.network.north, story.network.south}
    assert list(late_journeys(story.network.south)) == [transit]


def test_look_for_late_journeys_asks_the_library_that_serves_a_point(story):
    story.packed(story.copies(1)[0].title)
    story.later(days=30)

    look_for_late_journeys()

    assert {task.place for task in Task.objects.all()} == {story.network.north, story.network.south}
    assert late_journeys(story.network.south).count() == 1


def test_arrival_of_what_was_looked_for_ends_the_search(late, story):
    _hold, copy, _transit = late

    story.given_back(copy, place=story.network.south)

    assert set(Task.objects.values_list("answer", flat=True)) == {Task.TURNED_UP}
    assert not late_journeys(story.network.south).exists()


def test_give_up_journey_serves_the_reader_with_another_copy(late, story):
    hold, copy, transit = late
    [another] = story.copies(1, title=copy.title)
    before = hold.order_key

    for _time in range(2):
        give_up_journey(transit, place=story.network.south, actor=None)

    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.MISSING, None)
    assert (fresh(hold).order_key, story.copy_of(hold)) == (before, another)
    assert set(Task.objects.values_list("answer", flat=True)) == {Task.GIVEN_UP}


def test_give_up_journey_of_a_parcel_loses_it_and_frees_its_room(story):
    point = story.network.small_newsstand
    hold, _copy, parcel = story.packed(story.copies(1)[0].title, pickup=point)
    story.later(days=30)
    look_for_late_journeys()

    give_up_journey(Transit.objects.get(), place=story.network.south, actor=None)
    another = story.hold(story.copies(1)[0].title, pickup=point)

    assert fresh(parcel).status == ParcelStatus.LOST
    assert (fresh(hold).status, another.status) == (HoldStatus.QUEUED, HoldStatus.ASSIGNED)


def test_give_up_journey_refuses_what_is_not_late(on_the_road, story):
    with pytest.raises(JourneyNotLate):
        give_up_journey(on_the_road[2], place=story.network.south, actor=None)


def test_give_up_journey_refuses_what_has_arrived(late, story):
    hold, copy, transit = late
    story.given_back(copy, place=story.network.south)

    with pytest.raises(JourneyOver):
        give_up_journey(transit, place=story.network.south, actor=None)
    assert fresh(hold).status == HoldStatus.READY


def test_missing_copy_that_arrives_after_all_serves_who_waits(late, story):
    hold, copy, transit = late
    give_up_journey(transit, place=story.network.south, actor=None)

    found = story.given_back(copy, place=story.network.south)

    assert (found.step, fresh(hold).status) == (NextStep.HOLD_SHELF, HoldStatus.READY)


def test_lost_parcel_handed_out_without_a_scan_is_left_to_a_librarian(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    story.later(days=30)
    look_for_late_journeys()
    give_up_journey(Transit.objects.get(), place=story.network.south, actor=None)

    told = story.hand_over(parcel)

    assert (told.outcome, told.detail) == ("task", "parcel_gone")
    assert fresh(copy).status == CopyStatus.MISSING


def test_lost_parcel_whose_copy_was_found_is_not_found_again(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    story.later(days=30)
    look_for_late_journeys()
    give_up_journey(Transit.objects.get(), place=story.network.south, actor=None)
    story.given_back(copy)

    told = story.receive(parcel)

    assert told.outcome == "repeated"
    assert Parcel.objects.get().status == ParcelStatus.LOST


# --- Two at once


@pytest.mark.django_db(transaction=True)
def test_arrival_and_the_search_for_it_at_once_leave_no_open_task(story, rivals):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)
    story.later(days=30)

    rivals(look_for_late_journeys, lambda: story.given_back(copy, place=story.network.south))

    assert not Task.objects.filter(closed_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_arrival_and_giving_up_at_once_end_with_a_ready_copy(story, rivals):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)
    story.later(days=30)
    look_for_late_journeys()
    transit = Transit.objects.get()

    rivals(
        lambda: give_up_journey(transit, place=story.network.south, actor=None),
        lambda: story.given_back(copy, place=story.network.south),
    )

    assert Hold.objects.get().status == HoldStatus.READY

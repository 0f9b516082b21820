"""A hold that comes back to its place in the order: later ones make way for it, as long as nobody took their copies."""

import threading
from collections import Counter

import pytest

from branches.models import PlaceCapacity
from loans.hold_changes import change_pickup
from loans.holds import cancel_hold, retry_passed
from loans.keeping import correct_copy, mark_missing, withdraw_copy
from loans.models import HoldPass
from loans.picking import pick_copy
from loans.room import Rooms
from loans.routing import EARLIER_TURN
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from milanolib.db import restartable
from tests.factories import ReaderFactory, TitleFactory, WorkFactory
from tests.story import fresh


def statuses(*holds):
    return [fresh(hold).status for hold in holds]


def test_the_latest_makes_way_for_who_loses_a_copy(story):
    """Not the next one, whose turn stays: the last of those that were served."""
    copies = story.copies(3)
    holds = [story.hold(copies[0].title) for _number in range(3)]
    lost = story.copy_of(holds[0])

    mark_missing(lost, story.network.north, since=clock.now(), actor=None)

    assert statuses(*holds) == [HoldStatus.ASSIGNED, HoldStatus.ASSIGNED, HoldStatus.QUEUED]
    assert HoldPass.objects.get(hold=holds[2]).reason == EARLIER_TURN
    assert holds[2].assignments.get().release_reason == "better_plan"


def test_withdrawing_a_copy_makes_the_latest_wait(story):
    copies = story.copies(2)
    holds = [story.hold(copies[0].title) for _number in range(2)]

    withdraw_copy(story.copy_of(holds[0]), reason="torn", actor=None)

    assert statuses(*holds) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]


def test_a_copy_that_is_no_longer_lent_makes_the_latest_wait(story):
    copies = story.copies(2)
    holds = [story.hold(copies[0].title) for _number in range(2)]

    correct_copy(story.copy_of(holds[0]), shelf_mark="R", size="M", is_lendable=False, actor=None)

    assert statuses(*holds) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]


def test_the_latest_makes_way_along_a_chain(story):
    """Who lost the copy cannot use the latest one's, but somebody between can."""
    work = WorkFactory()
    titles = TitleFactory.create_batch(2, work=work)
    first_copy = story.copies(1, title=titles[0])[0]
    narrow = story.hold(titles[0])
    middle_copy, other_copy = story.copies(1, title=titles[0])[0], story.copies(1, title=titles[1])[0]
    middle = story.hold(titles[0], level=HoldLevel.WORK)
    latest = story.hold(titles[1])
    assert {story.copy_of(middle), story.copy_of(latest)} == {middle_copy, other_copy}

    mark_missing(first_copy, story.network.north, since=clock.now(), actor=None)

    assert story.copy_of(narrow) == middle_copy
    assert story.copy_of(middle) == other_copy
    assert fresh(latest).status == HoldStatus.QUEUED


def test_nobody_makes_way_for_a_later_one(story):
    copies = story.copies(2)
    first, second = (story.hold(copies[0].title) for _number in range(2))

    mark_missing(story.copy_of(second), story.network.north, since=clock.now(), actor=None)

    assert statuses(first, second) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]


def test_a_copy_taken_from_its_shelf_never_makes_way(story):
    copies = story.copies(2)
    first, second = (story.hold(copies[0].title, pickup=story.network.newsstand) for _number in range(2))
    taken = story.copy_of(second)
    pick_copy(taken, taken.place, actor=None)

    mark_missing(story.copy_of(first), story.network.north, since=clock.now(), actor=None)

    assert statuses(first, second) == [HoldStatus.QUEUED, HoldStatus.PICKED]


def test_at_a_full_point_only_a_copy_that_goes_there_makes_way(story):
    """The latest one's copy goes elsewhere and would find no room: the one before it takes its room along."""
    point = story.network.small_newsstand
    PlaceCapacity.objects.filter(place=point).update(total=2)
    copies = story.copies(3)
    first, second = (story.hold(copies[0].title, pickup=point) for _number in range(2))
    elsewhere = story.hold(copies[0].title)
    PlaceCapacity.objects.filter(place=point).update(total=1)

    mark_missing(story.copy_of(first), story.network.north, since=clock.now(), actor=None)

    assert statuses(first, second, elsewhere) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED, HoldStatus.ASSIGNED]


def test_at_a_full_point_nobody_elsewhere_makes_way_and_that_is_written_down(story):
    point = story.network.small_newsstand
    copies = story.copies(2)
    first, second = story.hold(copies[0].title, pickup=point), story.hold(copies[0].title)
    PlaceCapacity.objects.filter(place=point).update(total=0)

    mark_missing(story.copy_of(first), story.network.north, since=clock.now(), actor=None)

    assert statuses(first, second) == [HoldStatus.QUEUED, HoldStatus.ASSIGNED]
    assert HoldPass.objects.get(hold=first, place=point).reason == "no_room"


def test_who_moves_to_a_point_with_room_takes_the_turn(story):
    full = story.network.small_newsstand
    copy = story.copies(1)[0]
    story.hold(story.copies(1)[0].title, pickup=full)
    held_up, later = story.hold(copy.title, pickup=full), story.hold(copy.title)
    assert statuses(held_up, later) == [HoldStatus.QUEUED, HoldStatus.ASSIGNED]

    change_pickup(held_up, story.network.south, actor=None)

    assert statuses(held_up, later) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]


def test_retry_passed_gives_the_turn_back_when_room_comes_back(story):
    full = story.network.small_newsstand
    copy = story.copies(1)[0]
    another = story.hold(story.copies(1)[0].title, pickup=full)
    held_up, later = story.hold(copy.title, pickup=full), story.hold(copy.title)
    cancel_hold(another, actor=None)

    assert retry_passed() == 1
    assert statuses(held_up, later) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]
    assert retry_passed() == 0


def test_retry_passed_leaves_a_copy_that_was_taken_from_its_shelf(story):
    full = story.network.small_newsstand
    copy = story.copies(1)[0]
    another = story.hold(story.copies(1)[0].title, pickup=full)
    held_up = story.hold(copy.title, pickup=full)
    later, _copy = story.picked(copy.title)
    cancel_hold(another, actor=None)
    story.later(hours=1)

    assert retry_passed() == 0
    assert statuses(held_up, later) == [HoldStatus.QUEUED, HoldStatus.READY]


@pytest.mark.django_db(transaction=True)
def test_rooms_of_two_points_are_given_away_by_two_verbs_without_a_deadlock(network, rivals):
    """Each has one room and wants the other's. Only who goes up in their order waits; the other one starts again."""
    low, high = sorted([network.newsstand, network.small_newsstand], key=lambda place: place.pk)
    both_have_one = threading.Barrier(2, timeout=10)
    runs = Counter()

    def takes(first, second):
        @restartable
        def verb():
            runs[first.code] += 1
            rooms = Rooms()
            found = rooms.has_room(first)
            if runs[first.code] == 1:
                both_have_one.wait()
            return found and rooms.has_room(second)

        return verb

    assert rivals(takes(low, high), takes(high, low)) == [True, True]
    assert runs[low.code] == 1
    assert runs[high.code] > 1


def test_a_reader_with_an_earlier_place_keeps_it_through_any_way(story):
    """The key is never renumbered, whoever makes way for whom."""
    copies = story.copies(2)
    holds = [story.hold(copies[0].title, reader=ReaderFactory()) for _number in range(3)]
    keys = [hold.order_key for hold in holds]

    mark_missing(story.copy_of(holds[0]), story.network.north, since=clock.now(), actor=None)

    assert [fresh(hold).order_key for hold in holds] == keys
    assert statuses(*holds) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED, HoldStatus.QUEUED]

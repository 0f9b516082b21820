"""Which copy goes to which reader, and that the order is fair on any history."""

import datetime as dt

from branches.models import PlaceCapacity
from loans import routing
from loans.arrivals import Arrivals
from loans.hold_changes import resume_hold, suspend_hold
from loans.holds import cancel_hold, retry_passed
from loans.models import Hold, HoldPass
from loans.room import has_room
from loans.routing import best_copy
from loans.states import HoldLevel, HoldStatus
from tests.factories import BranchFactory, CopyFactory, ReaderFactory, TitleFactory, WorkFactory
from tests.story import fresh


def test_a_copy_goes_to_who_waits_longest(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    holds = [story.hold(copy.title) for _number in range(3)]

    story.given_back(copy)

    assert [fresh(hold).status for hold in holds] == [HoldStatus.READY, HoldStatus.QUEUED, HoldStatus.QUEUED]


def test_a_rank_comes_before_the_time(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    _first, second = story.hold(copy.title), story.hold(copy.title)
    Hold.objects.filter(pk=second.pk).update(rank=-1)

    assert story.given_back(copy).hold == second


def test_a_suspended_hold_is_left_out_and_keeps_its_turn(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    resting, active = story.hold(copy.title), story.hold(copy.title)
    suspend_hold(resting, dt.date(2026, 6, 1), actor=None)

    assert story.given_back(copy).hold == active
    resume_hold(resting, actor=None)
    cancel_hold(active, actor=None)
    assert fresh(resting).status == HoldStatus.ASSIGNED


def test_a_tentative_assignment_makes_way_for_one_who_has_no_other(story):
    work = WorkFactory()
    titles = TitleFactory.create_batch(2, work=work)
    copies = [story.copies(1, title=title)[0] for title in titles]
    anything = story.hold(titles[0], level=HoldLevel.WORK)
    first = story.copy_of(anything)

    narrow = story.hold(first.title)

    assert story.copy_of(narrow) == first
    assert {story.copy_of(anything)} == set(copies) - {first}
    assert anything.assignments.get(copy=first).release_reason == "better_plan"


def test_a_chain_of_assignments_shifts_as_a_whole(story):
    work = WorkFactory()
    titles = TitleFactory.create_batch(3, work=work)
    a, b, c = (story.copies(1, title=title)[0] for title in titles)
    holds = [
        story.hold(titles[0], level=HoldLevel.WORK),
        story.hold(titles[0], level=HoldLevel.WORK),
    ]
    taken = {story.copy_of(hold) for hold in holds}
    assert taken == {a, b}

    narrow = story.hold(titles[0])

    assert story.copy_of(narrow) == a
    assert {story.copy_of(hold) for hold in holds} == {b, c}


def test_a_committed_assignment_never_makes_way(story):
    work = WorkFactory()
    titles = TitleFactory.create_batch(2, work=work)
    first, _second = (story.copies(1, title=title)[0] for title in titles)
    hold, copy = story.picked(titles[0], level=HoldLevel.WORK, pickup=story.network.newsstand)
    assert copy == first

    narrow = story.hold(titles[0])

    assert narrow.status == HoldStatus.QUEUED
    assert story.copy_of(hold) == first


def test_a_hold_passed_over_for_a_full_point_keeps_its_turn_and_is_logged(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    full = story.network.small_newsstand
    story.hold(story.copies(1)[0].title, pickup=full)
    passed, other = story.hold(copy.title, pickup=full), story.hold(copy.title)

    found = story.given_back(copy)

    assert found.hold == other
    assert HoldPass.objects.get().hold == passed
    assert fresh(passed).order_key < fresh(other).order_key


def test_retry_passed_serves_when_room_has_come_back(story):
    full = story.network.small_newsstand
    another = story.hold(story.copies(1)[0].title, pickup=full)
    passed = story.hold(story.copies(1)[0].title, pickup=full)
    assert retry_passed() == 0

    cancel_hold(another, actor=None)

    assert retry_passed() == 1
    assert fresh(passed).status == HoldStatus.ASSIGNED


def test_a_hold_far_down_the_queue_gets_the_edition_that_only_it_wants(story):
    work = WorkFactory()
    common, rare = TitleFactory.create_batch(2, work=work)
    story.lent(story.copies(1, title=common)[0])
    copy = story.copies(1, title=rare)[0]
    story.lent(copy)
    for reader in ReaderFactory.create_batch(60):
        story.hold(common, reader=reader)
    hold = story.hold(rare)

    assert story.given_back(copy).hold == hold


def test_a_hold_behind_many_for_a_full_point_is_served(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    full = story.network.small_newsstand
    PlaceCapacity.objects.filter(place=full).update(total=0)
    for reader in ReaderFactory.create_batch(60):
        story.hold(copy.title, reader=reader, pickup=full)
    hold = story.hold(copy.title)

    assert story.given_back(copy).hold == hold


def test_best_copy_arrives_first_then_travels_least_then_spares_the_busiest(story):
    title = TitleFactory()
    hold = story.hold(CopyFactory(title=title, home=BranchFactory()).title, pickup=story.network.south)
    here = CopyFactory(title=title, home=story.network.south)
    near = CopyFactory(title=title, home=BranchFactory(latitude=45.44))
    far = CopyFactory(title=title, home=BranchFactory(latitude=45.52))
    nowhere = CopyFactory(title=title, home=BranchFactory(latitude=None, longitude=None))
    as_near = CopyFactory(title=title, home=BranchFactory(latitude=45.4401))
    story.is_broken = True  # these copies came from nowhere: nobody served the queue

    assert best_copy([nowhere, far, near, here], hold, Arrivals(hold.work_id)) == here
    assert best_copy([nowhere, far, near], hold, Arrivals(hold.work_id)) == near
    assert best_copy([nowhere, far], hold, Arrivals(hold.work_id)) == far
    story.hold(CopyFactory(home=near.home).title)
    assert best_copy([near, as_near], hold, Arrivals(hold.work_id)) == as_near, "within 500 metres the less busy one"


def test_has_room_counts_what_is_meant_what_lies_there_and_what_comes_for_nothing(story):
    point = story.network.newsstand
    assert has_room(point)
    story.hold(story.copies(1)[0].title, pickup=point)
    on_the_road, _copy, _parcel = story.packed(story.copies(1)[0].title, pickup=point)
    assert not has_room(point)

    cancel_hold(on_the_road, actor=None)

    assert not has_room(point), "its parcel still comes"


def test_has_room_leaves_out_what_is_out_of_service(story):
    PlaceCapacity.objects.filter(place=story.network.newsstand).update(out_of_service=2)

    assert not has_room(story.network.newsstand)
    assert has_room(story.network.north), "nothing is said of it, so nothing limits it"


def test_waiting_for_counts_those_whom_no_free_copy_serves(story):
    copies = story.copies(2)
    for copy in copies:
        story.lent(copy)
    hold = story.hold(copies[0].title)

    assert routing.waiting_for(copies[0])
    assert not routing.waiting_for(copies[0], other_than=hold.reader_id)
    story.given_back(copies[1])
    assert not routing.waiting_for(copies[0])

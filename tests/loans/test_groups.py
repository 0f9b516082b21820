"""Reserved together: one of several, of which the first wins; and sets, of which all come at once or none."""

import datetime as dt

import pytest
from django.db import IntegrityError

from branches.models import PlaceCapacity
from catalog.states import CopyStatus
from loans.errors import (
    GroupCopiesRefused,
    GroupSizeRefused,
    GroupTitleRefused,
    HoldLimitReached,
    HoldNotChangeable,
    PickupNotPossible,
)
from loans.groups import ANOTHER_CAME_FIRST, INCOMPLETE, end_outrun, look_at_groups, place_group, serve_set
from loans.hold_changes import change_pickup, resume_hold, set_not_needed_after, suspend_hold, undo_cancel
from loans.holds import cancel_hold, expire_holds
from loans.invariants import disagreements
from loans.keeping import mark_missing
from loans.lending import NextStep, check_in
from loans.models import Hold, HoldGroup
from loans.picking import pick_copy
from loans.reader_merging import CirculationMover
from loans.reminders import unlink_ended
from loans.states import GroupKind, HoldLevel, HoldStatus
from milanolib import clock
from outbox.events import dispatch
from tests.factories import LibrarianFactory, ReaderFactory, TitleFactory
from tests.story import fresh

ONE_OF, SET = GroupKind.ONE_OF, GroupKind.SET


def titles_with_copies(story, count):
    return [story.copies(1)[0].title for _number in range(count)]


def statuses(holds):
    return [fresh(hold).status for hold in holds]


def take(story, hold):
    """A librarian takes the copy that is meant for a hold from its shelf."""
    copy = story.copy_of(hold)
    return pick_copy(copy, copy.place, actor=None)


# --- Place


@pytest.mark.parametrize("kind", [ONE_OF, SET])
def test_place_group_makes_a_hold_of_each_with_one_time_and_counts_as_one(story, kind):
    reader = ReaderFactory(provisional=True)
    _group, holds = story.group(titles_with_copies(story, 3), kind, reader=reader)

    assert len({hold.placed_at for hold in holds}) == 1
    assert statuses(holds) == [HoldStatus.ASSIGNED] * 3
    story.hold(story.copies(1)[0].title, reader=reader)
    with pytest.raises(HoldLimitReached):
        story.hold(story.copies(1)[0].title, reader=reader)


@pytest.mark.parametrize("count", [0, 1, 11])
def test_place_group_refuses_too_few_and_too_many(story, count):
    with pytest.raises(GroupSizeRefused):
        story.group(TitleFactory.create_batch(count), SET)


def test_place_group_counts_a_title_chosen_twice_once(story):
    title = story.copies(1)[0].title

    with pytest.raises(GroupSizeRefused):
        place_group(ReaderFactory(), [title, title], story.network.north, SET, actor=None)


def test_place_group_reserves_all_or_nothing_and_names_the_title(story):
    good, without_copies = story.copies(1)[0].title, TitleFactory(title="Canti orfici")

    with pytest.raises(GroupTitleRefused, match="Canti orfici"):
        story.group([good, without_copies], SET)
    assert not Hold.objects.exists()
    assert not HoldGroup.objects.exists()


def test_place_group_refuses_what_the_reader_has_reserved_or_has_at_home(story):
    first, second, third = (story.copies(2)[0] for _number in range(3))
    reader = ReaderFactory()
    story.hold(first.title, reader=reader)
    story.lent(second, reader=reader)

    for title in (first.title, second.title):
        with pytest.raises(GroupTitleRefused):
            story.group([third.title, title], ONE_OF, reader=reader)


def test_place_group_refuses_a_title_in_several_volumes(story):
    title = TitleFactory()
    for volume in ("1", "2"):
        story.copies(1, title=title, volume=volume)

    with pytest.raises(GroupTitleRefused, match="volumi"):
        story.group([title, story.copies(1)[0].title], SET)


def test_place_group_refuses_a_point_and_a_limit_as_placing_one_does(story):
    reader = ReaderFactory(provisional=True)
    titles = titles_with_copies(story, 2)
    type(story.network.south).objects.filter(pk=story.network.south.pk).update(accepts_pickup=False)

    with pytest.raises(PickupNotPossible):
        story.group(titles, SET, reader=reader, pickup=fresh(story.network.south))
    for title in titles_with_copies(story, 2):
        story.hold(title, reader=reader)
    with pytest.raises(HoldLimitReached):
        story.group(titles, SET, reader=reader)


def test_place_group_asks_for_several_copies_of_each_free_ones_and_those_that_are_there_first(story):
    title = TitleFactory()
    far, lent, near, free = (
        story.copies(1, title=title, home=home)[0]
        for home in (story.network.south, story.network.north, story.network.north, story.network.south)
    )
    story.lent(lent)
    _group, holds = story.group([title], SET, copies=3)

    assert [story.copy_of(hold) for hold in holds] == [hold.copy for hold in holds] == [near, far, free]
    assert {hold.level for hold in holds} == {HoldLevel.COPY}
    assert disagreements() == []


def test_copies_of_a_set_are_served_at_once_or_not_at_all(story):
    title = TitleFactory()
    copies = story.copies(3, title=title)
    story.lent(copies[0])
    _group, holds = story.group([title], SET, copies=3)
    single = story.hold(title)

    assert statuses(holds) == [HoldStatus.QUEUED] * 3
    assert fresh(single).status == HoldStatus.ASSIGNED
    check_in(fresh(copies[0]), copies[0].home, actor=None)
    look_at_groups()
    assert statuses(holds) == [HoldStatus.ASSIGNED] * 3  # the later one makes way
    assert fresh(single).status == HoldStatus.QUEUED


def test_place_group_refuses_more_copies_than_there_are_and_too_many(story):
    title = story.copies(2)[0].title
    with pytest.raises(GroupTitleRefused, match="2"):
        story.group([title], SET, copies=3)
    with pytest.raises(GroupCopiesRefused):
        story.group([title, story.copies(1)[0].title], SET, copies=16)
    with pytest.raises(GroupSizeRefused):
        story.group([title], SET)
    assert not Hold.objects.exists()


def test_place_group_by_staff_is_written_down_without_the_reader(story):
    librarian = LibrarianFactory()
    titles = titles_with_copies(story, 2)

    group = place_group(ReaderFactory(), titles, story.network.north, SET, actor=librarian)

    assert (librarian.acts.get().verb, librarian.acts.get().subject) == ("place_group", f"holdgroup:{group.pk}")


@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (lambda group, hold: HoldGroup.objects.filter(pk=group.pk).update(won_by=hold), "only_one_of_several_is_won"),
        (lambda _group, hold: Hold.objects.filter(pk=hold.pk).update(waits_for_set=True), "set_has_no_copy"),
    ],
)
def test_a_group_that_contradicts_itself_cannot_be_stored(story, make, constraint):
    group, holds = story.group(titles_with_copies(story, 2), SET)
    story.is_broken = True

    with pytest.raises(IntegrityError, match=constraint):
        make(group, holds[0])


# --- One of several


def test_the_first_that_is_taken_wins_and_the_others_end(story):
    group, holds = story.group(titles_with_copies(story, 3), ONE_OF)

    take(story, holds[1])
    dispatch()

    assert statuses(holds) == [HoldStatus.CANCELLED, HoldStatus.READY, HoldStatus.CANCELLED]
    assert {fresh(hold).end_reason for hold in (holds[0], holds[2])} == {ANOTHER_CAME_FIRST}
    assert fresh(group).won_by == holds[1]


def test_copies_of_the_others_go_to_who_waits(story):
    titles = titles_with_copies(story, 2)
    _group, holds = story.group(titles, ONE_OF)
    waiting = story.hold(titles[0])

    take(story, holds[1])
    dispatch()

    assert fresh(waiting).status == HoldStatus.ASSIGNED


def test_check_in_passes_over_who_has_got_another_meanwhile(story):
    """Before the event has ended it: the copy goes to the next at once."""
    first, second = titles_with_copies(story, 2)
    lent = second.copies.get()
    story.lent(lent)
    _group, holds = story.group([first, second], ONE_OF)
    waiting = story.hold(second)
    take(story, holds[0])

    found = check_in(lent, story.network.north, actor=None)

    assert (found.hold, found.step) == (waiting, NextStep.HOLD_SHELF)
    assert fresh(holds[1]).status == HoldStatus.CANCELLED


def test_pick_copy_of_the_second_says_where_it_goes_instead(story):
    titles = titles_with_copies(story, 2)
    _group, holds = story.group(titles, ONE_OF)
    waiting = story.hold(titles[1])
    second = story.copy_of(holds[1])
    take(story, holds[0])

    assert pick_copy(second, second.place, actor=None).hold == waiting
    assert statuses(holds) == [HoldStatus.READY, HoldStatus.CANCELLED]


def test_pick_copy_of_the_second_goes_back_to_its_shelf_when_nobody_waits(story):
    _group, holds = story.group(titles_with_copies(story, 2), ONE_OF)
    second = story.copy_of(holds[1])
    take(story, holds[0])

    assert pick_copy(second, second.place, actor=None).step == NextStep.SHELF
    assert fresh(second).status == CopyStatus.AVAILABLE


def test_borrowing_one_of_several_at_the_desk_ends_the_others(story):
    _group, holds = story.group(titles_with_copies(story, 2), ONE_OF)

    story.lent(story.copy_of(holds[0]), reader=holds[0].reader)
    dispatch()

    assert statuses(holds) == [HoldStatus.COLLECTED, HoldStatus.CANCELLED]


def test_look_at_groups_ends_what_no_event_has_ended(story):
    _group, holds = story.group(titles_with_copies(story, 2), ONE_OF)
    take(story, holds[0])

    look_at_groups()

    assert statuses(holds) == [HoldStatus.READY, HoldStatus.CANCELLED]
    assert not end_outrun(holds[1]), "safe to repeat"


def test_what_goes_on_although_another_came_first_is_found(story):
    _group, holds = story.group(titles_with_copies(story, 2), ONE_OF)
    take(story, holds[0])
    assert disagreements() == [], "its event is still to come"
    story.later(hours=2)

    assert disagreements() == [f"hold {holds[1].pk}: goes on although another one of several came first"]
    look_at_groups()


# --- Sets


def test_a_set_is_served_at_once(story):
    _group, holds = story.group(titles_with_copies(story, 3), SET)

    assert statuses(holds) == [HoldStatus.ASSIGNED] * 3
    assert not any(fresh(hold).waits_for_set for hold in holds)


def test_a_set_waits_as_a_whole_and_lets_others_go_first_meanwhile(story):
    """No copy lies idle for a set that cannot be had."""
    first, second = titles_with_copies(story, 2)
    story.lent(second.copies.get())
    _group, holds = story.group([first, second], SET)
    assert statuses(holds) == [HoldStatus.QUEUED] * 2

    later = story.hold(first)

    assert fresh(later).status == HoldStatus.ASSIGNED
    assert disagreements() == []


def test_a_set_takes_its_turn_from_later_ones_when_all_of_it_can_be_had(story):
    first, second = titles_with_copies(story, 2)
    lent = second.copies.get()
    story.lent(lent)
    _group, holds = story.group([first, second], SET)
    later = story.hold(first)
    story.given_back(lent)

    assert look_at_groups() == 1

    assert statuses(holds) == [HoldStatus.ASSIGNED] * 2
    assert fresh(later).status == HoldStatus.QUEUED


def test_a_set_never_takes_an_earlier_turn(story):
    first, second = titles_with_copies(story, 2)
    earlier = story.hold(first)
    _group, holds = story.group([first, second], SET)
    story.later(minutes=20)

    assert look_at_groups() == 0
    assert fresh(earlier).status == HoldStatus.ASSIGNED
    assert statuses(holds) == [HoldStatus.QUEUED] * 2


def test_a_set_never_takes_what_was_taken_from_its_shelf(story):
    first, second = titles_with_copies(story, 2)
    lent = second.copies.get()
    story.lent(lent)
    _group, _holds = story.group([first, second], SET)
    later, _copy = story.picked(first)
    story.given_back(lent)

    assert look_at_groups() == 0
    assert fresh(later).status == HoldStatus.READY


def test_a_set_that_cannot_be_had_leaves_no_trace_of_the_attempt(story):
    first, second = titles_with_copies(story, 2)
    lent = second.copies.get()
    story.lent(lent)
    group, holds = story.group([first, second], SET)
    later = story.hold(first)

    assert not serve_set(group)

    assert fresh(later).status == HoldStatus.ASSIGNED
    assert all(fresh(hold).waits_for_set for hold in holds)
    assert not holds[0].assignments.exists()


def test_a_set_needs_room_for_all_of_it(story):
    point = story.network.newsstand
    titles = titles_with_copies(story, 3)
    _group, holds = story.group(titles, SET, pickup=point)
    assert statuses(holds) == [HoldStatus.QUEUED] * 3, "there is room for two"
    PlaceCapacity.objects.filter(place=point).update(total=3)

    assert look_at_groups() == 1


def test_the_earlier_of_two_sets_comes_first(story):
    shared, first, second = titles_with_copies(story, 3)
    lent = first.copies.get()
    story.lent(lent)
    _early, early = story.group([shared, first], SET)
    _late, late = story.group([shared, second], SET)
    assert statuses(late) == [HoldStatus.ASSIGNED] * 2
    story.given_back(lent)

    look_at_groups()
    look_at_groups()

    assert statuses(early) == [HoldStatus.ASSIGNED] * 2
    assert statuses(late) == [HoldStatus.QUEUED] * 2
    assert all(fresh(hold).waits_for_set for hold in late)


def test_a_set_that_falls_apart_before_anything_was_taken_gives_its_copies_back(story):
    first, second = titles_with_copies(story, 2)
    _group, holds = story.group([first, second], SET)
    waiting = story.hold(first)
    mark_missing(story.copy_of(holds[1]), story.network.north, since=clock.now(), actor=None)

    look_at_groups()

    assert statuses(holds) == [HoldStatus.QUEUED] * 2
    assert holds[0].assignments.get().release_reason == INCOMPLETE
    assert fresh(waiting).status == HoldStatus.ASSIGNED


def test_a_set_that_falls_apart_after_one_was_taken_waits_for_the_rest(story):
    first, second = titles_with_copies(story, 2)
    _group, holds = story.group([first, second], SET)
    take(story, holds[0])
    mark_missing(story.copy_of(holds[1]), story.network.north, since=clock.now(), actor=None)
    another = story.copies(1, title=second)[0]
    look_at_groups()

    story.given_back(another)

    assert statuses(holds) == [HoldStatus.READY] * 2


def test_a_set_with_a_copy_although_it_cannot_be_had_is_found(story):
    _group, holds = story.group(titles_with_copies(story, 2), SET)
    mark_missing(story.copy_of(holds[1]), story.network.north, since=clock.now(), actor=None)
    assert disagreements() == [], "nobody has looked yet"
    story.later(minutes=20)

    assert disagreements() == [f"hold {holds[0].pk}: has a copy although its set cannot be had"]
    look_at_groups()


def test_a_set_that_could_be_had_and_waits_is_found(story):
    first, second = titles_with_copies(story, 2)
    lent = second.copies.get()
    story.lent(lent)
    group, _holds = story.group([first, second], SET)
    story.given_back(lent)
    assert disagreements() == [], "nobody has looked yet"
    story.later(minutes=20)

    assert disagreements() == [f"holdgroup {group.pk}: waits although all of the set could be had at once"]
    look_at_groups()


def test_what_is_ready_of_a_set_is_kept_until_the_last_can_be_taken(story):
    first, second = titles_with_copies(story, 2)
    _group, holds = story.group([first, second], SET, pickup=story.network.south)
    copies = [story.copy_of(hold) for hold in holds]
    for hold in holds:
        take(story, hold)
    check_in(copies[0], story.network.south, actor=None)
    story.later(days=9)
    assert expire_holds() == 0, "the other one is still on its way"

    check_in(copies[1], story.network.south, actor=None)
    dispatch()

    assert fresh(holds[0]).keep_until == fresh(holds[1]).keep_until
    story.later(days=9)
    assert expire_holds() == 2


# --- Changes


def test_a_set_rests_and_comes_back_as_a_whole(story):
    _group, holds = story.group(titles_with_copies(story, 2), SET)

    suspend_hold(holds[0], clock.today() + dt.timedelta(days=9), actor=None)
    assert statuses(holds) == [HoldStatus.QUEUED] * 2
    assert all(fresh(hold).suspended_until for hold in holds)

    resume_hold(holds[1], actor=None)
    assert statuses(holds) == [HoldStatus.ASSIGNED] * 2


def test_a_set_that_has_begun_does_not_rest(story):
    _group, holds = story.group(titles_with_copies(story, 2), SET)
    take(story, holds[0])

    with pytest.raises(HoldNotChangeable):
        suspend_hold(holds[1], clock.today() + dt.timedelta(days=9), actor=None)
    assert fresh(holds[1]).suspended_until is None


def test_a_set_moves_as_a_whole(story):
    _group, holds = story.group(titles_with_copies(story, 2), SET)

    change_pickup(holds[1], story.network.south, actor=None)

    assert {fresh(hold).pickup_place for hold in holds} == {story.network.south}
    assert statuses(holds) == [HoldStatus.ASSIGNED] * 2


def test_a_set_has_one_last_day(story):
    _group, holds = story.group(titles_with_copies(story, 2), SET)

    set_not_needed_after(holds[0], clock.today(), actor=None)

    assert {fresh(hold).not_needed_after for hold in holds} == {clock.today()}


def test_cancelling_one_of_a_set_leaves_a_smaller_one(story):
    first, second, third = titles_with_copies(story, 3)
    story.lent(third.copies.get())
    _group, holds = story.group([first, second, third], SET)

    cancel_hold(holds[2], actor=None)

    assert look_at_groups() == 1
    assert statuses(holds) == [HoldStatus.ASSIGNED, HoldStatus.ASSIGNED, HoldStatus.CANCELLED]


def test_one_of_several_rests_by_itself(story):
    _group, holds = story.group(titles_with_copies(story, 2), ONE_OF)

    suspend_hold(holds[0], clock.today() + dt.timedelta(days=9), actor=None)

    assert statuses(holds) == [HoldStatus.QUEUED, HoldStatus.ASSIGNED]


@pytest.mark.parametrize("kind", [ONE_OF, SET])
def test_what_is_given_back_after_a_cancel_waits_by_itself(story, kind):
    _group, holds = story.group(titles_with_copies(story, 2), kind)
    cancel_hold(holds[0], actor=None)

    undo_cancel(holds[0], actor=None)

    assert (fresh(holds[0]).group, fresh(holds[0]).status) == (None, HoldStatus.ASSIGNED)


def test_a_group_is_forgotten_with_its_holds(story):
    group, holds = story.group(titles_with_copies(story, 2), ONE_OF)
    take(story, holds[0])
    dispatch()
    cancel_hold(holds[0], actor=None)
    story.later(days=9)
    unlink_ended()

    assert not HoldGroup.objects.filter(pk=group.pk).exists()
    assert not Hold.objects.filter(group__isnull=False).exists()


def test_a_group_follows_when_two_cards_become_one():
    assert "loans.HoldGroup.reader" in CirculationMover.moves


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_two_of_several_taken_at_once_make_one_winner(story, rivals):
    group, holds = story.group(titles_with_copies(story, 2), ONE_OF)
    copies = [story.copy_of(hold) for hold in holds]

    rivals(*(lambda copy=copy: pick_copy(copy, story.network.north, actor=None) for copy in copies))
    dispatch()

    assert sorted(statuses(holds)) == [HoldStatus.CANCELLED, HoldStatus.READY]
    assert fresh(fresh(group).won_by).status == HoldStatus.READY


@pytest.mark.django_db(transaction=True)
def test_two_sets_at_once_for_the_same_last_copies_serve_one(story, rivals):
    titles = titles_with_copies(story, 2)
    readers = ReaderFactory.create_batch(2)

    rivals(
        *(
            lambda reader=reader, order=order: story.group(order, SET, reader=reader)
            for reader, order in zip(readers, (titles, titles[::-1]), strict=True)
        )
    )

    by_reader = [sorted(Hold.objects.filter(reader=reader).values_list("status", flat=True)) for reader in readers]
    assert sorted(by_reader) == [[HoldStatus.ASSIGNED] * 2, [HoldStatus.QUEUED] * 2]


@pytest.mark.django_db(transaction=True)
def test_a_set_and_a_single_hold_at_once_give_each_copy_to_one(story, rivals):
    titles = titles_with_copies(story, 2)

    rivals(lambda: story.group(titles, SET), lambda: story.hold(titles[0], level=HoldLevel.TITLE))
    look_at_groups()

    assert Hold.objects.filter(title=titles[0], status=HoldStatus.ASSIGNED).count() == 1

"""Reservations that rest, come back, lapse, or are given back: the key that decides whose turn it is stays."""

import datetime as dt

import pytest
from django.db import IntegrityError

from accounts.models import ReaderStatus
from catalog.states import CopyStatus
from loans.errors import (
    AlreadyBorrowed,
    AlreadyReserved,
    DayTooEarly,
    HoldForgotten,
    HoldNotChangeable,
    PickupNotPossible,
    ReaderClosed,
    SuspendedTooLong,
)
from loans.hold_changes import (
    resume_hold,
    resume_holds,
    set_not_needed_after,
    suspend_hold,
    undo_cancel,
)
from loans.holds import cancel_hold, lapse_hold, lapse_holds, place_hold
from loans.models import Hold
from loans.models.hold import HoldMoveRefused
from loans.picking import pick_copy
from loans.policy import MAX_SUSPENDED_DAYS
from loans.reminders import unlink_ended
from loans.states import HoldLevel, HoldStatus
from loans.tasks import daily
from milanolib import clock
from outbox.models import Event
from tests.factories import HoldFactory, LibrarianFactory, ReaderFactory
from tests.story import fresh


def in_days(days):
    return clock.today() + dt.timedelta(days=days)


def statuses(*holds):
    return [fresh(hold).status for hold in holds]


# --- Suspend


def test_suspend_hold_lets_its_copy_go_to_the_next_and_keeps_its_turn(story):
    copy = story.copies(1)[0]
    first, second = story.hold(copy.title), story.hold(copy.title)
    before = first.order_key

    suspend_hold(first, in_days(30), actor=None)

    assert statuses(first, second) == [HoldStatus.QUEUED, HoldStatus.ASSIGNED]
    assert fresh(first).order_key == before
    assert first.assignments.get().release_reason == "suspended"


def test_suspend_hold_leaves_the_copy_on_its_shelf_when_nobody_waits(story):
    copy = story.copies(1)[0]
    hold = story.hold(copy.title)

    suspend_hold(hold, in_days(30), actor=None)

    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.AVAILABLE, story.network.north)


def test_suspend_hold_again_moves_the_day_and_the_same_day_changes_nothing(story):
    hold = story.hold(story.copies(1)[0].title)
    suspend_hold(hold, in_days(30), actor=None)
    suspend_hold(hold, in_days(30), actor=None)
    assert Event.objects.filter(kind="loans.hold_suspended").count() == 1

    story.later(days=10)
    suspend_hold(hold, in_days(10), actor=None)

    assert (fresh(hold).suspended_on, fresh(hold).suspended_until) == (in_days(-10), in_days(10))


def test_suspend_hold_refuses_once_the_copy_was_taken_from_its_shelf(story):
    hold, _copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)

    with pytest.raises(HoldNotChangeable):
        suspend_hold(hold, in_days(30), actor=None)


def test_suspend_hold_refuses_what_has_ended(story):
    hold = story.hold(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)

    with pytest.raises(HoldMoveRefused):
        suspend_hold(hold, in_days(30), actor=None)


@pytest.mark.parametrize("days", [0, -1])
def test_suspend_hold_refuses_a_day_that_is_not_to_come(story, days):
    hold = story.hold(story.copies(1)[0].title)

    with pytest.raises(DayTooEarly):
        suspend_hold(hold, in_days(days), actor=None)


def test_suspend_hold_refuses_more_days_in_all_than_allowed(story):
    """However often it is resumed in between: else a reader could hold a turn for ever."""
    hold = story.hold(story.copies(1)[0].title)
    suspend_hold(hold, in_days(100), actor=None)
    story.later(days=100)
    resume_hold(hold, actor=None)

    with pytest.raises(SuspendedTooLong, check=lambda refusal: str(in_days(80).year) in str(refusal)):
        suspend_hold(hold, in_days(MAX_SUSPENDED_DAYS - 100 + 1), actor=None)
    suspend_hold(hold, in_days(MAX_SUSPENDED_DAYS - 100), actor=None)


def test_suspend_hold_by_staff_is_written_down_with_the_reason_and_without_the_reader(story):
    librarian = LibrarianFactory()
    hold = story.hold(story.copies(1)[0].title)

    suspend_hold(hold, in_days(30), actor=librarian, reason="on the telephone")

    act = librarian.acts.get()
    assert (act.verb, act.subject, act.reason) == ("suspend_hold", f"hold:{hold.pk}", "on the telephone")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"suspended_until": dt.date(2026, 4, 1)}, "hold_suspended_from_a_day_until_a_later_one"),
        ({"suspended_on": dt.date(2026, 4, 1)}, "hold_suspended_from_a_day_until_a_later_one"),
        (
            {"suspended_on": dt.date(2026, 4, 1), "suspended_until": dt.date(2026, 4, 1)},
            "hold_suspended_from_a_day_until_a_later_one",
        ),
        (
            {"suspended_on": dt.date(2026, 4, 1), "suspended_until": dt.date(2026, 5, 1), "status": "assigned"},
            "hold_suspended_has_no_copy",
        ),
    ],
)
def test_a_suspension_that_contradicts_itself_cannot_be_stored(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        HoldFactory(**fields)


# --- Resume


def test_resume_hold_takes_the_turn_from_the_latest_later_one(story):
    copies = story.copies(2)
    first, second, third = (story.hold(copies[0].title) for _number in range(3))
    suspend_hold(first, in_days(30), actor=None)
    assert statuses(second, third) == [HoldStatus.ASSIGNED] * 2

    resume_hold(first, actor=None)

    assert statuses(first, second, third) == [HoldStatus.ASSIGNED, HoldStatus.ASSIGNED, HoldStatus.QUEUED]


def test_resume_hold_never_takes_what_was_taken_from_its_shelf(story):
    copy = story.copies(1)[0]
    first = story.hold(copy.title)
    suspend_hold(first, in_days(30), actor=None)
    second, _copy = story.picked(copy.title)

    resume_hold(first, actor=None)

    assert statuses(first, second) == [HoldStatus.QUEUED, HoldStatus.READY]


def test_resume_hold_takes_a_free_copy_rather_than_somebody_s(story):
    copies = story.copies(1)
    first = story.hold(copies[0].title)
    suspend_hold(first, in_days(30), actor=None)
    second = story.hold(copies[0].title)
    free = story.copies(1, title=copies[0].title)[0]

    resume_hold(first, actor=None)

    assert story.copy_of(first) == free
    assert fresh(second).status == HoldStatus.ASSIGNED


def test_resume_hold_of_one_that_does_not_rest_changes_nothing(story):
    hold = story.hold(story.copies(1)[0].title)

    resume_hold(hold, actor=None)

    assert fresh(hold).waits_since is None
    assert not Event.objects.filter(kind="loans.hold_resumed").exists()


def test_resume_holds_on_their_day_in_their_order(story):
    copy = story.copies(1)[0]
    first, second = story.hold(copy.title), story.hold(copy.title)
    for hold in (second, first):
        suspend_hold(hold, in_days(5), actor=None)
    story.later(days=4)
    assert resume_holds() == 0

    story.later(days=1)

    assert resume_holds() == 2
    assert statuses(first, second) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]
    assert resume_holds() == 0


def test_resume_holds_counts_no_day_after_the_one_that_was_chosen(story):
    """The job may come late; that is not the reader's rest."""
    hold = story.hold(story.copies(1)[0].title)
    suspend_hold(hold, in_days(5), actor=None)
    story.later(days=9)

    resume_holds()

    assert fresh(hold).suspended_days == 5


def test_the_daily_job_resumes_and_lapses(story):
    resting, leaving = (story.hold(story.copies(1)[0].title) for _number in range(2))
    suspend_hold(resting, in_days(1), actor=None)
    set_not_needed_after(leaving, in_days(0), actor=None)
    story.later(days=1)

    daily()

    assert statuses(resting, leaving) == [HoldStatus.ASSIGNED, HoldStatus.LAPSED]


# --- Not needed after


def test_set_not_needed_after_is_no_day_of_keeping(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)
    waiting = story.hold(copy.title)

    set_not_needed_after(waiting, in_days(3), actor=None)

    assert (fresh(waiting).not_needed_after, fresh(waiting).keep_until) == (in_days(3), None)
    with pytest.raises(HoldNotChangeable):
        set_not_needed_after(hold, in_days(3), actor=None)


def test_set_not_needed_after_can_be_taken_back(story):
    hold = story.hold(story.copies(1)[0].title)
    set_not_needed_after(hold, in_days(3), actor=None)

    set_not_needed_after(hold, None, actor=None)
    story.later(days=9)

    assert lapse_holds() == 0
    assert fresh(hold).is_open


def test_set_not_needed_after_refuses_a_day_that_has_passed(story):
    hold = story.hold(story.copies(1)[0].title)

    set_not_needed_after(hold, in_days(0), actor=None)
    with pytest.raises(DayTooEarly):
        set_not_needed_after(hold, in_days(-1), actor=None)


def test_set_not_needed_after_refuses_what_has_ended(story):
    hold = story.hold(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)

    with pytest.raises(HoldMoveRefused):
        set_not_needed_after(hold, in_days(3), actor=None)


def test_lapse_holds_after_the_reader_s_last_day_gives_the_copy_to_the_next(story):
    copy = story.copies(1)[0]
    first, second = story.hold(copy.title), story.hold(copy.title)
    set_not_needed_after(first, in_days(2), actor=None)
    story.later(days=2)
    assert lapse_holds() == 0

    story.later(days=1)

    assert lapse_holds() == 1
    assert statuses(first, second) == [HoldStatus.LAPSED, HoldStatus.ASSIGNED]
    assert fresh(first).end_reason == "not_needed"
    assert Event.objects.filter(kind="loans.hold_lapsed").count() == 1


def test_lapse_hold_lets_a_copy_on_its_way_come(story):
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.newsstand)
    set_not_needed_after(hold, in_days(1), actor=None)
    pick_copy(story.copy_of(hold), story.network.north, actor=None)
    story.later(days=5)

    assert not lapse_hold(hold)
    assert fresh(hold).status == HoldStatus.PICKED


# --- Undo a cancel


def test_undo_cancel_gives_the_turn_back_from_the_latest_later_one(story):
    copy = story.copies(1)[0]
    first, second = story.hold(copy.title), story.hold(copy.title)
    before = first.order_key
    cancel_hold(first, actor=None)
    librarian = LibrarianFactory()

    undo_cancel(first, actor=librarian, reason="pressed by mistake")

    assert statuses(first, second) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]
    assert fresh(first).order_key == before
    assert (fresh(first).ended_at, fresh(first).end_reason) == (None, "")
    assert (librarian.acts.get().verb, librarian.acts.get().reason) == ("undo_cancel", "pressed by mistake")


def test_undo_cancel_twice_says_the_same(story):
    hold = story.hold(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)

    undo_cancel(hold, actor=None)
    undo_cancel(hold, actor=None)

    assert Event.objects.filter(kind="loans.hold_reopened").count() == 1


def test_undo_cancel_then_cancel_tells_again(story):
    hold = story.hold(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)
    story.later(minutes=1)
    undo_cancel(hold, actor=None)

    cancel_hold(hold, actor=None)

    assert Event.objects.filter(kind="loans.hold_cancelled").count() == 2


def test_undo_cancel_of_what_was_ready_waits_for_a_copy_anew(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)
    story.lent(copy)

    undo_cancel(hold, actor=None)

    assert (fresh(hold).status, fresh(hold).keep_until, fresh(hold).pickup_code) == (HoldStatus.QUEUED, None, "")


def test_undo_cancel_of_what_was_suspended_takes_part_at_once(story):
    hold = story.hold(story.copies(1)[0].title)
    suspend_hold(hold, in_days(30), actor=None)
    cancel_hold(hold, actor=None)

    undo_cancel(hold, actor=None)

    assert fresh(hold).status == HoldStatus.ASSIGNED


@pytest.mark.parametrize("level", [HoldLevel.TITLE, HoldLevel.WORK])
def test_undo_cancel_refuses_when_the_reader_has_reserved_it_again(story, level):
    title = story.copies(2)[0].title
    hold = story.hold(title, level=level)
    cancel_hold(hold, actor=None)
    story.hold(title, reader=hold.reader, level=level)

    with pytest.raises(AlreadyReserved):
        undo_cancel(hold, actor=None)
    assert hold.status == HoldStatus.CANCELLED, "the row in hand says the truth too"


def test_undo_cancel_refuses_when_the_reader_has_it_at_home(story):
    copy = story.copies(1)[0]
    hold = story.hold(copy.title)
    cancel_hold(hold, actor=None)
    story.lent(copy, reader=hold.reader)

    with pytest.raises(AlreadyBorrowed):
        undo_cancel(hold, actor=None)


def test_undo_cancel_refuses_what_ended_otherwise(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    story.lent(copy, reader=hold.reader)

    with pytest.raises(HoldMoveRefused):
        undo_cancel(hold, actor=None)


def test_undo_cancel_refuses_what_was_cut_from_its_reader(story):
    hold = story.hold(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)
    story.later(days=9)
    unlink_ended()

    with pytest.raises(HoldForgotten):
        undo_cancel(hold, actor=None)


def test_undo_cancel_refuses_a_closed_card_and_a_point_that_hands_nothing_out(story):
    title = story.copies(2)[0].title
    hold, other = story.hold(title), story.hold(title, pickup=story.network.newsstand)
    for one in (hold, other):
        cancel_hold(one, actor=None)
    type(hold.reader).objects.filter(pk=hold.reader_id).update(status=ReaderStatus.CLOSED)
    type(other.pickup_place).objects.filter(pk=other.pickup_place_id).update(accepts_pickup=False)

    with pytest.raises(ReaderClosed):
        undo_cancel(hold, actor=None)
    with pytest.raises(PickupNotPossible):
        undo_cancel(other, actor=None)


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_resume_and_pick_at_once_give_the_copy_to_one(story, rivals):
    copy = story.copies(1)[0]
    first = story.hold(copy.title)
    suspend_hold(first, in_days(30), actor=None)
    second = story.hold(copy.title, pickup=story.network.newsstand)

    rivals(lambda: resume_hold(first, actor=None), lambda: pick_copy(copy, story.network.north, actor=None))

    assert sorted(statuses(first, second)) in (
        sorted([HoldStatus.QUEUED, HoldStatus.PICKED]),
        sorted([HoldStatus.READY, HoldStatus.QUEUED]),
    )


@pytest.mark.django_db(transaction=True)
def test_undo_cancel_and_place_hold_at_once_make_one_reservation(story, rivals):
    title = story.copies(2)[0].title
    reader = ReaderFactory()
    hold = story.hold(title, reader=reader)
    cancel_hold(hold, actor=None)

    outcomes = rivals(
        lambda: undo_cancel(hold, actor=None),
        lambda: place_hold(reader, title, story.network.north, actor=None),
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyReserved", "Hold"]
    assert Hold.objects.open().filter(reader=reader).count() == 1


@pytest.mark.django_db(transaction=True)
def test_suspend_and_cancel_at_once_end_it(story, rivals):
    copy = story.copies(1)[0]
    first, second = story.hold(copy.title), story.hold(copy.title)

    rivals(lambda: suspend_hold(first, in_days(30), actor=None), lambda: cancel_hold(first, actor=None))

    assert statuses(first, second) == [HoldStatus.CANCELLED, HoldStatus.ASSIGNED]

"""The last day of what is ready, and what happens after it."""

import datetime as dt

import pytest

from accounts.models import Act, StaffView
from accounts.services import note_view
from catalog.states import CopyStatus
from loans.holds import expire_hold, expire_holds
from loans.lending import check_in, check_out
from loans.reminders import remind, unlink_ended
from loans.states import HoldStatus, ParcelStatus
from notifications.models import Message
from outbox.events import dispatch
from outbox.models import Event
from tests.factories import ClosureFactory, LibrarianFactory, OpeningHoursFactory, ReaderFactory
from tests.story import fresh


@pytest.mark.parametrize(("point", "last_day"), [("newsstand", dt.date(2026, 3, 9)), ("locker", dt.date(2026, 3, 5))])
def test_a_point_keeps_what_is_ready_for_as_long_as_its_rule_says(story, point, last_day):
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title, pickup=getattr(story.network, point))

    assert hold.keep_until == last_day


def test_the_last_day_moves_to_one_on_which_the_point_opens(story):
    north = story.network.north
    type(north).objects.filter(pk=north.pk).update(hours_known=True)
    for weekday in range(5):
        OpeningHoursFactory(place=north, weekday=weekday)
    ClosureFactory(place=north, starts_on=dt.date(2026, 3, 9), ends_on=dt.date(2026, 3, 13))

    hold, _copy = story.ready(story.copies(1)[0].title)

    assert hold.keep_until == dt.date(2026, 3, 16), "closed all week, then a weekend"


def test_expire_hold_waits_until_the_last_day_is_over(story):
    hold, _copy = story.ready(story.copies(1)[0].title)
    story.clock.move_to(dt.datetime(2026, 3, 9, 22, 59, tzinfo=dt.UTC))

    assert not expire_hold(hold), "a minute to midnight in Milan"

    story.later(minutes=1)
    assert expire_hold(hold)
    assert (fresh(hold).status, fresh(hold).end_reason) == (HoldStatus.EXPIRED, "not_collected")


def test_expire_hold_again_changes_nothing(story):
    hold, _copy = story.ready(story.copies(1)[0].title)
    story.later(days=8)

    assert (expire_hold(hold), expire_hold(hold)) == (True, False)
    assert Event.objects.filter(kind="loans.hold_expired").count() == 1


def test_expire_hold_leaves_a_hold_that_is_not_ready(story):
    hold = story.hold(story.copies(1)[0].title)
    story.later(days=100)

    assert not expire_hold(hold)


def test_expire_holds_gives_the_copy_to_the_next_reader(story):
    _hold, copy = story.ready(story.copies(1)[0].title)
    next_in_line = story.hold(copy.title)
    story.later(days=8)

    assert expire_holds() == 1

    assert story.copy_of(next_in_line) == copy
    assert fresh(copy).status == CopyStatus.AVAILABLE, "on the pick list of its library"


def test_expire_holds_sends_what_nobody_collected_at_a_point_back(story):
    _hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)
    story.later(days=8)

    assert expire_holds() == 1

    assert fresh(parcel).status == ParcelStatus.RECEIVED, "it lies there until the van comes"
    assert copy.transits.get(status="requested").destination == story.network.south


def test_expire_holds_keeps_the_room_taken_until_the_parcel_is_gone(story):
    _hold, _copy, parcel = story.at_the_point(story.copies(1)[0].title, pickup=story.network.small_newsstand)
    story.later(days=8)
    expire_holds()
    title = story.copies(1)[0].title

    assert story.hold(title, pickup=story.network.small_newsstand).status == HoldStatus.QUEUED

    story.given_back(parcel.assignment.copy, place=story.network.south)
    assert story.hold(story.copies(1)[0].title, pickup=story.network.small_newsstand).status == HoldStatus.ASSIGNED
    story.later(minutes=1)


@pytest.mark.parametrize(
    ("passed", "kind"), [(26, None), (27, "due_soon"), (30, "due_today"), (31, "overdue"), (60, "overdue")]
)
def test_remind_speaks_before_and_after_the_due_date(story, passed, kind):
    loan = story.lent(story.copies(1)[0])
    story.later(days=passed)

    remind()
    remind()

    told = Event.objects.filter(kind__in=["loans.due_soon", "loans.due_today", "loans.overdue"]).values_list(
        "kind", "payload__loan_id"
    )
    assert list(told) == ([(f"loans.{kind}", loan.pk)] if kind else [])


def test_unlink_ended_cuts_reader_and_title_apart_after_a_week(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    loan = story.lent(copy, reader=hold.reader)
    story.later(days=10)
    story.given_back(copy)

    story.later(days=5)
    unlink_ended()
    assert fresh(loan).reader is not None

    story.later(days=2)
    unlink_ended()
    loan, hold = fresh(loan), fresh(hold)
    assert (loan.reader, hold.reader) == (None, None)
    assert (loan.reader_category, loan.age_band) == ("person", "adult"), "kept for statistics"


def test_unlink_ended_leaves_a_collected_hold_while_its_loan_stands(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    story.lent(copy, reader=hold.reader)
    story.later(days=20)

    unlink_ended()

    assert fresh(hold).reader == hold.reader


def test_expire_hold_waits_for_a_point_that_a_later_closure_shut(story):
    hold, _copy = story.ready(story.copies(1)[0].title)
    first_last_day = hold.keep_until
    ClosureFactory(
        place=hold.pickup_place,
        starts_on=first_last_day - dt.timedelta(days=4),
        ends_on=first_last_day + dt.timedelta(days=10),
    )
    story.later(days=9)

    assert not expire_hold(hold)
    assert fresh(hold).keep_until == first_last_day + dt.timedelta(days=11)


def test_unlink_ended_leaves_no_minute_by_which_logs_could_be_matched(story):
    staff = LibrarianFactory(desk=story.network.north)
    copy = story.copies(1)[0]
    reader = ReaderFactory()
    note_view(staff, reader, "desk")
    loan = check_out(copy, reader, story.network.north, actor=staff)
    check_in(copy, story.network.north, actor=staff)
    dispatch()
    story.later(days=9)

    unlink_ended()

    times = [row.at for row in (*Act.objects.all(), *StaffView.objects.all())]
    times += [row.created_at for row in Message.objects.all()]
    assert len(times) == 4
    assert {(at.hour, at.minute, at.second, at.microsecond) for at in times} == {(0, 0, 0, 0)}
    assert not Event.objects.filter(key__endswith=f":{loan.pk}").exists()

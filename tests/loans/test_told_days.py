"""The reminders of the day, moved dates and suspensions: each once, for the date it speaks of, and true."""

import datetime as dt

import pytest
from django.core import mail

from loans.lending import lift_suspension
from loans.policy import overdue_stage
from loans.reminders import remind, tell_ended_suspensions, tell_moved_days, unlink_ended
from loans.renewals import put_off_loan
from milanolib import clock
from notifications.delivery import deliver
from notifications.models import Message, MessageStatus
from outbox.events import dispatch
from tests.factories import ReaderFactory, UserFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db):
    return ReaderFactory(user=UserFactory())


def work():
    dispatch()
    return deliver()


def told():
    """The kinds that went out, in order."""
    return list(
        Message.objects.filter(status=MessageStatus.SENT).order_by("sent_at", "pk").values_list("kind", flat=True)
    )


@pytest.mark.parametrize(("days", "stage"), [(0, 0), (1, 1), (7, 1), (8, 2), (21, 2), (22, 3), (500, 3)])
def test_overdue_stage_counts_days_past_the_date(days, stage):
    assert overdue_stage(days) == stage


def test_loan_is_reminded_of_five_times_in_all_however_often_the_job_runs(story, anna):
    story.lent(story.copies(1)[0], reader=anna)
    for _day in range(58):
        story.later(days=1)
        for _run in range(2):
            remind()
            work()

    assert told() == ["loan_due_soon", "loan_due_today", "loan_overdue", "loan_overdue_2", "loan_overdue_3"]


def test_after_an_outage_only_the_reminder_whose_turn_it_is_goes_out(story, anna):
    story.lent(story.copies(1)[0], reader=anna)
    story.later(days=28)
    remind()
    dispatch()
    story.later(days=11)
    remind()
    work()

    assert told() == ["loan_overdue_2"]
    assert Message.objects.get(kind="loan_due_soon").status == MessageStatus.MOOT


def test_loan_put_off_on_its_day_is_not_told_that_it_is_due_today(story, anna):
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.later(days=30)
    remind()
    dispatch()
    put_off_loan(loan, actor=None)

    assert deliver() == 0


def test_last_day_is_told_on_that_day_with_the_code(story, anna):
    hold, _copy = story.ready(story.copies(1)[0].title, reader=anna)
    work()
    story.clock.move_to(clock.start_of(hold.keep_until) + dt.timedelta(hours=9))
    for _run in range(2):
        remind()
        work()

    assert told() == ["hold_ready", "hold_last_day"]
    assert hold.pickup_code in mail.outbox[-1].body


# --- Moved dates


@pytest.fixture
def expected(story, anna):
    """A reservation that waits for a copy on loan, whose expected day has been written down."""
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    hold = story.hold(copy.title, reader=anna, pickup=copy.home)
    assert tell_moved_days() == 0, "the first day is no news"
    assert fresh(hold).told_day is not None
    return loan, hold


def test_date_that_moves_by_more_than_two_days_is_told_once(story, expected):
    loan, hold = expected
    before = fresh(hold).told_day
    loan.due_on += dt.timedelta(days=20)
    loan.save()

    assert (tell_moved_days(), tell_moved_days()) == (1, 0)
    work()

    assert told() == ["hold_date_moved"]
    assert (fresh(hold).told_day - before).days > 2


def test_date_that_moves_by_two_days_is_not_told(story, expected):
    loan, _hold = expected
    loan.due_on += dt.timedelta(days=2)
    loan.save()

    assert tell_moved_days() == 0


def test_date_that_moved_back_before_it_was_told_is_not_told(story, expected):
    loan, _hold = expected
    loan.due_on += dt.timedelta(days=20)
    loan.save()
    tell_moved_days()
    dispatch()
    loan.due_on -= dt.timedelta(days=20)
    loan.save()

    assert deliver() == 0
    assert Message.objects.get(kind="hold_date_moved").status == MessageStatus.MOOT


# --- Suspensions


def late(story, reader, days=20):
    """A loan that came back so late that it suspends its reader."""
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=reader)
    loan.suspension_per_day, loan.suspension_most = 1, 30
    loan.save()
    story.later(days=30 + days)
    story.given_back(copy)
    return fresh(loan)


def test_suspension_is_told_when_it_begins_and_when_it_is_over(story, anna):
    loan = late(story, anna)
    dispatch()
    story.later(minutes=5)
    work()
    assert "suspension_begun" in told()
    assert tell_ended_suspensions() == 0

    story.clock.move_to(clock.start_of(loan.suspended_until + dt.timedelta(days=1)) + dt.timedelta(hours=9))
    for _run in range(2):
        tell_ended_suspensions()
        work()

    assert told().count("suspension_ended") == 1
    assert told()[-1] == "suspension_ended"
    unlink_ended()


def test_suspension_that_was_lifted_before_it_was_told_is_not_told(story, anna):
    loan = late(story, anna)
    dispatch()
    lift_suspension(loan, reason="malattia", actor=None)
    story.later(minutes=5)
    work()

    assert "suspension_begun" not in told()


def test_two_late_returns_are_told_in_one_message(story, anna):
    copies = story.copies(2)
    for copy in copies:
        loan = story.lent(copy, reader=anna)
        loan.suspension_per_day, loan.suspension_most = 1, 30
        loan.save()
    story.later(days=50)
    for copy in copies:
        story.given_back(copy)
    dispatch()
    story.later(minutes=5)
    work()

    sent = Message.objects.filter(kind="suspension_begun", status=MessageStatus.SENT)
    assert (sent.count(), len(set(sent.values_list("message_id", flat=True)))) == (2, 1)

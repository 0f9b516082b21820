"""A point that opens on no day: dates stay, nothing goes in circles, people are told, nobody loses a turn."""

import datetime as dt

import pytest
from django.db import IntegrityError

from branches.calendar import HORIZON_DAYS, Calendar, NeverOpen, WeeklyHours, could_not_move
from loans.holds import expire_hold
from loans.models import KeepingRule, Task, TaskKind
from loans.policy import due_on, keep_until, last_day_kept
from loans.renewals import renew_loan
from loans.settling import close_task, note_never_open
from loans.states import HoldStatus
from milanolib import clock
from tests.factories import BranchFactory, ClosureFactory, OpeningHoursFactory, StopFactory
from tests.story import fresh

DAY = dt.date(2026, 3, 2)
NO_OPENINGS = Calendar(known=True)
SHUT = Calendar(known=False, closures=((DAY, None),))
WEEKDAYS = tuple(WeeklyHours(weekday, dt.time(9), dt.time(19)) for weekday in range(5))


def never_opens(place):
    """Say that a library's hours are known, and give it none."""
    type(place).objects.filter(pk=place.pk).update(hours_known=True)


def told():
    return Task.objects.filter(kind=TaskKind.NEVER_OPEN)


# --- The calendar and the policy


@pytest.mark.parametrize(
    ("calendar", "why"),
    [
        (NO_OPENINGS, NeverOpen.NO_OPENINGS),
        (SHUT, NeverOpen.CLOSED),
        (Calendar(weekly=WEEKDAYS, closures=((DAY, DAY + dt.timedelta(days=HORIZON_DAYS)),)), NeverOpen.CLOSED),
        (Calendar(weekly=WEEKDAYS, closures=((DAY, DAY + dt.timedelta(days=300)),)), None),
        (Calendar(weekly=WEEKDAYS, closed_on=DAY), NeverOpen.CLOSED),
        (Calendar(known=False), None),
        (Calendar(visits=()), NeverOpen.NO_OPENINGS),
    ],
)
def test_why_shut_from_tells_a_closure_from_missing_hours(calendar, why):
    assert calendar.why_shut_from(DAY) is why


@pytest.mark.parametrize("calendar", [NO_OPENINGS, SHUT])
def test_dates_stay_plain_where_no_day_is_open(calendar):
    due = due_on(DAY, 30, calendar)
    kept = keep_until(DAY, KeepingRule(days=7), calendar)

    assert (due, kept) == (DAY + dt.timedelta(days=30), DAY + dt.timedelta(days=7))
    assert could_not_move(calendar, due)
    assert could_not_move(calendar, kept)


def test_visits_that_nobody_planned_end_in_a_plain_date():
    calendar = Calendar(visits=())

    assert keep_until(DAY, KeepingRule(visits=2), calendar) == DAY + dt.timedelta(days=14)
    assert could_not_move(calendar, DAY + dt.timedelta(days=14))


@pytest.mark.parametrize("calendar", [Calendar(known=False), Calendar(weekly=WEEKDAYS)])
def test_a_date_on_an_open_day_or_on_one_that_nobody_knows_needs_no_note(calendar):
    assert not could_not_move(calendar, DAY)


@pytest.mark.parametrize(
    ("night", "last_day"),
    [
        ("2026-03-28T23:30+01:00", dt.date(2026, 4, 7)),  # the clock goes forward; the seventh day falls into Easter
        ("2026-03-29T03:30+02:00", dt.date(2026, 4, 7)),
        ("2026-10-24T23:30+02:00", dt.date(2026, 11, 2)),  # the clock goes back; the seventh day is a Saturday
        ("2026-10-25T02:30+01:00", dt.date(2026, 11, 2)),
    ],
)
def test_last_day_kept_counts_civil_days_on_the_nights_the_clock_changes(night, last_day):
    ready_at = dt.datetime.fromisoformat(night)

    assert last_day_kept(ready_at, KeepingRule(days=7), Calendar(weekly=WEEKDAYS)) == last_day


# --- The verbs tell people, once


def test_check_out_keeps_the_date_and_leaves_one_task_for_all_its_loans(story):
    north = story.network.north
    never_opens(north)
    first, second = story.copies(2)

    loan = story.lent(first)
    story.lent(second)

    assert loan.due_on == DAY + dt.timedelta(days=30)
    assert [(task.place, task.point) for task in told()] == [(north, north)]


def test_a_task_that_a_librarian_has_closed_does_not_come_back_within_a_month(story):
    never_opens(story.network.north)
    copies = story.copies(3)
    story.lent(copies[0])
    close_task(told().get(), answer="Seen: the works go on.", actor=None)

    story.lent(copies[1])
    assert told().count() == 1
    story.later(days=31)
    story.lent(copies[2])
    assert told().count() == 2


def test_a_loan_at_a_place_with_hours_or_with_unknown_ones_leaves_no_task(story):
    never_opens(story.network.north)
    OpeningHoursFactory(place=story.network.north)

    assert story.lent(story.copies(1)[0]).due_on == dt.date(2026, 4, 6) + dt.timedelta(days=7), "Easter Monday is one"
    story.lent(story.copies(1, home=story.network.south)[0])

    assert not told().exists()


def test_a_closure_that_follows_a_closure_is_seen_from_the_first_day_on(story):
    north = story.network.north
    ClosureFactory(place=north, starts_on=DAY, ends_on=DAY + dt.timedelta(days=200))
    ClosureFactory(place=north, starts_on=DAY + dt.timedelta(days=201), ends_on=DAY + dt.timedelta(days=250))

    assert story.lent(story.copies(1)[0]).due_on == DAY + dt.timedelta(days=251)


def test_renew_loan_at_a_place_that_never_opens_keeps_the_plain_date(story):
    loan = story.lent(story.copies(1)[0])
    never_opens(story.network.north)
    story.later(days=10)

    renew_loan(loan, actor=None)

    assert fresh(loan).due_on == DAY + dt.timedelta(days=40)
    assert told().count() == 1


def test_what_becomes_ready_at_a_point_that_never_opens_leaves_a_task_to_its_library(story):
    never_opens(story.network.newsstand)

    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title)

    assert hold.keep_until == DAY + dt.timedelta(days=7)
    assert [(task.place, task.point) for task in told()] == [(story.network.south, story.network.newsstand)]


def test_the_task_about_a_stop_waits_at_its_vehicle(story):
    stop = StopFactory()

    note_never_open(stop)

    assert told().get().place == stop.vehicle


def test_two_loans_at_once_leave_one_task(rivals, network, monday):
    rivals(lambda: note_never_open(network.north), lambda: note_never_open(network.north))

    assert told().count() == 1


def test_a_second_open_task_about_a_point_cannot_be_stored(db):
    point = BranchFactory()
    note_never_open(point)

    with pytest.raises(IntegrityError, match="task_one_open_per_point_and_kind"):
        Task.objects.create(kind=TaskKind.NEVER_OPEN, place=point, point=point, opened_at=clock.now())


# --- A closed point never loses a reader's turn


def test_expire_hold_keeps_what_nobody_could_collect(story):
    hold, _copy = story.ready(story.copies(1)[0].title)
    closure = ClosureFactory(place=hold.pickup_place, starts_on=hold.keep_until, ends_on=None)
    story.later(days=60)

    assert not expire_hold(hold)
    assert fresh(hold).status == HoldStatus.READY

    closure.ends_on = clock.today()
    closure.save()
    assert not expire_hold(hold)
    assert fresh(hold).keep_until == clock.today() + dt.timedelta(days=1), "it opens tomorrow"
    story.later(days=2)
    assert expire_hold(hold)


def test_expire_hold_ends_what_could_be_collected_until_its_last_day(story):
    hold, _copy = story.ready(story.copies(1)[0].title)
    ClosureFactory(place=hold.pickup_place, starts_on=hold.keep_until + dt.timedelta(days=1), ends_on=None)
    story.later(days=8)

    assert expire_hold(hold)

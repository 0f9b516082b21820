"""Dates from a rule: wall time, both nights on which the clock changes, months, holidays."""

import datetime as dt

import pytest

from milanolib import clock
from partnerships.initiatives.recurring import (
    MOST_DATES,
    Every,
    Recurrence,
    a_year_later,
    dates_of,
    span_on,
)


def walls(rule):
    return [clock.local(starts).strftime("%Y-%m-%d %H:%M") for starts, _ends in dates_of(rule)]


def test_one_date_is_wall_time():
    ((starts, ends),) = dates_of(Recurrence(dt.date(2026, 7, 1), dt.time(17), dt.time(18, 30)))

    assert starts == dt.datetime(2026, 7, 1, 15, tzinfo=dt.UTC)
    assert ends - starts == dt.timedelta(minutes=90)


@pytest.mark.parametrize(
    ("first", "last"), [(dt.date(2026, 3, 22), dt.date(2026, 4, 5)), (dt.date(2026, 10, 18), dt.date(2026, 11, 1))]
)
def test_weekly_dates_keep_their_hour_when_the_clock_changes(first, last):
    rule = Recurrence(first, dt.time(10), dt.time(11), Every.WEEK, last)

    assert {one.split()[1] for one in walls(rule)} == {"10:00"}
    assert len({starts.hour for starts, _ends in dates_of(rule)}) == 2  # the same wall time, two hours of UTC
    assert {ends - starts for starts, ends in dates_of(rule)} == {dt.timedelta(hours=1)}


def test_hour_that_is_left_out_is_the_one_after_it():
    starts, ends = span_on(dt.date(2026, 3, 29), dt.time(2, 30), dt.time(4))

    assert clock.local(starts).strftime("%H:%M") == "03:30"
    assert ends - starts == dt.timedelta(minutes=30)
    starts, ends = span_on(dt.date(2026, 3, 29), dt.time(2, 50), dt.time(3, 10))
    assert ends > starts


def test_hour_that_comes_twice_is_the_first():
    starts, ends = span_on(dt.date(2026, 10, 25), dt.time(2, 30), dt.time(4))

    assert starts == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    assert ends - starts == dt.timedelta(hours=2, minutes=30)


def test_what_ends_earlier_on_the_wall_ends_on_the_next_day():
    starts, ends = span_on(dt.date(2026, 6, 20), dt.time(22), dt.time(1))

    assert ends - starts == dt.timedelta(hours=3)


def test_months_keep_weekday_and_place_in_the_month():
    second_tuesday = Recurrence(dt.date(2026, 11, 10), dt.time(18), dt.time(20), Every.MONTH, dt.date(2027, 2, 28))
    assert walls(second_tuesday) == ["2026-11-10 18:00", "2026-12-08 18:00", "2027-01-12 18:00", "2027-02-09 18:00"]
    last_friday = Recurrence(dt.date(2026, 1, 30), dt.time(18), dt.time(20), Every.MONTH, dt.date(2026, 4, 30))
    assert [one[:10] for one in walls(last_friday)] == ["2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24"]


def test_holidays_can_be_left_out_and_a_slip_of_the_pen_ends():
    rule = Recurrence(dt.date(2026, 11, 10), dt.time(18), dt.time(20), Every.MONTH, dt.date(2026, 12, 31), True)
    assert [one[:10] for one in walls(rule)] == ["2026-11-10"]  # 8 December is one
    endless = Recurrence(dt.date(2026, 1, 1), dt.time(9), dt.time(10), Every.DAY, dt.date(2126, 1, 1))
    assert len(dates_of(endless)) == MOST_DATES
    backwards = Recurrence(dt.date(2026, 1, 2), dt.time(9), dt.time(10), Every.FORTNIGHT, dt.date(2026, 1, 1))
    assert dates_of(backwards) == []


def test_a_year_later_is_the_same_weekday_and_wall_time():
    before = dt.datetime(2025, 3, 30, 8, tzinfo=dt.UTC)  # a Sunday, ten o'clock of summer time
    after = clock.local(a_year_later(before))

    assert after.strftime("%Y-%m-%d %H:%M %A") == "2026-03-29 10:00 Sunday"

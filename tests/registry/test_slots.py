"""The slots of a resource: pure, and right on both nights on which the clock changes."""

import datetime as dt

import pytest

from branches.calendar import Calendar, WeeklyHours
from milanolib.clock import ROME
from registry.slots import Pattern, Rule, Slot, free_of, slot_from, slots_on

SUNDAY, SPRING, AUTUMN = 6, dt.date(2026, 3, 29), dt.date(2026, 10, 25)
ALWAYS = Calendar(always=True, rests_on_holidays=False)
TUESDAY = dt.date(2026, 3, 3)


def walls(slots):
    return [slot.starts.astimezone(ROME).strftime("%H:%M") for slot in slots]


def pattern(*rules, calendar=ALWAYS, minutes=30, **more):
    return Pattern(calendar, rules, length=dt.timedelta(minutes=minutes), **more)


def test_slots_on_lays_them_out_with_the_buffer_between():
    one = pattern(Rule(1, dt.time(9), dt.time(11)), buffer=dt.timedelta(minutes=10))

    assert walls(slots_on(TUESDAY, one)) == ["09:00", "09:40", "10:20"]


@pytest.mark.parametrize(("day", "number"), [(SPRING, 4), (AUTUMN, 8), (TUESDAY - dt.timedelta(days=2), 6)])
def test_slots_on_a_night_of_the_clock_are_as_many_as_half_hours_pass(day, number):
    slots = slots_on(day, pattern(Rule(SUNDAY, dt.time(1), dt.time(4))))

    assert len(slots) == number
    assert len({slot.key for slot in slots}) == number
    assert all(slot.ends - slot.starts == dt.timedelta(minutes=30) for slot in slots)


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_slots_on_the_morning_after_begin_at_nine_by_the_wall(day):
    slots = slots_on(day, pattern(Rule(SUNDAY, dt.time(9), dt.time(10))))

    assert walls(slots) == ["09:00", "09:30"]


def test_slots_on_follow_the_hours_of_the_place_and_its_closures():
    weekly = (WeeklyHours(1, dt.time(9, 30), dt.time(10, 30)),)
    rule = Rule(1, dt.time(9), dt.time(12))

    assert walls(slots_on(TUESDAY, pattern(rule, calendar=Calendar(weekly=weekly)))) == ["09:30", "10:00"]
    shut = Calendar(weekly=weekly, closures=((TUESDAY, TUESDAY),))
    assert slots_on(TUESDAY, pattern(rule, calendar=shut)) == []
    assert slots_on(TUESDAY, pattern(rule, calendar=Calendar(known=False, closures=((TUESDAY, None),)))) == []
    assert len(slots_on(TUESDAY, pattern(rule, calendar=Calendar(known=False)))) == 6


def test_slots_on_leave_out_blocked_hours_and_days_before_the_opening():
    nine, ten = (dt.datetime(2026, 3, 3, hour, tzinfo=dt.UTC) for hour in (8, 9))
    rule = Rule(1, dt.time(9), dt.time(11))

    assert walls(slots_on(TUESDAY, pattern(rule, blocks=((nine, ten),)))) == ["10:00", "10:30"]
    assert slots_on(TUESDAY, pattern(rule, opens_on=dt.date(2026, 3, 4))) == []


def test_slots_on_say_which_ones_are_assisted():
    rules = Rule(1, dt.time(9), dt.time(11)), Rule(1, dt.time(10), dt.time(10, 30), is_assisted=True)

    assert [slot.is_assisted for slot in slots_on(TUESDAY, pattern(*rules))] == [False, False, True, False]


@pytest.mark.parametrize("day", [SPRING, AUTUMN, TUESDAY])
def test_slot_from_finds_what_slots_on_lays_out_and_nothing_else(day):
    hours = tuple(WeeklyHours(day.weekday(), *pair) for pair in ((dt.time(1), dt.time(4)), (dt.time(9), dt.time(12))))
    ten = dt.datetime.combine(day, dt.time(10), tzinfo=ROME).astimezone(dt.UTC)
    one = pattern(
        Rule(day.weekday(), dt.time(0, 30), dt.time(11)),
        Rule(day.weekday(), dt.time(10, 30), dt.time(13), is_assisted=True),
        calendar=Calendar(weekly=hours, rests_on_holidays=False),
        minutes=25,
        buffer=dt.timedelta(minutes=5),
        blocks=((ten, ten + dt.timedelta(minutes=10)),),
    )
    laid_out = slots_on(day, one)
    every_minute = [ten + dt.timedelta(minutes=minute) for minute in range(-11 * 60, 13 * 60)]

    assert laid_out
    assert [slot for slot in (slot_from(instant, one) for instant in every_minute) if slot] == laid_out


def test_free_of_leaves_out_what_is_taken_and_what_has_begun():
    slots = slots_on(TUESDAY, pattern(Rule(1, dt.time(9), dt.time(11))))
    now = slots[0].starts

    assert free_of(slots, [(slots[1].starts, slots[1].ends)], now) == slots[2:]
    assert isinstance(slots[0], Slot)

"""When an offer holds, and which reminder is due."""

import datetime as dt

import pytest

from partnerships.models import Agreement
from partnerships.policy import holds_on, next_day_of, reminder_due

FIRST, LAST = dt.date(2026, 3, 2), dt.date(2026, 12, 31)  # a Monday


@pytest.mark.parametrize(
    ("fields", "day", "holds"),
    [
        ({}, FIRST, True),
        ({}, LAST, True),
        ({}, FIRST - dt.timedelta(days=1), False),
        ({}, LAST + dt.timedelta(days=1), False),
        ({"ends_on": None}, dt.date(2036, 1, 1), True),
        ({"weekdays": [0]}, FIRST, True),
        ({"weekdays": [1]}, FIRST, False),
        ({"not_on_holidays": True}, dt.date(2026, 5, 1), False),
        ({"not_on_holidays": False}, dt.date(2026, 5, 1), True),
        ({"not_on_holidays": True}, dt.date(2026, 12, 7), False),  # Milan's patron saint
    ],
)
def test_holds_on(fields, day, holds):
    assert holds_on(Agreement(**{"starts_on": FIRST, "ends_on": LAST} | fields), day) is holds


def test_next_day_looks_a_fortnight_ahead_and_not_before_the_period():
    tuesdays = Agreement(starts_on=FIRST, ends_on=LAST, weekdays=[1])

    assert next_day_of(tuesdays, FIRST - dt.timedelta(days=100)) == dt.date(2026, 3, 3)
    assert next_day_of(tuesdays, dt.date(2026, 3, 4)) == dt.date(2026, 3, 10)
    assert next_day_of(tuesdays, LAST) is None


@pytest.mark.parametrize(
    ("left", "due"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)]
)
def test_reminder_due(left, due):
    assert reminder_due(LAST, LAST - dt.timedelta(days=left)) == due

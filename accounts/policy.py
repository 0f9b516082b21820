"""How long a card is valid, how old somebody is, what a desk PIN looks like. Pure: reads no clock, asks no database."""

from __future__ import annotations

import datetime as dt
import itertools
import re

from milanolib import clock

CARD_YEARS = 5
CARD_REMINDER_DAYS = 30  # so long before a card expires its reader is told
ADULT_AGE = 18  # from then on nobody is a guardian's child
OLDEST_AGE = 120
PIN_ATTEMPTS = 5
PIN_LOCKED_FOR = dt.timedelta(minutes=30)
DESK_PIN = re.compile(r"[0-9]{5,8}")
SHORTEST_BADGE = 6
COPY_EVERY = dt.timedelta(days=1)  # so often somebody may have a copy of their data made
COPY_KEPT = dt.timedelta(days=7)
ERASE_AFTER = dt.timedelta(days=7)  # to think better of it, or to notice that somebody else asked
ADDRESS_KEPT = dt.timedelta(days=7)  # at most, for the last letter
DESK_IDLE_MINUTES = 10  # without a desk that says otherwise


def card_expires_on(issued_on: dt.date) -> dt.date:
    """Return the last day of a card that is made or renewed on a day."""
    return clock.years_from(issued_on, CARD_YEARS)


def age_on(day: dt.date, born_on: dt.date) -> int:
    """Return the age in whole years on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def is_birthday_possible(born_on: dt.date, today: dt.date) -> bool:
    """Whether somebody living can have been born on that day."""
    return born_on <= today and age_on(today, born_on) <= OLDEST_AGE


def is_good_desk_pin(pin: str) -> bool:
    """Whether a PIN has five to eight digits that are not all alike and not in a row (12345, 98765)."""
    if not DESK_PIN.fullmatch(pin):
        return False
    steps = {int(after) - int(before) for before, after in itertools.pairwise(pin)}
    return steps not in ({0}, {1}, {-1})

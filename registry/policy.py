"""How long, how many, how far ahead."""

from __future__ import annotations

import datetime as dt

BOOKABLE_DAYS = 28  # how far ahead the public books
UNCONFIRMED_FOR = dt.timedelta(minutes=30)
SAME_WITHIN = dt.timedelta(minutes=1)  # the same contact asks for the same slot again: a button pressed twice
NO_SHOW_AFTER = dt.timedelta(minutes=10)
CONTACT_KEPT = dt.timedelta(days=30)  # after the visit


def is_no_show(starts: dt.datetime, now: dt.datetime) -> bool:
    """Whether who has not come by now has lost the slot."""
    return now >= starts + NO_SHOW_AFTER


def forgets_before(now: dt.datetime) -> dt.datetime:
    """Return the instant such that contacts of visits that ended before it are erased."""
    return now - CONTACT_KEPT

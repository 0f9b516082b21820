"""When a point is full or quiet, a contract near its end, a phone silent. Pure."""

from __future__ import annotations

import datetime as dt

FULL, QUIET = "full", "quiet"
QUIET_SHARE = 4  # at most a fourth of its places taken
RENEW_WITHIN = dt.timedelta(days=60)
SILENT_AFTER = dt.timedelta(days=7)


def load_of(capacity: int | None, free: int | None) -> str:
    """Return whether a point is full or quiet; nothing for one in between, or without a set capacity."""
    if not capacity or free is None:
        return ""
    if free <= 0:
        return FULL
    return QUIET if (capacity - free) * QUIET_SHARE <= capacity else ""


def ends_soon(ends_on: dt.date | None, today: dt.date) -> bool:
    """Whether somebody should see to the renewal of a contract now."""
    return ends_on is not None and ends_on - today <= RENEW_WITHIN


def is_silent(last_seen_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a device in use has sent nothing for so long that somebody should ask."""
    return last_seen_at is None or now - last_seen_at > SILENT_AFTER

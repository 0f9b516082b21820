"""What an initiative needs before readers see it, and how long things last. Pure: no clock, no database."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from partnerships.initiatives.states import InitiativeStatus

if TYPE_CHECKING:
    from partnerships.models import Initiative, InitiativeDate

UNCONFIRMED_FOR = dt.timedelta(minutes=30)
OFFERED_FOR = dt.timedelta(hours=12)  # long enough for who sleeps
NO_OFFER_WITHIN = dt.timedelta(hours=1)  # before the beginning: then who stands at the door comes in
REMIND_BEFORE = dt.timedelta(hours=24)
CONTACT_KEPT = dt.timedelta(days=30)  # after the last date


def missing_of(initiative: Initiative) -> list[str]:
    """Return the names of the texts without which an initiative cannot go to readers."""
    return [name for name in ("title", "text") if not getattr(initiative, name).get("it")]


def is_bookable(initiative: Initiative, date: InitiativeDate, now: dt.datetime) -> bool:
    """Whether the page offers to book a date; whether there is room is told beside it."""
    is_open = initiative.bookings_open_at is None or initiative.bookings_open_at <= now
    is_seen = initiative.status == InitiativeStatus.PUBLISHED and date.places is not None
    return is_seen and is_open and not date.is_cancelled and date.starts_at > now


def held_until(now: dt.datetime, starts_at: dt.datetime) -> dt.datetime:
    """Return until when somebody may confirm what they asked for: half an hour, not beyond the beginning."""
    return min(now + UNCONFIRMED_FOR, starts_at)


def offered_until(now: dt.datetime, starts_at: dt.datetime) -> dt.datetime | None:
    """Return until when freed places are kept for who waits; None so near to the beginning that nobody is asked."""
    last = starts_at - NO_OFFER_WITHIN
    return min(now + OFFERED_FOR, last) if now < last else None


def forgets_before(now: dt.datetime) -> dt.datetime:
    """Return the instant such that contacts of what ended before it are erased."""
    return now - CONTACT_KEPT

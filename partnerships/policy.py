"""On which days an agreement holds, and when its owner hears that it ends. Pure: no clock, no database."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from branches.calendar import is_holiday

if TYPE_CHECKING:
    from partnerships.models import Agreement

REMIND_DAYS = (60, 30, 7)  # so long before the last day its owner is asked whether to renew


def holds_on(agreement: Agreement, day: dt.date) -> bool:
    """Whether the offer can be used on a day: within its period, on one of its weekdays, on no holiday left out."""
    is_within = agreement.starts_on <= day and (agreement.ends_on is None or day <= agreement.ends_on)
    is_weekday = not agreement.weekdays or day.weekday() in agreement.weekdays
    return is_within and is_weekday and not (agreement.not_on_holidays and is_holiday(day))


def next_day_of(agreement: Agreement, day: dt.date) -> dt.date | None:
    """Return the first day from `day` on which the offer holds, looking a fortnight ahead; None when there is none."""
    first = max(day, agreement.starts_on)
    days = (first + dt.timedelta(days=delta) for delta in range(15))
    return next((one for one in days if holds_on(agreement, one)), None)


def reminder_due(ends_on: dt.date, today: dt.date) -> int | None:
    """Return which reminder is due, as days before the last day; None before the first and after the last day.

    After an outage only the nearest one is: two letters about the same would help nobody.
    """
    left = (ends_on - today).days
    return min((days for days in REMIND_DAYS if days >= left), default=None) if left >= 0 else None


def missing_of(agreement: Agreement) -> list[str]:
    """Return the names of the fields without which an agreement cannot go to readers."""
    texts = [name for name in ("title", "terms") if not getattr(agreement, name).get("it")]
    return texts + [name for name in ("ends_on", "owner_id") if getattr(agreement, name) is None]

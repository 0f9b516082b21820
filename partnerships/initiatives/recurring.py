"""When an initiative takes place: a rule of wall time expanded into dates. Pure: no clock, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from branches.calendar import is_holiday
from milanolib.clock import ROME

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_DATES = 200  # more are a slip of the pen: whoever means them plans twice
ONE_DAY, ONE_WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
LAST_WEEK = 5  # of a month, where the first date stands in one that not every month has


class Every(models.TextChoices):
    """How often it comes again."""

    ONCE = "once", _("once")
    DAY = "day", _("every day")
    WEEK = "week", _("every week")
    FORTNIGHT = "fortnight", _("every second week")
    MONTH = "month", _("every month, on the same weekday (the second Tuesday)")


@dataclass(frozen=True)
class Recurrence:
    """From a first day as often as it comes until a last day, from a wall time to another; past midnight if earlier."""

    first: dt.date
    starts: dt.time
    ends: dt.time
    every: str = Every.ONCE
    last: dt.date | None = None
    not_on_holidays: bool = False


def dates_of(rule: Recurrence) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return beginning and end of each date in UTC, in order; at most `MOST_DATES`."""
    found = []
    for day in _days(rule):
        if not (rule.not_on_holidays and is_holiday(day)):
            found.append(span_on(day, rule.starts, rule.ends))
        if len(found) == MOST_DATES:
            break
    return found


def span_on(day: dt.date, starts: dt.time, ends: dt.time) -> tuple[dt.datetime, dt.datetime]:
    """Return wall times of a day as instants in UTC.

    In the night in which the clocks go forward an hour that is left out is the one after it; of one that comes twice
    it is the first. What would end with its beginning, or before, by the clock of the wall ends on the next day.
    """
    begins = instant_of(day, starts)
    finishes = instant_of(day if ends > starts else day + ONE_DAY, ends)
    if finishes <= begins:  # both in the hour that is left out
        finishes = begins + (dt.datetime.combine(day, ends) - dt.datetime.combine(day, starts))
    return begins, finishes


def instant_of(day: dt.date, time: dt.time) -> dt.datetime:
    """Return a wall time of a day in Milan as an instant in UTC."""
    return dt.datetime.combine(day, time, tzinfo=ROME).astimezone(dt.UTC)


def a_year_later(instant: dt.datetime) -> dt.datetime:
    """Return the same weekday and wall time of the year after: 52 weeks, whatever the clocks did between."""
    local = instant.astimezone(ROME)
    return instant_of(local.date() + 52 * ONE_WEEK, local.time())


def _days(rule: Recurrence) -> Iterator[dt.date]:
    last = rule.last or rule.first
    if rule.every == Every.ONCE:
        yield rule.first
    elif rule.every == Every.MONTH:
        yield from _monthly(rule.first, last)
    else:
        step = {Every.DAY.value: ONE_DAY, Every.WEEK.value: ONE_WEEK, Every.FORTNIGHT.value: 2 * ONE_WEEK}[rule.every]
        day = rule.first
        while day <= last:
            yield day
            day += step


def _monthly(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the same weekday of each month: the second Tuesday; from the fifth on the last one."""
    nth = (first.day - 1) // 7 + 1
    year, month = first.year, first.month
    while (day := _nth_of(year, month, first.weekday(), nth)) <= last:
        yield day
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004  the months of a year


def _nth_of(year: int, month: int, weekday: int, nth: int) -> dt.date:
    start = dt.date(year, month, 1)
    day = start + dt.timedelta(days=(weekday - start.weekday()) % 7) + (nth - 1) * ONE_WEEK
    return day if nth < LAST_WEEK or day.month == month else day - ONE_WEEK

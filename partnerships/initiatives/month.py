"""A month as a calendar shows it: weeks of seven days, each with what takes place. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from branches.public_texts import public_text
from milanolib import clock
from partnerships.initiatives.lines import days_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from branches.public_texts import PublicText
    from partnerships.models import InitiativeDate

YEARS = (2000, 2100)  # what an address may ask for


@dataclass(frozen=True)
class Day:
    """One square of the calendar."""

    on: dt.date
    is_outside: bool
    dates: list[tuple[InitiativeDate, PublicText]] = field(default_factory=list)


@dataclass(frozen=True)
class Month:
    """A month with its weeks, and its neighbours."""

    first: dt.date

    @property
    def before(self) -> dt.date:
        """Return the first day of the month before."""
        return (self.first - dt.timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> dt.date:
        """Return the first day of the month after."""
        return (self.first + dt.timedelta(days=31)).replace(day=1)

    @property
    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """Return the instants between which its squares lie, those of its neighbours among them."""
        days = self._days()
        return clock.start_of(days[0]), clock.end_of(days[-1])

    def weeks(self, dates: Iterable[InitiativeDate]) -> list[list[Day]]:
        """Return the weeks with what takes place on each day, in order."""
        days = self._days()
        by_day: dict[dt.date, list[tuple[InitiativeDate, PublicText]]] = {day: [] for day in days}
        for date in dates:
            for day in days_of(date, days[0], days[-1]):
                by_day[day].append((date, public_text(date.initiative.title)))
        squares = [Day(day, day.month != self.first.month, by_day[day]) for day in days]
        return [squares[at : at + 7] for at in range(0, len(squares), 7)]

    def _days(self) -> list[dt.date]:
        return list(calendar.Calendar().itermonthdates(self.first.year, self.first.month))


def month_of(asked: str, today: dt.date) -> Month:
    """Return the month that an address names (2026-03); this month where it names none that makes sense."""
    try:
        first = dt.date.fromisoformat(f"{asked}-01")
    except ValueError:
        first = today.replace(day=1)
    return Month(first if YEARS[0] <= first.year < YEARS[1] else today.replace(day=1))

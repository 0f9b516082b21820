"""What a point did, counted day by day: one source for phone, pages, contract and interface. No reader, no title."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.db.models.functions import TruncDate

from branches.models import Report, ReportOutcome
from loans.models import Handover, Hold, Loan
from loans.states import HoldStatus, LoanEnd, ParcelStatus
from milanolib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from branches.models import Place

ON_PHONES = {"received": "came", "handed_out": "handed_out", "returned": "returned"}  # as the phone's page names them


@dataclass
class TallyRow:
    """The figures of a day, or of all days together when it has none."""

    day: dt.date | None
    received: int = 0
    handed_out: int = 0
    returned: int = 0
    expired: int = 0
    exceptions: int = 0

    def figures(self) -> dict[str, int]:
        """Return the figures by their names."""
        return {name: value for name, value in asdict(self).items() if name != "day"}


@dataclass(frozen=True)
class Tally:
    """A month at a point: a row for each of its days, and their sum."""

    place: Place
    month: dt.date
    days: list[TallyRow]

    @property
    def total(self) -> TallyRow:
        """Return the sum of all days."""
        names = [one.name for one in fields(TallyRow) if one.name != "day"]
        return TallyRow(None, **{name: sum(getattr(row, name) for row in self.days) for name in names})


def tally_of(place: Place, month: dt.date) -> Tally:
    """Count what happened at a point in the month of a day; a fixed number of statements.

    Each act counts on the day on which it happened, also when a phone told of it later: the same month gives the same
    figures once all phones have sent. What was not collected counts when its keeping ended, what the records
    contradicted as an exception. Days to come have no row.
    """
    first = month.replace(day=1)
    length = calendar.monthrange(first.year, first.month)[1]
    end = min(first + dt.timedelta(days=length), clock.today() + dt.timedelta(days=1))
    return Tally(place, first, _rows_of(place, first, end))


def figures_of(place: Place) -> dict[str, dict[str, int]]:
    """Return the sums that a phone shows, for today, this month and the month before."""
    today = clock.today()
    month = today.replace(day=1)
    last_month = (month - dt.timedelta(days=1)).replace(day=1)
    rows = _rows_of(place, last_month, today + dt.timedelta(days=1), tuple(ON_PHONES))
    begins = {
        "today": (today, today),
        "month": (month, today),
        "last_month": (last_month, month - dt.timedelta(days=1)),
    }
    return {
        span: {
            ON_PHONES[name]: sum(getattr(row, name) for row in rows if row.day is not None and first <= row.day <= last)
            for name in ON_PHONES
        }
        for span, (first, last) in begins.items()
    }


def _rows_of(place: Place, start: dt.date, end: dt.date, names: tuple[str, ...] = ()) -> list[TallyRow]:
    """Return a row for each day from `start` to the one before `end`; only some figures where they are named.

    A loan that was struck off was no hand-out. Loans keep place and day when they are unlinked from their reader.
    """
    rows = {day: TallyRow(day) for day in (start + dt.timedelta(days=number) for number in range((end - start).days))}
    arrived = Handover.objects.filter(place=place, status=ParcelStatus.RECEIVED, parcel__destination=place)
    lent = Loan.objects.filter(place=place).exclude(end_reason=LoanEnd.NEVER_BORROWED)
    contradicted = Report.objects.filter(device__place=place, outcome=ReportOutcome.TASK)
    counted: dict[str, tuple[QuerySet[Any], str, str]] = {
        "received": (arrived, "at", "parcel"),
        "handed_out": (lent, "lent_at", "pk"),
        "returned": (Loan.objects.filter(returned_place=place), "closed_at", "pk"),
        "expired": (Hold.objects.filter(pickup_place=place, status=HoldStatus.EXPIRED), "ended_at", "pk"),
        "exceptions": (contradicted, "occurred_at", "pk"),
    }
    for name in names or counted:
        found, instant, what = counted[name]
        for day, number in _by_day(found, instant, what, start, end):
            setattr(rows[day], name, number)
    return list(rows.values())


def _by_day(found: QuerySet[Any], instant: str, what: str, start: dt.date, end: dt.date) -> list[tuple[dt.date, int]]:
    within = {f"{instant}__gte": clock.start_of(start), f"{instant}__lt": clock.start_of(end)}
    days = found.filter(**within).order_by().annotate(day=TruncDate(instant, tzinfo=clock.ROME)).values("day")
    return list(days.annotate(number=Count(what, distinct=True)).values_list("day", "number"))

"""What a point did in a month, counted day by day from what its devices reported. No reader and no title is in it."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.db.models.functions import TruncDate

from branches.models import Report, ReportOutcome
from loans.models import Handover, Hold
from loans.records import TAKE_BACK
from loans.states import HoldStatus, ParcelStatus
from milanolib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from branches.models import Place


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
    contradicted as an exception.
    """
    first = month.replace(day=1)
    length = calendar.monthrange(first.year, first.month)[1]
    rows = {day: TallyRow(day) for day in (first + dt.timedelta(days=number) for number in range(length))}
    links = Handover.objects.filter(place=place)
    told = Report.objects.filter(device__place=place)
    counted: dict[str, tuple[QuerySet[Any], str, str]] = {
        "received": (links.filter(status=ParcelStatus.RECEIVED, parcel__destination=place), "at", "parcel"),
        "handed_out": (links.filter(status=ParcelStatus.HANDED_OVER), "at", "parcel"),
        "returned": (told.filter(act=TAKE_BACK, detail="returned"), "occurred_at", "pk"),
        "expired": (Hold.objects.filter(pickup_place=place, status=HoldStatus.EXPIRED), "ended_at", "pk"),
        "exceptions": (told.filter(outcome=ReportOutcome.TASK), "occurred_at", "pk"),
    }
    for name, (found, instant, what) in counted.items():
        for day, number in _by_day(found, instant, what, first, first + dt.timedelta(days=length)):
            setattr(rows[day], name, number)
    return Tally(place, first, list(rows.values()))


def _by_day(found: QuerySet[Any], instant: str, what: str, start: dt.date, end: dt.date) -> list[tuple[dt.date, int]]:
    within = {f"{instant}__gte": clock.start_of(start), f"{instant}__lt": clock.start_of(end)}
    days = found.filter(**within).order_by().annotate(day=TruncDate(instant, tzinfo=clock.ROME)).values("day")
    return list(days.annotate(number=Count(what, distinct=True)).values_list("day", "number"))

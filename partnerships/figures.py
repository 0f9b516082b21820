"""How often each agreement was used in a year, by month. Numbers of days added up: nobody's data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from branches.public_texts import public_text
from partnerships.models import Agreement, UseCount
from partnerships.offers import offer_words

if TYPE_CHECKING:
    from branches.public_texts import PublicText

MONTHS = 12


@dataclass
class Row:
    """One agreement of the year."""

    agreement: Agreement
    title: PublicText
    offer: str
    months: list[int] = field(default_factory=lambda: [0] * MONTHS)

    @property
    def total(self) -> int:
        """Return the uses of the year."""
        return sum(self.months)


@dataclass(frozen=True)
class Year:
    """All agreements that held in a year, or were used in it."""

    year: int
    rows: list[Row]

    @property
    def first_days(self) -> list[dt.date]:
        """Return the first day of each month."""
        return [dt.date(self.year, month, 1) for month in range(1, MONTHS + 1)]

    @property
    def months(self) -> list[int]:
        """Return the uses of each month, of all agreements."""
        return [sum(row.months[place] for row in self.rows) for place in range(MONTHS)]

    @property
    def by_month(self) -> list[tuple[dt.date, int]]:
        """Return each month with its uses."""
        return list(zip(self.first_days, self.months, strict=True))

    @property
    def most(self) -> int:
        """Return the largest number of a month, for the length of the bars."""
        return max(self.months) or 1

    @property
    def total(self) -> int:
        """Return the uses of the year."""
        return sum(self.months)


def uses_of(year: int) -> Year:
    """Return the uses of a year in two statements; an agreement that nobody used is shown too, with noughts."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    held = Agreement.objects.filter(activated_at__isnull=False, starts_on__lte=last)
    held = held.filter(Q(ends_on=None) | Q(ends_on__gte=first) | Q(counts__on__year=year)).distinct()
    rows = {
        one.pk: Row(one, public_text(one.title), offer_words(one))
        for one in held.select_related("institution").order_by("institution__name", "pk")
    }
    counted = (
        UseCount.objects.filter(on__range=(first, last), agreement__in=list(rows))
        .order_by()
        .values("agreement", month=TruncMonth("on"))
        .annotate(total=Sum("number"))
    )
    for one in counted:
        rows[one["agreement"]].months[one["month"].month - 1] = one["total"]
    return Year(year, list(rows.values()))

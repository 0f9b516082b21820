"""What a point has done: today, this month and the month before. Numbers only, never whose or what."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from loans.models import Handover, Loan
from loans.states import LoanEnd, ParcelStatus
from milanolib import clock

if TYPE_CHECKING:
    from branches.models import Place

TODAY, MONTH, LAST_MONTH = "today", "month", "last_month"


def figures_of(place: Place) -> dict[str, dict[str, int]]:
    """Return for each of the three times how many parcels came, were handed out, and returns were taken; two queries.

    A loan that was struck off was no hand-out.
    """
    spans = _spans(clock.today())
    first = min(since for since, _until in spans.values())
    came = Handover.objects.filter(place=place, status=ParcelStatus.RECEIVED, at__gte=first).aggregate(
        **{name: Count("parcel", distinct=True, filter=_within("at", span)) for name, span in spans.items()}
    )
    handed = Q(place=place) & ~Q(end_reason=LoanEnd.NEVER_BORROWED)
    loans = Loan.objects.filter(
        Q(place=place, lent_at__gte=first) | Q(returned_place=place, closed_at__gte=first)
    ).aggregate(
        **{f"out_{name}": Count("pk", filter=handed & _within("lent_at", span)) for name, span in spans.items()},
        **{
            f"back_{name}": Count("pk", filter=Q(returned_place=place) & _within("closed_at", span))
            for name, span in spans.items()
        },
    )
    return {
        name: {"came": came[name], "handed_out": loans[f"out_{name}"], "returned": loans[f"back_{name}"]}
        for name in spans
    }


def _spans(today: dt.date) -> dict[str, tuple[dt.datetime, dt.datetime]]:
    month = today.replace(day=1)
    last_month = (month - dt.timedelta(days=1)).replace(day=1)
    days = {
        TODAY: (today, today + dt.timedelta(days=1)),
        MONTH: (month, today + dt.timedelta(days=1)),
        LAST_MONTH: (last_month, month),
    }
    return {name: (clock.start_of(first), clock.start_of(after)) for name, (first, after) in days.items()}


def _within(field: str, span: tuple[dt.datetime, dt.datetime]) -> Q:
    since, until = span
    return Q(**{f"{field}__gte": since, f"{field}__lt": until})

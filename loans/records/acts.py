"""What a report is made of, and what every kind of act does with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from branches.models import Report, ReportOutcome
from catalog.models import Copy
from loans.models import Task
from milanolib import clock

if TYPE_CHECKING:
    from loans.models import Parcel, TaskKind

RECEIVE, HAND_OVER, TAKE_BACK = "receive", "hand_over", "return"
ACTS = (RECEIVE, HAND_OVER, TAKE_BACK)
KEY_LENGTH = 64
SAME_RETURN_WITHIN = dt.timedelta(minutes=5)  # two reports of one return are seldom further apart


@dataclass(frozen=True)
class Applied:
    """What became of a report: outcome, a code for what to tell the partner, and the number on the parcel's tag."""

    outcome: str
    detail: str
    shelf_number: int | None = None
    receipt: str = ""


@dataclass(frozen=True)
class Act:
    """One act as a phone sent it: `what` is a parcel's tag or a copy's barcode; `at` is the phone's own clock."""

    key: str
    act: str
    what: str
    at: dt.datetime | None = None
    seq: int | None = None


def not_before(report: Report, earliest: dt.datetime) -> dt.datetime:
    """Return when the report's act happened, not before the last thing known of the parcel or loan."""
    report.occurred_at = min(max(report.occurred_at, earliest), report.received_at)
    return report.occurred_at


def copy_with(barcode: str) -> int | None:
    """Return the key of the copy with this barcode: as it is written, else in capitals without blanks."""
    wanted = (barcode, "".join(barcode.split()).upper())
    found = dict(Copy.objects.filter(barcode__in=wanted).values_list("barcode", "pk"))
    return next((found[one] for one in wanted if one in found), None)


def leave_task(
    report: Report, kind: TaskKind, detail: str, *, parcel: Parcel | None = None, copy: Copy | None = None
) -> Applied:
    """Leave it to the librarians of the library that serves the point."""
    place = report.device.place
    Task.objects.get_or_create(
        kind=kind,
        report=report,
        defaults={"place": place.parent or place, "copy": copy, "parcel": parcel, "opened_at": clock.now()},
    )
    return Applied(ReportOutcome.TASK, detail, parcel.shelf_number if parcel else None)

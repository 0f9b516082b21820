"""What a report is made of, and what every kind of act does with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.cards import normalised
from accounts.models import OldCard, Reader
from branches.models import DeviceKind, Report, ReportOutcome
from catalog.models import Copy
from loans.models import Task
from milanolib import clock

if TYPE_CHECKING:
    from loans.models import Crate, Loan, Parcel, TaskKind
    from milanolib.errors import DomainError

RECEIVE, HAND_OVER, TAKE_BACK = "receive", "hand_over", "return"  # of points
MISSING, WRONG, DAMAGED = "missing", "wrong", "damaged"  # of a parcel, at a point
CRATE_OUT, COUNT = "crate_out", "count"  # of all that lies at a point
LEND, TAKE_IN, RENEW, PICK = "lend", "take_in", "renew", "pick"  # of librarians at a desk without network
ACTS = (RECEIVE, HAND_OVER, TAKE_BACK, MISSING, WRONG, DAMAGED, CRATE_OUT, COUNT)
DESK_ACTS = (LEND, TAKE_IN, RENEW, PICK)
KEY_LENGTH = 64
SAME_RETURN_WITHIN = dt.timedelta(minutes=5)  # two reports of one act are seldom further apart


@dataclass(frozen=True)
class Applied:
    """What became of a report: outcome, a code for what to tell, and what belongs to it.

    To a parcel the number on its tag, to a return the receipt, to a sealed crate its code in place of one, to a loan
    its last day and its number.
    """

    outcome: str
    detail: str
    shelf_number: int | None = None
    receipt: str = ""
    due_on: str = ""
    loan_id: int | None = None


@dataclass(frozen=True)
class Act:
    """One act as a device sent it: `what` is a parcel's tag, a copy's barcode or a count; `at` is the device's clock.

    `card` is whom a desk has lent the copy to; `counted` how many parcels a partner found in a crate, if
    they counted.
    """

    key: str
    act: str
    what: str
    at: dt.datetime | None = None
    seq: int | None = None
    card: str = ""
    counted: int | None = None


def acts_of(kind: str) -> tuple[str, ...]:
    """Return the acts that a kind of device may report: a partner's phone lends to no card."""
    return (*ACTS, *DESK_ACTS) if kind == DeviceKind.OFFLINE_DESK else ACTS


def not_before(report: Report, earliest: dt.datetime) -> dt.datetime:
    """Return when the report's act happened, not before the last thing known of the parcel or loan."""
    report.occurred_at = min(max(report.occurred_at, earliest), report.received_at)
    return report.occurred_at


def copy_with(barcode: str) -> int | None:
    """Return the key of the copy with this barcode: as it is written, else in capitals without blanks."""
    wanted = (barcode, "".join(barcode.split()).upper())
    found = dict(Copy.objects.filter(barcode__in=wanted).values_list("barcode", "pk"))
    return next((found[one] for one in wanted if one in found), None)


def reader_of(card: str) -> Reader | None:
    """Return whose card this is, or was: of an old one, the reader who has another by now."""
    number = normalised(card)
    reader = Reader.objects.filter(card_number=number, merged_into=None).first()
    old = OldCard.objects.select_related("reader").filter(number=number).first() if reader is None else None
    return old.reader if old is not None else reader


def note_refusal(report: Report, refusal: DomainError) -> None:
    """Keep with a report which rule would have refused its act, so that the librarian can read it."""
    params = {name: value if isinstance(value, int) else str(value) for name, value in refusal.params.items()}
    report.payload = {**report.payload, "refused": refusal.code, "refused_params": params}


def leave_task(
    report: Report,
    kind: TaskKind,
    detail: str,
    *,
    parcel: Parcel | None = None,
    copy: Copy | None = None,
    loan: Loan | None = None,
    crate: Crate | None = None,
) -> Applied:
    """Leave it to the librarians of the library that serves the point, or of the desk."""
    place = report.device.place
    Task.objects.get_or_create(
        kind=kind,
        report=report,
        defaults={
            "place": place.parent or place,
            "copy": copy,
            "parcel": parcel,
            "loan": loan,
            "crate": crate,
            "opened_at": clock.now(),
        },
    )
    return Applied(ReportOutcome.TASK, detail, parcel.shelf_number if parcel else None)

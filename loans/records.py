"""What has already happened at a point: reports are kept as they came and applied as far as they can. None is refused.

A partner's phone sends its acts, perhaps late, twice or out of order. Each is stored first; then it is applied in
a transaction of its own. Where it contradicts what we know, the world is right: the loan is closed or begun at the
reported instant and a librarian gets a task.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from branches.devices import normalised_code, occurred_at
from branches.models import Device, Place, Report, ReportOutcome
from catalog.models import Copy
from catalog.states import CopyStatus
from loans import custody, routing
from loans.lending import begin_loan, close_loan, set_end
from loans.models import Assignment, Loan, Parcel, Task, TaskKind
from loans.states import PARCEL_WITH_US, HoldStatus, LoanStatus, ParcelStatus, TransitReason, TransitStatus
from loans.terms import terms_of
from milanolib import clock
from milanolib.db import lock, restartable

if TYPE_CHECKING:
    from catalog.models import Work

RECEIVE, HAND_OVER, TAKE_BACK = "receive", "hand_over", "return"
ACTS = (RECEIVE, HAND_OVER, TAKE_BACK)
KEY_LENGTH = 64
APPLIED_WITHIN, GIVEN_UP_AFTER = dt.timedelta(minutes=1), dt.timedelta(hours=1)
log = logging.getLogger(__name__)
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


def record(device: Device, act: Act, *, device_sent_at: dt.datetime | None = None) -> Applied:
    """Keep a report and apply it once, however often it is sent; return what became of it. Never refuses.

    `device_sent_at` is what the phone's clock showed when it sent; only its difference to `act.at` counts.
    """
    report, is_new = _keep(device, act, device_sent_at)
    if not is_new and report.outcome != ReportOutcome.RECEIVED:
        return _told_before(report)
    return apply_report(report)


def _keep(device: Device, act: Act, device_sent_at: dt.datetime | None) -> tuple[Report, bool]:
    """Store the report, or find the one that came before; the same key with other words is kept beside it."""
    payload = {"act": act.act, "what": act.what, "at": act.at.isoformat() if act.at else None, "seq": act.seq}
    key = act.key[:KEY_LENGTH]
    known = Report.objects.filter(device=device, request_key=key).first()
    if known is not None:
        if _same(known.payload, payload):
            return known, False
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:8]
        key, payload = f"{key}#{digest}", {**payload, "key_reused": True}
    received = clock.now()
    values: dict[str, Any] = {
        "seq": act.seq,
        "act": act.act[:20],
        "payload": payload,
        "occurred_at": occurred_at(received_at=received, device_sent_at=device_sent_at, device_act_at=act.at),
        "received_at": received,
    }
    try:
        with transaction.atomic():
            return Report.objects.get_or_create(device=device, request_key=key, defaults=values)
    except IntegrityError:  # the phone counted anew: its number is taken, the report is not
        return Report.objects.get_or_create(device=device, request_key=key, defaults={**values, "seq": None})


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one.get("act"), one.get("what")) == (other["act"], other["what"])


def _told_before(report: Report) -> Applied:
    return Applied(report.outcome, report.detail, report.payload.get("shelf_number"), report.payload.get("receipt", ""))


@restartable
def apply_report(report: Report) -> Applied:
    """Apply a stored report in one transaction with its outcome; a report applied before only tells it again."""
    locked = Report.objects.select_for_update(no_key=True, of=("self",))
    report = locked.select_related("device__place").get(pk=report.pk)
    if report.outcome != ReportOutcome.RECEIVED:
        return _told_before(report)
    place, what = report.device.place, _as_meant(report)
    if report.payload.get("key_reused") or report.act not in ACTS or not what:
        applied = _task(report, TaskKind.BAD_REPORT, "bad_report")
    elif report.act == RECEIVE:
        applied = _receive(report, place, what)
    elif report.act == HAND_OVER:
        applied = _hand_over(report, place, what)
    else:
        applied = _take_back(report, place, what)
    report.outcome, report.detail = applied.outcome, applied.detail
    report.payload = {**report.payload, "shelf_number": applied.shelf_number, "receipt": applied.receipt}
    report.save(update_fields=["outcome", "detail", "payload", "occurred_at"])
    return applied


def apply_waiting() -> int:
    """Apply the reports that were received more than a minute ago and not applied; return how many were.

    One that fails is tried again each minute; after an hour it is left to a librarian.
    """
    now = clock.now()
    waiting = Report.objects.filter(outcome=ReportOutcome.RECEIVED, received_at__lt=now - APPLIED_WITHIN)
    applied = 0
    for report in waiting.select_related("device__place").order_by("received_at", "pk"):
        try:
            apply_report(report)
            applied += 1
        except Exception:
            log.exception("report %s not applied", report.pk)
            if report.received_at < now - GIVEN_UP_AFTER:
                _task(report, TaskKind.BAD_REPORT, "bad_report")
                Report.objects.filter(pk=report.pk).update(outcome=ReportOutcome.TASK, detail="bad_report")
    return applied


def _as_meant(report: Report) -> str:
    """Return the tag as it is printed, however it was typed; a barcode without the blanks around it."""
    what = str(report.payload.get("what", ""))
    return what.strip() if report.act == TAKE_BACK else normalised_code(what)


def _receive(report: Report, place: Place, tag: str) -> Applied:  # noqa: PLR0911  one return for each thing to tell
    """The partner has a parcel in hand."""
    found = _locked_parcel(tag)
    if found is None:
        return _task(report, TaskKind.UNKNOWN_TAG, "unknown_tag")
    parcel, copy = found
    if parcel.status not in PARCEL_WITH_US:
        return Applied(ReportOutcome.REPEATED, "already_handed_over", parcel.shelf_number)
    if parcel.place_id == place.pk:
        return Applied(ReportOutcome.REPEATED, _why_it_is_here(parcel), parcel.shelf_number)
    if parcel.received_at is not None and report.occurred_at < parcel.received_at:  # it has gone on since
        return Applied(ReportOutcome.REPEATED, "already_received", parcel.shelf_number)
    if copy.status == CopyStatus.SET_ASIDE:  # ready elsewhere, so its reader is on the way there
        return _task(report, TaskKind.WRONG_POINT, "wrong_point", parcel=parcel)
    at = _not_before(report, parcel.packed_at)
    if parcel.destination_id != place.pk:
        _put_at(parcel, place, at, report.device)
        custody.set_copy(copy, CopyStatus.IN_TRANSIT, place)
        return _task(report, TaskKind.WRONG_POINT, "wrong_point", parcel=parcel)
    return _arrive(report, parcel, copy, at)


def _why_it_is_here(parcel: Parcel) -> str:
    """Return what its partner was told of a parcel that is scanned in once more."""
    if parcel.place_id != parcel.destination_id:
        return "wrong_point"
    return "already_received" if parcel.assignment.released_at is None else "goes_back"


def _arrive(report: Report, parcel: Parcel, copy: Copy, at: dt.datetime) -> Applied:
    """A parcel is at its point: ready for its reader, or to go back if nobody waits any more."""
    place = parcel.destination
    _put_at(parcel, place, at, report.device)
    custody.end_transit(copy, TransitStatus.ARRIVED)
    held = parcel.assignment
    if held.released_at is not None:
        custody.set_copy(copy, CopyStatus.IN_TRANSIT, place)
        custody.open_transit(copy, place, custody.serving_branch(place, copy), TransitReason.EXPIRED, None)
        return Applied(ReportOutcome.APPLIED, "goes_back", parcel.shelf_number)
    custody.make_ready(copy, held, at)
    return Applied(ReportOutcome.APPLIED, "received", parcel.shelf_number)


def _put_at(parcel: Parcel, place: Place, at: dt.datetime, device: Device) -> None:
    if parcel.status != ParcelStatus.RECEIVED:  # else it comes from a point where it went astray
        parcel.move_to(ParcelStatus.RECEIVED)
    parcel.place, parcel.crate, parcel.received_at = place, None, at
    parcel.save(update_fields=["status", "place", "crate", "received_at"])
    custody.note_handover(parcel, place, at=at, device=device)


def _hand_over(report: Report, place: Place, tag: str) -> Applied:
    """The partner has given a parcel to its reader: the loan begins at that minute."""
    found = _locked_parcel(tag)
    if found is None:
        return _task(report, TaskKind.UNKNOWN_TAG, "unknown_tag")
    parcel, copy = found
    if parcel.status == ParcelStatus.HANDED_OVER:
        return Applied(ReportOutcome.REPEATED, "already_handed_over", parcel.shelf_number)
    if parcel.status == ParcelStatus.OPENED:
        return _task(report, TaskKind.PARCEL_GONE, "parcel_gone", parcel=parcel)
    at = _not_before(report, parcel.received_at or parcel.packed_at)
    if parcel.place_id != place.pk and parcel.destination_id == place.pk:
        _arrive(report, parcel, copy, at)  # its arrival was not reported, or will be later
    return _lend_parcel(report, parcel, copy, place, at)


def _lend_parcel(report: Report, parcel: Parcel, copy: Copy, place: Place, at: dt.datetime) -> Applied:
    held = parcel.assignment
    hold = held.hold
    reader = hold.reader
    was_ready = held.released_at is None and hold.status == HoldStatus.READY and parcel.destination_id == place.pk
    if parcel.status != ParcelStatus.RECEIVED:
        _put_at(parcel, place, at, report.device)
    custody.end_parcel(parcel, ParcelStatus.HANDED_OVER, at=at, device=report.device)
    custody.end_transit(copy, TransitStatus.CANCELLED)
    if reader is None:  # the turn ended so long ago that nobody knows whose it was
        custody.set_copy(copy, CopyStatus.MISSING, None)
        return _task(report, TaskKind.PARCEL_GONE, "parcel_gone", parcel=parcel, copy=copy)
    is_open = held.released_at is None
    terms = terms_of(place, clock.local(at).date())
    begin_loan(
        copy,
        reader,
        terms,
        terms.rule_for(reader, copy),
        at=at,
        hold=hold if is_open else None,
        held=held if is_open else None,
    )
    if not was_ready:
        return _task(report, TaskKind.PARCEL_GONE, "handed_over_late", parcel=parcel, copy=copy)
    return Applied(ReportOutcome.APPLIED, "handed_over", parcel.shelf_number)


def _take_back(report: Report, place: Place, barcode: str) -> Applied:
    """A reader has given a copy back at the point: the loan ends at that minute, the copy waits for the van."""
    found = _copy_with(barcode)
    if found is None:
        return _task(report, TaskKind.UNKNOWN_BARCODE, "unknown_barcode")
    copy = custody.fetch_copy(found)
    work = routing.lock_work_of(copy.title)
    routing.lock_room_of_queue(work)
    loan = Loan.objects.standing().filter(copy=copy).first()
    lock(*[one for one in (copy, loan) if one is not None])
    if loan is None or report.occurred_at < loan.lent_at:
        earlier = _loan_given_back(report, place, copy)
        if earlier is not None:
            return earlier
    if loan is None:
        return _taken_back_without_loan(report, place, copy)
    close_loan(loan, place, at=_not_before(report, loan.lent_at))
    custody.end_transit(copy, TransitStatus.CANCELLED)
    goal = custody.serving_branch(place, copy)
    if goal.pk == place.pk:  # a library's own box: the copy is at home
        custody.set_copy(copy, CopyStatus.AVAILABLE, place)
        routing.serve_copy(copy)
    else:
        custody.set_copy(copy, CopyStatus.IN_TRANSIT, place)
        custody.open_transit(copy, place, goal, TransitReason.RETURN, None)
    return Applied(ReportOutcome.APPLIED, "returned", receipt=loan.receipt_number)


def _loan_given_back(report: Report, place: Place, copy: Copy) -> Applied | None:
    """Find the loan, closed since, that stood when the copy was given back; None when there is none.

    The report may be a late repeat, or the first word of a return that was noticed later at a desk: then the loan
    ended when the copy was given back, not when it was noticed.
    """
    at = report.occurred_at
    loan = (
        Loan.objects.filter(
            copy=copy, status=LoanStatus.CLOSED, lent_at__lte=at, closed_at__gte=at - SAME_RETURN_WITHIN
        )
        .order_by("closed_at")
        .first()
    )
    if loan is None:
        return None
    lock(loan)
    if loan.returned_place_id == place.pk:
        return Applied(ReportOutcome.REPEATED, "already_returned", receipt=loan.receipt_number)
    if loan.closed_at is None or loan.closed_at <= at:
        return None
    loan.returned_place = place
    set_end(loan, at)
    loan.save(update_fields=["closed_at", "returned_place", "suspended_until"])
    return Applied(ReportOutcome.APPLIED, "returned", receipt=loan.receipt_number)


def _copy_with(barcode: str) -> int | None:
    """Return the key of the copy with this barcode: as it is written, else in capitals without blanks."""
    wanted = (barcode, "".join(barcode.split()).upper())
    found = dict(Copy.objects.filter(barcode__in=wanted).values_list("barcode", "pk"))
    return next((found[one] for one in wanted if one in found), None)


def _taken_back_without_loan(report: Report, place: Place, copy: Copy) -> Applied:
    """Already closed by another report of the same return, or a copy that nobody had on loan."""
    last = Loan.objects.filter(copy=copy, status=LoanStatus.CLOSED).order_by("-closed_at").first()
    if last is not None and last.returned_place_id == place.pk and copy.place_id == place.pk:
        return Applied(ReportOutcome.REPEATED, "already_returned", receipt=last.receipt_number)
    return _task(report, TaskKind.NOT_ON_LOAN, "not_on_loan", copy=copy)


def _not_before(report: Report, earliest: dt.datetime) -> dt.datetime:
    """Return when the report's act happened, not before the last thing known of the parcel or loan."""
    report.occurred_at = min(max(report.occurred_at, earliest), report.received_at)
    return report.occurred_at


def _locked_parcel(tag: str) -> tuple[Parcel, Copy] | None:
    """Find a parcel by its tag and lock work, room, copy, hold, assignment and parcel, in order."""
    parcel = (
        Parcel.objects.filter(tag=tag)
        .select_related("assignment__hold__reader", "assignment__hold__pickup_place__vehicle", "destination__parent")
        .first()
    )
    if parcel is None:
        return None
    held: Assignment = parcel.assignment
    work: Work = routing.lock_work_of(held.hold)
    routing.lock_room_of_queue(work)
    copy = custody.fetch_copy(held.copy_id)
    hold, assignment = held.hold, held
    lock(copy, hold, assignment, parcel)
    return parcel, copy


def _task(
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

"""Reports are kept as they came and applied once, each in a transaction of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Reader, User
from branches.devices import normalised_code, occurred_at
from branches.models import DeviceKind, Report, ReportOutcome
from loans.models import Task, TaskKind
from loans.records import crates, desk, faults, lends, parcels, returns, shelves
from loans.records.acts import (
    COUNT,
    CRATE_OUT,
    DAMAGED,
    HAND_OVER,
    KEY_LENGTH,
    LEND,
    MISSING,
    PICK,
    RECEIVE,
    RENEW,
    TAKE_BACK,
    TAKE_IN,
    WRONG,
    Act,
    Applied,
    acts_of,
    leave_task,
    reader_of,
)
from milanolib import clock
from milanolib.db import restartable

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from branches.models import Device, Place

APPLIED_WITHIN, GIVEN_UP_AFTER = dt.timedelta(minutes=1), dt.timedelta(hours=1)
log = logging.getLogger(__name__)
VERBS: dict[str, Callable[[Report, Place, str], Applied]] = {
    RECEIVE: crates.receive,
    HAND_OVER: parcels.hand_over,
    TAKE_BACK: returns.take_back,
    MISSING: faults.missing,
    WRONG: faults.wrong,
    DAMAGED: faults.damaged,
    CRATE_OUT: crates.send,
    COUNT: shelves.count,
}
TAGGED = (RECEIVE, HAND_OVER, MISSING, WRONG, DAMAGED)
DESK_VERBS: dict[str, Callable[[Report, Place, str, User | None], Applied]] = {
    LEND: lends.lend,
    TAKE_IN: desk.take_in,
    RENEW: desk.renew,
    PICK: desk.pick,
}


def record(
    device: Device, act: Act, *, device_sent_at: dt.datetime | None = None, staff: User | None = None
) -> Applied:
    """Keep a report and apply it once, however often it is sent; return what became of it. Never refuses.

    `device_sent_at` is what the device's clock showed when it sent; only its difference to `act.at` counts. `staff` is
    the librarian whose act it was.
    """
    report, is_new = _keep(device, act, device_sent_at, staff)
    if not is_new and report.outcome != ReportOutcome.RECEIVED:
        return told_before(report)
    return apply_report(report)


def _keep(device: Device, act: Act, device_sent_at: dt.datetime | None, staff: User | None) -> tuple[Report, bool]:
    """Store the report, or find the one that came before; the same key with other words is kept beside it."""
    payload: dict[str, Any] = {
        "act": act.act,
        "what": act.what,
        "at": act.at.isoformat() if act.at else None,
        "seq": act.seq,
        **({"card": act.card} if act.card else {}),
        **({"counted": act.counted} if act.counted is not None else {}),
        **({"staff": staff.pk} if staff else {}),
    }
    key = act.key[:KEY_LENGTH]
    known = Report.objects.filter(device=device, request_key=key).first()
    if known is not None:
        if _same(known.payload, act):
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
    except IntegrityError:  # the device counted anew: its number is taken, the report is not
        return Report.objects.get_or_create(device=device, request_key=key, defaults={**values, "seq": None})


def _same(kept: dict[str, Any], act: Act) -> bool:
    """Whether a kept report is this act; of a card that was forgotten, the loan knows whose it is, or was."""
    if (kept.get("act"), kept.get("what"), kept.get("counted")) != (act.act, act.what, act.counted):
        return False
    if "loan" not in kept:
        return bool(kept.get("card", "") == act.card)
    reader = Reader.objects.filter(loans=kept["loan"]).first()
    return reader is None or reader == reader_of(act.card)


def told_before(report: Report) -> Applied:
    """Return what became of a kept report, as its device was told."""
    kept = report.payload
    return Applied(
        report.outcome,
        report.detail,
        kept.get("shelf_number"),
        kept.get("receipt", ""),
        kept.get("due_on", ""),
        kept.get("loan"),
    )


@restartable
def apply_report(report: Report) -> Applied:
    """Apply a stored report in one transaction with its outcome; a report applied before only tells it again."""
    locked = Report.objects.select_for_update(no_key=True, of=("self",))
    report = locked.select_related("device__place__vehicle").get(pk=report.pk)
    if report.outcome != ReportOutcome.RECEIVED:
        return told_before(report)
    device, what = report.device, _as_meant(report)
    if report.payload.get("key_reused") or report.act not in acts_of(device.kind) or not what:
        applied = leave_task(report, TaskKind.BAD_REPORT, "bad_report")
    elif report.act in DESK_VERBS:
        staff = User.objects.filter(pk=report.payload.get("staff")).first()
        applied = DESK_VERBS[report.act](report, device.place, what, staff)
    else:
        applied = VERBS[report.act](report, device.place, what)
    report.outcome, report.detail = applied.outcome, applied.detail
    report.payload = _with_answer(report.payload, applied)
    report.save(update_fields=["outcome", "detail", "payload", "occurred_at"])
    return applied


def _with_answer(payload: dict[str, Any], applied: Applied) -> dict[str, Any]:
    """Return what is kept of a report; where a loan was written, it says whose it is, and the card is forgotten."""
    answer: dict[str, Any] = {"shelf_number": applied.shelf_number, "receipt": applied.receipt}
    if applied.due_on:
        answer["due_on"] = applied.due_on
    if applied.loan_id is None:
        return {**payload, **answer}
    return {name: value for name, value in payload.items() if name != "card"} | answer | {"loan": applied.loan_id}


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
                leave_task(report, TaskKind.BAD_REPORT, "bad_report")
                Report.objects.filter(pk=report.pk).update(outcome=ReportOutcome.TASK, detail="bad_report")
    return applied


def cards_to_forget(before: dt.datetime) -> QuerySet[Report]:
    """Return the reports of desks that still hold a card although a librarian has seen to them before an instant.

    One that nobody could read may hold a card as well.
    """
    tasks = Task.objects.filter(report=OuterRef("pk"))
    is_readable = Q(act__in=acts_of(DeviceKind.OFFLINE_DESK))
    return Report.objects.filter(
        ~Exists(tasks.filter(Q(closed_at=None) | Q(closed_at__gte=before))),
        Q(payload__has_key="card") | ~is_readable & ~Q(payload__what=""),
        device__kind=DeviceKind.OFFLINE_DESK,
        received_at__lt=before,
    ).exclude(outcome=ReportOutcome.RECEIVED)


def forget_cards(before: dt.datetime) -> int:
    """Take the card from reports whose copy or reader nobody knew, once that is settled; return how many."""
    forgotten = 0
    for report in cards_to_forget(before):
        report.payload = {name: value for name, value in report.payload.items() if name != "card"}
        if report.act not in acts_of(DeviceKind.OFFLINE_DESK):
            report.payload["what"] = ""
        report.save(update_fields=["payload"])
        forgotten += 1
    return forgotten


def _as_meant(report: Report) -> str:
    """Return the tag as it is printed, however it was typed; a barcode without the blanks around it."""
    what = str(report.payload.get("what", ""))
    return normalised_code(what) if report.act in TAGGED else what.strip()

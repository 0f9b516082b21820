"""Reports are kept as they came and applied once, each in a transaction of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from branches.devices import normalised_code, occurred_at
from branches.models import Device, Report, ReportOutcome
from loans.models import TaskKind
from loans.records import parcels, returns
from loans.records.acts import HAND_OVER, KEY_LENGTH, RECEIVE, TAKE_BACK, Act, Applied, leave_task
from milanolib import clock
from milanolib.db import restartable

if TYPE_CHECKING:
    from collections.abc import Callable

    from branches.models import Place

APPLIED_WITHIN, GIVEN_UP_AFTER = dt.timedelta(minutes=1), dt.timedelta(hours=1)
log = logging.getLogger(__name__)
VERBS: dict[str, Callable[[Report, Place, str], Applied]] = {
    RECEIVE: parcels.receive,
    HAND_OVER: parcels.hand_over,
    TAKE_BACK: returns.take_back,
}


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
    if report.payload.get("key_reused") or report.act not in VERBS or not what:
        applied = leave_task(report, TaskKind.BAD_REPORT, "bad_report")
    else:
        applied = VERBS[report.act](report, place, what)
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
                leave_task(report, TaskKind.BAD_REPORT, "bad_report")
                Report.objects.filter(pk=report.pk).update(outcome=ReportOutcome.TASK, detail="bad_report")
    return applied


def _as_meant(report: Report) -> str:
    """Return the tag as it is printed, however it was typed; a barcode without the blanks around it."""
    what = str(report.payload.get("what", ""))
    return what.strip() if report.act == TAKE_BACK else normalised_code(what)

"""What a phone sends when it has signal again: many reports at once, each kept, none refused.

    POST /partner/rapporti/     Content-Type: application/json     X-CSRFToken: from the page
    {"sent_at": "2026-03-02T06:41:10+01:00",
     "reports": [{"key": "b6f1c2d3", "act": "receive", "what": "K7M29QXZ", "seq": 41,
                  "at": "2026-03-02T06:30:02+01:00"}]}

`docs/partner-reports.md` has the whole of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loans.records import Act
from loans.report_batches import (
    MAX_BYTES,
    MAX_REPORTS,
    Batch,
    BatchRefused,
    count_of,
    in_order,
    instant_of,
    key_of,
    number_of,
    record_or_again,
    short_key,
    storable,
    unreadable,
)
from loans.report_batches import read_batch as read_any_batch
from proximity.answers import tell

if TYPE_CHECKING:
    from django.http import HttpRequest

    from branches.models import Device
    from loans.records import Applied

__all__ = ["MAX_BYTES", "MAX_REPORTS", "BatchRefused", "apply_batch", "read_batch", "result_of"]

Read = tuple[str | None, Act]  # the key as the phone knows it, and the act


def read_batch(request: HttpRequest) -> Batch[Read]:
    """Return the reports in a request's body; one that makes no sense becomes an act that nobody knows.

    Raises BatchRefused when it is too large or no batch at all.
    """
    return read_any_batch(request, _read)


def _read(item: Any) -> Read:
    """Read one report leniently: a bad time, number or count is left out.

    Without key, act or thing it is kept as it came.
    """
    key, fields = key_of(item), item if isinstance(item, dict) else {}
    act, what = fields.get("act"), fields.get("what")
    if key is None or not isinstance(act, str) or not isinstance(what, str):
        return key, unreadable(item)
    return key, Act(
        key=short_key(key),
        act=storable(act),
        what=storable(what),
        at=instant_of(fields.get("at")),
        seq=number_of(fields.get("seq")),
        counted=count_of(fields.get("counted")),
    )


def apply_batch(device: Device, batch: Batch[Read]) -> list[dict[str, Any]]:
    """Record the reports in the order of their numbers and return what became of each, in the order they were sent.

    The outcome `again` asks the phone to send that one again with the same key: it may not be kept yet.
    """
    results: dict[int, dict[str, Any]] = {}
    for one in in_order([act.seq for _key, act in batch.reports]):
        key, act = batch.reports[one]
        results[one] = result_of(key, record_or_again(device, act, sent_at=batch.sent_at), what=act.what)
    return [results[one] for one in range(len(results))]


def result_of(key: str | None, applied: Applied, *, what: str) -> dict[str, Any]:
    """Return what a device is told of one report."""
    told = tell(applied, what=what)
    return {
        "key": key,
        "outcome": str(applied.outcome),
        "detail": applied.detail,
        "shelf_number": applied.shelf_number,
        "receipt": applied.receipt,
        "tone": told.tone,
        "told": told.sentence,
    }

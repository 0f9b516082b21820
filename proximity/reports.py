"""What a phone sends when it has signal again: many reports at once, each kept, none refused.

    POST /partner/rapporti/     Content-Type: application/json     X-CSRFToken: from the page
    {"sent_at": "2026-03-02T06:41:10+01:00",
     "reports": [{"key": "b6f1c2d3", "act": "receive", "what": "K7M29QXZ", "seq": 41,
                  "at": "2026-03-02T06:30:02+01:00"}]}

`docs/partner-reports.md` has the whole of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, InterfaceError
from django.http import UnreadablePostError

from loans.records import KEY_LENGTH, Act, record
from milanolib.db import StartAgain
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from branches.models import Device

logger = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024
MAX_REPORTS = 200
MAX_SEQ = 2**63 - 1
UNREADABLE_ACT = "?"
# Whatever goes wrong with one report must not hold up those behind it in the phone's queue.
NOT_APPLIED = (DatabaseError, InterfaceError, StartAgain, DomainError, ObjectDoesNotExist, LookupError)


class BatchRefused(Exception):
    """What came is no batch of reports. `status`, `code` and `detail` make the answer."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class Batch:
    """The reports in the order they were sent, each with the key as the phone knows it, and the phone's clock."""

    sent_at: dt.datetime | None
    acts: list[tuple[str | None, Act]]


def read_batch(request: HttpRequest) -> Batch:
    """Return the reports in a request's body; one that makes no sense becomes an act that nobody knows.

    Raises BatchRefused when it is too large or no batch at all.
    """
    if request.content_type != "application/json":
        raise BatchRefused(415, "not_json", "send Content-Type: application/json")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        raise BatchRefused(413, "too_large", f"at most {MAX_BYTES} bytes: send fewer reports at once")
    try:
        sent = json.loads(request.body)
        items = sent.get("reports") if isinstance(sent, dict) else None
        if isinstance(items, list) and len(items) <= MAX_REPORTS:
            return Batch(_instant(sent.get("sent_at")), [_read(item) for item in items])
    except UnreadablePostError:
        raise BatchRefused(400, "broken_off", "the connection broke off: send again with the same keys") from None
    except (ValueError, RecursionError):
        raise BatchRefused(400, "not_json", "the body is not JSON in UTF-8") from None
    if isinstance(items, list):
        raise BatchRefused(413, "too_many", f"at most {MAX_REPORTS} reports: send fewer at once")
    raise BatchRefused(400, "no_reports", 'expected an object with a list "reports"')


def _read(item: Any) -> tuple[str | None, Act]:
    """Read one report leniently: a bad time or number is left out; without key, act or thing it is kept as it came."""
    raw = json.dumps(item, sort_keys=True)
    fields = item if isinstance(item, dict) else {}
    given, act, what = fields.get("key"), fields.get("act"), fields.get("what")
    key = _storable(given) if isinstance(given, str) and given else None
    if key is None or not isinstance(act, str) or not isinstance(what, str):
        stored = key or f"unreadable-{hashlib.sha256(raw.encode()).hexdigest()[:32]}"
        return key, Act(key=_short(stored), act=UNREADABLE_ACT, what=raw)
    return key, Act(
        key=_short(key),
        act=_storable(act),
        what=_storable(what),
        at=_instant(fields.get("at")),
        seq=_number(fields.get("seq")),
    )


def _storable(text: str) -> str:
    """Return text that PostgreSQL holds: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _short(key: str) -> str:
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def _instant(value: Any) -> dt.datetime | None:
    """Return an aware instant, None for anything else; one without a zone is the phone's own clock, called UTC."""
    if not isinstance(value, str):
        return None
    try:
        instant = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=dt.UTC)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEQ else None


def apply_batch(device: Device, batch: Batch) -> list[dict[str, Any]]:
    """Record the reports in the order of their numbers and return what became of each, in the order they were sent.

    The outcome `again` asks the phone to send that one again with the same key: it may not be kept yet.
    """
    seqs = [act.seq for _key, act in batch.acts]
    results: dict[int, dict[str, Any]] = {}
    for one in sorted(range(len(seqs)), key=lambda one: (seqs[one] is None, seqs[one] or 0)):
        key, act = batch.acts[one]
        results[one] = {"key": key, **_apply(device, act, batch.sent_at)}
    return [results[one] for one in range(len(seqs))]


def _apply(device: Device, act: Act, sent_at: dt.datetime | None) -> dict[str, Any]:
    try:
        applied = record(device, act, device_sent_at=sent_at)
    except NOT_APPLIED as error:
        logger.error(  # noqa: TRY400  the traceback may hold values
            "a report was not applied", extra={"device_id": device.pk, "error": type(error).__name__}
        )
        return {"outcome": "again", "detail": "send_again", "shelf_number": None, "receipt": ""}
    return {
        "outcome": str(applied.outcome),
        "detail": applied.detail,
        "shelf_number": applied.shelf_number,
        "receipt": applied.receipt,
    }

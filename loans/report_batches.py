"""What a device sends when it has network again: many reports at once, each kept, none refused.

    {"sent_at": "2026-03-02T06:41:10+01:00", "reports": [{"key": "b6f1c2d3", "seq": 41, "at": ..., ...}]}

Each door says how it reads one report and who records it; what is here holds for all of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, InterfaceError
from django.http import UnreadablePostError

from loans.counts import MOST_COUNTED
from loans.records import KEY_LENGTH, Act, Applied, record
from milanolib.db import StartAgain
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from accounts.models import User
    from branches.models import Device

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_BYTES = 256 * 1024
MAX_REPORTS = 200
MAX_SEQ = 2**63 - 1
UNREADABLE_ACT = "?"
# Whatever goes wrong with one report must not hold up those behind it in the device's queue.
NOT_APPLIED = (DatabaseError, InterfaceError, StartAgain, DomainError, ObjectDoesNotExist, LookupError)


class BatchRefused(Exception):
    """What came is no batch of reports. `status`, `code` and `detail` make the answer."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class Batch(Generic[T]):
    """The reports in the order they were sent, as their door reads them, and the device's clock."""

    sent_at: dt.datetime | None
    reports: list[T]


def read_batch(
    request: HttpRequest, read: Callable[[Any], T], *, check: Callable[[dict[str, Any]], None] | None = None
) -> Batch[T]:
    """Return the reports in a request's body, each read by `read`, which takes whatever comes.

    `check` sees the whole batch first; a door that is stricter refuses there. Raises BatchRefused when it is too large
    or no batch at all.
    """
    if request.content_type != "application/json":
        raise BatchRefused(415, "not_json", "send Content-Type: application/json")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        raise BatchRefused(413, "too_large", f"at most {MAX_BYTES} bytes: send fewer reports at once")
    try:
        sent = json.loads(request.body)
        items = sent.get("reports") if isinstance(sent, dict) else None
        if isinstance(items, list) and len(items) <= MAX_REPORTS:
            if check is not None:
                check(sent)
            return Batch(instant_of(sent.get("sent_at")), [read(item) for item in items])
    except UnreadablePostError:
        raise BatchRefused(400, "broken_off", "the connection broke off: send again with the same keys") from None
    except (ValueError, RecursionError):
        raise BatchRefused(400, "not_json", "the body is not JSON in UTF-8") from None
    if isinstance(items, list):
        raise BatchRefused(413, "too_many", f"at most {MAX_REPORTS} reports: send fewer at once")
    raise BatchRefused(400, "no_reports", 'expected an object with a list "reports"')


def key_of(item: Any) -> str | None:
    """Return the key of a report as its device knows it; None when it has none."""
    given = item.get("key") if isinstance(item, dict) else None
    return storable(given) if isinstance(given, str) and given else None


def unreadable(item: Any) -> Act:
    """Return the act that nobody knows, which keeps a report as it came."""
    raw = json.dumps(item, sort_keys=True)
    key = key_of(item) or f"unreadable-{hashlib.sha256(raw.encode()).hexdigest()[:32]}"
    return Act(key=short_key(key), act=UNREADABLE_ACT, what=raw)


def storable(text: str) -> str:
    """Return text that PostgreSQL holds: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def short_key(key: str) -> str:
    """Return a key that fits its column."""
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def instant_of(value: Any) -> dt.datetime | None:
    """Return an aware instant, None for anything else; one without a zone is the device's own clock, called UTC."""
    if not isinstance(value, str):
        return None
    try:
        instant = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=dt.UTC)


def number_of(value: Any) -> int | None:
    """Return a report's number on its device, None for anything else."""
    return _whole(value, MAX_SEQ)


def count_of(value: Any) -> int | None:
    """Return how many somebody counted, None for anything else."""
    return _whole(value, MOST_COUNTED)


def _whole(value: Any, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None


def in_order(numbers: list[int | None]) -> list[int]:
    """Return the places of reports in a batch in the order in which they happened; those without a number are last."""
    return sorted(range(len(numbers)), key=lambda one: (numbers[one] is None, numbers[one] or 0))


def record_or_again(device: Device, act: Act, *, sent_at: dt.datetime | None, staff: User | None = None) -> Applied:
    """Record one report; the outcome `again` asks the device to send it again with the same key."""
    try:
        return record(device, act, device_sent_at=sent_at, staff=staff)
    except NOT_APPLIED as error:
        logger.error(  # noqa: TRY400  the traceback may hold values
            "a report was not applied", extra={"device_id": device.pk, "error": type(error).__name__}
        )
        return Applied("again", "send_again")

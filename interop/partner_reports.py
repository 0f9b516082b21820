"""Reports of a partner's software, read strictly: what is wrong with a batch is said before any of it is applied.

A phone in the rain cannot mend what it sends, so `proximity.reports` keeps whatever comes. Whoever writes a program
can, and should be told at once. What a report says has *happened* is refused by neither.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from loans.counts import MOST_COUNTED
from loans.records import Act, acts_of
from loans.report_batches import (
    MAX_SEQ,
    Batch,
    BatchRefused,
    count_of,
    instant_of,
    number_of,
    read_batch,
    storable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from branches.models import Device

KEY = re.compile(r"[A-Za-z0-9._~-]{1,64}")
KEY_SAID = "1 to 64 letters, digits and . _ ~ -"
LONGEST = 60
BATCH_FIELDS = ("sent_at", "reports")
FIELDS = ("key", "act", "what", "at", "seq", "counted")


def read_reports(request: HttpRequest, device: Device) -> Batch[tuple[str | None, Act]]:
    """Return the reports in a request's body. Raises BatchRefused, naming what is wrong and where.

    `Idempotency-Key` names the one report of a batch that has no key of its own.
    """
    named = request.headers.get("Idempotency-Key")
    raw: Batch[Any] = read_batch(request, lambda item: item, check=_check_batch)
    if not raw.reports:
        raise BatchRefused(HTTPStatus.BAD_REQUEST, "no_reports", "reports is empty")
    if named is not None:
        raw = Batch(raw.sent_at, [_with_key(raw.reports, named)])
    reports = [_read(item, f"reports[{place}]", acts_of(device.kind)) for place, item in enumerate(raw.reports)]
    return Batch(raw.sent_at, [(act.key, act) for act in reports])


def _check_batch(sent: dict[str, Any]) -> None:
    _refuse_unknown(sent, BATCH_FIELDS, "the body")
    if "sent_at" in sent:
        _refuse_unless(instant_of(sent["sent_at"]) is not None, "sent_at", "a date and time as in RFC 3339")


def _with_key(items: list[Any], named: str) -> Any:
    """Give the only report its key. One that has another already would have two."""
    if len(items) != 1:
        raise BatchRefused(
            HTTPStatus.BAD_REQUEST, "key_of_many", "Idempotency-Key names one report: give each its own key instead"
        )
    item = items[0]
    if not isinstance(item, dict):
        return item
    if item.get("key", named) != named:
        raise BatchRefused(HTTPStatus.BAD_REQUEST, "two_keys", "Idempotency-Key and key are not the same")
    return {**item, "key": named}


def _read(item: Any, where: str, acts: Iterable[str]) -> Act:
    _refuse_unless(isinstance(item, dict), where, "an object")
    _refuse_unknown(item, FIELDS, where)
    key, act, what = item.get("key"), item.get("act"), item.get("what")
    _refuse_unless(isinstance(key, str) and KEY.fullmatch(key), f"{where}.key", KEY_SAID)
    _refuse_unless(isinstance(act, str) and act in acts, f"{where}.act", f"one of {', '.join(acts)}")
    _refuse_unless(
        isinstance(what, str) and 1 <= len(what) <= LONGEST and not what.isspace(),
        f"{where}.what",
        f"text of 1 to {LONGEST} characters",
    )
    if "at" in item:
        _refuse_unless(instant_of(item["at"]) is not None, f"{where}.at", "a date and time as in RFC 3339")
    if "seq" in item:
        _refuse_unless(number_of(item["seq"]) is not None, f"{where}.seq", f"a whole number from 0 to {MAX_SEQ}")
    if "counted" in item:
        said = f"a whole number from 0 to {MOST_COUNTED}"
        _refuse_unless(count_of(item["counted"]) is not None, f"{where}.counted", said)
    return Act(
        key=key,
        act=act,
        what=storable(what),
        at=instant_of(item.get("at")),
        seq=number_of(item.get("seq")),
        counted=count_of(item.get("counted")),
    )


def _refuse_unknown(sent: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    strange = sorted(set(sent) - set(known))
    if strange:
        said = storable(strange[0])[:LONGEST]
        raise BatchRefused(
            HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_field", f"{where}: {said} is none of {', '.join(known)}"
        )


def _refuse_unless(is_right: object, where: str, wanted: str) -> None:
    if not is_right:
        raise BatchRefused(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_report", f"{where}: expected {wanted}")

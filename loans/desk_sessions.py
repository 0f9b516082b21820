"""Readers who stand at a desk: each has a key of its own, so that two open windows never mix two readers up.

The browser session holds the reader's number and times, never a loan or a title; the end of the visit at the
desk removes them.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest

SLOT = "desk_readers"
AT_ONCE = 5
IDLE = dt.timedelta(minutes=20)


class ReaderGone(DomainError):
    """The reader's visit at the desk is over."""

    code = "reader_gone"
    message = _("This reader's visit to the desk is over. Scan the card again.")


@dataclass(frozen=True)
class Visit:
    """A reader at the desk, since when (aware)."""

    key: str
    reader: Reader
    since: dt.datetime


def begin(request: HttpRequest, reader: Reader) -> str:
    """Open a visit for a reader and return its key; the oldest ones give way."""
    key, now = secrets.token_urlsafe(9), clock.now()
    kept = sorted(_standing(request, now).items(), key=lambda item: item[1]["seen"])[-(AT_ONCE - 1) :]
    request.session[SLOT] = {**dict(kept), key: _row(reader.pk, now, now)}
    return key


def find(request: HttpRequest, key: str) -> Visit:
    """Return the visit with this key and keep it alive. Raises ReaderGone."""
    now = clock.now()
    standing = _standing(request, now)
    row = standing.get(key)
    reader = Reader.objects.filter(pk=row["reader"]).first() if row else None
    if row is None or reader is None:
        raise ReaderGone
    since = dt.datetime.fromisoformat(row["since"])
    request.session[SLOT] = {**standing, key: _row(reader.pk, since, now)}
    return Visit(key, reader, since)


def end(request: HttpRequest, key: str) -> None:
    """Forget a visit. Safe to repeat."""
    request.session[SLOT] = {one: row for one, row in _standing(request, clock.now()).items() if one != key}


def _row(reader_id: int, since: dt.datetime, seen: dt.datetime) -> dict[str, Any]:
    return {"reader": reader_id, "since": since.isoformat(), "seen": seen.isoformat()}


def _standing(request: HttpRequest, now: dt.datetime) -> dict[str, dict[str, Any]]:
    """Return the visits that have not been idle too long."""
    rows: dict[str, dict[str, Any]] = request.session.get(SLOT, {})
    return {key: row for key, row in rows.items() if now - dt.datetime.fromisoformat(row["seen"]) < IDLE}

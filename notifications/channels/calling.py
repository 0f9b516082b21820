"""One call to somebody's HTTP interface: a deadline for all of it, no redirect followed, no long answer read.

Every call opens a connection of its own. A kept one may have been closed at the other end in the meantime, and then
nobody knows whether the last request was read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from notifications.channels import ChannelDownError, PossiblyDoubleError, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_ANSWER = 100_000  # bytes
LONGEST_WAIT = dt.timedelta(hours=1)


class NoAnswer(Exception):
    """The call brought no answer. `was_handed_over` says whether the other side may have read the whole request."""

    def __init__(self, why: str, *, was_handed_over: bool) -> None:
        super().__init__(why)
        self.was_handed_over = was_handed_over


@dataclass(frozen=True)
class Answer:
    """What the other side said."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> dict[str, Any]:
        """Return the object in it; an empty one where there is none."""
        try:
            found = json.loads(self.content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def call(
    method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", patience: float | None = None
) -> Answer:
    """Send one request and return the answer, whatever its status. Raises NoAnswer."""
    patience = patience or settings.CALL_TIMEOUT
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=patience)
    # The time-out of a socket counts each read anew: who sends a byte now and then would keep us for ever.
    rang = threading.Event()
    alarm = threading.Timer(patience, _hang_up, [connection, rang])
    alarm.daemon = True
    was_handed_over = False
    try:
        alarm.start()
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), content, dict(headers))
        was_handed_over = True
        response = connection.getresponse()
        body = response.read(LARGEST_ANSWER)
        if rang.is_set():  # what was cut off looks like an answer that was short
            raise TimeoutError
    except (OSError, HTTPException) as error:
        raise NoAnswer(type(error).__name__, was_handed_over=was_handed_over) from error
    finally:
        alarm.cancel()
        connection.close()
    return Answer(response.status, dict(response.headers.items()), body)


def call_or_tell(
    method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", is_harmless: bool = False
) -> Answer:
    """As `call`, with what every channel makes of a silent, busy or broken other side.

    Raises ChannelDownError where nobody takes calls or knows us; PossiblyDoubleError where a request that changes
    something was read and not answered (`is_harmless`: it changes nothing); TransientError for too many and for faults.
    """
    try:
        answer = call(method, url, headers=headers, content=content)
    except NoAnswer as error:
        if error.was_handed_over and not is_harmless:
            raise PossiblyDoubleError(str(error)) from error
        raise ChannelDownError(str(error)) from error
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}:
        raise ChannelDownError(f"http_{answer.status}", retry_after=_wait_asked_for(answer))
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in range(300, 400):
        raise TransientError(f"http_{answer.status}", retry_after=_wait_asked_for(answer))
    return answer


def _wait_asked_for(answer: Answer) -> dt.timedelta | None:
    """Return how long the other side asks us to wait; its seconds only, and an hour at most."""
    said = {name.lower(): value for name, value in answer.headers.items()}.get("retry-after", "")
    return min(dt.timedelta(seconds=int(said[:6])), LONGEST_WAIT) if said.isascii() and said.isdigit() else None


def account_of(url: str) -> tuple[str, str, str]:
    """Return (address without account, user, password) of an address as the environment names it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = f"{parts.scheme}://{host}{parts.path}".rstrip("/")
    return bare, unquote(parts.username or ""), unquote(parts.password or "")


def _hang_up(connection: HTTPConnection, rang: threading.Event) -> None:
    """Cut the line under a call that takes too long: what waits for it gets its error."""
    rang.set()
    line = connection.sock
    if line is not None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

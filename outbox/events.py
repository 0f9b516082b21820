"""Write an event with its cause; hand it later to whoever registered for its kind.

Stage one of two: a handler writes rows (messages, other verbs' work) in the transaction that marks the event as
handled. It sends nothing. Stage two, the sending, belongs to `notifications`.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from milanolib import clock
from outbox.models import Event
from outbox.nudge import nudge
from outbox.requests import purge_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

log = logging.getLogger(__name__)
_handlers: dict[str, list[Callable[[Event], None]]] = defaultdict(list)

FIRST_DELAY = dt.timedelta(seconds=10)
LONGEST_DELAY = dt.timedelta(hours=1)
KEPT_DAYS = 90


def register(kind: str, handler: Callable[[Event], None]) -> None:
    """Call `handler` for each event of `kind`; from an app's `ready`. Handlers are idempotent and re-read state."""
    if handler not in _handlers[kind]:
        _handlers[kind].append(handler)


_held_back: ContextVar[dt.timedelta] = ContextVar("held_back", default=dt.timedelta(0))


@contextmanager
def held_back(step: dt.timedelta) -> Iterator[None]:
    """Let what is emitted inside be handled so much later, unless `let_go` comes first: it may be undone until then."""
    token = _held_back.set(step)
    try:
        yield
    finally:
        _held_back.reset(token)


_gathered: ContextVar[list[tuple[Any, ...]] | None] = ContextVar("gathered", default=None)


@contextmanager
def gathered() -> Iterator[None]:
    """Write what is emitted inside by one statement, at the end; inside a transaction. An error writes nothing."""
    token = _gathered.set([])
    try:
        yield
        rows = _gathered.get() or []
    finally:
        _gathered.reset(token)
    _write(rows)


def let_go(events: Iterable[int]) -> None:
    """Let these events (ids) be handled now, whatever they waited for; those that were handled stay so."""
    ids = list(events)
    if ids and Event.objects.filter(pk__in=ids, handled_at=None, attempts=0).update(due_at=clock.now()):
        nudge("dispatch")


def emit(kind: str, *, key: str, **payload: int | str | None) -> None:
    """Write an event in the present transaction.

    `key` carries the occurrence; the same key again writes nothing and raises nothing. `payload` holds ids and
    codes, JSON-able. The worker is nudged on commit.
    """
    emit_all([(kind, key, payload)])


def emit_all(events: Iterable[tuple[str, str, dict[str, int | str | None]]]) -> None:
    """Write several events at once, each as (kind, key, payload), in one statement; as `emit` does."""
    now = clock.now()
    due = now + _held_back.get()
    rows: list[tuple[Any, ...]] = [(key, kind, json.dumps(payload), now, due) for kind, key, payload in events]
    waiting = _gathered.get()
    if waiting is not None:
        waiting.extend(rows)
    else:
        _write(rows)


def _write(rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    places = ", ".join(["(%s, %s, %s, %s, %s, 0, '')"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO outbox_event (key, kind, payload, occurred_at, due_at, attempts, last_error)
                VALUES {places} ON CONFLICT (key) DO NOTHING""",  # noqa: S608  places for values, no values
            [value for row in rows for value in row],
        )
    nudge("dispatch")


def emit_each(kind: str, occurrences: dict[str, dict[str, int | str | None]]) -> None:
    """Write several events of one kind (key: payload) in one statement; otherwise as `emit`."""
    emit_all((kind, key, payload) for key, payload in occurrences.items())


def dispatch(limit: int = 200) -> int:
    """Handle the events that are due, each in a transaction of its own; return how many were handled.

    Several workers may do so at once: a row in other hands is passed over. A handler that fails leaves its event
    for later, with a doubling delay up to an hour, and does not stop the rest.
    """
    handled = 0
    for _turn in range(limit):
        outcome = _dispatch_one()
        if outcome is None:
            break
        handled += outcome
    return handled


def _dispatch_one() -> int | None:
    with transaction.atomic():
        event = (
            Event.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(handled_at=None, due_at__lte=clock.now())
            .order_by("due_at", "id")
            .first()
        )
        if event is None:
            return None
        try:
            with transaction.atomic():
                for handler in _handlers[event.kind]:
                    handler(event)
        except Exception as error:  # noqa: BLE001  one poisoned event must not stop the others
            _put_off(event, error)
            return 0
        event.handled_at = clock.now()
        event.last_error = ""
        event.save(update_fields=["handled_at", "last_error"])
        return 1


def _put_off(event: Event, error: Exception) -> None:
    event.attempts = min(event.attempts + 1, 1000)
    event.due_at = clock.now() + min(FIRST_DELAY * 2 ** min(event.attempts - 1, 12), LONGEST_DELAY)
    event.last_error = type(error).__name__
    event.save(update_fields=["attempts", "due_at", "last_error"])
    log.error("event %s (%s) put off after %s attempts", event.pk, event.kind, event.attempts, exc_info=error)


def purge(now: dt.datetime) -> int:
    """Delete handled events older than 90 days and request keys older than 30; return how many events went."""
    purge_requests(now)
    return Event.objects.filter(handled_at__lt=now - dt.timedelta(days=KEPT_DAYS)).delete()[0]

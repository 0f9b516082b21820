"""Wake the worker when a transaction commits. Losing a nudge loses nothing: beat sweeps every few seconds."""

from __future__ import annotations

import logging
from collections import Counter

from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from milanolib.celery import app

log = logging.getLogger(__name__)
failures: Counter[str] = Counter()


def nudge(task: str) -> None:
    """Ask for one run of a task after commit; several in one transaction make one. `dispatch` is `outbox.dispatch`."""
    connection = transaction.get_connection()
    if any(getattr(callback, "nudges", None) == task for _sids, callback, _robust in connection.run_on_commit):
        return

    def send() -> None:
        _send(task)

    send.nudges = task  # type: ignore[attr-defined]  # marks the callback so that it is not registered twice
    transaction.on_commit(send)


def _send(task: str) -> None:
    """Send without retry; a broker that is away is counted and swallowed."""
    try:
        app.send_task(task if "." in task else f"outbox.{task}", retry=False, expires=60)
    except (KombuError, RedisError, OSError) as error:
        failures[task] += 1
        log.warning("nudge of %s not sent: %s (%s so far)", task, type(error).__name__, failures[task])

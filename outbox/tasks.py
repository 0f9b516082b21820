"""The two sweeps that keep the outbox moving; nudged on commit and run by beat every few seconds."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore

from milanolib import clock
from milanolib.celery import app
from outbox import events, jobs


@app.task(name="outbox.dispatch", ignore_result=True)
def dispatch() -> int:
    """Hand due events to their handlers."""
    return events.dispatch()


@app.task(name="outbox.purge", ignore_result=True)
def purge() -> None:
    """Once a day: forget what nobody needs any more."""
    now = clock.now()
    day = clock.start_of(clock.today())
    jobs.run_once("outbox.purge", day, lambda: (events.purge(now), jobs.purge_runs(now)))
    jobs.run_once("outbox.clear_sessions", day, SessionStore.clear_expired)

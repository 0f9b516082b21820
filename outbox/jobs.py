"""Periodic jobs that run once per due time, whoever comes first."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection

from milanolib import clock
from outbox.models import JobRun

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_DAYS = 90


def run_once(job: str, due_at: dt.datetime, work: Callable[[], object]) -> bool:
    """Run `work` unless a row says that this job's `due_at` has been taken; return whether it ran here.

    The row is committed before the work begins: a run killed half-way is not repeated for this due time, so
    works are written to catch up at the next one.
    """
    started = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO outbox_jobrun (job, due_at, started_at, outcome) VALUES (%s, %s, %s, '')
               ON CONFLICT (job, due_at) DO NOTHING""",
            [job, due_at, started],
        )
        if cursor.rowcount == 0:
            return False
    outcome = work()
    JobRun.objects.filter(job=job, due_at=due_at).update(
        finished_at=max(clock.now(), started), outcome=str(outcome or "")[:200]
    )
    return True


def due_every(minutes: int, now: dt.datetime | None = None) -> dt.datetime:
    """Return the last instant that is a multiple of `minutes` since the epoch, not after now (UTC)."""
    seconds = int((now or clock.now()).timestamp())
    return dt.datetime.fromtimestamp(seconds - seconds % (minutes * 60), tz=dt.UTC)


def purge_runs(now: dt.datetime) -> int:
    """Delete rows of runs older than 90 days."""
    return JobRun.objects.filter(started_at__lt=now - dt.timedelta(days=KEPT_DAYS)).delete()[0]

"""Periodic work of the proximity network; a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from milanolib import clock
from milanolib.celery import app
from outbox.jobs import run_once
from proximity.start_requests import forget_requests


@app.task(name="proximity.daily", ignore_result=True)
def daily() -> None:
    """Once a civil day: blank who asked to open a library, where that ended a year ago."""
    run_once("proximity.forget_requests", clock.start_of(clock.today()), lambda: forget_requests(clock.now()))

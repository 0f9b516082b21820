"""Periodic work of the proximity network; a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from milanolib import clock
from milanolib.celery import app
from outbox.jobs import run_once
from proximity.renewals import tell_of_endings
from proximity.start_requests import forget_requests


@app.task(name="proximity.daily", ignore_result=True)
def daily() -> None:
    """Once a civil day: blank who asked to open a library, where that ended a year ago; tell of contracts that end."""
    run_once("proximity.forget_requests", clock.start_of(clock.today()), lambda: forget_requests(clock.now()))
    run_once("proximity.tell_of_endings", clock.start_of(clock.today()), tell_of_endings)

"""Periodic work on people's data; a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from accounts import exporting
from milanolib.celery import app
from outbox.jobs import due_every, run_once


@app.task(name="accounts.sweep", ignore_result=True)
def sweep() -> None:
    """Every quarter: delete the copies of people's data whose days are over."""
    run_once("accounts.forget_exports", due_every(15), exporting.forget_exports)

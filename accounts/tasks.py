"""Periodic work on people's data; a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from accounts import erasing, exporting
from milanolib.celery import app
from outbox.jobs import due_every, run_once


@app.task(name="accounts.sweep", ignore_result=True)
def sweep() -> None:
    """Every quarter: delete the copies of people's data whose days are over, erase whose day has come."""
    run_once("accounts.forget_exports", due_every(15), exporting.forget_exports)
    run_once("accounts.erase_due", due_every(15), erasing.erase_due)
    run_once("accounts.forget_old_addresses", due_every(60), erasing.forget_old_addresses)

"""Periodic work of the agreements; a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from milanolib import clock
from milanolib.celery import app
from outbox.jobs import due_every, run_once
from partnerships import agreeing, pass_keys


@app.task(name="partnerships.sweep", ignore_result=True)
def sweep() -> None:
    """Each minute: forget used codes. Once a day: end what is past, remind owners, a new key when one is due."""
    run_once("partnerships.forget_spent_codes", due_every(1), pass_keys.forget_spent_codes)
    day = clock.start_of(clock.today())
    run_once("partnerships.end_past_agreements", day, agreeing.end_past_agreements)
    run_once("partnerships.remind_owners", day, agreeing.remind_owners)
    run_once("partnerships.rotate_when_due", day, pass_keys.rotate_when_due)

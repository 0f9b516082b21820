"""Periodic work of the initiatives; a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from milanolib import clock
from milanolib.celery import app
from outbox.jobs import due_every, run_once
from partnerships.initiatives import booking, reminding


@app.task(name="partnerships.initiatives", ignore_result=True)
def sweep() -> None:
    """Every minute: offer on what nobody confirmed. Every quarter: remind. Once a day: forget contacts."""
    run_once("partnerships.look_at_waiting", due_every(1), booking.look_at_waiting)
    run_once("partnerships.remind_of_dates", due_every(15), reminding.remind_of_dates)
    run_once("partnerships.forget_contacts", clock.start_of(clock.today()), booking.forget_contacts)

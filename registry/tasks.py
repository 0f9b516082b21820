"""Periodic work of the registry's workstations; a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from milanolib import clock
from milanolib.celery import app
from outbox.jobs import due_every, run_once
from registry import bookings, running, waiting


@app.task(name="registry.sweep", ignore_result=True)
def sweep() -> None:
    """Every minute: let go what nobody confirmed, and the slots of who did not come. Once a day: forget contacts."""
    run_once("registry.expire_unconfirmed", due_every(1), bookings.expire_unconfirmed)
    run_once("registry.free_no_shows", due_every(1), running.free_no_shows)
    run_once("registry.offer_freed", due_every(1), waiting.offer_freed)  # after what frees slots
    run_once("registry.end_forgotten", due_every(60), running.end_forgotten)
    run_once("registry.forget_contacts", clock.start_of(clock.today()), running.forget_contacts)

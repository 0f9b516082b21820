"""The sweep that sends what is due."""

from __future__ import annotations

from milanolib import clock
from milanolib.celery import app
from notifications import channels, delivery, last_letters, pacing
from notifications.models import Channel
from outbox.jobs import due_every, run_once


@app.task(name="outbox.deliver", ignore_result=True)
def deliver() -> None:
    """Send the mail that is due, and wake a worker for each other channel: one that hangs holds up its own only."""
    due = pacing.channels_due(channels.usable(), clock.now())
    for channel in due:
        if channel not in pacing.MANY_AT_ONCE:
            app.send_task("outbox.deliver_by", args=[channel], retry=False, expires=30)
    for channel in due:
        if channel in pacing.MANY_AT_ONCE:
            delivery.deliver_by(Channel(channel))


@app.task(name="outbox.deliver_by", ignore_result=True)
def deliver_by(channel: str) -> None:
    """Send what is due by one channel."""
    delivery.deliver_by(channel)


@app.task(name="notifications.sweep", ignore_result=True)
def sweep() -> None:
    """Every minute: forget where the last letters to people who were erased have gone."""
    run_once("notifications.forget_last_addresses", due_every(1), last_letters.forget_last_addresses)

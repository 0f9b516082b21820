"""The sweep that sends what is due."""

from __future__ import annotations

from milanolib.celery import app
from notifications import delivery


@app.task(name="outbox.deliver", ignore_result=True)
def deliver() -> int:
    """Send the messages that are due."""
    return delivery.deliver()

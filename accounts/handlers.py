"""What follows events of this app in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.exporting import make_export
from outbox import events

if TYPE_CHECKING:
    from outbox.models import Event


def register_all() -> None:
    """Register the handlers."""
    events.register("accounts.data_asked", _on_data_asked)


def _on_data_asked(event: Event) -> None:
    make_export(event.payload["export_id"])

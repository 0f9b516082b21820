"""What an initiative needs before readers see it, and how long things last. Pure: no clock, no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partnerships.models import Initiative


def missing_of(initiative: Initiative) -> list[str]:
    """Return the names of the texts without which an initiative cannot go to readers."""
    return [name for name in ("title", "text") if not getattr(initiative, name).get("it")]

"""Counts as people type them."""

from __future__ import annotations

MOST_COUNTED = 9999


def number_of(counted: str) -> int | None:
    """Return a count as it was typed; None for anything else."""
    is_number = counted.isascii() and counted.isdigit() and len(counted) <= len(str(MOST_COUNTED))
    return int(counted) if is_number else None

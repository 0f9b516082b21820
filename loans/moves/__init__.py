"""Every move of a copy, a reservation, a loan, a journey and a crate, in numbered rows; tests are named by them.

A row says from where to where, when it is allowed, what else happens, and by which verb. What is not in a row does
not happen: `custody.set_copy` and each `move_to` look here. Numbers are never given anew. `manage.py document_states`
prints the tables into docs/states.md.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from loans.moves.copies import COPY
from loans.moves.readers import HOLD, LOAN
from loans.moves.road import CRATE, TRANSIT
from loans.moves.row import TO_COME, Move

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "COPY",
    "COPY_MOVES",
    "CRATE",
    "CRATE_MOVES",
    "HOLD",
    "HOLD_MOVES",
    "LOAN",
    "LOAN_MOVES",
    "TABLES",
    "TO_COME",
    "TRANSIT",
    "TRANSIT_MOVES",
    "Move",
    "origins_of",
]

TABLES = {"Copy": COPY, "Hold": HOLD, "Loan": LOAN, "Transit": TRANSIT, "Crate": CRATE}


def _leading(rows: Iterable[Move], *, stays: bool) -> dict[str, tuple[str, ...]]:
    """Return where each state may lead; a move that stays where it is counts only with `stays`."""
    leads: dict[str, dict[str, None]] = defaultdict(dict)  # keeps the order of the rows
    for move in rows:
        for origin in move.origins:
            if stays or origin != move.target:
                leads[origin][move.target] = None
    return {origin: tuple(targets) for origin, targets in leads.items()}


def origins_of(rows: Iterable[Move], verb: str) -> set[str]:
    """Return the states from which a verb makes a move."""
    return {origin for move in rows if move.verb == verb for origin in move.origins}


COPY_MOVES = _leading(COPY, stays=True)  # a copy may be found again where it was
HOLD_MOVES = _leading(HOLD, stays=False)
LOAN_MOVES = _leading(LOAN, stays=False)
TRANSIT_MOVES = _leading(TRANSIT, stays=False)
CRATE_MOVES = _leading(CRATE, stays=False)

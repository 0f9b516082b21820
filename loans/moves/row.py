"""What a row of the tables of moves says."""

from __future__ import annotations

from dataclasses import dataclass

TO_COME = ""  # a move that a verb of another chapter will make: it is allowed, and no verb makes it yet


@dataclass(frozen=True)
class Move:
    """One row: a number, one or several states it starts from (none: it begins here), and where it leads.

    `verb` is a function below `loans`; empty while no verb makes the move yet.
    """

    row: str
    origins: tuple[str, ...]
    target: str
    verb: str
    guard: str
    effect: str

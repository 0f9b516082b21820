"""`manage.py document_states [--check]`: the tables of states in docs/states.md, from the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from catalog.states import AT_A_PLACE, MAY_SERVE, NOWHERE, CopyStatus
from loans import moves
from loans.states import (
    CRATE_STAYS,
    DEPOSIT_MOVES,
    OPEN_HOLD,
    OPEN_TRANSIT,
    PARCEL_MOVES,
    PARCEL_WITH_US,
    STANDING_LOAN,
    WITH_COPY,
    CrateStatus,
    DepositStatus,
    HoldStatus,
    LeftDeposit,
    LoanStatus,
    ParcelStatus,
    TransitReason,
    TransitStatus,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from enum import Enum
    from pathlib import Path

    from django.db.models import TextChoices

    from loans.moves import Move

HEAD = """# States

Made by `manage.py document_states` from `catalog/states.py`, `loans/states.py` and `loans/moves/`: change those, then
run it again. `document_states --check` fails when this page and the code differ.

A state is written by a verb, under a lock, and only along these moves; constraints in the database tie each state to
the columns it implies. A state from which nothing follows is an end.

The moves of copies, holds, loans, transits and crates are numbered, and each row has a test named by its number
(`tests/loans/moves/`). A number that is missing was never given or is given no more; none is given anew. The verb is a
function below `loans`; several doors may call it. Where no verb is named it is still to come.
"""


ROWS_HEAD = ("| row | from | to | when | what follows | verb |", "| --- | --- | --- | --- | --- | --- |")


@dataclass(frozen=True)
class Life:
    """One chapter: a thing's states, what else is said of each, and where it may go from there."""

    name: str
    text: str
    states: type[TextChoices]
    marks: tuple[tuple[str, Callable[[Any], str]], ...] = ()
    moves: Mapping[str, Iterable[str]] | None = None
    rows: Iterable[Move] = ()


def _if_in(states: Collection[Any], yes: str = "yes") -> Callable[[Any], str]:
    return lambda state: yes if state in states else ""


def _where_a_copy_is(state: Any) -> str:
    return "at a place" if state in AT_A_PLACE else "at no place" if state in NOWHERE else "at a place or in a crate"


LIVES = (
    Life(
        "Copy",
        "One barcode. Only the verbs of `loans` write its state, under its lock. *Free now* is `available`, lendable, "
        "meant for nobody, and not missed on its shelf (`missed_at`).",
        CopyStatus,
        (("lies", _where_a_copy_is), ("may serve a reservation", _if_in(MAY_SERVE))),
        moves.COPY_MOVES,
        moves.COPY,
    ),
    Life(
        "Hold",
        "A reader's turn, a reservation on the screen. Open holds keep their turn. Suspended, or passed over for a "
        "full point, is not a state: the hold stays `queued`. `cancelled` leads back when staff undo it.",
        HoldStatus,
        (("open", _if_in(OPEN_HOLD)), ("has a copy", _if_in(WITH_COPY))),
        moves.HOLD_MOVES,
        moves.HOLD,
    ),
    Life(
        "Loan",
        "A copy in a reader's hands. Overdue is no state: it is an open loan past its date.",
        LoanStatus,
        (("stands", _if_in(STANDING_LOAN)),),
        moves.LOAN_MOVES,
        moves.LOAN,
    ),
    Life(
        "Transit",
        "A copy's journey between two places, a journey on the screen.",
        TransitStatus,
        (("open", _if_in(OPEN_TRANSIT)),),
    ),
    Life("Transit: why a copy travels", "Every journey has one reason, and keeps it.", TransitReason),
    Life(
        "Parcel",
        "A wrapped copy, known only by its tag.",
        ParcelStatus,
        (("with us", _if_in(PARCEL_WITH_US)),),
        PARCEL_MOVES,
    ),
    Life(
        "Crate",
        "What goes from one place to another together, wrapped or not. A journey that is in one names it until it is "
        "cut short. The rows of its moves begin with K.",
        CrateStatus,
        (("is filled and counted", _if_in(CRATE_STAYS)),),
        moves.CRATE_MOVES,
        moves.CRATE,
    ),
    Life(
        "Deposit",
        "A set of copies that goes from one condominium library to the next. Its copies are `on_display` where it is, "
        "or `in_transit` with it (C70 to C75).",
        DepositStatus,
        (),
        DEPOSIT_MOVES,
    ),
    Life("Deposit: why a copy left its set", "A copy is in one set at a time.", LeftDeposit),
)


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([HEAD, *(_chapter(life) for life in LIVES)])


def _chapter(life: Life) -> str:
    titles = ["state", "in words", *(title for title, _said in life.marks)]
    titles += ["may become"] if life.moves is not None else []
    rows = [titles, ["---"] * len(titles), *(_row(life, state) for state in life.states)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"## {life.name}\n\n{life.text}\n\n{table}\n{_numbered(life.rows)}"


def _numbered(rows: Iterable[Move]) -> str:
    """Return the numbered moves as a table; nothing where there are none."""
    lines = [
        f"| {move.row} | {', '.join(map(_code, move.origins)) or 'nothing'} | {_code(move.target)} | {move.guard} "
        f"| {move.effect} | {_code(move.verb) if move.verb else 'still to come'} |"
        for move in rows
    ]
    return "\n".join(["", *ROWS_HEAD, *lines, ""]) if lines else ""


def _row(life: Life, state: Any) -> list[str]:
    row = [_code(state), str(state.label), *(said(state) for _title, said in life.marks)]
    if life.moves is not None:
        row.append(", ".join(_code(after) for after in life.moves.get(state, ())) or "an end")
    return row


def _code(state: str | Enum) -> str:
    return f"`{getattr(state, 'value', state)}`"


class Command(BaseCommand):
    """Write docs/states.md, or say that it is not what the code says."""

    help = "Write the tables of states into docs/states.md. With --check write nothing; exit status 1 if they differ."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the one option."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not up to date")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page, or compare it."""
        path: Path = settings.BASE_DIR / "docs" / "states.md"
        wanted = page()
        if options["check"]:
            if not path.is_file() or path.read_text(encoding="utf-8") != wanted:
                raise CommandError("docs/states.md is not what the code says: run manage.py document_states")
            return
        path.write_text(wanted, encoding="utf-8")
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} written")

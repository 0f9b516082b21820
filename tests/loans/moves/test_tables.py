"""The tables themselves: every row has a test and a verb, and nothing moves but by a row."""

import importlib
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

from catalog.models import Copy
from catalog.states import CopyStatus
from loans.custody import CopyMoveImpossible, set_copy
from loans.moves import COPY, COPY_MOVES, TABLES, TO_COME
from milanolib.errors import DomainError
from tests.loans.moves.rows import ROWS

HERE = Path(__file__).parent
LETTERS = {name: name[0] for name in TABLES} | {"Crate": "K"}  # the C is the copy's


def test_every_row_has_a_number_of_its_own_and_begins_with_its_table_s_letter():
    numbers = Counter(move.row for rows in TABLES.values() for move in rows)

    assert numbers.most_common(1)[0][1] == 1
    for name, rows in TABLES.items():
        assert all(re.fullmatch(rf"{LETTERS[name]}\d+", move.row) for move in rows)


def test_every_row_has_a_test_named_by_it():
    names = {
        found
        for path in HERE.glob("test_*.py")
        for found in re.findall(r"^def test_([A-Z]\d+)_", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert {move.row for move in ROWS.values() if move.verb != TO_COME} == names


@pytest.mark.parametrize("move", [move for move in ROWS.values() if move.verb != TO_COME], ids=lambda move: move.row)
def test_the_verb_of_a_row_is_a_function_of_circulation(move):
    module, _dot, name = move.verb.rpartition(".")

    assert callable(getattr(importlib.import_module(f"loans.{module}"), name))


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        (origin, target)
        for origin, target in itertools.product(CopyStatus, repeat=2)
        if target not in COPY_MOVES.get(origin, ())
    ],
)
def test_a_copy_moves_along_no_other_pair(origin, target):
    copy = Copy(status=origin)

    with pytest.raises(CopyMoveImpossible):
        set_copy(copy, target, None)
    assert copy.status == origin


def test_an_impossible_move_is_our_fault_and_no_refusal():
    assert not issubclass(CopyMoveImpossible, DomainError)


def test_every_state_of_a_copy_is_reached_or_comes_from_outside():
    assert set(CopyStatus) - {move.target for move in COPY} == {CopyStatus.ON_ORDER}

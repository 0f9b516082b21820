"""Whatever the records say, the partner is told in a sentence."""

import ast
import inspect

import pytest

from loans.records import Applied, acts, crates, faults, parcels, reports, returns, shelves
from proximity.answers import ANSWERS, BAD, GOOD, WARN, tell


def codes_in(*modules):
    """Return every code that reports get there: the second word of Applied(...), the third of leave_task(...)."""
    found = set()
    for call in (call for module in modules for call in ast.walk(ast.parse(inspect.getsource(module)))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            place = {"Applied": 1, "leave_task": 2}.get(call.func.id)
            if place is not None and isinstance(call.args[place], ast.Constant):
                found.add(call.args[place].value)
    return found


def details_of_records():
    """Return every code that a point's report can get."""
    answers_of_why_it_is_here = {"already_received", "goes_back", "wrong_point"}
    return codes_in(acts, crates, faults, parcels, reports, returns, shelves) | answers_of_why_it_is_here


def test_there_is_a_sentence_for_every_code_and_no_other():
    assert set(ANSWERS) == details_of_records()


@pytest.mark.parametrize("detail", [*ANSWERS, "something_new"])
def test_tell_fills_every_sentence(detail):
    told = tell(Applied("applied", detail, shelf_number=7, receipt="R00000012"), what="K7M29QXZ")
    assert told.tone in (GOOD, WARN, BAD)
    assert "%(" not in told.sentence
    assert told.sentence.endswith(".")
    assert told.number in (7, None)

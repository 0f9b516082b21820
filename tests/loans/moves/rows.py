"""Rows of the tables of moves, and how tests reach the states that they start from."""

from contextlib import contextmanager

import pytest

from catalog.models import Copy
from catalog.states import CopyStatus
from loans.invariants import LENT
from loans.keeping import add_copy, withdraw_copy
from loans.models import Loan
from loans.moves import TABLES
from loans.states import LoanStatus
from loans.troubles import miss_again, miss_copy
from tests.factories import CopyFactory, TitleFactory
from tests.story import fresh

ROWS = {move.row: move for rows in TABLES.values() for move in rows}


@contextmanager
def along(row, thing):
    """Do something that takes a thing along a row, and look at both ends."""
    move = ROWS[row]
    assert fresh(thing).status in move.origins, f"{row} does not start here"
    yield
    assert fresh(thing).status == move.target, f"{row} does not end here"


def origins(row):
    """Return what gives a test of a row each state that the row starts from."""
    return pytest.mark.parametrize("origin", [str(origin) for origin in ROWS[row].origins])


def copy_in(story, status):
    """Return a copy of the north library in a state, by the verbs that lead there, where there are any."""
    north, south, newsstand = story.network.north, story.network.south, story.network.newsstand
    reach = {
        CopyStatus.IN_PROCESS: lambda: add_copy(TitleFactory(), north, is_ready=False, actor=None),
        CopyStatus.PICKED: lambda: story.picked(story.copies(1)[0].title, pickup=newsstand)[1],
        CopyStatus.IN_TRANSIT: lambda: story.picked(story.copies(1)[0].title, pickup=south)[1],
        CopyStatus.SET_ASIDE: lambda: story.ready(story.copies(1)[0].title)[1],
        CopyStatus.ON_LOAN: lambda: loan_in(story, LoanStatus.OPEN).copy,
        CopyStatus.CLAIMED_RETURNED: lambda: loan_in(story, LoanStatus.CLAIMED).copy,
        CopyStatus.LOST: lambda: loan_in(story, LoanStatus.LOST).copy,
        CopyStatus.MISSING: lambda: miss_again(missed(story), north, actor=None),
        CopyStatus.WITHDRAWN: lambda: withdraw_copy(story.copies(1)[0], reason="worn out", actor=None),
    }
    if status in reach:
        return fresh(reach[status]())
    return CopyFactory(home=north, status=status, place=None if status == CopyStatus.ON_ORDER else north)


def loan_in(story, status):
    """Return a loan of a copy of the north library in a state."""
    [copy] = story.copies(1)
    loan = story.lent(copy)
    if status != LoanStatus.OPEN:  # no verb leads there yet
        Loan.objects.update(status=status)
        Copy.objects.update(status=LENT[status])
    return fresh(loan)


def missed(story):
    """Return a copy that was not found on its shelf; the reader who was meant to get it waits no more."""
    hold = story.hold(story.copies(1)[0].title)
    held = hold.assignments.select_related("copy").get()
    copy = miss_copy(held, story.network.north, actor=None)
    story.cancelled(hold)
    return fresh(copy)

"""Rows of the tables of moves, and how tests reach the states that they start from."""

from contextlib import contextmanager

import pytest

from catalog.states import CopyStatus
from loans.claims import claim_returned, declare_lost
from loans.journeys import look_for_late_journeys
from loans.keeping import add_copy, withdraw_copy
from loans.models import Transit
from loans.moves import TABLES
from loans.states import LoanStatus
from loans.troubles import mark_damaged, miss_copy, put_on_display, report_missing, send_to_repair
from milanolib import clock
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
        CopyStatus.ON_ORDER: lambda: CopyFactory(home=north, status=CopyStatus.ON_ORDER, place=None),
        CopyStatus.IN_PROCESS: lambda: add_copy(TitleFactory(), north, is_ready=False, actor=None),
        CopyStatus.AVAILABLE: lambda: story.copies(1)[0],
        CopyStatus.PICKED: lambda: story.picked(story.copies(1)[0].title, pickup=newsstand)[1],
        CopyStatus.IN_TRANSIT: lambda: story.picked(story.copies(1)[0].title, pickup=south)[1],
        CopyStatus.SET_ASIDE: lambda: story.ready(story.copies(1)[0].title)[1],
        CopyStatus.ON_LOAN: lambda: loan_in(story, LoanStatus.OPEN).copy,
        CopyStatus.CLAIMED_RETURNED: lambda: loan_in(story, LoanStatus.CLAIMED).copy,
        CopyStatus.LOST: lambda: loan_in(story, LoanStatus.LOST).copy,
        CopyStatus.MISSING: lambda: report_missing(story.copies(1)[0], north, actor=None),
        CopyStatus.DAMAGED: lambda: mark_damaged(story.copies(1)[0], north, reason="torn", actor=None),
        CopyStatus.IN_REPAIR: lambda: send_to_repair(story.copies(1)[0], north, actor=None),
        CopyStatus.ON_DISPLAY: lambda: put_on_display(story.copies(1)[0], north, actor=None),
        CopyStatus.WITHDRAWN: lambda: withdraw_copy(story.copies(1)[0], reason="worn out", actor=None),
    }
    return fresh(reach[status]())


def loan_in(story, status):
    """Return a loan of a copy of the north library in a state."""
    loan = story.lent(story.copies(1)[0])
    match status:
        case LoanStatus.CLAIMED:
            claim_returned(loan, returned_on=clock.today(), place=story.network.newsstand, actor=None)
        case LoanStatus.LOST:
            declare_lost(loan, actor=None)
    return fresh(loan)


def too_long_on_the_road(story, **hold):
    """Return the reservation, the copy and the journey of something that left the north library and never arrived."""
    hold, copy = story.picked(story.copies(1)[0].title, **{"pickup": story.network.south, **hold})
    story.later(days=30)
    look_for_late_journeys()
    return hold, fresh(copy), Transit.objects.get(copy=copy)


def missed(story):
    """Return a copy that was not found on its shelf; the reader who was meant to get it waits no more."""
    hold = story.hold(story.copies(1)[0].title)
    held = hold.assignments.select_related("copy").get()
    copy = miss_copy(held, story.network.north, actor=None)
    story.cancelled(hold)
    return fresh(copy)

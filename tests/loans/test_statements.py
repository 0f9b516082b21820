"""The two verbs that a desk waits for cost the same few statements, however long the past and the queue."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.states import CopyStatus
from loans.lending import check_in, check_out
from loans.states import HoldStatus
from milanolib import clock
from tests.factories import BranchFactory, CopyFactory, LibrarianFactory, LoanFactory, ReaderFactory, TitleFactory
from tests.story import fresh


def statements(act):
    """Return what an act asked of the database, without the marks of its transaction."""
    with CaptureQueriesContext(connection) as seen:
        act()
    return [one["sql"] for one in seen if "SAVEPOINT" not in one["sql"]]


@pytest.fixture
def librarian(network):
    return LibrarianFactory(desk=network.north)


@pytest.mark.parametrize("past", [0, 1000])
def test_check_out_and_check_in_of_a_copy_that_nobody_waits_for(story, librarian, past):
    reader = ReaderFactory()
    gone = {"status": "closed", "closed_at": clock.now(), "returned_place": BranchFactory()}
    LoanFactory.create_batch(past, reader=reader, copy=CopyFactory(), **gone)
    copy, north = story.copies(1)[0], story.network.north

    lent = statements(lambda: check_out(copy, reader, north, actor=librarian))
    taken = statements(lambda: check_in(copy, north, actor=librarian))

    assert (len(lent), len(taken)) == (12, 9)
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_check_out_of_what_was_kept_for_the_reader(story, librarian):
    title = TitleFactory()
    story.copies(1, title=title)
    hold, copy = story.ready(title)

    reader, place = hold.reader, copy.place

    lent = statements(lambda: check_out(copy, reader, place, actor=librarian))

    assert len(lent) == 13
    assert fresh(hold).status == HoldStatus.COLLECTED


@pytest.mark.parametrize("queue", [1, 50])
@pytest.mark.parametrize(("pickup", "asked"), [("north", 13), ("newsstand", 14), ("south", 14)])
def test_check_in_of_a_copy_that_somebody_waits_for(story, librarian, pickup, asked, queue):
    copy, place = story.copies(1)[0], getattr(story.network, pickup)
    story.lent(copy)
    first, *_behind = (story.hold(copy.title, pickup=place) for _number in range(queue))

    taken = statements(lambda: check_in(copy, story.network.north, actor=librarian))

    assert len(taken) == asked, "\n".join(taken)
    assert story.copy_of(first) == copy

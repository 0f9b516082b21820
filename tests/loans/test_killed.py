"""A process that is killed between any two statements of a verb leaves nothing half done; the verb then works.

A child process runs the verb and dies by SIGKILL before its n-th statement, for every n that there is: the database
sees a connection that is gone, as after a power cut at a desk.
"""

import os
import signal

import pytest
from django.db import connection, connections

from loans.hold_changes import change_pickup
from loans.holds import cancel_hold, place_hold
from loans.invariants import disagreements
from loans.lending import check_in, check_out
from loans.models import Hold, Loan
from loans.picking import pack_parcel, pick_copy
from loans.renewals import renew_loan
from loans.states import HoldStatus, LoanStatus
from tests.factories import CopyFactory, LibrarianFactory, ReaderFactory, TitleFactory
from tests.story import fresh

MOST = 60  # statements that any verb may have


def killed_before(number, act):
    """Run `act` in a child that dies before its statement `number`; return whether it lived to its end."""
    connections.close_all()
    child = os.fork()
    if child == 0:  # nothing of the parent's is cleaned up here: the child only ever dies
        seen = 0

        def die(execute, sql, params, many, context):
            nonlocal seen
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(die):
                act()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return not os.WIFSIGNALED(status)


def dies_everywhere(act, snapshot):
    """Kill `act` before each of its statements; whatever it had done is undone, or (at its end) done whole."""
    before = snapshot()
    for number in range(1, MOST):
        if killed_before(number, act):
            break
        assert snapshot() == before, f"statement {number}"
        assert disagreements() == [], f"statement {number}"
    else:
        pytest.fail("the verb does not end")
    assert number > 3, "the verb was never killed"
    assert snapshot() != before
    assert disagreements() == []


def rows():
    """Return what circulation has written, to see whether anything was."""
    holds = list(Hold.objects.order_by("pk").values_list("pk", "status", "pickup_place"))
    loans = list(Loan.objects.order_by("pk").values_list("pk", "status", "due_on", "renewals"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status, place_id FROM catalog_copy ORDER BY id")
        copies = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM outbox_event")
        events = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM accounts_act")
        acts = cursor.fetchone()
        cursor.execute("SELECT id, committed_at, released_at FROM loans_assignment ORDER BY id")
        assignments = cursor.fetchall()
    return holds, loans, copies, events, acts, assignments


@pytest.fixture
def librarian(network):
    return LibrarianFactory(desk=network.north)


# They fork, which no process that has driven a browser may: so they run with the long ones, by themselves.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]


def test_check_out_killed_anywhere_lends_wholly_or_not_at_all(story, librarian):
    title = TitleFactory()
    story.copies(2, title=title)
    hold, copy = story.ready(title)
    reader, place = hold.reader, copy.place

    dies_everywhere(lambda: check_out(copy, reader, place, actor=librarian), rows)

    assert fresh(hold).status == HoldStatus.COLLECTED


def test_check_in_killed_anywhere_takes_back_wholly_or_not_at_all(story, librarian):
    title = TitleFactory()
    copy = story.copies(1, title=title)[0]
    loan = story.lent(copy)
    story.hold(title)
    place = copy.home

    dies_everywhere(lambda: check_in(copy, place, actor=librarian), rows)

    assert fresh(loan).status == LoanStatus.CLOSED


def test_place_hold_killed_anywhere(story, librarian):
    title, reader, point = TitleFactory(), ReaderFactory(), story.network.newsstand
    story.copies(1, title=title)

    dies_everywhere(lambda: place_hold(reader, title, point, actor=librarian), rows)


def test_pick_and_pack_killed_anywhere(story, librarian):
    title = TitleFactory()
    story.copies(1, title=title)
    copy = story.copy_of(story.hold(title, pickup=story.network.newsstand))
    place = copy.place

    dies_everywhere(lambda: pick_copy(copy, place, actor=librarian), rows)
    dies_everywhere(lambda: pack_parcel(copy, place, actor=librarian), rows)


def test_cancel_and_change_of_point_killed_anywhere(story, librarian):
    title = TitleFactory()
    CopyFactory(title=title, home=story.network.north)
    hold, south = story.hold(title), story.network.south

    dies_everywhere(lambda: change_pickup(hold, south, actor=librarian), rows)
    dies_everywhere(lambda: cancel_hold(hold, actor=librarian), rows)


def test_renew_killed_anywhere(story, librarian):
    loan = story.lent(story.copies(1)[0])
    story.later(days=5)

    dies_everywhere(lambda: renew_loan(loan, actor=librarian), rows)

"""What readers are told of a closure: one message each, true when it is sent; and what is forgotten afterwards."""

import pytest
from django.core import mail

from branches.models import Closure
from loans.closings import apply_closure, undo_closure
from loans.invariants import disagreements
from loans.models import ClosureMove
from loans.reminders import unlink_ended
from loans.renewals import renew_loan
from milanolib import clock
from notifications.delivery import deliver
from notifications.models import Message
from outbox.events import dispatch
from tests.factories import BranchFactory, ReaderFactory
from tests.loans.test_closings import DUE, KEPT, days, shut


@pytest.fixture
def reader(db):
    one = ReaderFactory(signs_in=True)
    type(one.user).objects.filter(pk=one.user.pk).update(language="en")
    return one


def sent():
    """Handle what has happened, send what is due; return the letters about closures."""
    dispatch()
    deliver()
    return [letter for letter in mail.outbox if "clos" in letter.subject or "open after all" in letter.subject]


def test_a_reader_gets_one_message_for_all_that_moved(story, reader):
    first, second, third = story.copies(3)
    story.lent(first, reader=reader)
    story.lent(second, reader=reader)
    story.ready(story.copies(1)[0].title, reader=reader)
    story.lent(third)

    apply_closure(shut(story.network.north, KEPT, DUE), actor=None)

    (letter,) = sent()
    assert letter.to == [reader.user.email]
    assert "closed from Monday 9 March 2026 to Wednesday 1 April 2026" in letter.body
    assert letter.body.count("due on Thursday 2 April 2026") == 2
    assert "until the end of Thursday 2 April 2026" in letter.body
    assert Message.objects.filter(kind="closure_moved").count() == 2, "the other reader has no address"


def test_a_reader_is_told_again_only_when_the_date_moves_again(story, reader):
    story.lent(story.copies(1)[0], reader=reader)
    closure = shut(story.network.north, DUE, DUE)
    apply_closure(closure, actor=None)
    apply_closure(closure, actor=None)
    assert len(sent()) == 1

    Closure.objects.update(ends_on=DUE + days(3))
    story.later(hours=1)
    apply_closure(closure, actor=None)

    letters = sent()
    assert len(letters) == 2
    assert "due on Sunday 5 April 2026" in letters[1].body


def test_the_truth_is_read_again_before_a_message_goes(story, reader):
    copies = story.copies(2)
    renewed, returned = (story.lent(copy, reader=reader) for copy in copies)
    apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    dispatch()
    story.later(days=3)
    renew_loan(renewed, actor=None)
    story.given_back(returned.copy)

    assert sent() == []


def test_a_closure_that_moved_nothing_of_a_reader_is_not_told(story, reader):
    story.later(days=1)
    story.lent(story.copies(1)[0], reader=reader)

    apply_closure(shut(story.network.north, DUE, DUE), actor=None)

    assert sent() == []


@pytest.mark.parametrize(("last", "is_told"), [(14, False), (15, True), (None, True)])
def test_who_was_to_collect_at_a_point_closed_for_long_is_told_where_else(story, reader, last, is_told):
    north, today = story.network.north, clock.today()
    BranchFactory(name="Near", latitude=45.512, longitude=9.19)
    stands_in = BranchFactory(name="Stands in", latitude=45.40, longitude=9.10)
    story.hold(story.copies(1, home=story.network.south)[0].title, pickup=north, reader=reader)
    closure = shut(north, today, today + days(last) if last else None)
    Closure.objects.update(substitute=stands_in)

    apply_closure(closure, actor=None)

    letters = sent()
    assert len(letters) == int(is_told)
    if is_told:
        offers = [line for line in letters[0].body.splitlines() if "on foot" in line]
        assert offers[0].startswith("- Stands in (")
        assert offers[1] == "- Near (4 minutes on foot)", offers
        assert len(offers) == 3
        assert ("until further notice" in letters[0].body) is (last is None)


def test_what_is_ready_at_a_point_closed_for_long_is_said_to_be_kept(story, reader):
    story.ready(story.copies(1)[0].title, reader=reader)

    apply_closure(shut(story.network.north, clock.today() + days(1), None), actor=None)

    letters = sent()
    assert "kept as long as it is closed" in letters[-1].body


def test_undo_tells_only_who_had_been_told(story, reader):
    told = story.lent(story.copies(1)[0], reader=reader)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    sent()

    undo_closure(batch, actor=None)

    letters = sent()
    assert [letter.subject for letter in letters][1:] == [f"{story.network.north} is open after all"]
    assert "due on Wednesday 1 April 2026" in letters[1].body
    assert told.copy.title.title in letters[1].body


def test_undo_before_anybody_was_told_tells_nobody(story, reader):
    story.lent(story.copies(1)[0], reader=reader)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    dispatch()

    undo_closure(batch, actor=None)

    assert sent() == []


def test_lines_and_messages_lead_to_no_title_after_a_week(story, reader):
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=reader)
    hold, kept = story.ready(story.copies(1)[0].title, reader=reader)
    apply_closure(shut(story.network.north, KEPT, DUE), actor=None)
    sent()
    story.given_back(copy)
    story.lent(kept, reader=reader)
    story.given_back(kept)
    assert ClosureMove.objects.filter(loan=loan).exists()

    story.later(days=7)
    unlink_ended()
    assert set(ClosureMove.objects.values_list("loan", "hold")) == {(None, None)}
    assert ClosureMove.objects.filter(before=KEPT, kind="hold").exists(), "the line stays, without its thing"
    assert hold.pk

    story.later(days=8)
    assert any("cannot be undone any more" in line for line in disagreements())
    unlink_ended()
    assert not Message.objects.filter(kind="closure_moved").exclude(params={}).exists()
    assert not Message.objects.filter(key__startswith="closure").exists()


def test_invariants_see_lines_that_lead_to_somebody_unlinked(story, reader):
    story.is_broken = True
    loan = story.lent(story.copies(1)[0], reader=reader)
    apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    story.given_back(loan.copy)
    story.later(days=9)
    unlink_ended()

    ClosureMove.objects.update(loan=loan)

    assert any("names a loan that has lost its reader" in line for line in disagreements())

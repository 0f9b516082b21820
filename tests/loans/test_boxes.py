"""Return boxes and bags: nobody saw when a copy was dropped, and doubt favours the reader."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Act
from loans.boxes import (
    EmptiedSince,
    NotEmptiedYet,
    NothingDroppedThere,
    boxes_of,
    check_in_bulk,
    dropped_since,
    empty_box,
    emptyings_at,
)
from loans.lending import NextStep
from loans.models import Emptying, Loan
from loans.states import LoanStatus
from milanolib import clock
from tests.factories import HubFactory, LibrarianFactory, NewsstandFactory, ReturnBoxFactory
from tests.story import fresh


@pytest.fixture
def box(network):
    return ReturnBoxFactory(parent=network.north)


def emptied(box):
    return empty_box(box, emptied_at=clock.now(), actor=None)


def from_the_box(story, copy, emptying):
    return check_in_bulk(copy, emptying, story.network.north, actor=None)


def test_check_in_bulk_ends_the_loan_just_after_the_box_was_emptied_before(story, box):
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    story.later(days=3)
    before = emptied(box)
    story.later(days=2)
    emptying = emptied(box)
    story.later(hours=1)

    found = from_the_box(story, copy, emptying)

    loan = fresh(loan)
    assert (found.step, found.closed_loan) == (NextStep.SHELF, loan)
    assert (loan.closed_at, loan.returned_place) == (before.emptied_at + dt.timedelta(seconds=1), box)
    assert loan.checked_in_at == clock.now()


def test_check_in_bulk_never_ends_a_loan_before_it_began(story, box):
    emptied(box)
    story.later(days=1)
    loan = story.lent(story.copies(1)[0])
    story.later(days=1)

    from_the_box(story, loan.copy, emptied(box))

    assert fresh(loan).closed_at == loan.lent_at


def test_check_in_bulk_of_a_loan_that_lay_past_its_date_in_the_box_is_not_late(story, box):
    loan = story.lent(story.copies(1)[0])
    story.later(days=29)
    emptied(box)
    story.later(days=6)
    assert Loan.objects.overdue(clock.today()).exists()

    from_the_box(story, loan.copy, emptied(box))

    loan = fresh(loan)
    assert clock.local(loan.closed_at).date() <= loan.due_on
    assert loan.suspended_until is None


@pytest.mark.parametrize(
    ("opened_on", "ends"),
    [
        (None, "with the loan's beginning"),
        (dt.date(2026, 3, 4), "on the opening day"),
    ],
)
def test_check_in_bulk_of_a_box_emptied_for_the_first_time(story, network, opened_on, ends):
    box = ReturnBoxFactory(parent=network.north, opened_on=opened_on)
    loan = story.lent(story.copies(1)[0])
    story.later(days=5)

    from_the_box(story, loan.copy, emptied(box))

    assert fresh(loan).closed_at == (clock.start_of(opened_on) if opened_on else loan.lent_at), ends


def test_check_in_bulk_again_says_the_same(story, box):
    loan = story.lent(story.copies(1)[0])
    emptying = emptied(box)

    from_the_box(story, loan.copy, emptying)
    again = from_the_box(story, loan.copy, emptying)

    assert (again.step, again.closed_loan) == (NextStep.SHELF, None)


def test_check_in_bulk_takes_the_copy_for_whoever_waits(story, box):
    loan = story.lent(story.copies(1)[0])
    hold = story.hold(loan.copy.title)

    found = from_the_box(story, loan.copy, emptied(box))

    assert (found.step, found.hold) == (NextStep.HOLD_SHELF, hold)


def test_check_in_bulk_of_a_partners_bag_leaves_alone_what_the_partner_scanned(story, network):
    scanned, forgotten = (story.lent(copy) for copy in story.copies(2))
    newsstand = network.newsstand
    story.later(days=1)
    emptied(newsstand)
    story.later(days=1)
    story.take_back(scanned.copy, newsstand)
    scanned_at = clock.now()
    story.later(days=1)
    emptying = emptied(newsstand)

    for loan in (scanned, forgotten):
        check_in_bulk(loan.copy, emptying, network.south, actor=None)

    assert fresh(scanned).closed_at == scanned_at
    assert fresh(forgotten).closed_at == dropped_since(emptying)
    assert fresh(forgotten).returned_place == newsstand


def test_check_in_bulk_of_a_claimed_loan_ends_the_claim(story, box):
    loan = story.lent(story.copies(1)[0])
    emptied(box)
    story.later(days=1)

    from_the_box(story, loan.copy, emptied(box))

    assert fresh(loan).status == LoanStatus.CLOSED


# --- Emptyings


def test_empty_box_again_at_the_same_time_is_the_same(story, box):
    librarian = LibrarianFactory()

    first, again = (empty_box(box, emptied_at=clock.now(), actor=librarian) for _time in range(2))

    assert first == again
    assert Act.objects.filter(verb="empty_box").count() == 1


def test_empty_box_goes_forward_in_time(story, box):
    story.later(days=1)
    emptied(box)

    with pytest.raises(EmptiedSince) as refusal:
        empty_box(box, emptied_at=clock.now() - dt.timedelta(hours=1), actor=None)
    assert "3" in str(refusal.value)
    with pytest.raises(NotEmptiedYet):
        empty_box(box, emptied_at=clock.now() + dt.timedelta(minutes=1), actor=None)


def test_empty_box_of_a_place_that_takes_nothing_back_is_refused(story):
    with pytest.raises(NothingDroppedThere):
        emptied(HubFactory())


def test_the_database_lets_time_go_forward_only(story, box):
    story.is_broken = True
    first = emptied(box)
    for last in (None, clock.now() + dt.timedelta(days=1), first.emptied_at):
        with pytest.raises(IntegrityError), transaction.atomic():
            Emptying.objects.create(place=box, emptied_at=clock.now(), last_emptied_at=last)


def test_boxes_of_a_library_are_its_own_and_those_of_its_points(network, box):
    elsewhere = NewsstandFactory()

    assert set(boxes_of(network.north)) == {network.north, box}
    assert elsewhere not in boxes_of(network.south)
    emptied(elsewhere)
    assert not emptyings_at(network.north).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_empty_a_box_at_once_write_one_after_the_other(story, rivals, box):
    moments = [clock.now() - dt.timedelta(minutes=minutes) for minutes in (2, 1)]

    outcomes = rivals(*[lambda at=at: empty_box(box, emptied_at=at, actor=None) for at in moments])

    rows = list(Emptying.objects.order_by("emptied_at"))
    assert len(rows) == sum(isinstance(one, Emptying) for one in outcomes)
    assert [one.last_emptied_at for one in rows] == [None, *(one.emptied_at for one in rows[:-1])]

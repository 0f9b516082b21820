"""Loans whose copy cannot be found: claimed, lost, never borrowed; and how each is settled."""

import datetime as dt

import pytest
from django.db import IntegrityError

from accounts.models import Act
from catalog.states import CopyStatus
from loans.claims import (
    ClaimDayWrong,
    LoanNotClaimed,
    LoanNotLost,
    LoanOver,
    age_to_lost,
    bring_back,
    claim_returned,
    claims_of,
    declare_lost,
    disown_loan,
    give_up_claim,
    settle_lost,
    withdraw_claim,
)
from loans.errors import CopyOnLoan, LoanNotOpen
from loans.lending import NextStep, check_out
from loans.models import Hold, Loan, LoanRule, Task
from loans.reminders import remind, unlink_ended
from loans.renewals import renew_loan
from loans.states import HoldStatus, LoanEnd, LoanStatus
from milanolib import clock
from outbox.models import Event
from tests.factories import LibrarianFactory, LoanFactory, ReaderFactory
from tests.story import fresh


@pytest.fixture
def loan(story):
    """A loan of a copy of the north library, three days old."""
    loan = story.lent(story.copies(1)[0])
    story.later(days=3)
    return loan


def claimed(loan, *, days_ago=1, place=None, actor=None):
    return claim_returned(
        loan, returned_on=clock.today() - dt.timedelta(days=days_ago), place=place, reason="", actor=actor
    )


# --- Said to be given back


def test_claim_returned_asks_the_library_and_the_point_to_look_for_it(loan, story):
    claimed(loan, place=story.network.newsstand)

    loan = fresh(loan)
    assert (loan.status, loan.claimed_place) == (LoanStatus.CLAIMED, story.network.newsstand)
    assert fresh(loan.copy).status == CopyStatus.CLAIMED_RETURNED
    assert {task.place for task in Task.objects.all()} == {story.network.north, story.network.south}


def test_claim_returned_asks_once_where_library_and_place_are_one(loan, story):
    claimed(loan, place=story.network.north)

    assert Task.objects.get().place == story.network.north


def test_claim_returned_stops_late_days_and_reminders(loan, story):
    claimed(loan)
    story.later(days=40)

    assert remind() == 0
    assert not Loan.objects.overdue(clock.today()).exists()


def test_claim_returned_again_corrects_the_day_and_asks_nobody_twice(loan, story):
    claimed(loan, days_ago=1)
    claimed(loan, days_ago=1)
    claimed(loan, days_ago=2, place=story.network.north)

    assert fresh(loan).claimed_on == clock.today() - dt.timedelta(days=2)
    assert Task.objects.count() == 1


@pytest.mark.parametrize("days_ago", [4, -1])
def test_claim_returned_refuses_a_day_on_which_it_cannot_have_been(loan, days_ago):
    with pytest.raises(ClaimDayWrong, match="2 marzo 2026"):
        claimed(loan, days_ago=days_ago)
    assert fresh(loan).status == LoanStatus.OPEN


def test_claim_returned_refuses_when_the_copy_came_back_meanwhile(loan, story):
    story.given_back(loan.copy)

    with pytest.raises(LoanOver):
        claimed(loan)


def test_claim_returned_of_a_loan_taken_for_lost_is_looked_for_again(loan):
    declare_lost(loan, actor=None)

    claimed(loan)

    assert (fresh(loan).status, fresh(loan).lost_on) == (LoanStatus.CLAIMED, None)


def test_claim_returned_keeps_who_where_and_why_and_no_reader(loan, story):
    librarian = LibrarianFactory(desk=story.network.north)

    claim_returned(loan, returned_on=clock.today(), place=story.network.newsstand, reason="sure of it", actor=librarian)

    act = Act.objects.get()
    assert (act.verb, act.subject, act.place_code, act.reason) == (
        "claim_returned",
        f"loan:{loan.pk}",
        "newsstand",
        "sure of it",
    )


def test_claimed_copy_is_lent_and_renewed_to_nobody(loan, story):
    claimed(loan)

    with pytest.raises(CopyOnLoan):
        check_out(loan.copy, ReaderFactory(), story.network.north, actor=None)
    with pytest.raises(LoanNotOpen):
        renew_loan(loan, actor=None)


def test_claims_of_a_reader_are_counted_from_the_loans(loan, story):
    claimed(loan)
    reader = loan.reader
    assert claims_of(reader) == 1

    withdraw_claim(loan, actor=None)

    assert claims_of(reader) == 0


# --- How a claim ends


def test_claimed_copy_that_turns_up_ends_the_loan_where_and_when_its_reader_said(loan, story):
    claimed(loan, place=story.network.newsstand)
    story.later(days=50)

    found = story.given_back(loan.copy, place=story.network.south)

    loan = fresh(loan)
    assert found.closed_loan == loan
    assert (clock.local(loan.closed_at).date(), loan.returned_place) == (dt.date(2026, 3, 4), story.network.newsstand)
    assert (loan.settled_at, loan.checked_in_at, loan.suspended_until) == (clock.now(), clock.now(), None)
    assert set(Task.objects.values_list("answer", flat=True)) == {Task.TURNED_UP}


def test_claimed_copy_that_turns_up_at_a_point_ends_the_loan_on_the_day_named(loan, story):
    claimed(loan, place=story.network.newsstand)
    story.later(days=50)

    story.take_back(loan.copy)

    assert clock.local(fresh(loan).closed_at).date() == dt.date(2026, 3, 4)


def test_claimed_copy_that_was_given_back_on_the_day_it_was_lent(story):
    loan = story.lent(story.copies(1)[0])
    claimed(loan, days_ago=0)

    story.given_back(loan.copy)

    assert fresh(loan).closed_at == loan.lent_at


def test_settled_loan_keeps_its_reader_for_a_week_from_then_on(loan, story):
    claimed(loan)
    story.later(days=50)
    story.given_back(loan.copy)

    unlink_ended()
    assert fresh(loan).reader is not None

    story.later(days=8)
    unlink_ended()
    assert fresh(loan).reader is None


def test_bring_back_ends_the_loan_now(loan, story):
    claimed(loan)
    story.later(days=50)

    found = bring_back(loan, story.network.north, actor=None)

    loan = fresh(loan)
    assert found.step == NextStep.SHELF
    assert (loan.closed_at, loan.claimed_on, loan.returned_place) == (clock.now(), None, story.network.north)


def test_bring_back_refuses_what_was_found_meanwhile(loan, story):
    claimed(loan)
    story.given_back(loan.copy)

    with pytest.raises(LoanNotClaimed):
        bring_back(loan, story.network.north, actor=None)


def test_withdraw_claim_lets_the_loan_run_on(loan, story):
    claimed(loan)

    for _time in range(2):
        withdraw_claim(loan, actor=None)

    story.later(days=40)
    assert list(Loan.objects.overdue(clock.today())) == [loan]
    assert not Task.objects.filter(closed_at=None).exists()


def test_withdraw_claim_refuses_when_it_was_given_up(loan):
    claimed(loan)
    give_up_claim(loan, actor=None)

    with pytest.raises(LoanNotClaimed):
        withdraw_claim(loan, actor=None)


def test_give_up_claim_makes_it_lost_and_still_right_if_it_turns_up(loan, story):
    claimed(loan)
    for _time in range(2):
        give_up_claim(loan, actor=None)
    assert fresh(loan).status == LoanStatus.LOST
    story.later(days=50)

    story.given_back(loan.copy)

    assert clock.local(fresh(loan).closed_at).date() == dt.date(2026, 3, 4), "found in the library after all"


def test_give_up_claim_refuses_what_nobody_claims(loan):
    with pytest.raises(LoanNotClaimed):
        give_up_claim(loan, actor=None)


# --- Lost


def test_declare_lost_stops_late_days(loan, story):
    for _time in range(2):
        declare_lost(loan, reason="left on a train", actor=None)

    loan = fresh(loan)
    assert (loan.status, loan.lost_on) == (LoanStatus.LOST, clock.today())
    assert Event.objects.filter(kind="loans.loan_lost").count() == 1


def test_declare_lost_takes_a_claim_back(loan):
    claimed(loan)

    declare_lost(loan, actor=None)

    assert (fresh(loan).claimed_on, claims_of(loan.reader)) == (None, 0)
    assert set(Task.objects.values_list("answer", flat=True)) == {Task.GIVEN_UP}


def test_declare_lost_refuses_a_loan_that_ended(loan, story):
    story.given_back(loan.copy)

    with pytest.raises(LoanOver):
        declare_lost(loan, actor=None)


@pytest.mark.parametrize(("days", "count"), [(60, 0), (61, 1)])
def test_age_to_lost_waits_for_as_many_days_late_as_the_rule_says(story, days, count):
    loan = story.lent(story.copies(1)[0])
    story.clock.move_to(clock.start_of(loan.due_on) + dt.timedelta(days=days, hours=12))

    assert age_to_lost() == count
    assert age_to_lost() == 0
    assert fresh(loan).status == (LoanStatus.LOST if count else LoanStatus.OPEN)


def test_age_to_lost_goes_by_the_rule_of_the_day_on_which_it_was_lent(story):
    LoanRule.objects.update(lost_after_days=10)
    loan = story.lent(story.copies(1)[0])
    LoanRule.objects.update(lost_after_days=60)
    story.clock.move_to(clock.start_of(loan.due_on) + dt.timedelta(days=11))

    assert age_to_lost() == 1


def test_lost_copy_that_comes_back_ends_its_loan_and_was_late_until_it_was_lost(story):
    LoanRule.objects.update(grace_days=0, suspension_per_day=1, suspension_most=300)
    loan = story.lent(story.copies(1)[0])
    story.clock.move_to(clock.start_of(loan.due_on) + dt.timedelta(days=2, hours=12))
    declare_lost(loan, actor=None)
    story.later(days=100)

    story.given_back(loan.copy)

    loan = fresh(loan)
    assert (loan.status, loan.closed_at) == (LoanStatus.CLOSED, clock.now())
    assert (loan.suspended_until - clock.today()).days == 2


def test_settle_lost_ends_the_loan_and_withdraws_the_copy(loan):
    declare_lost(loan, actor=None)

    for _time in range(2):
        settle_lost(loan, reason="bought anew", actor=None)

    loan = fresh(loan)
    assert (loan.status, loan.end_reason, loan.returned_place) == (LoanStatus.CLOSED, LoanEnd.MADE_GOOD, None)
    assert fresh(loan.copy).status == CopyStatus.WITHDRAWN


def test_settle_lost_refuses_what_was_found_meanwhile(loan, story):
    declare_lost(loan, actor=None)
    story.given_back(loan.copy)

    with pytest.raises(LoanNotLost):
        settle_lost(loan, reason="bought anew", actor=None)


# --- Never borrowed


def test_disown_loan_strikes_it_off_and_asks_to_look_for_the_copy(loan, story):
    for _time in range(2):
        disown_loan(loan, reason="another card was scanned", actor=None)

    loan = fresh(loan)
    assert (loan.status, loan.end_reason, loan.closed_at) == (
        LoanStatus.CLOSED,
        LoanEnd.NEVER_BORROWED,
        loan.lent_at,
    )
    assert fresh(loan.copy).status == CopyStatus.MISSING
    assert Task.objects.get().place == story.network.north


def test_disown_loan_refuses_what_was_given_back(loan, story):
    story.given_back(loan.copy)

    with pytest.raises(LoanOver):
        disown_loan(loan, reason="another card was scanned", actor=None)


def test_disowned_copy_that_turns_up_is_on_its_shelf_and_nobody_looks_for_it(loan, story):
    disown_loan(loan, reason="another card was scanned", actor=None)

    story.given_back(loan.copy)

    assert fresh(loan.copy).status == CopyStatus.AVAILABLE
    assert Task.objects.get().answer == Task.TURNED_UP
    assert Event.objects.filter(kind="loans.loan_closed").count() == 0, "no receipt for what was never borrowed"


def collected(story, **hold):
    """A loan that collected a reservation, and the reservation."""
    hold, copy = story.ready(story.copies(1)[0].title, **hold)
    return story.lent(copy, reader=hold.reader), hold


def test_disown_loan_gives_the_reservation_its_old_turn_and_the_next_copy(story):
    loan, hold = collected(story)
    later = story.hold(loan.copy.title)
    [another] = story.copies(1, title=loan.copy.title, home=story.network.south)
    assert story.copy_of(later) is None, "nobody has looked at the new copy yet"

    for _time in range(2):
        disown_loan(loan, reason="another parcel was handed out", actor=None)

    assert fresh(loan).hold is None
    assert (fresh(hold).status, story.copy_of(hold)) == (HoldStatus.ASSIGNED, another)
    assert fresh(later).status == HoldStatus.QUEUED


def test_reservation_with_its_turn_back_is_collected_as_ever(story):
    loan, hold = collected(story)
    disown_loan(loan, reason="another parcel was handed out", actor=None)
    found = story.given_back(loan.copy)

    again = story.lent(found.copy, reader=hold.reader)

    assert (again.hold, fresh(hold).status) == (hold, HoldStatus.COLLECTED)
    assert Event.objects.filter(kind="loans.hold_collected").count() == 2


@pytest.mark.parametrize("why", ["card closed", "reader unlinked", "point closed"])
def test_disown_loan_leaves_a_reservation_ended_that_cannot_wait_again(why, story):
    loan, hold = collected(story)
    if why == "card closed":
        type(hold.reader).objects.filter(pk=hold.reader_id).update(status="closed")
    elif why == "reader unlinked":
        Hold.objects.filter(pk=hold.pk).update(reader=None)
    else:
        type(hold.pickup_place).objects.filter(pk=hold.pickup_place_id).update(closed_on=clock.today())

    disown_loan(loan, reason="another parcel was handed out", actor=None)

    assert (fresh(hold).status, fresh(loan).hold) == (HoldStatus.COLLECTED, hold)


# --- The constraints themselves


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": "claimed"}, "loan_claimed_says_since_when"),
        ({"status": "lost"}, "loan_lost_says_since_when"),
        ({"claimed_on": dt.date(2026, 3, 2)}, "loan_open_is_neither_claimed_nor_lost"),
        ({"lost_on": dt.date(2026, 3, 2)}, "loan_open_is_neither_claimed_nor_lost"),
        ({"end_reason": "made_good"}, "loan_settled_only_when_closed"),
        ({"status": "closed", "closed_at": "2030-03-02T08:00Z"}, "loan_closed_was_given_back_or_says_why_not"),
    ],
)
def test_a_loan_says_since_when_and_why(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        LoanFactory(**fields)


def test_a_place_is_claimed_only_with_its_day(db, network):
    with pytest.raises(IntegrityError, match="loan_claimed_place_only_with_its_day"):
        LoanFactory(claimed_place=network.north)


def test_a_rule_takes_nothing_for_lost_that_is_not_late(db):
    with pytest.raises(IntegrityError, match="loanrule_lost_only_when_late"):
        LoanRule.objects.update(lost_after_days=0)


# --- Two at once


@pytest.mark.django_db(transaction=True)
def test_claim_and_check_in_at_once_leave_a_closed_loan(story, rivals):
    loan = story.lent(story.copies(1)[0])

    rivals(
        lambda: claim_returned(loan, returned_on=clock.today(), place=None, actor=None),
        lambda: story.given_back(loan.copy),
    )

    assert fresh(loan).status == LoanStatus.CLOSED
    assert not Task.objects.filter(closed_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_two_librarians_who_claim_at_once_ask_each_library_once(story, rivals):
    loan = story.lent(story.copies(1)[0])

    rivals(
        *[lambda: claim_returned(Loan.objects.get(pk=loan.pk), returned_on=clock.today(), place=None, actor=None)] * 2
    )

    assert Task.objects.count() == 1

"""Each row of the tables of loans and of transits, reached by its verb."""

import pytest

from loans.claims import (
    age_loan,
    claim_returned,
    declare_lost,
    disown_loan,
    give_up_claim,
    settle_lost,
    withdraw_claim,
)
from loans.journeys import give_up_journey, look_for_late_journeys
from loans.lending import check_in, check_out
from loans.models import Loan, Transit
from loans.states import LoanStatus, TransitStatus
from milanolib import clock
from tests.loans.moves.rows import ROWS, along, loan_in, origins
from tests.story import fresh


def transit_in(story, status):
    """Return the journey of a copy from the north to the south library."""
    copy = story.on_its_way()
    if status == TransitStatus.LOADED:
        story.sent(copy)
    return Transit.objects.get(copy=copy)


def test_L1_check_out(story):
    assert story.lent(story.copies(1)[0]).status == ROWS["L1"].target == LoanStatus.OPEN


@origins("L2")
def test_L2_check_in(story, origin):
    loan = loan_in(story, origin)

    with along("L2", loan):
        check_in(loan.copy, story.network.south, actor=None)


@origins("L3")
def test_L3_given_back_at_a_point(story, origin):
    loan = loan_in(story, origin)

    with along("L3", loan):
        story.take_back(loan.copy)
    assert Loan.objects.get().returned_place == story.network.newsstand


@origins("L4")
def test_L4_claim_returned(story, origin):
    loan = loan_in(story, origin)

    with along("L4", loan):
        claim_returned(loan, returned_on=clock.today(), place=None, actor=None)


@origins("L5")
def test_L5_declare_lost(story, origin):
    loan = loan_in(story, origin)

    with along("L5", loan):
        declare_lost(loan, actor=None)


def test_L6_age_loan(story):
    loan = loan_in(story, LoanStatus.OPEN)
    story.later(days=30 + 1 + 60 + 3)

    with along("L6", loan):
        assert age_loan(loan)


def test_L7_give_up_claim(story):
    loan = loan_in(story, LoanStatus.CLAIMED)

    with along("L7", loan):
        give_up_claim(loan, actor=None)


def test_L8_withdraw_claim(story):
    loan = loan_in(story, LoanStatus.CLAIMED)

    with along("L8", loan):
        withdraw_claim(loan, actor=None)


@origins("L9")
def test_L9_disown_loan(story, origin):
    loan = loan_in(story, origin)

    with along("L9", loan):
        disown_loan(loan, reason="another card was scanned", actor=None)


def test_L10_settle_lost(story):
    loan = loan_in(story, LoanStatus.LOST)

    with along("L10", loan):
        settle_lost(loan, reason="bought anew", actor=None)


def test_T1_pack_parcel(story):
    story.packed(story.copies(1)[0].title)

    assert Transit.objects.get().status == ROWS["T1"].target == TransitStatus.REQUESTED


@origins("T2")
def test_T2_check_in_where_it_goes(story, origin):
    transit = transit_in(story, origin)

    with along("T2", transit):
        check_in(transit.copy, story.network.south, actor=None)


@origins("T4")
@pytest.mark.parametrize("place", ["north", "bus"])
def test_T4_check_in_elsewhere(story, origin, place):
    transit = transit_in(story, origin)

    with along("T4", transit):
        check_in(transit.copy, getattr(story.network, place), actor=None)
    assert fresh(transit).ended_at is not None
    assert Transit.objects.exclude(pk=transit.pk).get().destination == story.network.south


@origins("T6")
def test_T6_check_out_elsewhere(story, origin):
    transit = transit_in(story, origin)

    with along("T6", transit):
        check_out(transit.copy, transit.assignment.hold.reader, story.network.north, actor=None)


@origins("T7")
def test_T7_give_up_journey(story, origin):
    transit = transit_in(story, origin)
    story.later(days=30)
    look_for_late_journeys()

    with along("T7", transit):
        give_up_journey(transit, place=story.network.south, actor=None)

"""Each row of the tables of loans and of transits, reached by its verb."""

import pytest

from loans.lending import check_in
from loans.models import Loan, Transit
from loans.states import LoanStatus, TransitStatus
from tests.loans.moves.rows import ROWS, along, loan_in, origins
from tests.story import fresh


def transit_in(story, status):
    """Return the journey of a copy from the north to the south library."""
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)
    transit = Transit.objects.get(copy=copy)
    if status == TransitStatus.LOADED:
        transit.status, transit.loaded_at = TransitStatus.LOADED, transit.requested_at  # no verb does it yet
        transit.save(update_fields=["status", "loaded_at"])
    return transit


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

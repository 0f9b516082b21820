"""Every pair of statuses: what is on the list moves, all else refuses."""

import itertools

import pytest

from loans.models import Crate, Hold, Loan, Parcel, Transit
from loans.models.custody import CustodyMoveRefused
from loans.models.hold import HoldMoveRefused
from loans.models.loan import LoanMoveRefused
from loans.moves import CRATE_MOVES, HOLD_MOVES, LOAN_MOVES, TRANSIT_MOVES
from loans.states import (
    OPEN_HOLD,
    PARCEL_MOVES,
    PARCEL_WITH_US,
    CrateStatus,
    HoldStatus,
    LoanStatus,
    ParcelStatus,
    TransitStatus,
)

MACHINES = (
    (Hold, HoldStatus, HOLD_MOVES, HoldMoveRefused),
    (Loan, LoanStatus, LOAN_MOVES, LoanMoveRefused),
    (Transit, TransitStatus, TRANSIT_MOVES, CustodyMoveRefused),
    (Parcel, ParcelStatus, PARCEL_MOVES, CustodyMoveRefused),
    (Crate, CrateStatus, CRATE_MOVES, CustodyMoveRefused),
)


@pytest.mark.parametrize(
    ("model", "origin", "target", "moves", "refusal"),
    [
        pytest.param(model, origin, target, moves, refusal, id=f"{model.__name__}-{origin}-{target}")
        for model, statuses, moves, refusal in MACHINES
        for origin, target in itertools.product(statuses, repeat=2)
    ],
)
def test_move_to_follows_the_list_and_nothing_else(model, origin, target, moves, refusal):
    row = model(status=origin)

    if target in moves.get(origin, ()):
        row.move_to(target)
        assert row.status == target
    else:
        with pytest.raises(refusal):
            row.move_to(target)
        assert row.status == origin


@pytest.mark.parametrize("origin", [status for status in HoldStatus if status not in OPEN_HOLD])
def test_a_hold_that_ended_comes_back_only_by_an_undone_cancel_or_a_loan_that_never_was(origin):
    expected = (HoldStatus.QUEUED,) if origin in (HoldStatus.CANCELLED, HoldStatus.COLLECTED) else ()
    assert HOLD_MOVES.get(origin, ()) == expected


@pytest.mark.parametrize(
    "origin",
    [LoanStatus.CLOSED, TransitStatus.ARRIVED, ParcelStatus.HANDED_OVER, ParcelStatus.OPENED, CrateStatus.UNPACKED],
)
def test_nothing_leaves_an_end(origin):
    assert not (LOAN_MOVES | TRANSIT_MOVES | PARCEL_MOVES | CRATE_MOVES).get(origin)


def test_only_a_parcel_with_us_moves():
    assert set(PARCEL_MOVES) == set(PARCEL_WITH_US)

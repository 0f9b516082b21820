"""How a copy leaves the set that goes round the condominium libraries with it (loans/deposits.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.states import CopyStatus
from loans.models import DepositCopy
from loans.states import LeftDeposit
from milanolib import clock

if TYPE_CHECKING:
    from catalog.models import Copy

IN_DEPOSIT = (CopyStatus.ON_DISPLAY, CopyStatus.IN_TRANSIT)  # what a copy in a set can be: at a place, or on its way


def leave_deposit(copy: Copy, because: LeftDeposit = LeftDeposit.ELSEWHERE) -> None:
    """Write that a copy is in its set no more, if it was in one; the copy is locked."""
    DepositCopy.objects.filter(copy=copy, left_at=None).update(left_at=clock.now(), left_because=because)

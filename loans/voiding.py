"""A loan that began with a parcel and was none: its reader came back at once, because it was not what they wait for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from loans import custody
from loans.claims import LoanOver, disown_loan
from loans.states import LoanEnd, LoanStatus
from loans.troubles import mark_damaged
from milanolib.db import lock, restartable
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User
    from branches.models import Place
    from loans.models import Loan

VOIDED_WITHIN = dt.timedelta(hours=1)


class Fault(models.TextChoices):
    """What was wrong with a parcel."""

    MISSING = "missing", _("not there")
    WRONG = "wrong", _("something else")
    DAMAGED = "damaged", _("damaged")


class TooLateToVoid(DomainError):
    """The first hour is over, or the loan began elsewhere."""

    code = "too_late_to_void"
    message = _("A loan is struck off within an hour, where it began. Ask the library: it can still put it right.")


@restartable
def void_loan(loan: Loan, fault: str, place: Place, *, at: dt.datetime, actor: User | None) -> Loan:
    """Strike off a loan whose parcel was empty, wrong or damaged, reported where it began within its first hour.

    The reader has the old turn again and is served anew. A copy that was not in its parcel is missing, and its library
    looks for it; a damaged one lies at `place` and is lent to nobody. `at` is when it was reported (aware). Safe to
    repeat. Raises LoanOver, TooLateToVoid.
    """
    copy = custody.lock_copy(loan.copy_id)
    lock(loan)
    if loan.status == LoanStatus.CLOSED and loan.end_reason == LoanEnd.NEVER_BORROWED:
        return loan
    if loan.status != LoanStatus.OPEN:
        raise LoanOver
    if loan.place_id != place.pk or not loan.lent_at <= at <= loan.lent_at + VOIDED_WITHIN:
        raise TooLateToVoid
    loan = disown_loan(loan, reason=fault, actor=actor)
    if fault == Fault.DAMAGED:
        mark_damaged(copy, place, reason=fault, actor=actor)
    return loan

"""A reader's history of loans: kept only by who wants it, deleted whenever they want.

It is the loans themselves, left linked to their reader. What is deleted is cut by the same function that cuts
everybody's loans after seven days; what ended later than that, or is in dispute, leaves the history at once and is cut
on its day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.choices import HISTORY, give_consent, withdraw_consent
from loans.models import Hold, Loan
from loans.reminders import UNLINK_BATCH, may_be_unlinked, to_be_unlinked_before, unlink
from loans.states import LoanStatus
from milanolib.db import lock, restartable

if TYPE_CHECKING:
    from accounts.models import Reader
    from loans.querysets import LoanQuerySet

WORDING = "2026-11"  # of the text on the page; another text is another version


@transaction.atomic
def keep_history(reader: Reader) -> Reader:
    """From now on a reader's loans are remembered, those of the last days too. Safe to repeat."""
    lock(reader)
    give_consent(reader, HISTORY, wording=WORDING)
    if not reader.keeps_history:
        reader.keeps_history = True
        reader.save(update_fields=["keeps_history"])
    return reader


def stop_keeping_history(reader: Reader) -> int:
    """From now on nothing is remembered, and all that was is forgotten; return how many loans. Safe to repeat.

    The switch comes first: were this interrupted, the night's work would forget the rest.
    """
    with transaction.atomic():
        lock(reader)
        withdraw_consent(reader, HISTORY)
        reader.keeps_history = False
        reader.save(update_fields=["keeps_history"])
    return forget_all(reader)


def forget_all(reader: Reader) -> int:
    """Delete a reader's whole history; return how many loans were in it. Safe to repeat."""
    total = 0
    while True:
        forgotten = _forget(remembered(reader))
        total += forgotten
        if forgotten < UNLINK_BATCH:
            return total


def forget_loan(loan: Loan) -> bool:
    """Delete one loan from its reader's history; return whether it was there. Safe to repeat."""
    return _forget(_in_a_history().filter(pk=loan.pk)) == 1


def remembered(reader: Reader) -> LoanQuerySet:
    """Return what a reader has given back and wants remembered, the last one first."""
    return _in_a_history().filter(reader=reader).order_by("-closed_at", "-pk")


def _in_a_history() -> LoanQuerySet:
    return Loan.objects.filter(status=LoanStatus.CLOSED, reader__isnull=False, is_remembered=True)


@restartable
def _forget(loans: LoanQuerySet) -> int:
    chosen = loans.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = list(chosen.values_list("pk", flat=True)[:UNLINK_BATCH])
    cut = list(may_be_unlinked(to_be_unlinked_before()).filter(pk__in=found).values_list("pk", flat=True))
    holds = Hold.objects.filter(loan__in=cut, reader__isnull=False).order_by("pk")
    lock(holds)
    unlink(loans=cut, holds=[hold.pk for hold in holds])
    Loan.objects.filter(pk__in=set(found) - set(cut)).update(is_remembered=False)
    return len(found)

"""Due work of circulation that nobody triggers: reminders, expiry, unlinking. Each is safe to run at any time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.services import blur
from loans import records
from loans.blocks import still_counting
from loans.models import UNDO_WITHIN, ClosureBatch, ClosureMove, Hold, HoldGroup, Loan, Task
from loans.policy import DUE_SOON_DAYS, UNLINK_AFTER_DAYS
from loans.states import OPEN_HOLD, LoanStatus
from milanolib import clock
from notifications.services import forget
from outbox.events import emit
from outbox.models import Event, Request

if TYPE_CHECKING:
    from loans.querysets import LoanQuerySet

UNLINK_BATCH = 1000
CLOSURES_LOOKED_AT = dt.timedelta(days=90)  # back to which batches are looked at again, after an outage too


def remind() -> int:
    """Emit the reminders of the day: due in three days, past its date since yesterday; return how many loans.

    Keyed by loan and date: a second run, a renewal or a restart sends nothing twice and nothing false. What will
    probably renew by itself is left out: its reader is told when it did, or did not.
    """
    today = clock.today()
    soon = Loan.objects.filter(
        status=LoanStatus.OPEN, due_on__range=(today, today + dt.timedelta(days=DUE_SOON_DAYS))
    ).exclude(Exists(Loan.objects.about_to_renew_by_themselves().filter(pk=OuterRef("pk"))))
    late = Loan.objects.overdue(today)
    count = 0
    for kind, loans in (("due_soon", soon), ("overdue", late)):
        for loan in loans.only("pk", "due_on").iterator():
            day = loan.due_on.isoformat()
            emit(f"loans.{kind}", key=f"{kind.replace('_', '-')}:{loan.pk}:{day}", loan_id=loan.pk, due_on=day)
            count += 1
    return count


def unlink_ended() -> int:
    """Cut the link between reader and title for what ended seven days ago; return how many rows were cut.

    Loans given back cleanly (or settled, a week later) and reservations that ended lose their reader, messages about
    them their parameters, handled events their contents, settled reports the card that nobody knew; readers' request
    keys of that age go. Of readers who keep a history the loans stay linked that they have not deleted from it, and
    nothing else.
    """
    before = to_be_unlinked_before()
    blur(before)
    records.forget_cards(before)
    _forget_what_is_kept_of(before)
    _forget_closures(before)
    total = 0
    while True:
        with transaction.atomic():
            cut = _unlink_batch(before)
        total += cut
        if cut < UNLINK_BATCH:
            return total


def _forget_closures(before: dt.datetime) -> None:
    """Blank what messages about closures say of a batch once it cannot be undone any more: it leads to its loans."""
    over = ClosureBatch.objects.filter(applied_at__range=(before - CLOSURES_LOOKED_AT, before - UNDO_WITHIN))
    forget("closure_batch", list(over.values_list("pk", flat=True)))


def to_be_unlinked_before() -> dt.datetime:
    """Return the instant before which a loan must have ended to be unlinked now: on the seventh day, not after it."""
    return clock.start_of(clock.today() - dt.timedelta(days=UNLINK_AFTER_DAYS - 1))


def may_be_unlinked(before: dt.datetime) -> LoanQuerySet:
    """Return the loans that ended cleanly before an instant, and of which nothing follows for their reader any more."""
    disputed = Task.objects.filter(
        copy=OuterRef("copy"), closed_at=None, opened_at__range=(OuterRef("lent_at"), OuterRef("closed_at"))
    )
    named = Task.objects.filter(loan=OuterRef("pk"), closed_at=None)
    return (
        Loan.objects.filter(status=LoanStatus.CLOSED, closed_at__lt=before, reader__isnull=False)
        .filter(Q(settled_at=None) | Q(settled_at__lt=before))
        .exclude(Exists(disputed))
        .exclude(Exists(named))
        .exclude(suspended_until__gte=clock.today())
    )


def _unlink_batch(before: dt.datetime) -> int:
    loans = list(
        may_be_unlinked(before)
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(Q(reader__keeps_history=False) | Q(is_remembered=False))
        .order_by("pk")
        .values_list("pk", flat=True)[:UNLINK_BATCH]
    )
    standing = Q(loan__isnull=False) & ~Q(loan__status=LoanStatus.CLOSED)
    holds = list(
        Hold.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .exclude(status__in=OPEN_HOLD)
        .filter(ended_at__lt=before, reader__isnull=False)
        .exclude(standing)
        .exclude(still_counting())
        .order_by("pk")
        .values_list("pk", flat=True)[:UNLINK_BATCH]
    )
    unlink(loans=loans, holds=holds)
    # a reader's request key names a hold, and its hash could be guessed: a week is long enough for a repeated click
    Request.objects.filter(created_at__lt=before, client__startswith="user:").delete()
    return max(len(loans), len(holds))


def unlink(*, loans: list[int], holds: list[int]) -> None:
    """Take the reader out of ended loans and reservations (ids, locked), and forget all else that names them.

    The one way in which this link is cut, by night or because the reader wants it.
    """
    Loan.objects.filter(pk__in=loans).update(reader=None, unlinked_at=clock.now())
    HoldGroup.objects.filter(won_by__in=holds).update(won_by=None)
    Hold.objects.filter(pk__in=holds).update(reader=None, group=None)
    HoldGroup.objects.filter(~Exists(Hold.objects.filter(group=OuterRef("pk")))).delete()
    _forget_traces(loans, holds)


def _forget_what_is_kept_of(before: dt.datetime) -> None:
    """Of loans that stay in a history forget all but the loan: the history is the one place that remembers them.

    Looks back another week, so that nights without this job are made up for.
    """
    kept = Loan.objects.filter(
        status=LoanStatus.CLOSED,
        closed_at__range=(before - dt.timedelta(days=UNLINK_AFTER_DAYS), before),
        reader__keeps_history=True,
    )
    _forget_traces(list(kept.values_list("pk", flat=True)), [])


def _forget_traces(loans: list[int], holds: list[int]) -> None:
    ClosureMove.objects.filter(loan__in=loans).update(loan=None)
    ClosureMove.objects.filter(hold__in=holds).update(hold=None)
    forget("loan", loans)
    forget("hold", holds)
    Event.objects.filter(
        Q(payload__loan_id__in=loans) | Q(payload__hold_id__in=holds), handled_at__isnull=False
    ).update(payload={}, key=Concat(Value("forgotten:"), Cast("pk", CharField())))

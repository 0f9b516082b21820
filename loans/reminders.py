"""Due work of circulation that nobody triggers: reminders, expiry, unlinking. Each is safe to run at any time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import CharField, Exists, Max, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.services import blur
from loans import records
from loans.blocks import still_counting
from loans.expectations import expected_for
from loans.models import UNDO_WITHIN, ClosureBatch, ClosureMove, Hold, HoldGroup, Loan, Task
from loans.policy import DUE_SOON_DAYS, MOVED_BY_DAYS, UNLINK_AFTER_DAYS, overdue_stage
from loans.states import OPEN_HOLD, HoldStatus, LoanStatus
from milanolib import clock
from notifications.services import forget
from outbox.events import emit, emit_all
from outbox.models import Event, Request

if TYPE_CHECKING:
    from loans.querysets import LoanQuerySet

UNLINK_BATCH = 1000
TOGETHER = 500  # events in one statement
HOLDS_AT_ONCE = 100
SUSPENSIONS_LOOKED_AT = dt.timedelta(days=7)
CLOSURES_LOOKED_AT = dt.timedelta(days=90)  # back to which batches are looked at again, after an outage too


def remind() -> int:
    """Emit the reminders of the day: due in three days, today, past its date by so many; return how many.

    And the last day of what is kept. Keyed by the thing and the date: a second run, a renewal or a restart sends
    nothing twice and nothing false. What will probably renew by itself is left out: its reader is told when it did, or
    did not. Of a loan long past its date only the reminder whose turn it is, whatever was missed before.
    """
    today = clock.today()
    soon = Loan.objects.filter(
        status=LoanStatus.OPEN, due_on__range=(today, today + dt.timedelta(days=DUE_SOON_DAYS))
    ).exclude(Exists(Loan.objects.about_to_renew_by_themselves().filter(pk=OuterRef("pk"))))
    events: list[tuple[str, str, dict[str, int | str | None]]] = []
    for loan in soon.only("pk", "due_on").iterator():
        kind, day = "due_today" if loan.due_on == today else "due_soon", loan.due_on.isoformat()
        events.append((f"loans.{kind}", f"{kind.replace('_', '-')}:{loan.pk}:{day}", _about(loan, day)))
    for loan in Loan.objects.overdue(today).only("pk", "due_on").iterator():
        day, stage = loan.due_on.isoformat(), overdue_stage((today - loan.due_on).days)
        key = f"overdue:{loan.pk}:{day}" if stage == 1 else f"overdue-{stage}:{loan.pk}:{day}"
        events.append(("loans.overdue", key, {**_about(loan, day), "stage": stage}))
    for hold in Hold.objects.filter(status=HoldStatus.READY, keep_until=today).only("pk").iterator():
        key = f"hold-last-day:{hold.pk}:{today}"
        events.append(("loans.hold_last_day", key, {"hold_id": hold.pk, "day": today.isoformat()}))
    for first in range(0, len(events), TOGETHER):
        emit_all(events[first : first + TOGETHER])
    return len(events)


def _about(loan: Loan, day: str) -> dict[str, int | str | None]:
    return {"loan_id": loan.pk, "due_on": day}


def tell_moved_days() -> int:
    """Emit for each reservation whose expected day has moved by more than two days since it was told; return how many.

    The first day that can be said is written down and tells nobody anything: their page shows it. A hundred in a
    transaction; safe to repeat.
    """
    waiting = Hold.objects.open().exclude(status=HoldStatus.READY).filter(suspended_until=None)
    numbers = list(waiting.order_by("work", "pk").values_list("pk", flat=True))
    return sum(_tell_moved(numbers[first : first + HOLDS_AT_ONCE]) for first in range(0, len(numbers), HOLDS_AT_ONCE))


@transaction.atomic
def _tell_moved(numbers: list[int]) -> int:
    holds = list(Hold.objects.filter(pk__in=numbers))
    expected = expected_for(holds)
    today, changed, told = clock.today(), [], 0
    for hold in holds:
        day = expected[hold.pk].on if hold.pk in expected else None
        if day is None or (hold.told_day is not None and abs(day - hold.told_day).days <= MOVED_BY_DAYS):
            continue
        if hold.told_day is not None:
            key = f"hold-date-moved:{hold.pk}:{today}"
            emit("loans.hold_date_moved", key=key, hold_id=hold.pk, day=day.isoformat())
            told += 1
        hold.told_day = day
        changed.append(hold)
    Hold.objects.bulk_update(changed, ["told_day"])
    return told


def tell_ended_suspensions() -> int:
    """Emit for each reader whom lateness suspends no more since a few days; return how many.

    Keyed by the reader and the last day: a night without this job is made up for, and nobody is told twice.
    """
    today = clock.today()
    still = Loan.objects.filter(reader=OuterRef("reader"), suspended_until__gte=today)
    ended = (
        Loan.objects.filter(
            reader__isnull=False,
            suspended_until__range=(today - SUSPENSIONS_LOOKED_AT, today - dt.timedelta(days=1)),
        )
        .exclude(Exists(still))
        .values_list("reader")
        .annotate(last=Max("suspended_until"))
        .order_by("reader")
    )
    rows = list(ended)
    for reader, last in rows:
        emit("loans.suspension_ended", key=f"suspension-ended:{reader}:{last}", reader_id=reader)
    return len(rows)


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

"""Reservations that nothing can fill: their reader and a librarian are told, and it is taken back when a copy comes.

A job looks at all that wait, so it does not matter why the last copy went: lost, withdrawn, no longer lent, given
another volume, moved to another work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.lookups import Exact

from catalog.models import Copy
from catalog.states import MAY_SERVE
from loans import custody
from loans.models import Hold, Task, TaskKind
from loans.settling import settle
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from milanolib.db import restartable
from outbox.events import emit

if TYPE_CHECKING:
    from branches.models import Place
    from catalog.querysets import CopyQuerySet
    from loans.querysets import HoldQuerySet


def look_at_unfillable() -> int:
    """Mark each waiting hold that no copy can ever fill, and unmark those that one can; return how many were marked.

    Each in a transaction of its own. Safe to repeat.
    """
    waiting = Hold.objects.filter(status=HoldStatus.QUEUED, unfillable_since=None).exclude(can_be_filled())
    marked = sum(mark_unfillable(hold) for hold in list(waiting.in_order()))
    back = Hold.objects.open().filter(can_be_filled(), unfillable_since__isnull=False)
    for hold in list(back.in_order()):
        unmark_unfillable(hold)
    _close_tasks()
    return marked


@restartable
def mark_unfillable(hold: Hold) -> bool:
    """Write down that nothing can fill a hold, tell its reader, leave a task; it keeps its turn. Return whether so."""
    custody.lock_with_copy(hold)
    if hold.status != HoldStatus.QUEUED or hold.unfillable_since is not None or _fillable(hold):
        return False
    hold.unfillable_since = clock.now()
    hold.save(update_fields=["unfillable_since"])
    emit("loans.hold_unfillable", key=f"hold-unfillable:{hold.pk}:{clock.now():%Y%m%d%H%M%S%f}", hold_id=hold.pk)
    _leave_task(hold)
    return True


@restartable
def unmark_unfillable(hold: Hold) -> bool:
    """A copy has come that can fill the hold, now or some day; return whether it was marked until now."""
    custody.lock_with_copy(hold)
    if hold.unfillable_since is None or not _fillable(hold):
        return False
    hold.unfillable_since = None
    hold.save(update_fields=["unfillable_since"])
    return True


def can_be_filled() -> Exists:
    """Return the condition that some copy may serve a hold, now or when it comes back."""
    return Exists(copies_for_hold())


def copies_for_hold() -> CopyQuerySet:
    """Return, inside a query of holds, the copies that may serve one, now or when they come back."""
    suits = (
        Exact(OuterRef("level"), Value(HoldLevel.WORK))
        | Q(Exact(OuterRef("level"), Value(HoldLevel.TITLE)), title=OuterRef("title"))
        | Q(Exact(OuterRef("level"), Value(HoldLevel.VOLUME)), title=OuterRef("title"), volume=OuterRef("volume"))
        | Q(Exact(OuterRef("level"), Value(HoldLevel.COPY)), pk=OuterRef("copy"))
    )
    return Copy.objects.filter(suits, title__work=OuterRef("work"), status__in=MAY_SERVE, is_lendable=True)


def _fillable(hold: Hold) -> bool:
    return Hold.objects.filter(can_be_filled(), pk=hold.pk).exists()


def _leave_task(hold: Hold) -> None:
    """Ask the library where it is to be collected what to do, once for all who wait there for the same work."""
    task = Task(
        kind=TaskKind.UNFILLABLE, place=library_of(hold.pickup_place), work_id=hold.work_id, opened_at=clock.now()
    )
    Task.objects.bulk_create([task], ignore_conflicts=True)  # it may be open already


def library_of(point: Place) -> Place:
    """Return whose librarians look after a point's readers: the library that serves it, or a stop's vehicle."""
    return point.parent or point.holding_place


def _close_tasks() -> None:
    """Close the tasks about works that nobody waits for in vain any more at those points."""
    marked: HoldQuerySet = Hold.objects.open().filter(unfillable_since__isnull=False, work=OuterRef("work"))
    there = (
        Q(pickup_place=OuterRef("place"))
        | Q(pickup_place__parent=OuterRef("place"))
        | Q(pickup_place__vehicle=OuterRef("place"))
    )
    settle(Task.objects.filter(~Exists(marked.filter(there)), kind=TaskKind.UNFILLABLE))

"""Verbs on what the machine could not settle and left for a librarian."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.states import CopyStatus
from loans.models import Task, TaskKind
from milanolib import clock
from milanolib.db import lock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Crate

# Copies somebody may be searching for, and the tasks that ask for it.
SOUGHT = (CopyStatus.MISSING, CopyStatus.CLAIMED_RETURNED)
SEARCHES = (
    TaskKind.NOT_ON_SHELF,
    TaskKind.CLAIMED_RETURNED,
    TaskKind.NEVER_BORROWED,
    TaskKind.LATE_JOURNEY,
    TaskKind.NOT_IN_CRATE,
)
LISTED_APART = SEARCHES[:-1]  # in the lists of what is to be looked for
NOT_AGAIN_WITHIN = dt.timedelta(days=30)  # after a librarian has closed the task about a point


class TaskClosed(DomainError):
    """Somebody has seen to it already."""

    code = "task_closed"
    message = _("A colleague has closed this task meanwhile. Load the page again to see the answer.")


@transaction.atomic
def close_task(task: Task, *, answer: str, actor: User | None) -> Task:
    """Write down what was done about a task; it leaves the desk's list.

    `answer` is what the librarian did, in a few words and without a reader's name. Raises TaskClosed.
    """
    task = Task.objects.select_for_update(no_key=True, of=("self",)).select_related("place").get(pk=task.pk)
    if task.closed_at is not None:
        raise TaskClosed
    task.closed_at, task.closed_by, task.answer = clock.now(), actor, answer
    task.save(update_fields=["closed_at", "closed_by", "answer"])
    note_act("close_task", f"task:{task.pk}", actor=actor, place_code=task.place.code)
    return task


def open_task(kind: TaskKind, place: Place, *, copy: Copy) -> None:
    """Ask the librarians of a place (for a point: of the library that serves it) to look into a copy, once."""
    at = place.parent or place
    if not Task.objects.filter(kind=kind, place=at, copy=copy, closed_at=None).exists():
        Task.objects.create(kind=kind, place=at, copy=copy, opened_at=clock.now())


def open_crate_task(kind: TaskKind, place: Place, crate: Crate) -> None:
    """Ask the librarians of a place to see to a crate, once."""
    task = Task(kind=kind, place=place, crate=crate, opened_at=clock.now())
    Task.objects.bulk_create([task], ignore_conflicts=True)  # it may be open already


def settle(tasks: QuerySet[Task], answer: str = Task.SETTLED) -> int:
    """Close those of some tasks that are open, with an answer of the machine's own; return how many."""
    return tasks.filter(closed_at=None).update(closed_at=clock.now(), answer=answer)


def settle_crate(crate: Crate) -> None:
    """Close the task that waits for a crate to be brought back: it is there."""
    settle(Task.objects.filter(kind=TaskKind.CRATE_TURNED, crate=crate), Task.TURNED_UP)


def settle_want(copy: Copy) -> None:
    """Close the task that asks to call a copy back from its deposit: it is on its way."""
    settle(Task.objects.filter(kind=TaskKind.DEPOSIT_WANTED, copy=copy))


def settle_ready(house: Place) -> None:
    """Close the task that says that a deposit can be fetched from a house: it has left."""
    settle(Task.objects.filter(kind=TaskKind.DEPOSIT_READY, point=house))


def end_search(copy: Copy) -> None:
    """Close the tasks that ask to search for a copy: by its state it turned up, or the search was given up."""
    answer = Task.GIVEN_UP if copy.status in (CopyStatus.MISSING, CopyStatus.LOST) else Task.TURNED_UP
    settle(Task.objects.filter(copy=copy, kind__in=SEARCHES), answer)


@transaction.atomic
def report_missing_parts(copy: Copy, place: Place, *, actor: User | None) -> None:
    """Write down that parts of a copy were not there when it was at a desk. Safe to repeat: one open task is enough."""
    lock(copy)
    open_task(TaskKind.PARTS_MISSING, place, copy=copy)
    note_act("report_missing_parts", f"copy:{copy.pk}", actor=actor, place_code=place.code)


def note_never_open(point: Place) -> None:
    """Leave a task to the library that serves a point, because a date there could not be moved to an open day.

    Once for the point, not for each loan; and not again within 30 days after somebody has seen to it.
    """
    now = clock.now()
    known = Task.objects.filter(kind=TaskKind.NEVER_OPEN, point=point)
    if not known.filter(Q(closed_at=None) | Q(closed_at__gt=now - NOT_AGAIN_WITHIN)).exists():
        place = point.parent or point.holding_place
        task = Task(kind=TaskKind.NEVER_OPEN, place=place, point=point, opened_at=now)
        Task.objects.bulk_create([task], ignore_conflicts=True)  # a rival may write the same at this moment

"""Titles that readers wait for and that stand in deposits only: the library that lends the set may call a copy back.

Whether one trip for one book is worth it is a librarian's choice; that it is asked for is not left to chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, Exists, OuterRef, Q, When

from loans import routing
from loans.models import DepositCopy, DepositStay, Hold, Task, TaskKind
from loans.policy import can_serve
from loans.settling import settle
from loans.states import DepositStatus
from loans.unfillable import copies_for_hold
from milanolib import clock
from milanolib.db import restartable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loans.querysets import HoldQuerySet

IN_A_SET = Exists(DepositCopy.objects.filter(copy=OuterRef("pk"), left_at=None))


def look_at_wants() -> int:
    """Ask for a copy of each work that is waited for and stands in deposits only; return how many tasks are new.

    Tasks that nobody needs any more are closed first. Safe to repeat.
    """
    close_wants()
    works = {hold.work_id: hold for hold in wanting().in_order().reverse()}  # the earliest of each work stays
    return sum(ask_for_copy(hold) for hold in works.values())


def wanting() -> HoldQuerySet:
    """Return the reservations that could be served if a copy were not in a deposit: there is no other one."""
    works = DepositCopy.objects.filter(left_at=None).values("copy__title__work")
    suits = copies_for_hold()
    waiting = Hold.objects.filter(work__in=works).waiting()
    return waiting.filter(Exists(suits.filter(IN_A_SET)), ~Exists(suits.exclude(IN_A_SET)))


@restartable
def ask_for_copy(hold: Hold) -> bool:
    """Leave a task about the copy that would serve a hold to the library of its set; return whether it is new.

    One is enough for a work: while that copy is on its way, the others wait for it too. What a librarian has
    closed is not asked again for whoever waited then.
    """
    work = routing.lock_work_of(hold)
    if not wanting().filter(pk=hold.pk).exists():
        return False
    answered = Q(closed_at__gte=hold.placed_at) & ~Q(answer=Task.SETTLED)  # by a librarian, who knows of this reader
    asked = Task.objects.filter(kind=TaskKind.DEPOSIT_WANTED, work=work)
    if asked.filter(Q(closed_at=None) | answered).exists():
        return False
    is_there = Case(When(deposit__status=DepositStatus.ON_WAY, then=1), default=0)
    members = DepositCopy.objects.filter(left_at=None, copy__title__work=work, copy__is_lendable=True)
    members = members.select_related("copy__title", "deposit__library").defer("copy__title__record")
    member = next(one for one in members.order_by(is_there, "pk") if can_serve(one.copy, hold))
    Task.objects.create(
        kind=TaskKind.DEPOSIT_WANTED,
        place=member.deposit.library,
        work=work,
        copy=member.copy,
        opened_at=clock.now(),
    )
    return True


def close_wants() -> int:
    """Close the tasks about copies that are in no set any more, or for which nobody waits; return how many."""
    standing = DepositCopy.objects.filter(copy=OuterRef("copy"), left_at=None)
    over = ~Exists(standing) | ~Exists(wanting().filter(work=OuterRef("work")))
    return settle(Task.objects.filter(over, kind=TaskKind.DEPOSIT_WANTED))


def note_sets(tasks: Iterable[Task]) -> list[Task]:
    """Say of each task that asks for a copy in which set it is (`member`), and where that is (`member.stay`).

    Two statements; none where no task does.
    """
    noted = list(tasks)
    copies = {task.copy_id for task in noted if task.kind == TaskKind.DEPOSIT_WANTED}
    members: dict[int | None, DepositCopy] = {}
    if copies:
        rows = DepositCopy.objects.filter(copy__in=copies, left_at=None).select_related("deposit")
        members = {one.copy_id: one for one in rows}
        away = Q(deposit__in={one.deposit_id for one in members.values()}, sent_at__isnull=False, left_at=None)
        stays = {stay.deposit_id: stay for stay in DepositStay.objects.filter(away).select_related("place")}
        for one in members.values():
            one.stay = stays.get(one.deposit_id)  # type: ignore[attr-defined]
    for task in noted:
        is_asked = task.kind == TaskKind.DEPOSIT_WANTED
        task.member = members.get(task.copy_id) if is_asked else None  # type: ignore[attr-defined]
    return noted

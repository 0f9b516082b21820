"""Verbs on what the machine could not settle and left for a librarian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from loans.models import Task
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User


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

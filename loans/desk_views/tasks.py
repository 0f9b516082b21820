"""What waits for a librarian, and what is on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from loans.deposit_wants import note_sets
from loans.desk_forms import AnswerForm
from loans.desk_reads import open_tasks, parcels_under_way
from loans.desk_views.frame import at_desk, desk_page
from loans.desk_words import tell_refusal
from loans.models import Task
from loans.settling import close_task
from loans.task_filter import TaskFilter
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request


class AnswerMissing(DomainError):
    """A task is closed with words."""

    code = "answer_missing"
    message = _("Say what was done, in 300 characters at most; then close the task.")


@require_GET
@at_desk
def tasks(request: Request, place: Place) -> HttpResponse:
    """Show the open tasks of the branch with a form each, and its parcels on their way."""
    filters = TaskFilter(request.GET, place=place)
    found = filters.chosen(open_tasks(place))
    rows = [(_with_words(task), AnswerForm(auto_id=f"id_task{task.pk}_%s")) for task in note_sets(found)]
    context = {"rows": rows, "filters": filters, "parcels": parcels_under_way(place)}
    return desk_page(request, "loans/desk/tasks.html", gettext("Tasks and parcels"), context, place=place)


def _with_words(task: Task) -> Task:
    """Give a task the sentence of the rule that would have refused what was reported, and the card as it was read."""
    kept = task.report.payload if task.report else {}
    task.rule = tell_refusal(kept.get("refused", ""), kept.get("refused_params", {}))  # type: ignore[attr-defined]
    task.card = kept.get("card", "")  # type: ignore[attr-defined]
    return task


@require_POST
@at_desk
def close(request: Request, place: Place, task_id: int) -> HttpResponse:
    """Close a task of this branch with what was done about it."""
    task = get_object_or_404(
        Task.objects.filter(place=place).select_related("copy__title", "loan", "report", "crate", "round_call__place"),
        pk=task_id,
    )
    note_sets([task])
    form = AnswerForm(request.POST, auto_id=f"id_task{task.pk}_%s")
    context = {"desk": place, "task": _with_words(task), "form": form}
    refusal: DomainError | None = None
    if form.is_valid():
        try:
            close_task(task, answer=form.cleaned_data["answer"], actor=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            refusal = error
    else:
        refusal = AnswerMissing()
    done = "" if refusal else gettext("Closed: %(task)s") % {"task": task.get_kind_display()}
    return respond(
        request, "loans/desk/tasks.html#task", context, refusal=refusal, done=done, back=reverse("admin:desk_tasks")
    )

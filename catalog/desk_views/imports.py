"""Imports: a file goes up, a worker takes it in, the page tells how far it is and what could not be taken."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from branches.desk_frame import desk_page, for_staff
from catalog.desk_forms import ImportForm
from catalog.import_runs import ask_for_import, problems_of, repeat_for_real
from catalog.importing import Level
from catalog.importing.report import in_words
from catalog.models import ImportRun
from milanolib.errors import DomainError
from milanolib.http import respond
from milanolib.tables import csv_answer

if TYPE_CHECKING:
    from django.http import HttpResponse

    from catalog.importing import Problem
    from milanolib.http import Request

PERMISSION = "catalog.add_importrun"
MOST_RUNS = 30
MOST_SHOWN = 200


@for_staff(PERMISSION)
def imports(request: Request) -> HttpResponse:
    """Show the form and the latest imports; take a file."""
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            upload = form.cleaned_data.pop("file")
            run = ask_for_import(upload, actor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            return HttpResponseRedirect(reverse("admin:import_run", args=[run.pk]))
        status = 422
    runs = ImportRun.objects.defer("report").select_related("asked_by", "branch")[:MOST_RUNS]
    context = {"form": form, "runs": runs}
    return desk_page(request, "catalog/desk/imports.html", _("Import records"), context, status=status)


@require_safe
@for_staff(PERMISSION)
def run(request: Request, run_id: int) -> HttpResponse:
    """Show one import: how far it is, its numbers, each problem in words. While it runs the page asks again."""
    found = get_object_or_404(ImportRun.objects.select_related("asked_by", "branch"), pk=run_id)
    context = told(found)
    if request.htmx:
        return respond(request, "catalog/desk/import_run.html#progress", context)
    title = _("Import of %(name)s") % {"name": found.name}
    return desk_page(request, "catalog/desk/import_run.html", title, context)


def told(found: ImportRun) -> dict[str, Any]:
    """Return what is said of an import."""
    numbers = found.report.get("numbers", {})
    fault = found.report.get("fault")
    problems = problems_of(found)
    return {
        "run": found,
        "is_over": found.status in (ImportRun.Status.DONE, ImportRun.Status.FAILED),
        "numbers": numbers,
        "fault": in_words(fault["code"], fault["params"]) if fault else "",
        "problems": problems[:MOST_SHOWN],
        "hidden": max(len(problems) - MOST_SHOWN, 0),
        "kinds": _kinds(problems),
        "has_problems": bool(problems),
        "may_repeat": found.is_trial and found.status == ImportRun.Status.DONE and bool(found.file),
        "seconds": found.report.get("seconds"),
        "was_interrupted": found.report.get("attempts", 0) > 1,
    }


def _kinds(problems: list[Problem]) -> list[str]:
    """Return how many problems there are of each kind, the worst first."""
    counts = Counter(one.level for one in problems)
    words = (
        (Level.REFUSED, ngettext("%(count)s record refused", "%(count)s records refused", counts[Level.REFUSED])),
        (Level.COPY, ngettext("%(count)s copy refused", "%(count)s copies refused", counts[Level.COPY])),
        (Level.WARNING, ngettext("%(count)s warning", "%(count)s warnings", counts[Level.WARNING])),
    )
    return [text % {"count": counts[level]} for level, text in words if counts[level]]


@require_POST
@for_staff(PERMISSION)
def for_real(request: Request, run_id: int) -> HttpResponse:
    """After a trial: import the same file in earnest."""
    found = get_object_or_404(ImportRun, pk=run_id)
    back = reverse("admin:import_run", args=[run_id])
    try:
        real = repeat_for_real(found, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, "_refusal.html", refusal=refusal, back=back)
    return HttpResponseRedirect(reverse("admin:import_run", args=[real.pk]))


@require_GET
@for_staff(PERMISSION)
def problems(request: Request, run_id: int) -> HttpResponse:  # noqa: ARG001  a view's argument
    """Give all problems of an import as a table to take away."""
    found = get_object_or_404(ImportRun, pk=run_id)
    header = [_("How bad"), _("Record"), _("Byte"), _("Control number"), _("What is wrong")]
    rows = (
        (level_in_words(one.level), one.position, one.offset, one.control_number, one.reason)
        for one in problems_of(found)
    )
    return csv_answer(f"import-{found.pk}.csv", header, rows)


def level_in_words(level: Level) -> str:
    """Return how bad a problem is."""
    words = {Level.REFUSED: _("record refused"), Level.COPY: _("copy refused"), Level.WARNING: _("warning")}
    return words[level]

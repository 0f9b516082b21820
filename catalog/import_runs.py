"""Imports that somebody asked for in the admin: asked, taken up by a worker, told of while they run, kept a while.

A worker says every few seconds that it lives. One that was killed leaves a run that says nothing more: the next
sweep takes it up again from the start, which changes nothing twice, since an import is safe to repeat. After three
attempts it is marked as failed.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.importing import ImportReport, Level, Problem, UnreadableFile, import_file
from catalog.importing.report import REASONS
from catalog.models import ImportRun
from milanolib import clock
from milanolib.errors import DomainError
from outbox.nudge import nudge

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User
    from branches.models import Place

TASK = "catalog.run_imports"
LARGEST = 200 * 1024 * 1024  # bytes; larger files are for `manage.py import_marc`
QUIET_FOR = dt.timedelta(minutes=5)
BEAT_EVERY = dt.timedelta(seconds=2)
MOST_ATTEMPTS = 3
KEPT_DAYS = 30
NUMBERS = (
    "read", "created", "updated", "unchanged", "refused", "superseded", "warnings",
    "copies_created", "copies_updated", "copies_unchanged", "copies_refused",
)  # fmt: skip
_ONE_AT_A_TIME = 0x6D6C_696D  # any number of our own: a second import must not take the last worker from the outbox


class NotATrial(DomainError):
    """Only a trial is followed by the real import."""

    code = "not_a_trial"
    message = _("Only a trial that has ended can be followed by the real import. Load the page again.")


class FileGone(DomainError):
    """The file is not kept for ever."""

    code = "file_gone"
    message = _("The file of this import is no longer kept. Choose it again.")


class _TakenOver(Exception):
    """Another worker has taken this run up, thinking that we were dead."""


@transaction.atomic
def ask_for_import(
    upload: UploadedFile,
    *,
    format: str,  # noqa: A002  the option's own name
    source: str,
    branch: Place | None,
    is_trial: bool,
    actor: User,
) -> ImportRun:
    """Keep a file to be imported by a worker, and wake one. `branch` is for copies that name no library of ours."""
    name = (upload.name or "")[:200]
    upload.name = f"{secrets.token_hex(8)}.marc"  # what people call their files is no name for one of ours
    run = ImportRun.objects.create(
        file=upload,
        name=name,
        format=format,
        source=source,
        branch=branch,
        is_trial=is_trial,
        asked_by=actor,
        asked_at=clock.now(),
    )
    note_act("import_records", f"import:{run.pk}", actor=actor, reason=name)
    nudge(TASK)
    return run


@transaction.atomic
def repeat_for_real(run: ImportRun, *, actor: User) -> ImportRun:
    """After a trial, import the same file in earnest. Raises NotATrial, FileGone."""
    run = ImportRun.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.pk)
    if not run.is_trial or run.status != ImportRun.Status.DONE:
        raise NotATrial
    if not run.file.name or not run.file.storage.exists(run.file.name):
        raise FileGone
    real = ImportRun.objects.create(
        file=run.file.name,
        name=run.name,
        format=run.format,
        source=run.source,
        branch_id=run.branch_id,
        is_trial=False,
        asked_by=actor,
        asked_at=clock.now(),
    )
    note_act("import_records", f"import:{real.pk}", actor=actor, reason=run.name)
    nudge(TASK)
    return real


def run_due() -> int:
    """Do the imports that wait, one after the other; return how many were done here. Safe to run twice at once."""
    done = 0
    while (run := _taken()) is not None:
        _do(run)
        done += 1
    return done


def forget_files() -> int:
    """Remove the files of imports that ended a month ago; the reports stay. Return how many files went."""
    before = clock.now() - dt.timedelta(days=KEPT_DAYS)
    gone = 0
    for run in ImportRun.objects.filter(ended_at__lt=before).exclude(file="").defer("report"):
        name = run.file.name or ""
        ImportRun.objects.filter(pk=run.pk).update(file="")
        if not ImportRun.objects.filter(file=name).exists():
            run.file.storage.delete(name)
            gone += 1
    return gone


def _taken() -> ImportRun | None:
    """Take up the oldest run that waits, or that a dead worker left; None while another is alive."""
    now = clock.now()
    quiet = (now - QUIET_FOR).isoformat(timespec="seconds")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        running = ImportRun.objects.filter(status=ImportRun.Status.RUNNING)
        if running.filter(report__seen_at__gte=quiet).exists():
            return None
        run = (
            ImportRun.objects.select_for_update(no_key=True, of=("self",))
            .filter(Q(status=ImportRun.Status.WAITING) | Q(status=ImportRun.Status.RUNNING))
            .select_related("branch")
            .order_by("asked_at", "pk")
            .first()
        )
        if run is None:
            return None
        attempts = int(run.report.get("attempts", 0)) + 1
        run.report = {"attempts": attempts, "seen_at": now.isoformat(timespec="seconds")}
        run.status, run.started_at = ImportRun.Status.RUNNING, run.started_at or now
        if attempts > MOST_ATTEMPTS:
            run.status, run.ended_at = ImportRun.Status.FAILED, now
            run.report["fault"] = {"code": "interrupted", "params": {"times": MOST_ATTEMPTS}}
        run.save(update_fields=["status", "started_at", "ended_at", "report"])
    return _taken() if run.status == ImportRun.Status.FAILED else run


def _do(run: ImportRun) -> None:
    """Import the file of a run and keep what came of it."""
    told = clock.now() - BEAT_EVERY

    def beat(report: ImportReport) -> None:
        nonlocal told
        if clock.now() - told >= BEAT_EVERY:
            told = clock.now()
            _keep(run, {"numbers": _numbers(report)})

    try:
        report = import_file(
            run.file.path,
            format=run.format,
            source=run.source,
            branch=run.branch.code if run.branch else None,
            dry_run=run.is_trial,
            on_progress=beat,
        )
        result: dict[str, Any] = {
            "numbers": _numbers(report),
            "seconds": round(report.seconds, 1),
            "problems": [_stored(problem) for problem in report.problems],
        }
        _keep(run, result, ImportRun.Status.DONE)
    except UnreadableFile as fault:
        params = {**_safe(fault.params), **({"path": run.name} if "path" in fault.params else {})}
        _keep(run, {"fault": {"code": fault.code, "params": params}}, ImportRun.Status.FAILED)
    except DatabaseError as error:
        words = " ".join(str(error).split())[:300]
        _keep(run, {"fault": {"code": "database", "params": {"error": words}}}, ImportRun.Status.FAILED)
    except _TakenOver:
        return


def _keep(run: ImportRun, result: dict[str, Any], status: str = ImportRun.Status.RUNNING) -> None:
    """Write how far a run is, or how it ended, if it is still ours. Raises _TakenOver."""
    now = clock.now()
    report = {"attempts": run.report["attempts"], "seen_at": now.isoformat(timespec="seconds"), **result}
    changes: dict[str, Any] = {"report": report, "status": status}
    if status != ImportRun.Status.RUNNING:
        changes["ended_at"] = now
    ours = ImportRun.objects.filter(pk=run.pk, status=ImportRun.Status.RUNNING, report__attempts=run.report["attempts"])
    if not ours.update(**changes):
        raise _TakenOver


def _numbers(report: ImportReport) -> dict[str, int]:
    return {name: getattr(report, name) for name in NUMBERS}


def _stored(problem: Problem) -> dict[str, Any]:
    row = {one.name: getattr(problem, one.name) for one in fields(problem)}
    return {**row, "level": problem.level.value, "params": _safe(problem.params)}


def _safe(params: dict[str, object]) -> dict[str, object]:
    """Return parameters as JSON and PostgreSQL can keep them."""
    return {
        name: value if isinstance(value, int) else str(value).replace("\x00", "\ufffd")
        for name, value in params.items()
    }


def problems_of(run: ImportRun) -> list[Problem]:
    """Return the problems that a run met, to be said in the language of the moment."""
    rows = run.report.get("problems", [])
    return [Problem(**{**row, "level": Level(row["level"])}) for row in rows if row["code"] in REASONS]


def as_row(problem: Problem) -> dict[str, Any]:
    """Return a problem's fields, for a table."""
    return {**asdict(problem), "reason": problem.reason}

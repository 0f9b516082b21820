"""Verbs on closures: move what hangs on one to later days as a batch, go on with it after a kill, take it back.

Each thing moves in a transaction of its own, with a line that says from which day to which: lines are the progress.
What is done already is found moved, so everything here can be called again, by two people at once too.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from branches.models import Closure, Visit, VisitStatus
from loans.closing_plan import Plan, propose
from loans.closing_undo import put_back
from loans.models import ClosureBatch, ClosureMove, Hold, Loan, Moved
from loans.states import HoldStatus, LoanStatus
from loans.turning import turn_back_crates
from milanolib import clock
from milanolib.db import StartAgain, lock, restartable
from milanolib.errors import DomainError
from outbox.events import emit
from outbox.nudge import nudge

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
__all__ = ["apply_closure", "carry_on", "carry_on_all", "propose", "undo_closure"]


class ClosureGone(DomainError):
    """The closure was deleted meanwhile."""

    code = "closure_gone"
    message = _("This closure has been deleted meanwhile. Enter it again if the place is closed all the same.")


class UndoTooLate(DomainError):
    """More than seven days have passed."""

    code = "undo_too_late"
    message = _("This could be undone until %(until)s. The dates stay as they are; readers know them by now.")


class ClosureOver(DomainError):
    """The place has opened again."""

    code = "closure_over"
    message = _("This closure is over, so nothing is put back: the earlier days have passed.")


def apply_closure(closure: Closure, *, actor: User | None, most: int | None = None) -> ClosureBatch:
    """Move the dates that fall on a closure to the next open day, and cancel its visits; return the batch.

    Crates on the road to a point that is shut by it are turned back.

    Dates only move forward. `most` is how many to move now: the worker does the rest. Safe to repeat: what was
    moved stays moved, what has come since, or a closure made longer, is added to the same batch. Raises ClosureGone.
    """
    batch = _open_batch(closure, actor=actor)
    carry_on(batch, most=most)
    turn_back_crates(batch.place)
    return ClosureBatch.objects.select_related("place").get(pk=batch.pk)


@restartable
def _open_batch(closure: Closure, *, actor: User | None) -> ClosureBatch:
    """Return the closure's standing batch, opened again if there is more to move; a new one if there is none."""
    now = clock.now()
    current = Closure.objects.select_related("place").filter(pk=closure.pk).first()
    if current is None:
        raise ClosureGone
    batch = ClosureBatch.objects.filter(closure=current, undo_begun_at=None).first()
    if batch is not None:
        lock(batch)
        if batch.undo_begun_at is not None:
            raise StartAgain
        if batch.finished_at is None or not _is_more_to_do(batch, current):
            return batch
        batch.starts_on, batch.ends_on = current.starts_on, current.ends_on
        batch.applied_at, batch.applied_by, batch.finished_at = now, actor, None
        batch.save(update_fields=["starts_on", "ends_on", "applied_at", "applied_by", "finished_at"])
    else:
        batch = ClosureBatch(
            closure=current,
            place=current.place,
            starts_on=current.starts_on,
            ends_on=current.ends_on,
            applied_at=now,
            applied_by=actor,
        )
        try:
            with transaction.atomic():
                batch.save(force_insert=True)
        except IntegrityError as error:  # a colleague applies it at this moment
            raise StartAgain from error
    note_act("apply_closure", f"closurebatch:{batch.pk}", actor=actor, place_code=current.place.code)
    nudge("loans.carry_on_closures")
    return batch


def _is_more_to_do(batch: ClosureBatch, closure: Closure) -> bool:
    if (batch.starts_on, batch.ends_on) != (closure.starts_on, closure.ends_on):
        return True
    plan = Plan.of(closure)
    dues = plan.loans().order_by().values_list("place", "due_on").distinct()
    return (
        any(plan.new_due(*due) for due in dues)
        or any(plan.new_keep_until(hold) for hold in plan.kept())
        or plan.visits().exists()
    )


def carry_on(batch: ClosureBatch, *, most: int | None = None) -> bool:
    """Move what has not been moved yet, each in a transaction of its own; return whether the batch is finished.

    A closure that was changed or deleted since ends its batch with what it has moved.
    """
    batch = ClosureBatch.objects.select_related("closure").get(pk=batch.pk)
    if batch.finished_at is not None or batch.undo_begun_at is not None:
        return True
    if _is_as_applied(batch, batch.closure):
        plan, moved = Plan.of(batch), 0
        for move, rows in ((_move_visit, plan.visits()), (_move_loan, plan.loans()), (_move_hold, plan.kept())):
            for key in list(rows.order_by("pk").values_list("pk", flat=True)):
                if most is not None and moved >= most:
                    return False
                moved += move(batch, key, plan)
    return _finish(batch)


def carry_on_all() -> int:
    """Go on with batches that a killed process, or a page that did the first part only, left; return how many ended."""
    unfinished = ClosureBatch.objects.filter(finished_at=None, undo_begun_at=None)
    being_undone = ClosureBatch.objects.filter(undo_begun_at__isnull=False, undone_at=None)
    work = [(carry_on, batch) for batch in unfinished] + [(put_back, batch) for batch in being_undone]
    finished = 0
    for go_on, batch in work:
        try:
            finished += go_on(batch)
        except Exception:  # one batch in trouble must not stop the others; it is tried again each minute
            log.exception("closure batch %s not finished", batch.pk)
    return finished


def _is_as_applied(batch: ClosureBatch, closure: Closure | None) -> bool:
    return closure is not None and (closure.starts_on, closure.ends_on) == (batch.starts_on, batch.ends_on)


def _is_still_wanted(batch: ClosureBatch) -> bool:
    """Whether the batch, which is locked, is not undone and its closure stands as it was applied."""
    return batch.undo_begun_at is None and _is_as_applied(batch, Closure.objects.filter(batches=batch).first())


@restartable
def _move_loan(batch: ClosureBatch, loan_id: int, plan: Plan) -> bool:
    loan = Loan(pk=loan_id)
    lock(loan, batch)
    is_there = loan.status == LoanStatus.OPEN and loan.place_id in plan.calendars
    after = plan.new_due(loan.place_id, loan.due_on) if is_there else None
    if not (is_there and after is not None and _is_closed_on(batch, loan.due_on) and _is_still_wanted(batch)):
        return False
    _note_move(batch, Moved.LOAN, loan_id, loan.due_on, after)
    loan.due_on = after
    loan.save(update_fields=["due_on"])
    return True


@restartable
def _move_hold(batch: ClosureBatch, hold_id: int, plan: Plan) -> bool:
    hold = Hold(pk=hold_id)
    lock(hold, batch)
    is_there = hold.status == HoldStatus.READY and hold.pickup_place_id in plan.calendars
    after = plan.new_keep_until(hold) if is_there else None
    if not (is_there and after is not None and hold.keep_until is not None and _is_still_wanted(batch)):
        return False
    _note_move(batch, Moved.HOLD, hold_id, hold.keep_until, after)
    hold.keep_until = after
    hold.save(update_fields=["keep_until"])
    return True


@restartable
def _move_visit(batch: ClosureBatch, visit_id: int, plan: Plan) -> bool:
    lock(batch)
    visit = Visit.objects.select_for_update(no_key=True).get(pk=visit_id)
    if visit.status != VisitStatus.PLANNED or not _is_closed_on(batch, visit.on) or not _is_still_wanted(batch):
        return False
    _note_move(batch, Moved.VISIT, visit_id, visit.on, plan.next_visit(visit) or visit.on)
    visit.status = VisitStatus.CANCELLED
    visit.save(update_fields=["status"])
    return True


def _is_closed_on(batch: ClosureBatch, day: dt.date) -> bool:
    return batch.starts_on <= day and (batch.ends_on is None or day <= batch.ends_on)


def _note_move(batch: ClosureBatch, kind: Moved, key: int, before: dt.date, after: dt.date) -> None:
    """Write the line of a thing; where a longer closure moves it once more, the line keeps the first day."""
    thing = {f"{kind}_id": key}
    line = ClosureMove.objects.filter(batch=batch, **thing).first()
    if line is None:
        line = ClosureMove(batch=batch, kind=kind, before=before, **thing)
    line.after, line.moved_at = after, clock.now()
    line.save()


@restartable
def _finish(batch: ClosureBatch) -> bool:
    """Write that all has been moved; the event tells the readers, each once."""
    lock(batch)
    if batch.finished_at is None and batch.undo_begun_at is None:
        batch.finished_at = clock.now()
        batch.save(update_fields=["finished_at"])
        since = batch.applied_at.isoformat()
        emit("loans.closure_applied", key=f"closure-applied:{batch.pk}:{since}", batch_id=batch.pk, since=since)
    return True


def undo_closure(batch: ClosureBatch, *, actor: User | None, most: int | None = None) -> ClosureBatch:
    """Put back, within seven days, each date that nobody has changed since; the closure goes, or ends yesterday.

    A loan renewed since is left alone, as is what could not be kept to any more; each line says so. `most` is how many
    to put back now: the worker does the rest. Safe to repeat. Raises UndoTooLate, ClosureOver.
    """
    _begin_undo(batch, actor=actor)
    put_back(batch, most=most)
    return ClosureBatch.objects.select_related("place").get(pk=batch.pk)


@restartable
def _begin_undo(batch: ClosureBatch, *, actor: User | None) -> None:
    lock(batch)
    if batch.undo_begun_at is not None:
        return
    now, today = clock.now(), clock.today()
    if now > batch.undo_until:
        raise UndoTooLate(until=date_format(clock.local(batch.undo_until), "j F Y, H:i"))
    if batch.ends_on is not None and batch.ends_on < today:
        raise ClosureOver
    batch.undo_begun_at, batch.undone_by = now, actor
    batch.save(update_fields=["undo_begun_at", "undone_by"])
    _take_away(batch, today)
    note_act("undo_closure", f"closurebatch:{batch.pk}", actor=actor, place_code=batch.place.code)
    nudge("loans.carry_on_closures")


def _take_away(batch: ClosureBatch, today: dt.date) -> None:
    """Delete the closure, or let it end yesterday if it has begun: those days the place was closed."""
    if batch.closure_id is None:
        return
    closure = Closure(pk=batch.closure_id)
    lock(closure)
    if closure.starts_on >= today:
        closure.delete()
        batch.closure = None
    else:
        yesterday = today - dt.timedelta(days=1)
        closure.ends_on = min(closure.ends_on or yesterday, yesterday)
        closure.save(update_fields=["ends_on"])

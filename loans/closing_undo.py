"""Put back what a closure had moved, line by line; a line that cannot be put back says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branches.calendar_rows import calendar_from
from branches.models import Visit, VisitStatus
from loans.closing_plan import dates_until, places_of
from loans.models import ClosureBatch, ClosureMove, Hold, LeftBecause, Loan, Moved
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from milanolib.db import lock, restartable
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt

    from branches.calendar import Calendar


def put_back(batch: ClosureBatch, *, most: int | None = None) -> bool:
    """Put back the dates of a batch whose undo has begun, each in a transaction of its own; return whether all are.

    `most` is how many to look at now. Safe to repeat.
    """
    batch = ClosureBatch.objects.select_related("place").get(pk=batch.pk)
    if batch.undo_begun_at is None or batch.undone_at is not None:
        return True
    left_to_do = ClosureMove.objects.filter(batch=batch, put_back_at=None, left_because="").order_by("pk")
    keys = sorted(left_to_do.values_list("kind", "pk"), key=lambda one: one[0] != Moved.VISIT)
    calendars: dict[int, Calendar] = {}
    for kind, key in keys[:most]:
        if kind != Moved.VISIT and not calendars:
            calendars = _calendars(batch)  # with the visits that have just been put back
        _put_back_one(batch, key, calendars)
    return _end(batch) if most is None or len(keys) <= most else False


def _calendars(batch: ClosureBatch) -> dict[int, Calendar]:
    today = clock.today()
    places = places_of(batch.place_id, min(batch.starts_on, today), dates_until(batch, today))
    return {pk: calendar_from(place) for pk, place in places.items()}


@restartable
def _put_back_one(batch: ClosureBatch, move_id: int, calendars: dict[int, Calendar]) -> None:
    """Put one thing back to its earlier day, or write why it is left; the thing is locked, then the batch."""
    move = ClosureMove.objects.get(pk=move_id)
    thing = Loan(pk=move.loan_id) if move.loan_id else Hold(pk=move.hold_id) if move.hold_id else None
    lock(*[one for one in (thing, batch) if one is not None])
    move.refresh_from_db()
    if move.put_back_at is not None or move.left_because:
        return
    day = _earliest(calendars, thing, move.before)
    left = _why_left(move, thing, day) if move.kind != Moved.VISIT else _restore_visit(move)
    if left:
        move.left_because = left
    else:
        _write(thing, day)
        move.put_back_at = clock.now()
    move.save(update_fields=["put_back_at", "left_because"])


def _earliest(calendars: dict[int, Calendar], thing: Loan | Hold | None, day: dt.date) -> dt.date:
    """Return the earlier day of a thing, or the next open one where it was lent or is kept."""
    match thing:
        case Loan(place_id=place) | Hold(pickup_place_id=place):
            calendar = calendars.get(place)
        case _:
            return day
    return (calendar.next_open_day(day) if calendar is not None else None) or day


def _why_left(move: ClosureMove, thing: Loan | Hold | None, day: dt.date) -> str:
    """Return why a loan or a hold keeps its later day; '' when it is put back to `day`."""
    match thing:
        case Loan(status=LoanStatus.OPEN, due_on=now_on):
            if thing.renewed_at is not None and thing.renewed_at >= move.moved_at:
                return LeftBecause.RENEWED
        case Hold(status=HoldStatus.READY, keep_until=now_on):
            pass
        case _:
            return LeftBecause.ENDED
    if now_on != move.after:
        return LeftBecause.CHANGED
    if day >= move.after:
        return LeftBecause.STILL_SHUT
    return LeftBecause.TOO_LATE if day <= clock.today() else ""


def _write(thing: Loan | Hold | None, day: dt.date) -> None:
    if isinstance(thing, Loan):
        thing.due_on = day
        thing.save(update_fields=["due_on"])
    elif isinstance(thing, Hold):
        thing.keep_until = day
        thing.save(update_fields=["keep_until"])


def _restore_visit(move: ClosureMove) -> str:
    """Plan a cancelled visit again, unless its day has come or somebody has changed it; return why not."""
    if move.before <= clock.today():
        return LeftBecause.TOO_LATE
    restored = Visit.objects.filter(closure_moves=move, status=VisitStatus.CANCELLED).update(status=VisitStatus.PLANNED)
    return "" if restored else LeftBecause.CHANGED


@restartable
def _end(batch: ClosureBatch) -> bool:
    lock(batch)
    if batch.undone_at is None:
        batch.undone_at = clock.now()
        batch.save(update_fields=["undone_at"])
        emit("loans.closure_undone", key=f"closure-undone:{batch.pk}", batch_id=batch.pk)
    return True

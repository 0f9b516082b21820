"""What readers are told of a closure: one message to each for all that it moved, and one if that was taken back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from branches.models import Place
from branches.nearest import nearest_to, pickup_points_during
from catalog.models import Copy, Title
from loans.blocks import reader_rule
from loans.errors import ReaderClosed
from loans.models import ClosureBatch, ClosureMove, Hold, Loan
from loans.policy import can_collect_at
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from notifications import kinds
from notifications.models import Message, MessageStatus
from notifications.services import write
from outbox import events

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from branches.nearest import Elsewhere
    from loans.querysets import HoldQuerySet
    from outbox.models import Event

MOVED, UNDONE = "closure_moved", "closure_undone"


def register_all() -> None:
    """Register kinds and handlers."""
    for code, name, truth in (
        (MOVED, _("Closed: what changes for you"), _moved),
        (UNDONE, _("Open after all: the dates are as before"), _undone),
    ):
        kinds.register(kinds.Kind(code, name, truth, kinds.Topic.LOANS, _sample))
    events.register("loans.closure_applied", _on_applied)
    events.register("loans.closure_undone", _on_undone)


def _on_applied(event: Event) -> None:
    """Write to each reader whose date moved, or who was to collect at a point that is closed for long."""
    batch = ClosureBatch.objects.select_related("closure").filter(pk=event.payload["batch_id"]).first()
    if batch is None:
        return
    since = str(event.payload["since"])
    readers = _readers_of(_moved_since(batch, since)) | set(_caught(batch).values_list("reader", flat=True))
    _write_to(readers, MOVED, f"closure-moved:{batch.pk}:{since}", {"closure_batch": batch.pk, "since": since})


def _on_undone(event: Event) -> None:
    """Write to each reader whose date is as before, if the later one had been told."""
    batch = ClosureBatch.objects.filter(pk=event.payload["batch_id"]).first()
    if batch is None:
        return
    told = Message.objects.filter(kind=MOVED, params__closure_batch=batch.pk, status=MessageStatus.SENT)
    readers = _readers_of(_put_back(batch)) & set(told.values_list("reader", flat=True))
    _write_to(readers, UNDONE, f"closure-undone:{batch.pk}", {"closure_batch": batch.pk})


def _write_to(readers: set[int], kind: str, key: str, params: dict[str, int | str]) -> None:
    for reader in Reader.objects.filter(pk__in=readers).only("pk").order_by("pk"):
        write(kind, key=f"{key}:{reader.pk}", reader=reader, params=params)


def _moved_since(batch: ClosureBatch, since: str) -> QuerySet[ClosureMove]:
    """Return the lines that still say what is so: of this application of the batch, not put back."""
    return batch.moves.filter(moved_at__gte=dt.datetime.fromisoformat(since), put_back_at=None)


def _put_back(batch: ClosureBatch) -> QuerySet[ClosureMove]:
    return batch.moves.filter(put_back_at__isnull=False)


def _readers_of(moves: QuerySet[ClosureMove]) -> set[int]:
    """Return the readers of the open loans and ready reservations of these lines."""
    of_loans = moves.filter(loan__status=LoanStatus.OPEN).values_list("loan__reader", flat=True)
    of_holds = moves.filter(hold__status=HoldStatus.READY).values_list("hold__reader", flat=True)
    return {reader for reader in (*of_loans, *of_holds) if reader is not None}


def _caught(batch: ClosureBatch) -> HoldQuerySet:
    """Return the open reservations of a point that is closed for long; none when it is not, or not any more."""
    closure = batch.closure
    if closure is None or closure.is_over_on(clock.today()) or not closure.is_long_from(clock.today()):
        return Hold.objects.none()
    return Hold.objects.open().filter(Q(pickup_place=batch.place_id) | Q(pickup_place__vehicle=batch.place_id))


def _batch_of(message: Message) -> ClosureBatch | None:
    batches = ClosureBatch.objects.select_related("place", "closure__substitute")
    return batches.filter(pk=message.params.get("closure_batch")).first()


def _moved(message: Message) -> kinds.Facts | None:
    batch = _batch_of(message)
    if batch is None or batch.undo_begun_at is not None or batch.closure is None:
        return None
    moves = _moved_since(batch, str(message.params.get("since")))
    today = clock.today()
    loans = _loans(moves, message).filter(after__gte=today, loan__due_on=F("after"))
    kept = _holds(moves, message).filter(after__gte=today, hold__keep_until=F("after"))
    caught = _caught(batch).filter(reader=message.reader).exclude(pk__in=kept.values("hold"))
    caught = caught.select_related("title", "work").defer("title__record", "title__summary").in_order()
    facts = {
        "batch": batch,
        "place": batch.place,
        "loans": list(loans),
        "kept": list(kept),
        "ready": [one for one in caught if one.status == HoldStatus.READY],
        "waiting": (waiting := [one for one in caught if one.status != HoldStatus.READY]),
        "offers": _offers(batch, message) if waiting else [],
    }
    return facts if facts["loans"] or facts["kept"] or caught else None


def _undone(message: Message) -> kinds.Facts | None:
    batch = _batch_of(message)
    if batch is None:
        return None
    back = _put_back(batch)
    loans = list(_loans(back, message).filter(loan__due_on__lt=F("after")))
    kept = list(_holds(back, message).filter(hold__keep_until__lt=F("after")))
    return {"batch": batch, "place": batch.place, "loans": loans, "kept": kept} if loans or kept else None


def _loans(moves: QuerySet[ClosureMove], message: Message) -> QuerySet[ClosureMove]:
    """Return the lines about this reader's open loans, with their titles."""
    own = moves.filter(loan__reader=message.reader, loan__status=LoanStatus.OPEN).select_related("loan__copy__title")
    return own.defer("loan__copy__title__record", "loan__copy__title__summary").order_by("after", "pk")


def _holds(moves: QuerySet[ClosureMove], message: Message) -> QuerySet[ClosureMove]:
    """Return the lines about what is ready for this reader, with its title."""
    own = moves.filter(hold__reader=message.reader, hold__status=HoldStatus.READY)
    own = own.select_related("hold__title", "hold__work").defer("hold__title__record", "hold__title__summary")
    return own.order_by("after", "pk")


def _offers(batch: ClosureBatch, message: Message) -> list[Elsewhere]:
    """Return where this reader may collect instead: the place that stands in first, then the nearest."""
    closure = batch.closure
    assert closure is not None and message.reader is not None  # noqa: S101, PT018  for the type checker; seen before
    try:
        rule = reader_rule(message.reader)
    except ReaderClosed:
        return []
    points = [one for one in pickup_points_during(closure, clock.today()) if can_collect_at(rule, one)]
    return nearest_to(batch.place, points, first=closure.substitute_id)


def _sample() -> kinds.Facts:
    today = clock.today()
    batch = ClosureBatch(starts_on=today, ends_on=today + dt.timedelta(days=7))
    title = Title(pk=1, title="Il nome della rosa")
    line = ClosureMove(loan=Loan(copy=Copy(title=title), due_on=today), after=today + dt.timedelta(days=8))
    place = Place(name="Biblioteca Valvassori Peroni di Lambrate")
    return {"batch": batch, "place": place, "loans": [line], "kept": [], "ready": [], "waiting": [], "offers": []}

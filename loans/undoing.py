"""Undo of the last act at a desk: what it changed is put back exactly as it was, or nothing is.

A verb that runs under `undoably` is watched by the database: a trigger writes each row of circulation that it changes,
before and after, into the `LastAct` of the librarian (migration 0020). So an undo knows no rule of any verb, and stays
right when a verb changes. What follows from the act, such as telling a reader, waits until the next act, or until it
can be undone no more (docs/adr/0006).

An undo is no move of `moves/`: it puts a row back into a state that it had.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.models import Copy, Title, Work
from loans import routing
from loans.models import (
    Assignment,
    Crate,
    Deposit,
    DepositCopy,
    DepositStay,
    Handover,
    Hold,
    HoldGroup,
    HoldPass,
    LastAct,
    Loan,
    Parcel,
    Task,
    Transit,
)
from loans.room import lock_room, room_left
from loans.states import WITH_COPY
from milanolib import clock
from milanolib.db import lock, restartable
from milanolib.errors import DomainError
from outbox.events import held_back, let_go
from outbox.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from accounts.models import User
    from branches.models import Place

R = TypeVar("R")

UNDO_WITHIN = dt.timedelta(minutes=5)
SETTING = "milanolib.last_act"  # the number of the row into which the trigger writes; empty, it sleeps
# Every table that a verb of a desk changes and an undo puts back; each has the trigger.
WATCHED: dict[str, type[models.Model]] = {
    model._meta.db_table: model  # noqa: SLF001  Django's public way to a table's name
    for model in (
        Copy,
        Loan,
        Hold,
        HoldGroup,
        Assignment,
        HoldPass,
        Transit,
        Parcel,
        Handover,
        DepositCopy,
        Task,
        Event,
    )
}


class NothingToUndo(DomainError):
    """The act is not the last one any more, or has been undone."""

    code = "nothing_to_undo"
    message = _("There is nothing to undo: something else was done since, or it has been undone already.")


class TooLateToUndo(DomainError):
    """Five minutes have passed."""

    code = "too_late_to_undo"
    message = _("More than five minutes have passed, and the reader may have been told. Put it right by a new act.")


class SomethingFollowed(DomainError):
    """What the act left has changed since."""

    code = "something_followed"
    message = _(
        "This cannot be undone: something has followed from it, as when another reader got the copy. "
        "Put it right by a new act."
    )


@restartable
def undoably(verb: str, subject: str, act: Callable[[], R], *, about: str, place: Place, actor: User) -> R:
    """Run a verb so that `actor` can undo it while it is her last act, within five minutes; return what it returns.

    `subject` is what is acted on (`copy:12`): the same verb on it again, as when a scanner reads twice, belongs to the
    same act. `about` says it in words. A verb that refuses leaves the act before as it was.
    """
    now = clock.now()
    last = _last_act_row(actor) or _first_act_row(actor, now)
    with transaction.atomic(), held_back(UNDO_WITHIN):
        if (last.verb, last.subject) != (verb, subject) or now - last.at >= UNDO_WITHIN:
            let_go(_events(last))
            last.number += 1
            last.verb, last.subject, last.about, last.place = verb, subject, about[:200], place
            last.at, last.rows = now, []
        last.save()
        _watch(str(last.pk))
        outcome = act()
        _watch("")
    return outcome


def _last_act_row(actor: User) -> LastAct | None:
    return LastAct.objects.select_for_update(no_key=True).filter(staff=actor).first()


def _first_act_row(actor: User, now: dt.datetime) -> LastAct:
    LastAct.objects.get_or_create(staff=actor, defaults={"at": now})
    return LastAct.objects.select_for_update(no_key=True).get(staff=actor)


def last_act_of(actor: User) -> LastAct | None:
    """Return what this person can undo now, None when there is nothing."""
    return LastAct.objects.filter(staff=actor, at__gt=clock.now() - UNDO_WITHIN).exclude(rows=[]).first()


@restartable
def undo_last_act(number: int, *, actor: User, place: Place) -> LastAct:
    """Put back exactly what the last act of `actor` changed, and return what it was; whoever waits is served anew.

    `number` is the act's own: a page that was left open undoes nothing else. Raises NothingToUndo, TooLateToUndo,
    SomethingFollowed.
    """
    last = LastAct.objects.select_for_update(no_key=True).filter(staff=actor, number=number).exclude(rows=[]).first()
    if last is None:
        raise NothingToUndo
    if clock.now() - last.at >= UNDO_WITHIN:
        raise TooLateToUndo
    steps = [Step.of(row) for row in last.rows]
    works = _lock(steps)
    _refuse_if_followed(last, steps, works)
    _put_back(steps)
    for work in works:
        routing.serve_in_order(work)  # somebody may have begun to wait meanwhile
    note_act(f"undo_{last.verb}", last.subject, actor=actor, place_code=place.code)
    undone = LastAct(number=last.number, verb=last.verb, subject=last.subject, about=last.about, at=last.at)
    _empty(last)
    return undone


def empty_last_acts() -> int:
    """Empty the acts that can be undone no more: they join readers and titles. Return how many; safe to repeat."""
    over = LastAct.objects.filter(at__lte=clock.now() - UNDO_WITHIN).exclude(rows=[])
    return over.update(verb="", subject="", about="", rows=[])


@dataclass(frozen=True)
class Step:
    """One row that an act changed: how it was (None: it was not there), and how the act left it (None: it went)."""

    model: type[models.Model]
    pk: int
    before: models.Model | None
    after: models.Model | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Step:
        """Read a step as the trigger wrote it."""
        model = WATCHED[row["table"]]
        before, after = (_as_row(model, row[name]) for name in ("before", "after"))
        known = after or before
        assert known is not None  # noqa: S101  a row that changed was there before or after
        return cls(model, known.pk, before, after)


def _fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.generated]  # noqa: SLF001  Django's public way


def _as_row(model: type[models.Model], image: dict[str, Any] | None) -> models.Model | None:
    if image is None:
        return None
    return model(**{field.attname: field.to_python(image[str(field.column)]) for field in _fields(model)})


def _is_like(one: models.Model | None, other: models.Model | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(getattr(one, field.attname) == getattr(other, field.attname) for field in _fields(type(one)))


def _copies(steps: Iterable[Step]) -> set[int]:
    """Return the copies that an act changed, or that it gave to somebody or took from somebody."""
    images = [image for step in steps for image in (step.before, step.after) if image is not None]
    meant = {image.pk if isinstance(image, Copy) else getattr(image, "copy_id", None) for image in images}
    return {pk for pk in meant if pk is not None}


def _holds(steps: Iterable[Step]) -> list[Hold]:
    return [image for step in steps for image in (step.before, step.after) if isinstance(image, Hold)]


def _lock(steps: Iterable[Step]) -> list[Work]:
    """Lock all that the act touched, in order, and return the works."""
    copies, holds = _copies(steps), _holds(steps)
    routing.lock_works_of(copies)
    works = Work.objects.filter(models.Q(titles__copies__in=copies) | models.Q(pk__in={hold.work_id for hold in holds}))
    locked = list(works.distinct())
    lock(locked)
    lock_room(hold.pickup_place_id for hold in holds)
    rows: dict[type[models.Model], set[int]] = defaultdict(set)
    for step in steps:
        rows[step.model].add(step.pk)
    lock(*(model._base_manager.filter(pk__in=pks) for model, pks in rows.items()))  # noqa: SLF001  Django's own name
    return locked


def _refuse_if_followed(last: LastAct, steps: Iterable[Step], works: Iterable[Work]) -> None:
    """Raise SomethingFollowed unless all is as the act left it, and no other copy was given to anybody since."""
    left: dict[tuple[type[models.Model], int], models.Model | None] = {}
    for step in steps:
        key = (step.model, step.pk)
        if key in left and not _is_like(left[key], step.before):
            raise SomethingFollowed  # somebody else changed it between two scans of one copy
        left[key] = step.after
    for (model, pk), after in left.items():
        if not _is_like(after, model._base_manager.filter(pk=pk).first()):  # noqa: SLF001  Django's own name
            raise SomethingFollowed
    moved = Copy.objects.filter(pk__in=_copies(steps) - {pk for model, pk in left if model is Copy})
    others = Assignment.objects.filter(hold__work__in=works, made_at__gt=last.at)
    if (
        moved.filter(status_since__gt=last.at).exists()
        or others.exclude(pk__in=[pk for model, pk in left if model is Assignment]).exists()
        or not _works_stand(steps)
        or _crates_went_on(last, steps)
        or _deposits_went_on(last, steps)
    ):
        raise SomethingFollowed


def _works_stand(steps: Iterable[Step]) -> bool:
    """Whether the titles that were reserved are still of the works that they were of: staff may have moved them."""
    asked = {(hold.title_id, hold.work_id) for hold in _holds(steps) if hold.title_id is not None}
    return asked <= set(Title.objects.filter(pk__in={title for title, _work in asked}).values_list("pk", "work"))


def _crates_went_on(last: LastAct, steps: Iterable[Step]) -> bool:
    """Whether a crate into which a journey would be put back was sealed, loaded or unpacked since."""
    images = [step.before for step in steps if isinstance(step.before, Transit)]
    crates = list(Crate.objects.filter(pk__in={one.crate_id for one in images if one.crate_id is not None}))
    lock(*crates)
    instants = [at for one in crates for at in (one.sealed_at, one.loaded_at, one.received_at, one.unpacked_at)]
    return any(at is not None and at > last.at for at in instants)


def _deposits_went_on(last: LastAct, steps: Iterable[Step]) -> bool:
    """Whether a set to which a copy would be given back was sent, received or brought home since."""
    sets = list(
        Deposit.objects.filter(pk__in={one.before.deposit_id for one in steps if isinstance(one.before, DepositCopy)})
    )
    lock(*sets)
    stays = DepositStay.objects.filter(deposit__in=sets)
    instants = [at for row in stays.values_list("sent_at", "received_at", "left_at") for at in row]
    return any(at is not None and at > last.at for at in [*instants, *(one.ended_at for one in sets)])


def _put_back(steps: list[Step]) -> None:
    """Take the steps back, the last one first, so that every state in between is one that there was."""
    back = {
        step.before.pickup_place_id
        for step in steps
        if isinstance(step.before, Hold) and step.before.status in WITH_COPY
    }
    try:
        with transaction.atomic():
            for step in reversed(steps):
                if step.before is None:
                    step.model._base_manager.filter(pk=step.pk).delete()  # noqa: SLF001  Django's own name
                else:
                    step.before.save_base(
                        raw=True, force_insert=step.after is None, force_update=step.after is not None
                    )
            if any(room < 0 for room in room_left(back).values()):
                raise SomethingFollowed
    except (IntegrityError, models.ProtectedError) as error:  # its number, its target, its shelf is somebody else's
        raise SomethingFollowed from error


def _events(last: LastAct) -> list[int]:
    return [row["after"]["id"] for row in last.rows if row["table"] == Event._meta.db_table and row["after"]]  # noqa: SLF001


def _watch(number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, number])


def _empty(last: LastAct) -> None:
    last.verb = last.subject = last.about = ""
    last.rows = []
    last.save(update_fields=["verb", "subject", "about", "rows"])

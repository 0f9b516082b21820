"""Verbs of staff on works whose editions are one queue: join two, set some editions apart.

The order is kept by the key of each hold, which nobody changes here: joined queues become one by it. Copies that
nobody has in hand are given out anew in that order; what was taken from its shelf goes where it was meant to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.models import Title, Work
from catalog.works import set_apart, take_over
from loans import custody, routing
from loans.holds import close_hold
from loans.models import Assignment, Hold
from loans.states import HoldLevel, HoldStatus
from milanolib.db import StartAgain, lock, restartable
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from accounts.models import User

JOINED = "works_joined"  # why a hold ended, an assignment was released, a hold was passed over
SPLIT = "work_split"
IN_HAND = (HoldStatus.PICKED, HoldStatus.IN_TRANSIT, HoldStatus.ARRIVED, HoldStatus.READY)


class SameWork(DomainError):
    """A work cannot be joined with itself."""

    code = "same_work"
    message = _("These are one work already. Look for another one.")


class WorkGone(DomainError):
    """A colleague was quicker."""

    code = "work_gone"
    message = _("One of the two works is no longer there: a colleague may have joined it. Look for the title again.")


class NothingToSplit(DomainError):
    """Some editions must go and some must stay."""

    code = "nothing_to_split"
    message = _("Choose the editions that are another work; at least one must stay. Nothing was changed.")


@dataclass(frozen=True)
class JoinPreview:
    """What joining would do: how many editions and open holds come, how many readers wait in both queues."""

    titles: int
    holds: int
    doubles: int


@dataclass(frozen=True)
class SplitPreview:
    """What splitting would do: the open holds that go, those for any edition that stay, and those that go along."""

    titles: int
    going: int
    staying: int
    going_along: int


def preview_join(into: Work, other: Work) -> JoinPreview:
    """Return what `join_works` would do now."""
    return JoinPreview(
        titles=Title.objects.filter(work=other, merged_into=None).count(),
        holds=Hold.objects.open().filter(work=other).count(),
        doubles=len(_doubles(into, other)),
    )


def preview_split(work: Work, titles: Sequence[Title]) -> SplitPreview:
    """Return what `split_work` would do now."""
    open_ones = Hold.objects.open().filter(work=work)
    for_any = open_ones.filter(level=HoldLevel.WORK)
    along = for_any.filter(pk__in=_in_hand(work, titles)).count()
    return SplitPreview(
        titles=len(titles),
        going=open_ones.filter(title__in=titles).count(),
        staying=for_any.count() - along,
        going_along=along,
    )


@restartable
def join_works(into: Work, other: Work, *, actor: User | None) -> Work:
    """Make two works one queue: the editions and reservations of `other` are `into`'s; return `into`.

    Who has reserved any edition of both keeps one turn: the earlier one, unless the other one's copy is already on
    its way or ready. The reader is told. Raises SameWork, WorkGone.
    """
    if into.pk == other.pk:
        raise SameWork
    into, other = _locked([into.pk, other.pk])
    doubles = _doubles(into, other)
    tentative = _tentative([into.pk, other.pk])
    ended = {hold.pk: hold for _kept, hold in doubles}
    held = {one.hold_id: one for one in Assignment.objects.open().filter(hold__in=ended)}
    copies = {one.hold_id: custody.fetch_copy(one.copy_id) for one in held.values()}
    lock(copies.values(), [*ended.values(), *(one.hold for one in tentative if one.hold_id not in ended)])
    for pk, hold in ended.items():
        close_hold(hold, held.get(pk), HoldStatus.CANCELLED, JOINED)
        emit("loans.hold_doubled", key=f"hold-doubled:{pk}", hold_id=pk)
    _back_to_queue([one for one in tentative if one.hold_id not in ended], JOINED)
    came = set(Title.objects.filter(work=other).values_list("pk", flat=True))
    waited = set(Hold.objects.filter(work=other, status=HoldStatus.QUEUED).values_list("pk", flat=True))
    take_over(into, other)
    Hold.objects.filter(work=other).update(work=into)
    _note_who_was_overtaken(into, came, waited)
    for pk, copy in copies.items():
        copy.title.work_id = into.pk
        custody.send_on(copy, held[pk])
    routing.serve_in_order(into)
    number = other.pk
    drop_emptied(other)
    note_act("join_works", f"work:{into.pk}", actor=actor, reason=f"work:{number}")
    return into


@restartable
def split_work(titles: Sequence[Title], *, actor: User | None) -> Work:
    """Set some editions of a work apart as a work of their own, and return it.

    Reservations of these editions go with them; those of any edition stay, but for readers whose copy, one of these
    editions, is already on its way or ready. Raises NothingToSplit.
    """
    chosen = list(Title.objects.filter(pk__in=[one.pk for one in titles], merged_into=None).defer("record", "summary"))
    if not chosen or len({one.work_id for one in chosen}) > 1:
        raise NothingToSplit
    work = routing.lock_work_of(chosen[0])
    stays = Title.objects.filter(work=work, merged_into=None).exclude(pk__in=[one.pk for one in chosen])
    here = Title.objects.filter(work=work, pk__in=[one.pk for one in chosen]).count()
    if here != len(chosen) or not stays.exists():
        raise NothingToSplit
    tentative = _tentative([work.pk])
    lock([one.hold for one in tentative])
    _back_to_queue(tentative, SPLIT)
    along = _in_hand(work, chosen)
    new = set_apart(chosen)
    Hold.objects.filter(work=work, title__work=new).update(work=new)
    Hold.objects.filter(pk__in=along).update(work=new)
    routing.serve_in_order(new)
    routing.serve_in_order(work)
    note_act("split_work", f"work:{work.pk}", actor=actor, reason=f"work:{new.pk}")
    return new


def drop_emptied(work: Work) -> None:
    """Delete a work that has given all it had to another one. Raises StartAgain when an import gave it an edition.

    The lock is a full one, which keeps new references out as well: an edition that was committed before is seen here;
    an import that comes after finds the work gone, and the other one when it tries that record again.
    """
    Work.objects.select_for_update().get(pk=work.pk)
    try:
        work.delete()
    except ProtectedError as error:
        raise StartAgain from error


def _locked(ids: list[int]) -> list[Work]:
    """Lock works in their order and return them in the order asked for. Raises WorkGone."""
    found = {one.pk: one for one in Work.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
    if len(found) < len(ids):
        raise WorkGone
    return [found[pk] for pk in ids]


def _doubles(into: Work, other: Work) -> list[tuple[Hold, Hold]]:
    """Return (the one that stays, the one that ends) for each reader who waits for any edition of both works."""
    by_reader: dict[int, list[Hold]] = {}
    rows = Hold.objects.open().filter(work__in=[into, other], level=HoldLevel.WORK).in_order()
    for hold in rows.select_related("pickup_place"):
        by_reader.setdefault(hold.reader_id or 0, []).append(hold)
    pairs = []
    for first, *rest in by_reader.values():
        for second in rest:
            is_here = second.status in IN_HAND and first.status not in IN_HAND
            pairs.append((second, first) if is_here else (first, second))
    return pairs


def _tentative(works: list[int]) -> list[Assignment]:
    """Return the copies that are meant for holds of these works and that nobody has taken from its shelf."""
    rows = Assignment.objects.open().filter(hold__work__in=works, committed_at=None)
    return list(rows.select_related("hold__pickup_place").order_by("pk"))


def _back_to_queue(tentative: Iterable[Assignment], reason: str) -> None:
    for held in tentative:
        custody.back_to_queue(held, reason)


def _in_hand(work: Work, titles: Sequence[Title]) -> list[int]:
    """Return the holds for any edition of a work whose copy, one of these titles, has been taken from its shelf."""
    rows = Assignment.objects.open().filter(
        hold__work=work, hold__level=HoldLevel.WORK, committed_at__isnull=False, copy__title__in=titles
    )
    return list(rows.values_list("hold", flat=True))


def _note_who_was_overtaken(work: Work, came: set[int], waited: set[int]) -> None:
    """Write down for whom of the joined queue a later reader's copy, of the other half, was taken already.

    `came` are the titles of the half that came, `waited` the holds that waited in it.
    """
    taken = list(
        Assignment.objects.open().filter(hold__work=work, committed_at__isnull=False).select_related("hold", "copy")
    )
    for hold in Hold.objects.filter(work=work, status=HoldStatus.QUEUED, level=HoldLevel.WORK) if taken else ():
        for held in taken:
            is_other_half = (held.copy.title_id in came) != (hold.pk in waited)
            if is_other_half and held.hold.order_key > hold.order_key:
                routing.note_pass(hold, held.copy, JOINED)
                break

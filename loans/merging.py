"""Two records of one edition become one: copies, reservations, lists and reviews follow, the address leads on.

The record that goes is kept, marked `merged_into`, so that an import which brings it again finds it and puts its
copies where they belong now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.models import (
    Availability,
    Copy,
    Cover,
    ListEntry,
    PurchaseWish,
    ReadingList,
    SearchRow,
    Title,
    Work,
)
from catalog.search import refresh
from catalog.works import take_over
from loans import custody, routing
from loans.holds import close_hold
from loans.models import Assignment, Hold
from loans.states import OPEN_HOLD, HoldLevel, HoldStatus
from loans.works import drop_emptied
from milanolib.db import StartAgain, lock, restartable
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User

MERGED = "merged"  # why a reservation ended that its reader had twice


class SameTitle(DomainError):
    """One title is no two."""

    code = "same_title"
    message = _("These are one title already. Load the page again.")


class CopyOnItsWay(DomainError):
    """A copy of one is being brought to somebody who waits for any edition of a work that stays apart."""

    code = "copy_on_its_way"
    message = _(
        "A copy of the second title is being brought to a reader who takes any edition of its work, and that work "
        "has other editions. Merge when that reader has collected it."
    )


@restartable
def merge_titles(keep: Title, other: Title, *, actor: User | None) -> Title:
    """Make one title of two; `keep` stays and `other` leads to it.

    Where `other` was the only edition of its work, the works become one too. A reader who had reserved both keeps
    one reservation: the one whose copy is already on its way, else the earlier. Who waits is then served anew in
    order. Safe to repeat. Raises SameTitle, CopyOnItsWay.
    """
    fresh_works = Title.objects.filter(pk__in=[keep.pk, other.pk]).values_list("work", flat=True)
    works = sorted(set(fresh_works))
    locked = {one.pk: one for one in Work.objects.select_for_update(no_key=True).filter(pk__in=works).order_by("pk")}
    now = set(Title.objects.filter(pk__in=[keep.pk, other.pk]).values_list("work", flat=True))
    if now != set(locked):  # a colleague joined or split works while we waited
        raise StartAgain
    keep, other = _titles(keep.pk, other.pk)
    if other.merged_into_id == keep.pk:
        return keep
    if keep.pk == other.pk or keep.merged_into_id is not None or other.merged_into_id is not None:
        raise SameTitle
    _lock_all(keep, other, works)
    joins_works = keep.work_id != other.work_id and not (
        Title.objects.filter(work=other.work_id, merged_into=None).exclude(pk=other.pk).exists()
    )
    if keep.work_id != other.work_id and not joins_works:
        _refuse_if_on_its_way(other)
    _back_to_their_queues(works)
    came = set(Copy.objects.filter(title=other).values_list("pk", flat=True))
    waited = set(Hold.objects.filter(title=other, status=HoldStatus.QUEUED).values_list("pk", flat=True))
    _move_holds(keep, other, joins_works=joins_works)
    Copy.objects.filter(title=other).update(title=keep)
    _lock_lists(keep, other)
    _move_lists(keep, other)
    if joins_works:
        gone = locked[other.work_id]
        take_over(locked[keep.work_id], gone)
        drop_emptied(gone)
    Title.objects.filter(merged_into=other).update(merged_into=keep)
    Title.objects.filter(pk=other.pk).update(merged_into=keep)
    SearchRow.objects.filter(title=other).delete()
    Availability.objects.filter(title=other).delete()
    refresh([keep.pk])
    _note_who_was_overtaken(keep.work_id, came, waited)
    for work in Work.objects.filter(pk__in=works).order_by("pk"):
        routing.serve_in_order(work)
    note_act("merge_titles", f"title:{keep.pk}", actor=actor, reason=f"{other.source} {other.control_number}")
    return Title.objects.get(pk=keep.pk)


def _titles(*pks: int) -> list[Title]:
    found = {
        one.pk: one
        for one in Title.objects.select_for_update(no_key=True)
        .filter(pk__in=pks)
        .defer("record", "summary")
        .order_by("pk")
    }
    return [found[pk] for pk in pks]


def _lock_all(keep: Title, other: Title, works: list[int]) -> None:
    """Lock all copies of both titles, and all open holds of their works with the copies meant for them."""
    held = list(Assignment.objects.open().filter(hold__work__in=works))
    copies = list(Copy.objects.filter(title__in=[keep, other]))
    copies += [one for one in Copy.objects.filter(pk__in=[one.copy_id for one in held]) if one not in copies]
    lock(copies, list(Hold.objects.open().filter(work__in=works)), held)


def _refuse_if_on_its_way(other: Title) -> None:
    on_its_way = Assignment.objects.open().filter(
        copy__title=other, hold__level=HoldLevel.WORK, committed_at__isnull=False
    )
    if on_its_way.exists():
        raise CopyOnItsWay


def _back_to_their_queues(works: Iterable[int]) -> None:
    """Release what nobody has taken from a shelf yet: with one queue more copies may serve, so all is planned anew."""
    tentative = Assignment.objects.open().filter(hold__work__in=works, committed_at=None).select_related("hold")
    for held in tentative:
        custody.back_to_queue(held, MERGED)


def _move_holds(keep: Title, other: Title, *, joins_works: bool) -> None:
    """Let all reservations of one title be of the other; of two that a reader has on the same thing one ends."""
    moving = Hold.objects.filter(title=other)
    for hold in moving.filter(status__in=OPEN_HOLD).exclude(level=HoldLevel.COPY).in_order():
        twin = Hold.objects.open().filter(reader=hold.reader_id, title=keep, level=hold.level, volume=hold.volume)
        _end_one_of(hold, twin.first())
    moving.update(title=keep, work=keep.work_id)
    if joins_works:
        by_work = Hold.objects.filter(work=other.work_id)
        for hold in by_work.filter(status__in=OPEN_HOLD, level=HoldLevel.WORK).in_order():
            twin = Hold.objects.open().filter(reader=hold.reader_id, work=keep.work_id, level=HoldLevel.WORK)
            _end_one_of(hold, twin.first())
        by_work.update(work=keep.work_id)


def _end_one_of(hold: Hold, twin: Hold | None) -> None:
    """End one of two reservations of the same reader: rather the one without a copy, else the later one."""
    if twin is None:
        return
    committed = {one.hold_id: one for one in Assignment.objects.open().filter(hold__in=[hold, twin])}
    ending = max(hold, twin, key=lambda one: (one.pk not in committed, one.order_key))
    held = committed.get(ending.pk)
    close_hold(ending, held, HoldStatus.CANCELLED, MERGED)
    emit("loans.hold_doubled", key=f"hold-doubled:{ending.pk}", hold_id=ending.pk)  # which tells the reader
    if held is not None:  # both were on their way: the second copy goes to the next reader, or home
        custody.send_on(custody.fetch_copy(held.copy_id), held)


def _lock_lists(keep: Title, other: Title) -> None:
    """Lock all lists on which one of the titles stands: their owners may be adding the second one at this moment."""
    touched = ListEntry.objects.filter(title__in=[keep, other]).values("list")
    list(ReadingList.objects.select_for_update(no_key=True).filter(pk__in=touched).order_by("pk").values_list("pk"))


def _move_lists(keep: Title, other: Title) -> None:
    """Let readers' lists and wishes, and the cover, be of the title that stays."""
    there = ListEntry.objects.filter(title=keep).values("list")
    ListEntry.objects.filter(title=other, list__in=there).delete()
    ListEntry.objects.filter(title=other).update(title=keep)
    PurchaseWish.objects.filter(found=other).update(found=keep)
    if not Cover.objects.filter(title=keep).exists():
        Cover.objects.filter(title=other).update(title=keep)


def _note_who_was_overtaken(work_id: int, came: set[int], waited: set[int]) -> None:
    """Write down for whom a later reader's copy, of the other half, had been taken from its shelf already.

    `came` are the copies of the half that came, `waited` the holds that waited in it.
    """
    taken = list(
        Assignment.objects.open().filter(hold__work=work_id, committed_at__isnull=False).select_related("hold", "copy")
    )
    for hold in Hold.objects.filter(work=work_id, status=HoldStatus.QUEUED) if taken else ():
        for held in taken:
            is_other_half = (held.copy_id in came) != (hold.pk in waited)
            if is_other_half and held.hold.order_key > hold.order_key:
                routing.note_pass(hold, held.copy, MERGED)
                break


LOOKED_AT = 2000  # titles a page of likely duplicates looks at
LIKELY = """
WITH recent AS (
    SELECT id, isbns, title_key, year, publisher, material FROM catalog_title
    WHERE merged_into_id IS NULL AND id < %(before)s ORDER BY id DESC LIMIT %(looked_at)s
),
pairs AS (
    SELECT recent.id AS newer, older.id AS older, true AS by_isbn
    FROM recent JOIN catalog_title AS older ON older.isbns && recent.isbns
    WHERE older.id < recent.id AND older.merged_into_id IS NULL AND recent.isbns <> '{}'
    UNION ALL
    SELECT recent.id, older.id, false
    FROM recent JOIN catalog_title AS older ON older.title_key = recent.title_key
    WHERE older.id < recent.id AND older.merged_into_id IS NULL AND recent.title_key <> ''
      AND older.year = recent.year AND older.material = recent.material
      AND lower(older.publisher) = lower(recent.publisher) AND recent.publisher <> ''
)
SELECT newer, older, bool_or(by_isbn) FROM pairs GROUP BY newer, older ORDER BY newer DESC, older LIMIT %(most)s
"""


def likely_duplicates(before: int | None = None, most: int = 50) -> tuple[list[tuple[int, int, bool]], int | None]:
    """Return pairs of titles that may be one, the newest first, and where to go on; None at the end.

    Each pair: the newer, the older, whether they share an ISBN (else title, year, publisher and material are the
    same). Looks at some thousands of titles, those with numbers below `before`.
    """
    start = before or 2**62
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LIKELY, {"before": start, "looked_at": LOOKED_AT, "most": most})
        pairs = cursor.fetchall()
    if len(pairs) >= most:
        return pairs, pairs[-1][0]
    looked = Title.objects.filter(merged_into=None, pk__lt=start).order_by("-pk").values_list("pk", flat=True)
    last = list(looked[LOOKED_AT - 1 : LOOKED_AT])
    return pairs, last[0] if last else None

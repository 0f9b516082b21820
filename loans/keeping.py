"""Verbs on copies as things that libraries own: add, correct, relocate, withdraw, find missing.

Each takes the lock of the work first, as every verb does that may change whose turn it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from branches.models import PlaceKind, Size
from catalog.barcodes import next_barcode, tidy_barcode
from catalog.importing.copies import OWNERS
from catalog.models import Copy, StocktakeScan, Title
from catalog.states import MAY_SERVE, CopyStatus
from loans import custody, routing
from loans.embargo import first_day_of
from loans.models import Hold, Loan, LoanRule, Transit
from loans.policy import can_serve
from loans.states import OPEN_HOLD, OPEN_TRANSIT, HoldLevel, HoldStatus
from milanolib import clock
from milanolib.db import restartable
from milanolib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User
    from branches.models import Place


class BarcodeTaken(DomainError):
    """Another copy has this barcode."""

    code = "barcode_taken"
    message = _("Another copy has this barcode already: %(title)s. Stick on another label.")


class TitleGone(DomainError):
    """The title was merged into another."""

    code = "title_gone"
    message = _("This title was merged into another one. Add the copy there.")


class NotAnOwner(DomainError):
    """That place keeps no copies of its own."""

    code = "not_an_owner"
    message = _("Copies belong to a library, to the Bibliobus or to the library in the metro. Choose one of these.")


class CopyLent(DomainError):
    """A reader has it."""

    code = "copy_lent"
    message = _("This copy is on loan. Check it in first.")


class CopyKept(DomainError):
    """It is on its way to a reader, or waits for one."""

    code = "copy_kept"
    message = _("This copy is being brought to a reader or is kept for one. Wait until it has been collected.")


class CopyTravels(DomainError):
    """It is on the road."""

    code = "copy_travels"
    message = _("This copy is on the road. Check it in first.")


class CopyReserved(DomainError):
    """A reader reserved this very copy."""

    code = "copy_reserved"
    message = _("A reader has reserved this very copy. Cancel that reservation first.")


class ReadersWait(DomainError):
    """The last copy that could serve those who wait."""

    code = "readers_wait"
    message = _(
        "Readers who wait for this title: %(count)s, and no other copy could serve them. Confirm below if it must go "
        "all the same."
    )


class NotMissing(DomainError):
    """It is not where it should be missing from."""

    code = "not_missing"
    message = _("This copy has moved meanwhile, so it is not marked as missing.")


@restartable
def add_copy(  # noqa: PLR0913  what is written on a copy, each by its name
    title: Title,
    home: Place,
    *,
    actor: User | None,
    barcode: str = "",
    shelf_mark: str = "",
    volume: str = "",
    size: str = Size.MEDIUM,
    parts_note: str = "",
    is_lendable: bool = True,
    is_ready: bool = True,
) -> Copy:
    """Give a title a copy that belongs to `home` and lies there; without a barcode it gets the next free one.

    One that is ready serves who waits at once; else it is being prepared, until somebody checks it in. Raises
    BarcodeUnreadable, BarcodeWrong, BarcodeTaken, BarcodesUsedUp, TitleGone, NotAnOwner.
    """
    if home.kind not in OWNERS:
        raise NotAnOwner
    routing.lock_work_of(title)
    if Title.objects.values_list("merged_into", flat=True).get(pk=title.pk) is not None:
        raise TitleGone
    wanted = tidy_barcode(barcode) if barcode.strip() else next_barcode()
    known = Copy.objects.filter(barcode=wanted).select_related("title").defer("title__record", "title__summary").first()
    if known is not None:
        raise BarcodeTaken(title=known.title.title)
    copy = Copy.objects.create(
        barcode=wanted,
        title=title,
        home=home,
        place=home,
        status=CopyStatus.AVAILABLE if is_ready else CopyStatus.IN_PROCESS,
        shelf_mark=shelf_mark,
        volume=volume.strip(),
        size=size,
        parts_note=parts_note,
        is_lendable=is_lendable,
        added_on=clock.today(),
        status_since=clock.now(),
    )
    copy.not_lent_before = first_day_of(copy, list(LoanRule.objects.all()), clock.today())
    copy.save(update_fields=["not_lent_before"])
    if is_ready:
        routing.serve_copy(custody.fetch_copy(copy.pk))
    note_act("add_copy", f"copy:{copy.pk}", actor=actor, place_code=home.code)
    return copy


@restartable
def correct_copy(
    copy: Copy,
    *,
    shelf_mark: str,
    size: str,
    is_lendable: bool,
    volume: str = "",
    parts_note: str = "",
    actor: User | None,
) -> Copy:
    """Write what stands on a copy: mark, volume, size, what belongs to it, whether it may be borrowed.

    One that is not what its reader asked for any more, or may not be borrowed, goes to who can have it; who was meant
    to get it has the next one. Raises CopyKept when it is already on its way to that reader.
    """
    copy, _work, held = custody.lock_with_hold(copy)
    before = (copy.is_lendable, copy.volume)
    copy.shelf_mark, copy.size, copy.parts_note = shelf_mark, size, parts_note
    copy.is_lendable, copy.volume = is_lendable, volume.strip()
    lost = held if held is not None and not can_serve(copy, held.hold) else None
    if lost is not None:
        if not lost.is_tentative:
            raise CopyKept
        custody.back_to_queue(lost, "not_lendable" if not is_lendable else "other_volume")
    copy.save(update_fields=["shelf_mark", "size", "parts_note", "is_lendable", "volume"])
    if lost is not None:
        routing.serve_hold(lost.hold)
    is_free = copy.status == CopyStatus.AVAILABLE and copy.missed_at is None and (held is None or lost is not None)
    if is_free and (copy.is_lendable, copy.volume) != before:
        routing.serve_copy(copy)
    note_act("correct_copy", f"copy:{copy.pk}", actor=actor, place_code=copy.home.code)
    return copy


@restartable
def relocate_copy(copy: Copy, home: Place, *, shelf_mark: str | None = None, actor: User | None) -> Copy:
    """From now on a copy belongs to another library. If it lies free on a shelf it sets out for there.

    One that is lent, meant for a reader or on the road stays what it is, and goes to its new home afterwards.
    Safe to repeat. Raises NotAnOwner.
    """
    if home.kind not in OWNERS:
        raise NotAnOwner
    copy, _work, held = custody.lock_with_hold(copy)
    if copy.home_id == home.pk:
        return copy
    copy.home = home
    copy.shelf_mark = copy.shelf_mark if shelf_mark is None else shelf_mark
    copy.save(update_fields=["home", "shelf_mark"])
    place = copy.place
    is_free = copy.status == CopyStatus.AVAILABLE and copy.missed_at is None and held is None
    if is_free and place is not None and place.pk != home.pk and place.kind != PlaceKind.VEHICLE:
        custody.send_home(copy, place)
    note_act("relocate_copy", f"copy:{copy.pk}", actor=actor, place_code=home.code)
    return copy


@restartable
def withdraw_copy(copy: Copy, *, reason: str, although_waited_for: bool = False, actor: User | None) -> Copy:
    """Take a copy out of the stock for good; who was meant to get it has the next one. Safe to repeat.

    `reason` is a few words, without a reader's name. Scanned at check-in, a withdrawn copy is in the stock again.
    Raises CopyLent, CopyKept, CopyTravels, CopyReserved, and ReadersWait unless that was confirmed.
    """
    copy, _work, held = custody.lock_with_hold(copy)
    if copy.status == CopyStatus.WITHDRAWN:
        return copy
    if Loan.objects.standing().filter(copy=copy).exists():
        raise CopyLent
    if held is not None and not held.is_tentative:
        raise CopyKept
    travels = Transit.objects.filter(copy=copy, status__in=OPEN_TRANSIT)
    if copy.status == CopyStatus.DAMAGED:  # outside a crate it is in hand, and need not come home first
        travels = travels.filter(crate__isnull=False)
    if travels.exists():
        raise CopyTravels
    if Hold.objects.filter(copy=copy, level=HoldLevel.COPY, status__in=OPEN_HOLD).exists():
        raise CopyReserved
    waiting = _waiting_only_for(copy)
    if waiting and not although_waited_for:
        raise ReadersWait(count=waiting)
    if held is not None:
        custody.back_to_queue(held, "withdrawn")
    custody.set_copy(copy, CopyStatus.WITHDRAWN, None)
    if held is not None:
        routing.serve_hold(held.hold)
    note_act("withdraw_copy", f"copy:{copy.pk}", actor=actor, place_code=copy.home.code, reason=reason)
    return copy


@restartable
def mark_missing(copy: Copy, place: Place, *, since: dt.datetime, actor: User | None) -> Copy:
    """A copy that should stand on a shelf of `place` was not found there; who was meant to get it has the next one.

    `since` is when the search began: a copy that came, went or was scanned after that, in this or any later count,
    is not missing. Safe to repeat. Raises NotMissing.
    """
    copy, _work, held = custody.lock_with_hold(copy)
    if copy.status == CopyStatus.MISSING:
        return copy
    has_moved = copy.status_since is not None and copy.status_since >= since
    was_seen = StocktakeScan.objects.filter(copy=copy, scanned_at__gte=since).exists()
    is_committed = held is not None and not held.is_tentative
    if copy.status != CopyStatus.AVAILABLE or copy.place_id != place.pk or has_moved or was_seen or is_committed:
        raise NotMissing
    if held is not None:
        custody.back_to_queue(held, "missing")
    custody.set_copy(copy, CopyStatus.MISSING, None)
    if held is not None:
        routing.serve_hold(held.hold)
    note_act("mark_missing", f"copy:{copy.pk}", actor=actor, place_code=place.code)
    return copy


def _waiting_only_for(copy: Copy) -> int:
    """Return how many readers wait for this edition when no other copy of it could ever serve them; else 0."""
    others = Copy.objects.filter(title=copy.title_id, status__in=MAY_SERVE, is_lendable=True).exclude(pk=copy.pk)
    if not copy.is_lendable or others.exists():
        return 0
    waiting = Hold.objects.filter(title=copy.title_id, status__in=(HoldStatus.QUEUED, HoldStatus.ASSIGNED))
    alone = waiting.exclude(level=HoldLevel.WORK).count()
    if Copy.objects.filter(title__work=copy.title.work_id, status__in=MAY_SERVE, is_lendable=True).exclude(pk=copy.pk):
        return alone
    return (
        alone
        + Hold.objects.filter(
            work=copy.title.work_id, level=HoldLevel.WORK, status__in=(HoldStatus.QUEUED, HoldStatus.ASSIGNED)
        ).count()
    )

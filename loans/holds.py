"""Verbs on reservations: place, move, cancel, let expire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from accounts.models import ReaderStatus
from accounts.services import note_act
from branches.calendar import could_not_move
from branches.models import PlaceCapacity
from catalog.models import Copy, Title, Work
from catalog.states import MAY_SERVE
from loans import custody, routing
from loans.blocks import reader_rule, refuse_age, reserving_blocks
from loans.errors import (
    AlreadyBorrowed,
    AlreadyReserved,
    HoldLimitReached,
    NoCopyCanServe,
    PickupNeedsVerification,
    PickupNotForCard,
    PickupNotPossible,
)
from loans.models import Assignment, Hold, KeepingRule, Loan
from loans.overriding import Override
from loans.policy import can_collect_at, last_day_kept
from loans.querysets import key_compared
from loans.room import room_left
from loans.states import GroupKind, HoldLevel, HoldStatus
from loans.terms import keeping_at
from milanolib import clock
from milanolib.db import lock, restartable
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import Reader, User
    from branches.models import Place


@restartable
def place_hold(
    reader: Reader,
    title: Title,
    pickup: Place,
    *,
    actor: User | None,
    level: str = HoldLevel.TITLE,
    copy: Copy | None = None,
    volume: str = "",
    override: str = "",
) -> Hold:
    """Reserve `title` for `reader`, to be collected at `pickup`, and assign a copy at once if one is free.

    `level` widens it to any edition (work) or narrows it to a volume or a copy; `override` is why refusals that may be
    passed over are passed over, kept with the act. Raises ReaderClosed, CardExpired, ReaderSuspended, TooManyOverdue,
    NotCollectedBefore, TooYoung, PickupNotPossible, PickupNeedsVerification, PickupNotForCard, HoldLimitReached,
    AlreadyReserved, AlreadyBorrowed, NoCopyCanServe.
    """
    work = routing.lock_work_of(title)
    lock(reader)
    now = clock.now()
    hold = Hold(
        reader=reader,
        work=work,
        title=None if level == HoldLevel.WORK else title,
        copy=copy,
        volume=volume,
        level=level,
        pickup_place=pickup,
        placed_at=now,
    )
    permit = Override(override)
    refuse_reader(reader, pickup, clock.today(), permit)
    refuse_hold(hold, title, permit)
    hold.save(force_insert=True)
    emit("loans.hold_placed", key=f"hold-placed:{hold.pk}", hold_id=hold.pk)
    routing.serve_free_copies(work)  # an earlier one that was passed over may have room by now
    hold.refresh_from_db(fields=["status"])
    note_act("place_hold", f"hold:{hold.pk}", actor=actor, reason=permit.kept)
    return hold


def refuse_pickup(reader: Reader, pickup: Place, today: dt.date) -> None:
    """Raise why this reader cannot collect at this point, if so.

    PickupNotPossible, PickupNeedsVerification, PickupNotForCard.
    """
    is_here = (pickup.closed_on is None or today < pickup.closed_on) and (
        pickup.opened_on is None or pickup.opened_on <= today
    )
    if not pickup.accepts_pickup or not is_here or not KeepingRule.objects.filter(place_kind=pickup.kind).exists():
        raise PickupNotPossible
    if not can_collect_at(reader_rule(reader), pickup):
        raise PickupNotForCard if reader.status == ReaderStatus.VERIFIED else PickupNeedsVerification


def refuse_reader(reader: Reader, pickup: Place, today: dt.date, permit: Override) -> None:
    """Raise why this reader may reserve nothing, not there, or nothing more; what is reserved together counts as one.

    The reader is locked. Raises ReaderClosed, CardExpired, ReaderSuspended, TooManyOverdue, NotCollectedBefore,
    PickupNotPossible, PickupNeedsVerification, PickupNotForCard, HoldLimitReached.
    """
    rule = reader_rule(reader)
    for block in reserving_blocks(reader, rule, today):
        permit.check(block)
    refuse_pickup(reader, pickup, today)
    own = Hold.objects.open().filter(reader=reader).values_list("group", "pk")
    if len({(group, None) if group else (None, pk) for group, pk in own}) >= rule.max_holds:
        permit.check(HoldLimitReached(limit=rule.max_holds))


def refuse_hold(hold: Hold, title: Title, permit: Override) -> None:
    """Raise why this very thing cannot be reserved: TooYoung, AlreadyReserved, AlreadyBorrowed, NoCopyCanServe."""
    reader = hold.reader
    assert reader is not None  # noqa: S101  for the type checker; a constraint says so
    refuse_age(reader, title.age_mark or 0, clock.today(), permit)
    if any(_same_target(one, hold) for one in Hold.objects.open().filter(reader=reader, work=hold.work)):
        raise AlreadyReserved
    if Loan.objects.standing().filter(reader=reader, copy__title=title).exists():
        raise AlreadyBorrowed
    copies = Copy.objects.filter(status__in=MAY_SERVE, is_lendable=True)
    match hold.level:
        case HoldLevel.WORK:
            copies = copies.filter(title__work=hold.work)
        case HoldLevel.VOLUME:
            copies = copies.filter(title=title, volume=hold.volume)
        case HoldLevel.COPY:
            copies = copies.filter(pk__in=[hold.copy_id], title=title)
        case _:
            copies = copies.filter(title=title)
    if not copies.exists():
        raise NoCopyCanServe


def _same_target(one: Hold, other: Hold) -> bool:
    return (one.level, one.work_id, one.title_id, one.volume, one.copy_id) == (
        other.level,
        other.work_id,
        other.title_id,
        other.volume,
        other.copy_id,
    )


@restartable
def cancel_hold(hold: Hold, *, actor: User | None, reason: str = "reader") -> Hold:
    """End a reservation; its copy goes to the next reader, or home from wherever it is. Safe to repeat.

    Raises HoldMoveRefused when it has been collected or has ended otherwise.
    """
    held = custody.lock_with_copy(hold)
    if hold.status == HoldStatus.CANCELLED:
        return hold
    _end(hold, held, HoldStatus.CANCELLED, reason)
    note_act("cancel_hold", f"hold:{hold.pk}", actor=actor, reason=reason)
    return hold


@restartable
def expire_hold(hold: Hold) -> bool:
    """Let a ready hold expire after its last day; the copy goes to the next reader or back. Return whether it did.

    A last day on which the point was closed, with no later one to move it to, ends nothing: nobody could collect.
    """
    held = custody.lock_with_copy(hold)
    today = clock.today()
    if hold.status != HoldStatus.READY or hold.keep_until is None or hold.ready_at is None or hold.keep_until >= today:
        return False
    rule, calendar = keeping_at(hold.pickup_place, hold.ready_at)
    last_day = last_day_kept(hold.ready_at, rule, calendar)
    if last_day > hold.keep_until:  # a closure or a cancelled visit has come since
        hold.keep_until = last_day
        hold.save(update_fields=["keep_until"])
    if hold.keep_until >= today or could_not_move(calendar, hold.keep_until) or waits_for_its_set(hold):
        return False
    _end(hold, held, HoldStatus.EXPIRED, "not_collected")
    return True


def waits_for_its_set(hold: Hold) -> bool:
    """Whether copies of the same set are still on their way: what is ready is kept until all can be taken together."""
    coming = Hold.objects.filter(
        group=hold.group_id,
        group__kind=GroupKind.SET,
        status__in=[HoldStatus.ASSIGNED, HoldStatus.PICKED, HoldStatus.IN_TRANSIT, HoldStatus.ARRIVED],
    )
    return hold.group_id is not None and coming.exists()


def expire_holds() -> int:
    """Let all ready holds whose last day has passed expire, each in a transaction of its own; return how many."""
    due = Hold.objects.filter(status=HoldStatus.READY, keep_until__lt=clock.today()).order_by("keep_until", "pk")
    return sum(expire_hold(hold) for hold in list(due))


@restartable
def lapse_hold(hold: Hold) -> bool:
    """End a reservation after the reader's own last day, unless its copy is on its way. Return whether it did."""
    held = custody.lock_with_copy(hold)
    is_over = hold.not_needed_after is not None and hold.not_needed_after < clock.today()
    if hold.status not in (HoldStatus.QUEUED, HoldStatus.ASSIGNED) or not is_over:
        return False
    _end(hold, held, HoldStatus.LAPSED, "not_needed")
    return True


def lapse_holds() -> int:
    """Let all waiting holds lapse that are needed no more, each in a transaction of its own; return how many."""
    due = Hold.objects.filter(status__in=[HoldStatus.QUEUED, HoldStatus.ASSIGNED], not_needed_after__lt=clock.today())
    return sum(lapse_hold(hold) for hold in list(due.order_by("not_needed_after", "pk")))


@restartable
def serve_queue_of(work_id: int) -> int:
    """Serve the waiting holds of one work with its free copies, in order; return how many were served."""
    try:
        work = routing.lock_work(work_id)
    except Work.DoesNotExist:  # joined to another one meanwhile, which has its own turn
        return 0
    return routing.serve_in_order(work)


def retry_passed() -> int:
    """Look again at holds that were passed over for a full point, since room comes back; return how many are served.

    Also the net under everything else: a hold that could be served and is not, for whatever reason, is served here.
    """
    left = room_left(PlaceCapacity.objects.values_list("place", flat=True))
    later = Assignment.objects.open().filter(
        key_compared("gt", "hold__"), committed_at=None, hold__work=OuterRef("work")
    )
    stuck = (
        Hold.objects.waiting()
        .filter(Q(work__in=routing.free_copies().values("title__work")) | Exists(later))
        .exclude(pickup_place__in=[place for place, room in left.items() if room <= 0])
        .order_by()
        .values_list("work", flat=True)
        .distinct()
    )
    return sum(serve_queue_of(work_id) for work_id in list(stuck))


def close_hold(hold: Hold, held: Assignment | None, status: HoldStatus, reason: str) -> None:
    """Close a hold and release its copy; everything is locked. Where the copy goes next is the caller's."""
    hold.move_to(status)
    hold.ended_at, hold.end_reason, hold.pickup_code = clock.now(), reason, ""
    hold.save(update_fields=["status", "ended_at", "end_reason", "pickup_code"])
    occurrence = f"{hold.ended_at:%Y%m%d%H%M%S%f}"  # what was cancelled may be given back, and cancelled again
    emit(f"loans.hold_{status}", key=f"hold-{status}:{hold.pk}:{occurrence}", hold_id=hold.pk)
    if held is not None:
        routing.release(held, reason)


def _end(hold: Hold, held: Assignment | None, status: HoldStatus, reason: str) -> None:
    """Close a hold and send its copy on; everything is locked."""
    close_hold(hold, held, status, reason)
    if held is not None:
        custody.send_on(held.copy, held)

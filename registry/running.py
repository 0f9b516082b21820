"""The day at the library: who came, who sits there, who did not come; walk-ins, blocked hours."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock, restartable
from registry.bookings import expire_unconfirmed, keep_unblocked, new_code, taken
from registry.errors import BlockEndsBeforeItBegins, BookingEnded, BookingsInTheWay, NotFreeNow, SlotTaken
from registry.free import Free, bookable_patterns, next_free
from registry.models import Block, Booking, Resource
from registry.policy import forgets_before, is_no_show
from registry.states import HOLDING, BookingStatus

if TYPE_CHECKING:
    from accounts.models import User

# What a librarian presses: from which states each leads where. A no-show who comes late sits down if it is still free.
STEPS: dict[str, tuple[tuple[BookingStatus, ...], BookingStatus]] = {
    "arrived": ((BookingStatus.CONFIRMED, BookingStatus.NO_SHOW), BookingStatus.ARRIVED),
    "in_progress": ((BookingStatus.CONFIRMED, BookingStatus.ARRIVED), BookingStatus.IN_PROGRESS),
    "done": ((BookingStatus.ARRIVED, BookingStatus.IN_PROGRESS), BookingStatus.DONE),
    "no_show": ((BookingStatus.CONFIRMED,), BookingStatus.NO_SHOW),
}


@restartable  # a late comer takes the slot again while somebody else may take it
def note_step(booking: Booking, step: str, *, actor: User | None) -> Booking:
    """Note that somebody arrived, sits at the workstation, is done, or did not come. Safe to repeat.

    Raises BookingEnded where the step does not follow, SlotTaken where a late comer's slot has been given away.
    """
    sources, target = STEPS[step]
    try:
        with transaction.atomic():
            lock(booking)
            if booking.status == target:
                return booking
            if booking.status not in sources:
                raise BookingEnded
            now = clock.now()
            booking.status = target
            if target in HOLDING:
                booking.arrived_at = booking.arrived_at or now
            if target == BookingStatus.IN_PROGRESS:
                booking.started_at = now
            booking.ended_at = None if target in HOLDING else now
            booking.save(update_fields=["status", "arrived_at", "started_at", "ended_at"])
            note_act(f"note_{step}", f"booking:{booking.pk}", actor=actor)
    except IntegrityError as error:
        raise taken(booking.resource, booking.starts) from error
    return booking


def seat_walk_in(resource: Resource, *, actor: User | None) -> Booking:
    """Give the slot that runs now to somebody who came without a booking; no contact is asked for.

    Raises NotFreeNow, with the next free one, where somebody has it or none runs now.
    """
    expire_unconfirmed()
    now = clock.now()
    today = clock.today()
    slot = Free([resource], today, today).current(resource)
    if slot is None:
        raise NotFreeNow(next_free(resource, now, bookable_patterns(resource)))
    booking = Booking(
        resource_id=resource.pk,
        during=DateTimeTZRange(slot.starts, slot.ends),
        status=BookingStatus.IN_PROGRESS,
        code=new_code(),
        is_walk_in=True,
        created_at=now,
        arrived_at=now,
        started_at=now,
    )
    try:
        _seat(booking, resource, actor=actor)
    except IntegrityError as error:
        raise NotFreeNow(next_free(resource, now, bookable_patterns(resource))) from error
    return booking


@restartable  # two who insert at the same instant may wait for each other, as where a slot is booked
def _seat(booking: Booking, resource: Resource, *, actor: User | None) -> None:
    with transaction.atomic():
        keep_unblocked(resource, booking.during)
        booking.save(force_insert=True)
        note_act("seat_walk_in", f"booking:{booking.pk}", actor=actor)


@transaction.atomic
def block_hours(
    resource: Resource, starts: dt.datetime, ends: dt.datetime, *, reason: str = "", actor: User | None
) -> Block:
    """Let nobody book a stretch of time. Raises BookingsInTheWay, BlockEndsBeforeItBegins."""
    if ends <= starts:
        raise BlockEndsBeforeItBegins
    Resource.objects.select_for_update(no_key=True).get(pk=resource.pk)  # bookings that are being written come first
    if number := in_the_way(resource, starts, ends):
        raise BookingsInTheWay(number=number)
    block, _is_new = Block.objects.get_or_create(
        resource_id=resource.pk, during=DateTimeTZRange(starts, ends), defaults={"reason": reason}
    )
    note_act("block_hours", f"resource:{resource.pk}", actor=actor, reason=reason)
    return block


def in_the_way(resource: Resource, starts: dt.datetime, ends: dt.datetime) -> int:
    """Return how many bookings hold a resource in a stretch of time."""
    return Booking.objects.holding(clock.now()).filter(resource=resource).between(starts, ends).count()


@transaction.atomic
def unblock_hours(block: Block, *, actor: User | None) -> None:
    """Let blocked hours be booked again. Safe to repeat; who waits for that day is offered a slot."""
    gone, _by_model = Block.objects.filter(pk=block.pk).delete()
    if gone:
        note_act("unblock_hours", f"resource:{block.resource_id}", actor=actor, reason=block.reason)


def free_no_shows() -> int:
    """Give away the slots of those who have not come ten minutes after they began; return how many."""
    now = clock.now()
    waiting = Booking.objects.filter(status=BookingStatus.CONFIRMED, during__startswith__lte=now)
    late = [one for one in waiting if is_no_show(one.starts, now)]
    freed = 0
    for booking in late:
        try:
            freed += note_step(booking, "no_show", actor=None).status == BookingStatus.NO_SHOW
        except (BookingEnded, SlotTaken):
            continue  # somebody pressed a key at this moment
    return freed


def end_forgotten() -> int:
    """Note those as done whom nobody noted: their slot ended an hour ago and more."""
    now = clock.now()
    seated = Booking.objects.filter(status__in=[BookingStatus.ARRIVED, BookingStatus.IN_PROGRESS])
    past = seated.filter(during__endswith__lt=now - dt.timedelta(hours=1))
    return past.update(status=BookingStatus.DONE, ended_at=now)


def forget_contacts() -> int:
    """Erase contacts thirty days after the visit, kept or not; return how many."""
    past = Booking.objects.filter(during__endswith__lt=forgets_before(clock.now())).exclude(contact="")
    return past.update(contact="", contact_hash="")

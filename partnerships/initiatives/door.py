"""At the door: who came by a code or the picture of it, and who came without a booking."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from partnerships.initiatives.booking import CODE_LETTERS, count_places, counting_date, expire_held
from partnerships.initiatives.errors import BookingEnded, BookingUnknown, DateIsCancelled, SoldOut
from partnerships.initiatives.links import token_in
from partnerships.initiatives.states import OPEN, BookingStatus
from partnerships.models import InitiativeBooking

if TYPE_CHECKING:
    from accounts.models import User
    from partnerships.models import InitiativeDate


def booking_at_door(date: InitiativeDate, scanned: str) -> InitiativeBooking:
    """Return the booking of a date by what was scanned or typed: the picture of a ticket, or its code.

    Raises BookingUnknown, for another date's ticket too.
    """
    counting = counting_date(date)
    read = token_in(scanned)
    own = counting.bookings.filter(status__in=OPEN)
    found = own.filter(pk=read) if read is not None else own.filter(code=scanned.strip().upper()[:8])
    booking = found.in_order().first()
    if booking is None:
        raise BookingUnknown
    return booking


@transaction.atomic
def note_came(booking: InitiativeBooking, people: int | None = None, *, actor: User | None) -> InitiativeBooking:
    """Note that somebody came, all of them unless fewer are named. Safe to repeat; who waits comes in if there is room.

    Raises BookingEnded, SoldOut, DateIsCancelled.
    """
    lock(booking.date, booking)
    date = booking.date
    if booking.status == BookingStatus.CAME and people in (None, booking.came):
        return booking
    if booking.status not in OPEN:
        raise BookingEnded
    if date.is_cancelled and counting_date(date) == date and date.initiative.rhythm != "series":
        raise DateIsCancelled
    came = min(people or booking.people, booking.people)
    if booking.status == BookingStatus.WAITING:
        expire_held(date)
        if booking.people > (date.left or 0):
            raise SoldOut
    booking.status, booking.came, booking.hold_until = BookingStatus.CAME, came, None
    booking.came_at = booking.came_at or clock.now()
    booking.save(update_fields=["status", "came", "came_at", "hold_until"])
    count_places(date)
    note_act("note_came", f"initiativebooking:{booking.pk}", actor=actor)
    return booking


@transaction.atomic
def let_in(date: InitiativeDate, *, adults: int, children: int = 0, actor: User | None) -> InitiativeBooking:
    """Let in people who came without a booking, while there are places; no contact is asked for. Raises SoldOut."""
    date = counting_date(date)
    lock(date)
    expire_held(date)
    if adults + children > (date.left or 0):
        raise SoldOut
    now = clock.now()
    booking = InitiativeBooking.objects.create(
        date=date,
        status=BookingStatus.CAME,
        code=f"{secrets.choice(CODE_LETTERS)}{secrets.randbelow(9000) + 1000}",
        adults=adults,
        children=children,
        created_at=now,
        came=adults + children,
        came_at=now,
    )
    count_places(date)
    note_act("let_in", f"initiativebooking:{booking.pk}", actor=actor)
    return booking

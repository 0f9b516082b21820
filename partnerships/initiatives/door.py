"""At the door: who came by a code or the picture of it, who came without a booking, how many where nobody books."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from partnerships.initiatives.booking import CODE_LETTERS, count_places, counting_date, expire_held
from partnerships.initiatives.errors import (
    BookingEnded,
    BookingUnknown,
    DateIsCancelled,
    DateNotBegun,
    PlacesAreCounted,
    SoldOut,
)
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
    booking = _come_unbooked(date, adults, children)
    count_places(date)
    note_act("let_in", f"initiativebooking:{booking.pk}", actor=actor)
    return booking


@transaction.atomic
def note_attendance(date: InitiativeDate, people: int, *, actor: User | None) -> InitiativeBooking:
    """Write how many came in all to a date that nobody needs to book, for the year's figures; again to correct it.

    Of a series each date has its own number. Raises PlacesAreCounted, DateIsCancelled, DateNotBegun.
    """
    lock(date)
    if date.places is not None:
        raise PlacesAreCounted
    if date.is_cancelled:
        raise DateIsCancelled
    if date.starts_at > clock.now():
        raise DateNotBegun
    noted = came_unbooked(date)
    if noted is None:
        noted = _come_unbooked(date, people)
    elif noted.came == people:
        return noted
    noted.adults = noted.came = people
    noted.save(update_fields=["adults", "came"])
    note_act("note_attendance", f"initiativedate:{date.pk}", actor=actor)
    return noted


def came_unbooked(date: InitiativeDate) -> InitiativeBooking | None:
    """Return what was written of a date that nobody needs to book: how many came. None when nothing was."""
    return date.bookings.filter(status=BookingStatus.CAME, contact="").in_order().first()


def _come_unbooked(date: InitiativeDate, adults: int, children: int = 0) -> InitiativeBooking:
    now = clock.now()
    return InitiativeBooking.objects.create(
        date=date,
        status=BookingStatus.CAME,
        code=f"{secrets.choice(CODE_LETTERS)}{secrets.randbelow(9000) + 1000}",
        adults=adults,
        children=children,
        created_at=now,
        came=adults + children,
        came_at=now,
    )

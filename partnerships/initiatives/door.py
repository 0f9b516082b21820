"""At the door: who came by a code or the picture of it, who came without a booking, how many where nobody books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from partnerships.initiatives.booking import count_places, counting_date, expire_held, new_code
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
from partnerships.models import InitiativeBooking, Rhythm

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
def note_came(
    date: InitiativeDate, booking: InitiativeBooking, people: int | None = None, *, actor: User | None
) -> int:
    """Note that somebody came to a date, all of them unless fewer are named; return how many. Safe to repeat.

    Who waits comes in if there is room. A booking of a series is noted at each of its dates. Raises BookingUnknown for
    one of another date, BookingEnded, SoldOut, DateIsCancelled.
    """
    lock([date, booking.date], booking)
    counting = booking.date
    if counting_date(date) != counting:
        raise BookingUnknown
    if (known := came_to(date, booking)) and people in (None, known):
        return known
    if booking.status not in OPEN:
        raise BookingEnded
    if date.is_cancelled:
        raise DateIsCancelled
    if booking.status == BookingStatus.WAITING:
        expire_held(counting)
        if booking.people > (counting.left or 0):
            raise SoldOut
    came = min(people or booking.people, booking.people)
    _write_came(date, booking, came)
    count_places(counting)
    note_act("note_came", f"initiativebooking:{booking.pk}", actor=actor)
    return came


def came_to(date: InitiativeDate, booking: InitiativeBooking) -> int:
    """Return how many of a booking came to a date: of a series to this one, and none as long as nothing is noted."""
    noted = booking.attendances.filter(date=date).values_list("came", flat=True).first()
    return booking.came if noted is None else noted


def _write_came(date: InitiativeDate, booking: InitiativeBooking, came: int) -> None:
    """Write who came. In a series they stay booked for what is to come, and can still give it back."""
    now = clock.now()
    booking.hold_until = None
    if date.initiative.rhythm == Rhythm.SERIES:
        if booking.status != BookingStatus.CAME:
            booking.status = BookingStatus.CONFIRMED
        booking.attendances.update_or_create(
            date=date, defaults={"came": came}, create_defaults={"came": came, "came_at": now}
        )
    else:
        booking.status, booking.came, booking.came_at = BookingStatus.CAME, came, booking.came_at or now
    booking.save(update_fields=["status", "came", "came_at", "hold_until"])


@transaction.atomic
def let_in(date: InitiativeDate, *, adults: int, children: int = 0, actor: User | None) -> InitiativeBooking:
    """Let in people who came without a booking, while there are places; no contact is asked for.

    To a date of a series they come with a place at the others. Raises SoldOut, DateIsCancelled.
    """
    counting = counting_date(date)
    lock([date, counting])
    if date.is_cancelled:
        raise DateIsCancelled
    expire_held(counting)
    if adults + children > (counting.left or 0):
        raise SoldOut
    booking = InitiativeBooking.objects.create(
        date=counting,
        status=BookingStatus.CONFIRMED,
        code=new_code(),
        adults=adults,
        children=children,
        created_at=clock.now(),
    )
    _write_came(date, booking, booking.people)
    count_places(counting)
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
        now = clock.now()
        noted = InitiativeBooking.objects.create(
            date=date,
            status=BookingStatus.CAME,
            code=new_code(),
            adults=people,
            created_at=now,
            came=people,
            came_at=now,
        )
    elif noted.came == people:
        return noted
    noted.adults = noted.came = people
    noted.save(update_fields=["adults", "came"])
    note_act("note_attendance", f"initiativedate:{date.pk}", actor=actor)
    return noted


def came_unbooked(date: InitiativeDate) -> InitiativeBooking | None:
    """Return what was written of a date that nobody needs to book: how many came. None when nothing was."""
    return date.bookings.filter(status=BookingStatus.CAME, contact="").in_order().first()

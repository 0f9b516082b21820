"""Verbs on places: book, confirm, change, cancel, offer what is freed to who waits.

Whatever takes or frees places locks the row of the date first, so numbers are exact and who came first is first: the
number of a booking is given under that lock. Newcomers never pass who waits.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q, Sum

from accounts.encryption import address_hash
from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from outbox.events import emit
from partnerships.initiatives.errors import (
    AlreadyBooked,
    BookingEnded,
    BookingsNotOpen,
    ContactMissing,
    DateIsCancelled,
    DateIsOver,
    PlacesShort,
    SoldOut,
    TooManyTogether,
)
from partnerships.initiatives.policy import forgets_before, held_until, offered_until
from partnerships.initiatives.states import HOLDING, TO_CONFIRM, BookingStatus, InitiativeStatus
from partnerships.models import InitiativeBooking, InitiativeDate, Rhythm

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User
    from partnerships.models import Initiative

CODE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY"
PEOPLE = F("adults") + F("children")


@transaction.atomic
def book_places(
    date: InitiativeDate,
    contact: str,
    *,
    adults: int = 1,
    children: int = 0,
    language: str = "it",
    is_confirmed: bool = False,
    actor: User | None = None,
) -> InitiativeBooking:
    """Give somebody places at a date, or a place on its waiting list, and return the booking.

    Of a series its `counting_date` is booked. `is_confirmed` where the contact is known to be theirs: signed in, or
    heard by `actor`; else a letter asks. Raises BookingsNotOpen, DateIsOver, DateIsCancelled, TooManyTogether,
    ContactMissing, AlreadyBooked, SoldOut.
    """
    contact = contact.strip().lower()
    if not contact:
        raise ContactMissing
    date = counting_date(date)
    lock(date)
    starts_at = _refuse_date(date)
    _refuse_number(date, adults, children)
    expire_held(date)
    known = address_hash("initiatives", contact)
    own = date.bookings.open().filter(contact_hash=known).first()
    if own is not None:
        raise AlreadyBooked(own)
    status = _what_is_left(date, adults + children, is_confirmed=is_confirmed)
    now = clock.now()
    booking = InitiativeBooking.objects.create(
        date=date,
        status=status,
        code=new_code(),
        adults=adults,
        children=children,
        contact=contact,
        contact_hash=known,
        language=language,
        created_at=now,
        hold_until=held_until(now, starts_at) if status == BookingStatus.REQUESTED else None,
    )
    count_places(date)
    note_act("book_places", f"initiativebooking:{booking.pk}", actor=actor)
    _tell(booking)
    return booking


@transaction.atomic
def remind_of_own(booking: InitiativeBooking) -> None:
    """Send whoever has a contact the way to their booking: somebody, perhaps they, tried to book once more."""
    minute = clock.now().strftime("%Y%m%d%H%M")[:-1]  # at most one letter in ten minutes
    _tell(booking, f":again:{minute}")


@transaction.atomic
def confirm_places(booking: InitiativeBooking) -> InitiativeBooking:
    """Confirm what was asked for or offered, from its letter. Safe to repeat. Raises BookingEnded when too late."""
    lock(booking.date, booking)
    if booking.status in (BookingStatus.CONFIRMED, BookingStatus.CAME):
        return booking
    is_late = booking.hold_until is None or booking.hold_until <= clock.now()
    if booking.status not in TO_CONFIRM or is_late or (booking.date.is_cancelled and not _is_series(booking.date)):
        raise BookingEnded
    booking.status, booking.hold_until = BookingStatus.CONFIRMED, None
    booking.save(update_fields=["status", "hold_until"])
    _tell(booking)
    return booking


@transaction.atomic
def cancel_places(booking: InitiativeBooking, *, actor: User | None = None) -> InitiativeBooking:
    """Give places back, or leave the list. Safe to repeat. Raises BookingEnded once somebody came or it ran out."""
    lock(booking.date, booking)
    if booking.status == BookingStatus.CANCELLED:
        return booking
    if booking.status not in (*TO_CONFIRM, BookingStatus.CONFIRMED, BookingStatus.WAITING):
        raise BookingEnded
    booking.status, booking.hold_until, booking.ended_at = BookingStatus.CANCELLED, None, clock.now()
    booking.save(update_fields=["status", "hold_until", "ended_at"])
    count_places(booking.date)
    note_act("cancel_places", f"initiativebooking:{booking.pk}", actor=actor)
    _say_freed(booking.date, booking)
    return booking


@transaction.atomic
def change_places(
    booking: InitiativeBooking, *, adults: int, children: int, actor: User | None = None
) -> InitiativeBooking:
    """Come with more or fewer people. Safe to repeat. Raises BookingEnded, TooManyTogether, PlacesShort."""
    lock(booking.date, booking)
    date = booking.date
    if (booking.adults, booking.children) == (adults, children):
        return booking
    if booking.status not in (BookingStatus.CONFIRMED, BookingStatus.WAITING):
        raise BookingEnded
    _refuse_date(date)
    _refuse_number(date, adults, children)
    more = adults + children - booking.people
    is_waiting = booking.status == BookingStatus.WAITING
    room = date.waiting_places - date.waiting if is_waiting else (date.left or 0) if not date.waiting else 0
    if more > room:
        raise PlacesShort
    booking.adults, booking.children = adults, children
    booking.save(update_fields=["adults", "children"])
    count_places(date)
    note_act("change_places", f"initiativebooking:{booking.pk}", actor=actor)
    if more < 0:
        _say_freed(date, booking)
    return booking


@transaction.atomic
def offer_freed(date: InitiativeDate) -> int:
    """Offer what is free to those who wait, in their order, for a limited time; return how many offers were made.

    A family for which too few places are free keeps its turn, and who comes after it and fits is asked meanwhile.
    """
    date = counting_date(date)
    lock(date)
    expire_held(date)
    until = None
    if date.status == "planned" or _is_series(date):
        until = offered_until(clock.now(), _starts_of(date) or date.starts_at)
    offers = 0
    if until is not None and date.initiative.status == InitiativeStatus.PUBLISHED:
        for booking in date.bookings.filter(status=BookingStatus.WAITING).in_order():
            if booking.people <= (date.left or 0):
                booking.status, booking.hold_until = BookingStatus.OFFERED, until
                booking.save(update_fields=["status", "hold_until"])
                count_places(date)
                _tell(booking)
                offers += 1
    return offers


def look_at_waiting() -> int:
    """Let go what nobody confirmed in time and offer it on; return how many offers. Each date by itself."""
    now = clock.now()
    late = Q(pk__in=InitiativeBooking.objects.overdue(now).values("date"))
    could = Q(waiting__gt=0, taken__lt=F("places"), ends_at__gt=now)
    return sum(offer_freed(one) for one in InitiativeDate.objects.filter(late | could).order_by("pk"))


def forget_contacts() -> int:
    """Erase contacts thirty days after the last date, came or not; return how many."""
    before = forgets_before(clock.now())
    still = InitiativeDate.objects.filter(initiative__rhythm=Rhythm.SERIES, ends_at__gte=before).values("initiative")
    past = InitiativeBooking.objects.filter(date__ends_at__lt=before).exclude(contact="")
    return past.exclude(date__initiative__in=still).update(contact="", contact_hash="")


def people_before(booking: InitiativeBooking) -> int:
    """Return how many people are before somebody on the waiting list."""
    before = booking.date.bookings.filter(status=BookingStatus.WAITING, pk__lt=booking.pk)
    return before.aggregate(people=Sum(PEOPLE, default=0))["people"]  # type: ignore[no-any-return]  # a number


def counting_date(date: InitiativeDate) -> InitiativeDate:
    """Return the date whose places are counted: of a series the first row for all of them, else the date itself."""
    if not _is_series(date):
        return date
    return date.initiative.dates.order_by("pk").first() or date


def new_code() -> str:
    """Return the code of a booking: a letter that no other is taken for, and four figures."""
    return f"{secrets.choice(CODE_LETTERS)}{secrets.randbelow(9000) + 1000}"


def _is_series(date: InitiativeDate) -> bool:
    return date.initiative.rhythm == Rhythm.SERIES


def _starts_of(date: InitiativeDate) -> dt.datetime | None:
    """Return when what is booked begins: of a series its first date that takes place. None when none does."""
    if not _is_series(date):
        return None if date.is_cancelled else date.starts_at
    return date.initiative.dates.planned().values_list("starts_at", flat=True).order_by("starts_at").first()


def _refuse_date(date: InitiativeDate) -> dt.datetime:
    """Raise what keeps anybody from booking a date; return when it begins."""
    initiative: Initiative = date.initiative
    starts_at = _starts_of(date)
    if initiative.status == InitiativeStatus.CANCELLED or starts_at is None:
        raise DateIsCancelled
    now = clock.now()
    if starts_at <= now:
        raise DateIsOver
    opens_at = initiative.bookings_open_at
    is_open = initiative.status == InitiativeStatus.PUBLISHED and date.places is not None
    if not is_open or (opens_at is not None and now < opens_at):
        raise BookingsNotOpen
    return starts_at


def _refuse_number(date: InitiativeDate, adults: int, children: int) -> None:
    most = date.initiative.per_family
    if min(adults, children) < 0 or not 1 <= adults + children <= most:
        raise TooManyTogether(most=most)


def _what_is_left(date: InitiativeDate, people: int, *, is_confirmed: bool) -> BookingStatus:
    """Return what so many people get: places, the waiting list, or (raised) nothing."""
    if not date.waiting and people <= (date.left or 0):
        return BookingStatus.CONFIRMED if is_confirmed else BookingStatus.REQUESTED
    if people <= date.waiting_places - date.waiting:
        return BookingStatus.WAITING
    raise SoldOut


def expire_held(date: InitiativeDate) -> None:
    """Let those go whose time to confirm ran out; the date is locked."""
    now = clock.now()
    if date.bookings.overdue(now).update(status=BookingStatus.EXPIRED, hold_until=None, ended_at=now):
        count_places(date)


def count_places(date: InitiativeDate) -> None:
    """Write how many places of a locked date are taken and how many people wait, from the bookings themselves."""
    found = date.bookings.aggregate(
        taken=Sum(PEOPLE, filter=Q(status__in=HOLDING), default=0),
        waiting=Sum(PEOPLE, filter=Q(status=BookingStatus.WAITING), default=0),
    )
    date.taken, date.waiting = found["taken"], found["waiting"]
    date.save(update_fields=["taken", "waiting"])
    say_of_series(date)


def say_of_series(date: InitiativeDate) -> None:
    """Write what the counting date of a series says on its other dates, so that each says the truth."""
    if _is_series(date):
        numbers = {name: getattr(date, name) for name in ("places", "waiting_places", "taken", "waiting")}
        date.initiative.dates.exclude(pk=date.pk).update(**numbers)


def _tell(booking: InitiativeBooking, again: str = "") -> None:
    key = f"partnerships.places_{booking.status}:{booking.pk}:{booking.hold_until or ''}{again}"
    emit(f"partnerships.places_{booking.status}", key=key, booking_id=booking.pk)


def _say_freed(date: InitiativeDate, booking: InitiativeBooking) -> None:
    """Tell who offers them on that places are free; each time anew."""
    key = f"partnerships.places_freed:{date.pk}:{booking.pk}:{booking.people}:{booking.status}"
    emit("partnerships.places_freed", key=key, date_id=date.pk)

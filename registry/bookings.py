"""Book a slot, confirm, move, cancel. The exclusion constraint says who was first; nobody waits to find out."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import BigIntegerField, BooleanField, CharField, DateTimeField, ExpressionWrapper, Q

from accounts.encryption import address_hash
from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock, restartable
from milanolib.prepared import Given, Prepared
from outbox.events import emit
from registry.errors import BookingEnded, ContactMissing, OpenBookingExists, OtherServices, SlotTaken, SlotUnknown
from registry.free import bookable_patterns, next_free
from registry.models import Block, Booking, Kiosk
from registry.policy import BOOKABLE_DAYS, SAME_WITHIN, UNCONFIRMED_FOR
from registry.slots import slot_from
from registry.states import COMING, HOLDING, BookingStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from registry.free import Patterns
    from registry.models import Resource
    from registry.slots import Slot

CODE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY"


def book_slot(
    resource: Resource,
    starts: dt.datetime,
    contact: str,
    *,
    language: str = "it",
    is_confirmed: bool = False,
    is_offer: bool = False,
    actor: User | None = None,
) -> Booking:
    """Give somebody a slot and return the booking: to be confirmed by e-mail within half an hour, or at once.

    `contact` is an e-mail address or a telephone number, all that is kept of anybody. `is_confirmed` where the contact
    is known to be theirs: signed in, or heard on the telephone by `actor`. `is_offer` where they waited for it. Safe to
    repeat within a minute. Raises SlotUnknown, SlotTaken (with the next free one), OpenBookingExists, ContactMissing.
    """
    contact = normalised(contact)
    if not contact:
        raise ContactMissing
    patterns = bookable_patterns(resource)
    slot = bookable_slot(resource, starts, patterns)
    now = clock.now()
    booking = Booking(
        resource_id=resource.pk,
        during=DateTimeTZRange(slot.starts, slot.ends),
        status=BookingStatus.CONFIRMED if is_confirmed else BookingStatus.REQUESTED,
        code=new_code(),
        contact=contact,
        contact_hash=address_hash("registry", contact),
        language=language,
        created_at=now,
        confirm_until=None if is_confirmed else now + UNCONFIRMED_FOR,
    )
    same, is_in_the_way = _met_by(booking, resource, patterns)
    if same is not None:
        return same
    kind = "registry.booked" if is_confirmed else "registry.offered" if is_offer else "registry.to_confirm"
    try:
        _write(booking, resource, patterns, kind, is_in_the_way=is_in_the_way, actor=actor)
    except IntegrityError as error:  # somebody was faster
        same, _is_in_the_way = _met_by(booking, resource, patterns)
        if same is None:
            raise taken(resource, booking.starts, patterns) from error
        return same
    return booking


@restartable  # two who insert at the same instant may wait for each other: PostgreSQL lets one begin again
def _write(
    booking: Booking, resource: Resource, patterns: Patterns, kind: str, *, is_in_the_way: bool, actor: User | None
) -> None:
    with transaction.atomic():
        if is_in_the_way:
            _make_way(booking)
        keep_unblocked(resource, booking.during, patterns)
        booking.save(force_insert=True)
        note_act("book_slot", f"booking:{booking.pk}", actor=actor)
        emit(kind, key=f"{kind}:{booking.pk}", booking_id=booking.pk)


class Met(NamedTuple):
    """A booking that a new one meets: in its slot, or its contact's."""

    pk: int
    is_overdue: bool  # its time to confirm ran out: it goes
    is_same: bool
    is_in_slot: bool


def _met_by(booking: Booking, resource: Resource, patterns: Patterns) -> tuple[Booking | None, bool]:
    """Return the booking that a new one repeats, if any, and whether others must go first that nobody confirmed.

    It repeats what its contact made of its slot a moment ago: a button was pressed twice. A moment only: else who types
    somebody's address and a slot would learn that it is theirs. The constraints decide who was first; this spares who
    comes late the attempt. Raises SlotTaken, OpenBookingExists.
    """
    now = clock.now()
    rows = _MET.rows(
        resource=booking.resource_id,
        during=booking.during,
        contact_hash=booking.contact_hash,
        now=now,
        since=now - SAME_WITHIN,
    )
    met = [Met(*row) for row in rows]
    held = [one for one in met if not one.is_overdue]
    if same := next((one for one in held if one.is_same), None):
        return Booking.objects.get(pk=same.pk), False
    if any(one.is_in_slot for one in held):
        raise taken(resource, booking.starts, patterns)
    if held:
        raise OpenBookingExists(Booking.objects.get(pk=held[0].pk))
    return None, bool(met)


def _met_rows() -> QuerySet[Booking, tuple[Any, ...]]:
    resource, during = Given("resource", BigIntegerField()), Given("during", DateTimeRangeField())
    now, since = (Given(name, DateTimeField()) for name in ("now", "since"))
    slot, contact = Q(resource=resource, during__overlap=during), Q(contact_hash=Given("contact_hash", CharField()))
    met = Booking.objects.filter(slot | contact, status__in=HOLDING).annotate(
        is_overdue=ExpressionWrapper(Q(status=BookingStatus.REQUESTED, confirm_until__lte=now), BooleanField()),
        is_same=ExpressionWrapper(contact & Q(resource=resource, during=during, created_at__gt=since), BooleanField()),
        is_in_slot=ExpressionWrapper(slot, BooleanField()),
    )
    return met.values_list(*Met._fields)


_MET = Prepared(_met_rows)


@transaction.atomic
def remind_of_booking(booking: Booking) -> None:
    """Send whoever has a contact the way to their open booking: somebody, perhaps they, tried to book another one."""
    minute = clock.now().strftime("%Y%m%d%H%M")[:-1]  # at most one letter in ten minutes
    kind = "registry.to_confirm" if booking.status == BookingStatus.REQUESTED else "registry.booked"
    emit(kind, key=f"{kind}:{booking.pk}:again:{minute}", booking_id=booking.pk)


@transaction.atomic
def confirm_booking(booking: Booking) -> Booking:
    """Confirm a booking from its letter. Safe to repeat. Raises BookingEnded when its time has run out."""
    lock(booking)
    if booking.status == BookingStatus.CONFIRMED:
        return booking
    if booking.status != BookingStatus.REQUESTED or booking.confirm_until <= clock.now():  # type: ignore[operator]
        raise BookingEnded
    booking.status = BookingStatus.CONFIRMED
    booking.confirm_until = None
    booking.save(update_fields=["status", "confirm_until"])
    emit("registry.booked", key=f"registry.booked:{booking.pk}", booking_id=booking.pk)
    return booking


@transaction.atomic
def cancel_booking(booking: Booking, *, actor: User | None = None) -> Booking:
    """Give a slot back. Safe to repeat. Raises BookingEnded once the visit has begun or is past."""
    lock(booking)
    if booking.status == BookingStatus.CANCELLED:
        return booking
    if booking.status not in COMING:
        raise BookingEnded
    booking.status = BookingStatus.CANCELLED
    booking.ended_at = clock.now()
    booking.save(update_fields=["status", "ended_at"])
    note_act("cancel_booking", f"booking:{booking.pk}", actor=actor)
    emit("registry.freed", key=f"registry.freed:{booking.pk}", booking_id=booking.pk)
    return booking


@restartable  # who moves to a slot and who books it may wait for each other, as two who book it
def move_booking(
    booking: Booking, starts: dt.datetime, *, to: Kiosk | None = None, actor: User | None = None
) -> Booking:
    """Move a confirmed booking to another slot, or leave it where it was. Safe to repeat.

    `to` is another workstation that offers the same; without it the booking stays at its own. Raises BookingEnded,
    OtherServices, SlotUnknown, SlotTaken (with the next free one).
    """
    own = booking.resource
    if to is not None and not Kiosk.objects.instead_of(own.kiosk).filter(pk=to.pk).exists():
        raise OtherServices
    resource = own if to is None else to
    patterns = bookable_patterns(resource)
    slot = bookable_slot(resource, starts, patterns)
    try:
        with transaction.atomic():
            lock(booking)
            if booking.status != BookingStatus.CONFIRMED:
                raise BookingEnded
            if (booking.resource_id, booking.starts) == (resource.pk, slot.starts):
                return booking
            _expire(Booking.objects.filter(resource=resource.pk).between(slot.starts, slot.ends))
            put_at(booking, resource, slot, actor=actor)
    except IntegrityError as error:
        raise taken(resource, starts, patterns) from error
    return booking


def put_at(booking: Booking, resource: Resource, slot: Slot, *, actor: User | None) -> None:
    """Write the new time and place of a locked booking, and tell whoever has it; inside a transaction.

    Raises SlotTaken where somebody has just blocked that time.
    """
    during = DateTimeTZRange(slot.starts, slot.ends)
    keep_unblocked(resource, during)
    booking.resource_id, booking.during = resource.pk, during
    booking.save(update_fields=["resource", "during"])
    note_act("move_booking", f"booking:{booking.pk}", actor=actor)
    emit(
        "registry.moved",  # it may come back to a slot that it had: the time is part of the key
        key=f"registry.moved:{booking.pk}:{clock.now():%Y%m%d%H%M%S%f}",
        booking_id=booking.pk,
        starts=slot.starts.isoformat(),
    )


def keep_unblocked(resource: Resource, during: DateTimeTZRange, patterns: Patterns | None = None) -> None:
    """Let nobody block hours of a resource until this transaction ends. Raises SlotTaken where somebody just has.

    The row is locked for share: any number of bookings are written at once, and who blocks hours locks it alone.
    """
    with connection.cursor() as cursor:  # Django has no lock for share
        cursor.execute("SELECT 1 FROM registry_resource WHERE id = %s FOR SHARE", [resource.pk])
    if _BLOCKS.rows(resource=resource.pk, during=during):
        raise taken(resource, during.lower, patterns)


_BLOCKS = Prepared(
    lambda: Block.objects.filter(
        resource=Given("resource", BigIntegerField()), during__overlap=Given("during", DateTimeRangeField())
    ).values_list("pk")
)


def taken(resource: Resource, starts: dt.datetime, patterns: Patterns | None = None) -> SlotTaken:
    """Return the refusal of a slot that somebody has, with the next free one after it."""
    return SlotTaken(next_free(resource, starts, patterns or bookable_patterns(resource)))


def normalised(contact: str) -> str:
    """Return an e-mail address in small letters, or the digits of a telephone number."""
    text = contact.strip()
    return text.lower() if "@" in text else "".join(one for one in text if one.isdigit() or one == "+")


def new_code() -> str:
    """Return what is called out and shown at the entrance instead of a name."""
    return f"{secrets.choice(CODE_LETTERS)}{secrets.randbelow(9000) + 1000}"


def find_booking(number: int) -> Booking:
    """Return a booking with its resource. Raises ObjectDoesNotExist."""
    return Booking.objects.select_related("resource__place", "resource__kiosk").get(pk=number)


def expire_unconfirmed() -> int:
    """Let those go that nobody confirmed in time; return how many."""
    return _expire(Booking.objects.all())


def _expire(bookings: object) -> int:
    now = clock.now()
    return bookings.unconfirmed_at(now).update(status=BookingStatus.EXPIRED, ended_at=now)  # type: ignore[attr-defined,no-any-return]


def _make_way(booking: Booking) -> None:
    """Let unconfirmed ones go whose time has run out, where they would stand in the way of this one."""
    slot = Q(resource=booking.resource_id, during__overlap=booking.during)
    _expire(Booking.objects.filter(slot | Q(contact_hash=booking.contact_hash)))


def bookable_slot(resource: Resource, starts: dt.datetime, patterns: Patterns) -> Slot:
    """Return the slot that begins at an instant, taken or not, if the public may book it. Raises SlotUnknown."""
    ahead = clock.local(starts).date() - clock.today()
    pattern = patterns.get(resource.pk)
    if pattern is None or starts <= clock.now() or ahead > dt.timedelta(days=BOOKABLE_DAYS):
        raise SlotUnknown
    slot = slot_from(starts, pattern)
    if slot is None:
        raise SlotUnknown
    return slot

"""Days that are moved: a library closes, and who is booked there gets another slot and one letter."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from milanolib import clock
from milanolib.db import lock, restartable
from registry.bookings import put_at
from registry.errors import LastDayBeforeFirst
from registry.free import bookable_patterns, next_free
from registry.models import Booking
from registry.states import BookingStatus

if TYPE_CHECKING:
    from accounts.models import User
    from registry.models import Resource

TRIES = 5  # at a free slot that somebody else takes at the same moment
A_MOMENT = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Moved:
    """Which bookings found another slot, and which found none and stay; both in their order."""

    moved: tuple[Booking, ...] = ()
    left: tuple[Booking, ...] = ()

    @property
    def to_call(self) -> list[Booking]:
        """Return those moved that no letter reaches."""
        return [one for one in self.moved if not one.has_address]


class Gone(Exception):
    """The booking is not one to move any more: cancelled at this moment, or moved by somebody else."""


def move_days(resource: Resource, first: dt.date, last: dt.date, *, actor: User | None) -> Moved:
    """Move the confirmed bookings from one day to another to the first free slots after them, and tell each once.

    They keep their order. Each is moved in a transaction of its own: who is killed half-way repeats it, and only those
    that are left move. One that finds no slot within the days that can be booked stays. Raises LastDayBeforeFirst.
    """
    if last < first:
        raise LastDayBeforeFirst
    now, days = clock.now(), (clock.start_of(first), clock.end_of(last))
    own = Booking.objects.filter(resource=resource, status=BookingStatus.CONFIRMED, during__endswith__gt=now)
    moved: list[Booking] = []
    left: list[Booking] = []
    after = max(days[1] - A_MOMENT, now)
    for booking in list(own.between(*days).order_by("during")):
        try:
            is_moved = _move_after(booking, resource, after, days, actor=actor)
        except Gone:
            continue
        (moved if is_moved else left).append(booking)
        after = booking.starts if is_moved else after
    return Moved(tuple(moved), tuple(left))


@restartable  # as where one booking is moved
def _move_after(
    booking: Booking,
    resource: Resource,
    after: dt.datetime,
    days: tuple[dt.datetime, dt.datetime],
    *,
    actor: User | None,
) -> bool:
    """Move a booking of these days to the first free slot after an instant; return whether there was one. Or Gone."""
    for _try in range(TRIES):
        slot = next_free(resource, after, bookable_patterns(resource))
        if slot is None:
            return False
        try:
            with transaction.atomic():
                lock(booking)
                if booking.status != BookingStatus.CONFIRMED or not days[0] <= booking.starts < days[1]:
                    raise Gone
                overdue = Booking.objects.filter(resource=resource).between(slot.starts, slot.ends)
                overdue.unconfirmed_at(clock.now()).update(status=BookingStatus.EXPIRED, ended_at=clock.now())
                put_at(booking, resource, slot, actor=actor)
        except IntegrityError:
            continue  # somebody took it at this moment: look again
        return True
    return False

"""What the workstations have at a place, for whoever is about to close it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from branches.hanging import Hanging
from milanolib import clock
from registry.models import Booking

if TYPE_CHECKING:
    from branches.models import Closure, Place


def bookings_at(place: Place) -> list[Hanging]:
    """Return how many people are booked at the workstations there."""
    coming = Booking.objects.coming().filter(resource__place=place, during__startswith__gt=clock.now())
    return [Hanging(_("bookings of the registry workstation"), coming.count())]


def bookings_in_closure(closure: Closure) -> list[Hanging]:
    """Return how many people are booked there while it is closed; their days are moved at the workstation's desk."""
    from_then_on = Q(during__startswith__gte=max(clock.start_of(closure.starts_on), clock.now()))
    until = Q() if closure.ends_on is None else Q(during__startswith__lt=clock.end_of(closure.ends_on))
    coming = Booking.objects.coming().filter(from_then_on & until, resource__place=closure.place_id)
    return [Hanging(_("bookings of the registry workstation, to be moved on its own page"), coming.count())]


def nothing_moved(closure: Closure, becomes: Closure | None) -> list[Hanging]:  # noqa: ARG001  what a closure asks
    """Return nothing: a closure moves no booking, the workstation's desk does, and tells each."""
    return []

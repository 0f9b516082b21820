"""What the workstations have at a place, for whoever is about to close it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.hanging import Hanging
from milanolib import clock
from registry.models import Booking
from registry.policy import BOOKABLE_DAYS

if TYPE_CHECKING:
    from branches.models import Closure, Place


def bookings_at(place: Place) -> list[Hanging]:
    """Return how many people are booked at the workstations there."""
    coming = Booking.objects.coming().filter(resource__place=place, during__startswith__gt=clock.now())
    return [Hanging(_("bookings of the registry workstation"), coming.count())]


def bookings_in_closure(closure: Closure) -> list[Hanging]:
    """Return how many people are booked at which workstation there while it is closed, and where they are moved."""
    from_then_on = Q(during__startswith__gte=max(clock.start_of(closure.starts_on), clock.now()))
    until = Q() if closure.ends_on is None else Q(during__startswith__lt=clock.end_of(closure.ends_on))
    coming = Booking.objects.coming().filter(from_then_on & until, resource__place=closure.place_id)
    counted = coming.values("resource__name", "resource__kiosk__code").annotate(number=Count("pk"))
    return [
        Hanging(
            _("bookings of the registry workstation “%(name)s”, to be moved on its own page")
            % {"name": one["resource__name"]},
            one["number"],
            _page_to_move(one["resource__kiosk__code"], closure),
        )
        for one in counted.order_by("resource__name")
    ]


def _page_to_move(code: str | None, closure: Closure) -> str:
    """Return the workstation's page, with the days of a closure filled in as those to be moved."""
    if code is None:  # another resource has no such page
        return ""
    first = max(closure.starts_on, clock.today())
    last = closure.ends_on or clock.today() + dt.timedelta(days=BOOKABLE_DAYS)
    return f"{reverse('admin:desk_registry_day', args=[code])}?giorno={first.isoformat()}&fino={last.isoformat()}"


def nothing_moved(closure: Closure, becomes: Closure | None) -> list[Hanging]:  # noqa: ARG001  what a closure asks
    """Return nothing: a closure moves no booking, the workstation's desk does, and tells each."""
    return []

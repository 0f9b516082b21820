"""Points that are shut for so long that nothing is left before their door."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q

from branches.models import Closure
from loans.policy import MAY_STAND_DAYS, PARCEL_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable


def shut_points(places: Iterable[int], today: dt.date) -> dict[int, Closure]:
    """Return, by point without staff of ours, the closure that shuts it today and for some nights more; one statement.

    Before a door that is closed for a few nights a sealed crate may stand, as over a long weekend.
    """
    until = today + dt.timedelta(days=MAY_STAND_DAYS)
    lasting = Q(ends_on=None) | Q(ends_on__gte=until)
    closures = Closure.objects.filter(lasting, place__in=set(places), starts_on__lte=today)
    return {one.place_id: one for one in closures.filter(place__kind__in=PARCEL_KINDS).order_by("pk")}

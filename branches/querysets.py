"""Reading the network."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from branches.models import Place, Visit

# No machine opens a locker's doors yet: a parcel for one would never become ready, so none is promised there.
NOT_YET_COLLECTED_AT = ("locker",)
LONGEST_WAIT = dt.timedelta(days=14)  # a point that stays shut for longer is no point to choose


class PlaceQuerySet(models.QuerySet["Place"]):
    """Places."""

    def open_to_readers(self, on: dt.date) -> PlaceQuerySet:
        """Return the service points that are part of the network on a day."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=on), Q(opened_on=None) | Q(opened_on__lte=on)).exclude(
            kind__in=["vehicle", "hub"]
        )

    def pickup_points(self, on: dt.date) -> PlaceQuerySet:
        """Return the points that readers may choose on a day to collect a reservation.

        Those that are closed then until further notice, or for more than two weeks from then, are left out; so are the
        stops of a vehicle that is off the road for so long.
        """
        from branches.models import Closure

        shut = Closure.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on + LONGEST_WAIT), starts_on__lte=on)
        return (
            self.open_to_readers(on)
            .filter(accepts_pickup=True)
            .exclude(kind__in=NOT_YET_COLLECTED_AT)
            .exclude(Q(pk__in=shut.values("place")) | Q(vehicle__in=shut.values("place")))
        )

    def with_calendar(self, start: dt.date, end: dt.date) -> PlaceQuerySet:
        """Fetch all that `calendar.calendar_of` needs for the days from `start` to `end`, in four statements."""
        from branches.models import Closure, OpeningHours, SpecialOpening, Visit

        return self.prefetch_related(
            models.Prefetch("opening_hours", OpeningHours.objects.order_by("weekday", "opens")),
            models.Prefetch(
                "closures",
                Closure.objects.filter(Q(ends_on=None) | Q(ends_on__gte=start), starts_on__lte=end),
            ),
            models.Prefetch("special_openings", SpecialOpening.objects.filter(on__range=(start, end))),
            models.Prefetch("visits", Visit.objects.filter(on__range=(start, end)).exclude(status="cancelled")),
        )


class VisitQuerySet(models.QuerySet["Visit"]):
    """Visits of the Bibliobus."""

    def coming(self, on: dt.date) -> VisitQuerySet:
        """Return planned visits from a day on, soonest first."""
        return self.filter(on__gte=on, status="planned").order_by("on", "arrives")

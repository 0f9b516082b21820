"""Bookings by what they do to a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from registry.states import COMING, HOLDING, BookingStatus

if TYPE_CHECKING:
    import datetime as dt
    from typing import Self

    from registry.models import Booking, Kiosk


class KioskQuerySet(models.QuerySet["Kiosk"]):
    """Workstations."""

    def in_libraries(self) -> Self:
        """Keep those whose library is known, with it."""
        return self.exclude(place=None).select_related("place")

    def instead_of(self, kiosk: Kiosk) -> Self:
        """Keep those that offer all that one offers, itself too."""
        return self.in_libraries().filter(services__contains=kiosk.services)


class BookingQuerySet(models.QuerySet["Booking"]):
    """Bookings."""

    def holding(self, now: dt.datetime) -> Self:
        """Keep those that hold their resource at `now`: one whose time to confirm ran out does not."""
        return self.filter(status__in=HOLDING).exclude(status=BookingStatus.REQUESTED, confirm_until__lte=now)

    def unconfirmed_at(self, now: dt.datetime) -> Self:
        """Keep those whose time to confirm ran out."""
        return self.filter(status=BookingStatus.REQUESTED, confirm_until__lte=now)

    def coming(self) -> Self:
        """Keep those that are still to come."""
        return self.filter(status__in=COMING)

    def between(self, starts: dt.datetime, ends: dt.datetime) -> Self:
        """Keep those that touch a stretch of time."""
        return self.filter(during__overlap=DateTimeTZRange(starts, ends))

"""Initiatives and their dates by what readers and librarians ask of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from partnerships.initiatives.states import OPEN, TO_CONFIRM, DateStatus, InitiativeStatus

if TYPE_CHECKING:
    import datetime as dt
    from typing import Self

    from partnerships.models import Initiative, InitiativeBooking, InitiativeDate


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    """Initiatives."""

    def shown(self) -> Self:
        """Keep what readers may look at: published, or cancelled after it was."""
        return self.exclude(status=InitiativeStatus.DRAFT)

    def published(self) -> Self:
        """Keep what is to take place."""
        return self.filter(status=InitiativeStatus.PUBLISHED)


class InitiativeDateQuerySet(models.QuerySet["InitiativeDate"]):
    """Dates."""

    def public(self) -> Self:
        """Keep the dates of what is published, the cancelled ones among them."""
        return self.filter(initiative__status=InitiativeStatus.PUBLISHED)

    def planned(self) -> Self:
        """Keep those that take place."""
        return self.filter(status=DateStatus.PLANNED)

    def not_over(self, now: dt.datetime) -> Self:
        """Keep those that have not ended."""
        return self.filter(ends_at__gt=now)

    def between(self, starts: dt.datetime, ends: dt.datetime) -> Self:
        """Keep those that touch a stretch of time."""
        return self.filter(starts_at__lt=ends, ends_at__gt=starts)


class InitiativeBookingQuerySet(models.QuerySet["InitiativeBooking"]):
    """Bookings of places."""

    def open(self) -> Self:
        """Keep those that take places or wait for them."""
        return self.filter(status__in=OPEN)

    def overdue(self, now: dt.datetime) -> Self:
        """Keep those whose time to confirm ran out."""
        return self.filter(status__in=TO_CONFIRM, hold_until__lte=now)

    def in_order(self) -> Self:
        """Return them as they came: numbers are given under the lock of the date."""
        return self.order_by("pk")

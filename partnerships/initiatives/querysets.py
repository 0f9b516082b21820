"""Initiatives and their dates by what readers and librarians ask of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import FilteredRelation, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

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

    def with_came(self) -> Self:
        """Annotate how many people `came` to each: by the bookings of a date, and by what a series notes of each."""
        return self.annotate(came=self._came_by("bookings") + self._came_by("attendances"))

    def _came_by(self, rows: str) -> Coalesce:
        """Return how many came by one kind of rows; a subquery, because two joins would count all twice."""
        own = self.model.objects.filter(pk=OuterRef("pk")).order_by().annotate(by_rows=Sum(f"{rows}__came"))
        return Coalesce(Subquery(own.values("by_rows")), 0)


class InitiativeBookingQuerySet(models.QuerySet["InitiativeBooking"]):
    """Bookings of places."""

    def open(self) -> Self:
        """Keep those that take places or wait for them."""
        return self.filter(status__in=OPEN)

    def overdue(self, now: dt.datetime) -> Self:
        """Keep those whose time to confirm ran out."""
        return self.filter(status__in=TO_CONFIRM, hold_until__lte=now)

    def with_came_to(self, date: InitiativeDate) -> Self:
        """Annotate how many of each `came_here`: to this date of their series, or to the one that they are of."""
        here = FilteredRelation("attendances", condition=Q(attendances__date=date))
        return self.annotate(here=here, came_here=Coalesce("here__came", "came"))

    def in_order(self) -> Self:
        """Return them as they came: numbers are given under the lock of the date."""
        return self.order_by("pk")

"""Initiatives and their dates by what readers and librarians ask of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from partnerships.initiatives.states import DateStatus, InitiativeStatus

if TYPE_CHECKING:
    import datetime as dt
    from typing import Self

    from partnerships.models import Initiative, InitiativeDate


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

"""Reading the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Prefetch, Q

from catalog.states import CopyStatus

if TYPE_CHECKING:
    from catalog.models import Copy, Title


class TitleQuerySet(models.QuerySet["Title"]):
    """Titles."""

    def for_list(self) -> TitleQuerySet:
        """Fetch what a line of results shows: people, and live counts of copies."""
        from catalog.models import Contribution

        standing = ~Q(copies__status__in=[CopyStatus.WITHDRAWN, CopyStatus.LOST])
        return (
            self.defer("record", "summary")
            .annotate(copies_count=Count("copies", filter=standing))
            .prefetch_related(Prefetch("contributions", Contribution.objects.select_related("agent")))
        )


class CopyQuerySet(models.QuerySet["Copy"]):
    """Copies."""

    def on_the_shelf(self) -> CopyQuerySet:
        """Return copies that lie at a place and may be lent; whether one is promised to a reader, `loans` knows."""
        return self.filter(status=CopyStatus.AVAILABLE, is_lendable=True)

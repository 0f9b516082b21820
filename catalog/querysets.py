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

    def with_cover(self) -> TitleQuerySet:
        """Fetch what the address of a cover is made of: the picture put up, the people."""
        from catalog.models import Contribution

        return self.select_related("cover").prefetch_related(
            Prefetch("contributions", Contribution.objects.select_related("agent"))
        )

    def for_list(self) -> TitleQuerySet:
        """Fetch what a line of results shows: people, cover, and live counts of copies."""
        standing = ~Q(copies__status__in=[CopyStatus.WITHDRAWN, CopyStatus.LOST])
        return self.defer("record", "summary").annotate(copies_count=Count("copies", filter=standing)).with_cover()


class CopyQuerySet(models.QuerySet["Copy"]):
    """Copies."""

    def on_the_shelf(self) -> CopyQuerySet:
        """Return copies that lie at a place, as far as we know, and may be lent.

        One that was looked for and not found is none of them. Whether one is promised to a reader, `loans` knows.
        """
        return self.filter(status=CopyStatus.AVAILABLE, is_lendable=True, missed_at=None)

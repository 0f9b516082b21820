"""What somebody keeps and writes in the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.own_data import WORK, Area, Column, Part
from catalog.models import ListEntry, PurchaseWish, ReadingList, Review, SavedSearch

if TYPE_CHECKING:
    from collections.abc import Iterable


class ReadingPart(Part):
    """Lists, reviews, suggestions, searches."""

    covers = (
        "catalog.ReadingList.owner",
        "catalog.Review.user",
        "catalog.PurchaseWish.user",
        "catalog.SavedSearch.user",
    )
    left_out = {
        "catalog.Cover.put_up_by": WORK,
        "catalog.ImportRun.asked_by": WORK,
        "catalog.Stocktake.started_by": WORK,
        "catalog.Review.decided_by": WORK,
        "catalog.PurchaseWish.decided_by": WORK,
    }

    def areas(self) -> Iterable[Area]:
        """Return lists and what stands on them, reviews, suggestions, searches."""
        yield Area(
            "lists",
            _("Your lists"),
            _("Until you delete them."),
            ReadingList.objects.filter(owner__in=self.users),
            "name",
            "kind",
            "description",
            "visibility",
            "created_at",
            "changed_at",
        )
        yield Area(
            "list_titles",
            _("Titles on your lists"),
            _("With what you have noted beside them, until you take them off."),
            ListEntry.objects.filter(list__owner__in=self.users),
            Column("list", "list__name", _("list")),
            Column("title", "title__title", _("title")),
            "note",
            Column("added_at", label=_("added at")),
        )
        yield Area(
            "reviews",
            _("Your stars and reviews"),
            _("Until you delete them."),
            Review.objects.filter(user__in=self.users),
            Column("title", "work__title", _("title")),
            "stars",
            "text",
            "signed",
            "status",
            "answer",
            "written_at",
            "decided_at",
        )
        yield Area(
            "suggestions",
            _("Your suggestions of purchases"),
            _("Until you withdraw them, else a year after the last answer."),
            PurchaseWish.objects.filter(user__in=self.users),
            "title",
            "author",
            "isbn",
            "details",
            "status",
            "answer",
            "asked_at",
            "decided_at",
        )
        yield Area(
            "searches",
            _("Your saved searches"),
            _("Until you delete them."),
            SavedSearch.objects.filter(user__in=self.users),
            "name",
            Column("query", label=_("search")),
            "is_noticed",
            Column("created_at", label=_("saved at")),
        )

"""Any search as a feed: what arrived last of what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Title
from catalog.models.search import LONG_AGO
from catalog.search import Query
from catalog.search.news import last_arrived
from milanolib import clock
from milanolib.feeds import PublicFeed, feed_view

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

MOST_ITEMS = 30


class SearchFeed(PublicFeed):
    """The titles of a search, those that arrived last first."""

    def get_object(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> Query:
        """Return the search in the address."""
        return Query.of(request.GET)

    def title(self, query: Query) -> str:
        """Return the name of the feed."""
        if query.text:
            return _("Milanolib: last arrived for “%(words)s”") % {"words": query.text}
        return _("Milanolib: last arrived")

    def link(self, query: Query) -> str:
        """Return the address of the results."""
        return f"{reverse('catalog:search')}?{query.address()}"

    def feed_url(self, query: Query) -> str:
        """Return the feed's own address."""
        return f"{reverse('catalog:feed')}?{query.address()}"

    def description(self) -> str:
        """Say what this is."""
        return _("New titles in the catalogue of Milan's public libraries.")

    def items(self, query: Query) -> list[Title]:
        """Return the titles, those that arrived last first."""
        numbers = last_arrived(query, MOST_ITEMS)
        found = (
            Title.objects.defer("record")
            .select_related("search_row")
            .defer("search_row__words", "search_row__facets")
            .prefetch_related("contributions__agent")
            .in_bulk(numbers)
        )
        return [found[number] for number in numbers if number in found]

    def item_title(self, item: Title) -> str:
        """Return title and authors."""
        authors = ", ".join(item.main_authors)
        return f"{item.title} / {authors}" if authors else item.title

    def item_description(self, item: Title) -> str:
        """Return material, publisher, year, and the summary."""
        facts = [str(item.get_material_display()), item.publisher, str(item.year or ""), item.foreign_language]
        return ". ".join(part for part in [", ".join(fact for fact in facts if fact), item.summary] if part)

    def item_link(self, item: Title) -> str:
        """Return the title's page."""
        return item.get_absolute_url()

    def item_pubdate(self, item: Title) -> dt.datetime | None:
        """Return when it came, as far as is known: the beginning of that day."""
        arrived = item.search_row.added_on
        return clock.start_of(arrived) if arrived > LONG_AGO else None


feed = feed_view(SearchFeed())

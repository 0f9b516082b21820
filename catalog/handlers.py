"""What readers are told about the catalogue. Each text re-reads the truth when it is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import SavedSearch, Title
from catalog.saved_searches import news_of, query_of
from catalog.search import Sort
from notifications import kinds
from notifications.services import write
from outbox import events

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event


def register_all() -> None:
    """Register kinds and handlers."""
    name = _("New titles of a saved search")
    kinds.register(kinds.Kind("saved_search_news", name, _news, kinds.Topic.READING, _sample_news))
    events.register("catalog.saved_search_news", _on_news)


def _on_news(event: Event) -> None:
    saved = SavedSearch.objects.select_related("user").filter(pk=event.payload["search_id"]).first()
    if saved is not None:
        params = {"search": saved.pk, "after": event.payload["after"], "upto": event.payload["upto"]}
        write("saved_search_news", key=event.key, user=saved.user, params=params)


def _news(message: Message) -> kinds.Facts | None:
    """Return the titles that the search still finds; None when it was deleted, its notice ended, or they are gone."""
    saved = SavedSearch.objects.filter(pk=message.params.get("search"), user=message.user, is_noticed=True).first()
    if saved is None:
        return None
    news = news_of(saved, int(message.params.get("after", 0)), int(message.params.get("upto", 0)))
    if not news.titles:
        return None
    query = replace(query_of(saved), sort=Sort.ARRIVED)
    return {
        "search": saved,
        "titles": news.titles,
        "has_more": news.has_more,
        "results": f"{settings.BASE_URL}{reverse('catalog:search')}?{query.address()}",
        "own": settings.BASE_URL + reverse("portal:saved_searches"),
    }


def _sample_news() -> kinds.Facts:
    return {
        "search": SavedSearch(name="Gialli svedesi"),
        "titles": [Title(pk=1, title="Il nome della rosa", year=1980)],
        "has_more": False,
        "results": settings.BASE_URL + reverse("catalog:search"),
        "own": settings.BASE_URL + reverse("portal:saved_searches"),
    }

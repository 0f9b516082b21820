"""Searches to come back to; those with notice tell of the titles that they find anew, each title once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.http import QueryDict

from accounts.models import User
from catalog.errors import NothingToSave, SearchTooLong, SearchWithoutName, TooManySearches
from catalog.models import SavedSearch, Title
from catalog.search import Query, Sort
from catalog.search.news import added_between
from milanolib import clock
from outbox.events import emit

if TYPE_CHECKING:
    from catalog.querysets import TitleQuerySet

MOST_SEARCHES = 50
MOST_TOLD = 20  # titles named in one message
LONGEST_NAME, LONGEST_ADDRESS = 120, 1000  # as the columns are


@dataclass(frozen=True)
class News:
    """What a saved search found anew: the titles to name, newest first, and whether there are more."""

    titles: list[Title]
    has_more: bool


@transaction.atomic
def save_search(user: User, query: Query, *, name: str, is_noticed: bool) -> SavedSearch:
    """Keep a search under a name; the same search again takes the new name and the new wish for notice.

    Notice begins with the next title that is added. Raises SearchWithoutName, NothingToSave, SearchTooLong,
    TooManySearches.
    """
    address = query.address()
    if query.is_empty:
        raise NothingToSave
    if len(address) > LONGEST_ADDRESS:
        raise SearchTooLong
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks at once are counted one after the other
    known = user.saved_searches.filter(query=address).first()
    if known is None:
        if user.saved_searches.count() >= MOST_SEARCHES:
            raise TooManySearches(most=MOST_SEARCHES)
        known = SavedSearch(user=user, query=address, created_at=clock.now())
    return _named(known, name, is_noticed=is_noticed)


@transaction.atomic
def change_search(saved: SavedSearch, *, name: str, is_noticed: bool) -> SavedSearch:
    """Give a saved search another name, turn its notice on or off. Raises SearchWithoutName."""
    locked = SavedSearch.objects.select_for_update(no_key=True).get(pk=saved.pk)
    return _named(locked, name, is_noticed=is_noticed)


def delete_search(saved: SavedSearch) -> None:
    """Forget a saved search; a message about it that has not gone out yet never will."""
    saved.delete()


def query_of(saved: SavedSearch) -> Query:
    """Return the search that was saved."""
    return Query.of(QueryDict(saved.query))


def tell_news() -> str:
    """Look for new titles for each saved search with notice, and emit one event a search that found some.

    Safe to repeat: what has been looked at is kept with each search, in the transaction of its event.
    """
    upto = _newest_title()
    told = 0
    due = SavedSearch.objects.filter(is_noticed=True, seen_title__lt=upto).order_by("pk")
    for pk in due.values_list("pk", flat=True).iterator(chunk_size=1000):
        told += _tell(pk, upto)
    return f"{told} told"


def news_of(saved: SavedSearch, after: int, upto: int) -> News:
    """Return what a search finds among the titles added after `after` and not after `upto`, free or not."""
    query = _for_notice(query_of(saved))
    ids = added_between(query, after, upto, MOST_TOLD + 1)
    found = _in_words(Title.objects.filter(pk__in=ids[:MOST_TOLD]))
    return News(list(found.order_by("-pk")), len(ids) > MOST_TOLD)


def _in_words(titles: TitleQuerySet) -> TitleQuerySet:
    return titles.defer("record", "summary").prefetch_related("contributions__agent")


def _named(saved: SavedSearch, name: str, *, is_noticed: bool) -> SavedSearch:
    saved.name = _tidy(name)
    if not saved.name:
        raise SearchWithoutName
    if is_noticed and not saved.is_noticed:
        saved.seen_title = _last_title()
    saved.is_noticed = is_noticed
    saved.save()
    return saved


def _tidy(name: str) -> str:
    """Return a name on one line, without the control characters that no keyboard writes and no column keeps."""
    seen = "".join(one for one in name if one.isspace() or unicodedata.category(one) != "Cc")
    return " ".join(seen.split())[:LONGEST_NAME].strip()


@transaction.atomic
def _tell(pk: int, upto: int) -> bool:
    """Emit what one search found anew; return whether it found anything."""
    saved = SavedSearch.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=pk, is_noticed=True).first()
    if saved is None or saved.seen_title >= upto:
        return False
    found = added_between(_for_notice(query_of(saved)), saved.seen_title, upto, 1)
    if found:
        key = f"saved-search:{saved.pk}:{found[0]}"
        emit("catalog.saved_search_news", key=key, search_id=saved.pk, after=saved.seen_title, upto=found[0])
    saved.seen_title = upto
    saved.save(update_fields=["seen_title"])
    return bool(found)


def _for_notice(query: Query) -> Query:
    """Return a search as notices ask it: a new title is news whether or not a copy is free this minute."""
    return replace(query, free_only=False, at=None, sort=Sort.ARRIVED)


def _newest_title() -> int:
    """Return the number of the newest title, once every title with a smaller number is there to be seen.

    Titles of two imports at once may become visible in another order than they are numbered: the table is held
    against writing for an instant, so that none is passed by.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE catalog_title IN SHARE MODE")
        return _last_title()


def _last_title() -> int:
    return Title.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

"""What has come anew among the titles that a search finds: for feeds, and for readers who asked to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from catalog.keys import isbn13
from catalog.search.asking import Asked
from catalog.search.plan import plan_of

if TYPE_CHECKING:
    from catalog.search.query import Query

ARRIVED = """
SELECT row.title_id FROM catalog_searchrow AS row WHERE {where}
ORDER BY row.added_on DESC, row.title_id LIMIT %s
"""
ADDED = """
SELECT row.title_id FROM catalog_searchrow AS row WHERE row.title_id > %s AND row.title_id <= %s AND {where}
ORDER BY row.title_id DESC LIMIT %s
"""


def last_arrived(query: Query, limit: int) -> list[int]:
    """Return the titles (ids) that `query` finds, those that came last first; its own order is passed over.

    Each edition stands for itself. Words are read as a search reads them, but none is given up.
    """
    found = _condition(query)
    if found is None:
        return []
    where, params = found
    with connection.cursor() as cursor:
        cursor.execute(ARRIVED.format(where=where), [*params, limit])
        return [pk for (pk,) in cursor.fetchall()]


def added_between(query: Query, after: int, upto: int, limit: int) -> list[int]:
    """Return the titles (ids) that `query` finds, added after the title `after` and not after `upto`, newest first."""
    found = _condition(query)
    if found is None:
        return []
    where, params = found
    with connection.cursor() as cursor:
        cursor.execute(ADDED.format(where=where), [after, upto, *params, limit])
        return [pk for (pk,) in cursor.fetchall()]


def _condition(query: Query) -> tuple[str, list[Any]] | None:
    """Return the SQL of what a row of search must be, with its values; None for a search that finds nothing."""
    if number := isbn13(query.text):
        return "row.title_id IN (SELECT id FROM catalog_title WHERE isbns @> ARRAY[%s]::varchar[])", [number]
    asked = Asked.of(query, plan_of(query.text, is_exact=query.is_exact))
    if asked.is_impossible:
        return None
    return asked.where(0)

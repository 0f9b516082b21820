"""Titles like another one: they share people or subjects with it, the rarer what is shared the nearer.

Only what the catalogue says of titles is looked at, never who has read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from catalog.models import Title

MOST = 6
LOOKED_AT = 1_000  # titles that share anything: enough to choose from, and a bound for what is very common
COMMON = 5_000  # titles that have a facet so common that it says nothing
FACETS = 8
# `own` is what the title has that few others have; `near` who has some of it; of each work the nearest edition.
_SIMILAR = """
WITH own AS (
    SELECT facet.id, CASE facet.kind WHEN 'subject' THEN 3 ELSE 2.5 END / ln(3 + facet.titles) AS weight
    FROM catalog_searchrow AS row JOIN catalog_facet AS facet ON facet.id = ANY(row.facets)
    WHERE row.title_id = %s AND facet.kind IN ('subject', 'author') AND facet.titles < %s
    ORDER BY facet.titles, facet.id LIMIT %s
),
near AS (
    SELECT row.title_id, row.work_id, row.facets, row.popularity FROM catalog_searchrow AS row
    WHERE row.words @@ (SELECT string_agg(quote_literal('=f' || id), ' | ') FROM own)::tsquery
      AND row.work_id <> %s AND row.copies > 0 LIMIT %s
),
shared AS (
    SELECT title_id, work_id, popularity,
           (SELECT sum(weight) FROM own WHERE own.id = ANY(near.facets)) AS nearness FROM near
),
nearest AS (
    SELECT shared.*, title.audience = %s AS is_for_the_same,
           %s <> '' AND left(title.dewey, 3) = %s AS is_on_the_same_shelf
    FROM shared JOIN catalog_title AS title ON title.id = shared.title_id
    WHERE %s = '' OR title.series_key <> %s
),
works AS (
    SELECT DISTINCT ON (work_id) title_id, popularity,
           nearness * CASE WHEN is_on_the_same_shelf THEN 1.3 ELSE 1 END
                    * CASE WHEN is_for_the_same THEN 1 ELSE 0.4 END AS value
    FROM nearest ORDER BY work_id, value DESC, popularity DESC, title_id
)
SELECT title_id FROM works ORDER BY value DESC, popularity DESC, title_id LIMIT %s
"""


def similar_to(title: Title) -> list[int]:
    """Return the ids of titles like this one, nearest first, each of another work; one bounded statement."""
    shelf = title.dewey[:3]
    series = title.series_key if title.series_position is not None else ""  # its neighbours are shown apart
    params: list[int | str] = [
        title.pk,
        COMMON,
        FACETS,
        title.work_id,
        LOOKED_AT,
        title.audience,
        shelf,
        shelf,
        series,
        series,
        MOST,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SIMILAR, params)
        return [pk for (pk,) in cursor.fetchall()]

"""Search the catalogue. The engine behind `search()` is PostgreSQL's full text; callers do not see it.

Words are stemmed as Italian with accents folded; all must occur, wherever in the title, its people, subjects or
summary. A search of stop words alone ('Noi', 'Io e te') falls back on plain words. A title that is exactly what
was asked comes first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import Case, F, IntegerField, Q, Value, When

from catalog.keys import isbn13, title_key
from catalog.models import Title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.querysets import TitleQuerySet

LONGEST_QUERY = 200
CURLY = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "«": '"', "»": '"', "\x00": " "})

REFRESH = """
UPDATE catalog_title AS t SET
    search =
        setweight(to_tsvector('milan_it', named.words), 'A') || setweight(to_tsvector('milan_plain', named.words), 'A')
        || setweight(to_tsvector('milan_it', people.words), 'B')
        || setweight(to_tsvector('milan_plain', people.words), 'B')
        || setweight(to_tsvector('milan_it', about.words), 'C')
        || setweight(to_tsvector('milan_it', left(t.summary, 4000) || ' ' || t.publisher), 'D'),
    title_key = keyed.title_key,
    sort_key = keyed.sort_key
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS keyed (id, title_key, sort_key)
JOIN catalog_title AS own ON own.id = keyed.id
CROSS JOIN LATERAL (
    SELECT concat_ws(' ', own.title, own.subtitle, own.original_title) AS words
) AS named
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(a.name, ' '), '') || ' ' || own.responsibility AS words
    FROM catalog_contribution c JOIN catalog_agent a ON a.id = c.agent_id WHERE c.title_id = own.id
) AS people
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(s.heading, ' '), '') || ' ' || own.series AS words
    FROM catalog_title_subjects ts JOIN catalog_subject s ON s.id = ts.subject_id WHERE ts.title_id = own.id
) AS about
WHERE t.id = keyed.id
"""


def refresh(title_ids: Sequence[int]) -> None:
    """Recompute what search knows of these titles; two statements, in the caller's transaction."""
    rows = list(Title.objects.filter(pk__in=title_ids).values_list("pk", "title"))
    if not rows:
        return
    keys = [title_key(title) for _pk, title in rows]
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, [[pk for pk, _title in rows], keys, keys])


def search(text: str, *, material: str = "") -> TitleQuerySet:
    """Return the titles that `text` finds, best first; without text all titles by name.

    `text` is what a reader typed: words, a quoted phrase, a word to leave out (-word), or an ISBN. `material`
    narrows to one kind of thing. Callers may narrow what comes back further.
    """
    titles = Title.objects.all()
    if material:
        titles = titles.filter(material=material)
    words = tidy(text)
    if not words:
        return titles.order_by("sort_key", "pk")
    if number := isbn13(words):
        return titles.filter(isbns__contains=[number]).order_by("sort_key", "pk")
    key = title_key(words)
    query = _query(words)
    found = titles.filter(Q(search=query) | Q(title_key=key)) if key else titles.filter(search=query)
    return found.annotate(
        is_exact=Case(When(title_key=key, then=Value(1)), default=Value(0), output_field=IntegerField()),
        relevance=SearchRank(F("search"), query, normalization=Value(1)),
    ).order_by("-is_exact", "-relevance", "sort_key", "pk")


def tidy(text: str) -> str:
    """Return what was typed, shortened, with typographer's quotes made plain."""
    return re.sub(r"\s+", " ", text.translate(CURLY)).strip()[:LONGEST_QUERY]


def _query(words: str) -> SearchQuery:
    """Return the query in stems; where all words are stop words, in the words themselves."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT numnode(websearch_to_tsquery('milan_it', %s))", [words])
        only_stop_words = cursor.fetchone()[0] == 0
    return SearchQuery(words, config="milan_plain" if only_stop_words else "milan_it", search_type="websearch")

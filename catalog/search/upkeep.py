"""The nightly work of search: how often words and facets occur, who is asked for most, what is suggested first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from catalog.search.asking import BANDS
from catalog.search.rows import FOLD

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST, SECOND = 1_000, 30_000  # suggestions of the first and the second rank
BORROWED = """
UPDATE catalog_searchrow AS row SET borrowed = new.borrowed, popularity = ln(1 + 2 * row.copies + new.borrowed)
FROM (
    SELECT title_id, coalesce(given.borrowed, 0) AS borrowed FROM catalog_searchrow
    LEFT JOIN unnest(%s::bigint[], %s::int[]) AS given (title_id, borrowed) USING (title_id)
) AS new
WHERE new.title_id = row.title_id AND new.borrowed <> row.borrowed
"""
BANDED = """
WITH ordered AS (
    SELECT title_id, row_number() OVER (ORDER BY popularity DESC, title_id) AS place FROM catalog_searchrow
),
banded AS (
    SELECT title_id, CASE WHEN place <= %s THEN 1 WHEN place <= %s THEN 2 WHEN place <= %s THEN 3
                          WHEN place <= %s THEN 4 ELSE 0 END AS band FROM ordered
)
UPDATE catalog_searchrow AS row SET band = banded.band,
    words = ts_delete(row.words, ARRAY['=b1', '=b2', '=b3', '=b4']) || CASE WHEN banded.band = 0 THEN ''::tsvector
        ELSE array_to_tsvector(ARRAY(SELECT '=b' || one FROM generate_series(banded.band, 4) AS one)) END
FROM banded WHERE banded.title_id = row.title_id AND banded.band <> row.band
"""
FACETS_COUNTED = """
UPDATE catalog_facet AS facet SET titles = counted.titles FROM (
    SELECT known.id, count(own.facet) AS titles FROM catalog_facet AS known
    LEFT JOIN (SELECT unnest(facets) AS facet FROM catalog_searchrow) AS own ON own.facet = known.id GROUP BY known.id
) AS counted WHERE counted.id = facet.id AND counted.titles <> facet.titles
"""
TEXT_OF_ALL = f"""
SELECT to_tsvector('milan_plain', {
    FOLD.format(
        text='''concat_ws(' ', t.title, t.original_title, t.subtitle,
    t.responsibility, t.series, left(t.summary, 2000),
    (SELECT string_agg(a.name, ' ') FROM catalog_contribution AS c JOIN catalog_agent AS a ON a.id = c.agent_id
     WHERE c.title_id = t.id),
    (SELECT string_agg(v.name, ' ') FROM catalog_contribution AS c JOIN catalog_agentvariant AS v USING (agent_id)
     WHERE c.title_id = t.id),
    (SELECT string_agg(h.heading, ' ') FROM catalog_title_subjects AS s JOIN catalog_subject AS h ON h.id = s.subject_id
     WHERE s.title_id = t.id))'''
    )
}) FROM catalog_title AS t WHERE t.merged_into_id IS NULL
"""
WORDS_COUNTED = """
INSERT INTO catalog_word (word, stem, titles)
SELECT word, coalesce((tsvector_to_array(to_tsvector('milan_it', word)))[1], ''), ndoc FROM ts_stat(%s)
WHERE length(word) <= 40 ORDER BY word
ON CONFLICT (word) DO UPDATE SET titles = EXCLUDED.titles WHERE catalog_word.titles <> EXCLUDED.titles
"""
MISSPELT = """
INSERT INTO catalog_misspelling (written, word)
SELECT DISTINCT near.written, word.word FROM catalog_word AS word CROSS JOIN LATERAL (
    SELECT word.word AS written
    UNION ALL SELECT overlay(word.word PLACING '' FROM place FOR 1) FROM generate_series(1, length(word.word)) AS place
) AS near
WHERE length(word.word) BETWEEN 4 AND 20 AND word.word !~ '[0-9]'
  AND NOT EXISTS (SELECT 1 FROM catalog_misspelling AS known WHERE (known.written, known.word) = (word.word, word.word))
ON CONFLICT DO NOTHING
"""
# People and subjects weigh what all their titles weigh together; a title what it weighs itself.
WEIGHED = """
UPDATE catalog_suggestion AS offer SET weight = weighed.weight FROM (
    SELECT 'author' AS kind, c.agent_id AS target, ln(1 + sum(exp(row.popularity))) AS weight
    FROM catalog_contribution AS c JOIN catalog_searchrow AS row USING (title_id) GROUP BY c.agent_id
    UNION ALL
    SELECT 'subject', s.subject_id, ln(1 + sum(exp(row.popularity))) - 2
    FROM catalog_title_subjects AS s JOIN catalog_searchrow AS row USING (title_id) GROUP BY s.subject_id
    UNION ALL
    SELECT 'title', work_id, max(popularity) FROM catalog_searchrow GROUP BY work_id
) AS weighed
WHERE (offer.kind, offer.target) = (weighed.kind, weighed.target) AND abs(offer.weight - weighed.weight) > 0.01
"""
RANKED = """
UPDATE catalog_suggestion AS offer SET rank = ranked.rank FROM (
    SELECT id, CASE WHEN place <= %s THEN 0 WHEN place <= %s THEN 1 ELSE 2 END AS rank
    FROM (SELECT id, row_number() OVER (ORDER BY weight DESC, id) AS place FROM catalog_suggestion) AS ordered
) AS ranked WHERE ranked.id = offer.id AND ranked.rank <> offer.rank
"""
GONE_TITLES = f"""
WITH forms AS (
    SELECT t.work_id AS target, left(t.title_key, 100) AS form FROM catalog_title AS t WHERE t.merged_into_id IS NULL
    UNION ALL
    SELECT t.work_id, left({FOLD.format(text="t.title")}, 100) FROM catalog_title AS t WHERE t.merged_into_id IS NULL
)
DELETE FROM catalog_suggestion AS offer WHERE kind = 'title'
    AND NOT EXISTS (SELECT 1 FROM forms WHERE (forms.target, forms.form) = (offer.target, offer.form))
"""
GONE_PEOPLE = """
DELETE FROM catalog_suggestion AS offer WHERE kind = 'author'
    AND NOT EXISTS (SELECT 1 FROM catalog_contribution AS c WHERE c.agent_id = offer.target)
"""
GONE_SUBJECTS = """
DELETE FROM catalog_suggestion AS offer WHERE kind = 'subject'
    AND NOT EXISTS (SELECT 1 FROM catalog_title_subjects AS s WHERE s.subject_id = offer.target)
"""


def recount(borrowed: Iterable[tuple[int, int]] = (), *, timeout: str = "30min") -> None:
    """Count words, facets and demand anew; each step in a transaction of its own, safe to repeat.

    `borrowed` says how often titles were lent in the last year; titles that it leaves out were not.
    """
    pairs = list(borrowed)
    steps: list[tuple[str, list[object]]] = [
        (BORROWED, [[title for title, _times in pairs], [times for _title, times in pairs]]),
        (BANDED, list(BANDS)),
        (FACETS_COUNTED, []),
        (WORDS_COUNTED, [TEXT_OF_ALL]),
        (MISSPELT, []),
        (GONE_TITLES, []),
        (GONE_PEOPLE, []),
        (GONE_SUBJECTS, []),
        (WEIGHED, []),
        (RANKED, [FIRST, SECOND]),
    ]
    for statement, params in steps:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [timeout])
            cursor.execute(statement, params)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_searchrow, catalog_word, catalog_suggestion, catalog_facet")

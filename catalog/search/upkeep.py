"""The nightly work of search: how often words and facets occur, who is asked for most, what is suggested first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from catalog.changes import note_change
from catalog.search.asking import BANDS
from catalog.search.rows import FOLD
from milanolib.db import restartable

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST, SECOND = 1_000, 30_000  # suggestions of the first and the second rank
# Rows are taken in the order in which `refresh` takes them, so that neither waits for the other in a circle.
BORROWED = """
UPDATE catalog_searchrow AS row SET borrowed = new.borrowed, popularity = ln(1 + 2 * row.copies + new.borrowed)
FROM (
    SELECT known.title_id, coalesce(given.borrowed, 0) AS borrowed FROM catalog_searchrow AS known
    LEFT JOIN unnest(%s::bigint[], %s::int[]) AS given (title_id, borrowed) USING (title_id)
    WHERE coalesce(given.borrowed, 0) <> known.borrowed ORDER BY known.title_id FOR NO KEY UPDATE OF known
) AS new
WHERE new.title_id = row.title_id
"""
BANDED = """
WITH ordered AS (
    SELECT title_id, row_number() OVER (ORDER BY popularity DESC, title_id) AS place FROM catalog_searchrow
),
banded AS (
    SELECT title_id, CASE WHEN place <= %s THEN 1 WHEN place <= %s THEN 2 WHEN place <= %s THEN 3
                          WHEN place <= %s THEN 4 ELSE 0 END AS band FROM ordered
)
UPDATE catalog_searchrow AS row SET band = new.band,
    words = ts_delete(row.words, ARRAY['=b1', '=b2', '=b3', '=b4']) || CASE WHEN new.band = 0 THEN ''::tsvector
        ELSE array_to_tsvector(ARRAY(SELECT '=b' || one FROM generate_series(new.band, 4) AS one)) END
FROM (
    SELECT known.title_id, banded.band FROM catalog_searchrow AS known JOIN banded USING (title_id)
    WHERE banded.band <> known.band ORDER BY known.title_id FOR NO KEY UPDATE OF known
) AS new
WHERE new.title_id = row.title_id
"""
FACETS_COUNTED = """
WITH counted AS (
    SELECT known.id, count(own.facet) AS titles FROM catalog_facet AS known
    LEFT JOIN (SELECT unnest(facets) AS facet FROM catalog_searchrow) AS own ON own.facet = known.id GROUP BY known.id
)
UPDATE catalog_facet AS facet SET titles = new.titles FROM (
    SELECT known.id, counted.titles FROM catalog_facet AS known JOIN counted USING (id)
    WHERE counted.titles <> known.titles ORDER BY known.kind, known.code FOR NO KEY UPDATE OF known
) AS new WHERE new.id = facet.id
"""
TEXT_OF_ALL = f"""
SELECT to_tsvector('milan_plain', {
    FOLD.format(
        text='''left(concat_ws(' ', t.title, t.original_title, t.subtitle,
    t.responsibility, t.series, left(t.summary, 2000),
    (SELECT string_agg(a.name, ' ') FROM catalog_contribution AS c JOIN catalog_agent AS a ON a.id = c.agent_id
     WHERE c.title_id = t.id),
    (SELECT string_agg(v.name, ' ') FROM catalog_contribution AS c JOIN catalog_agentvariant AS v USING (agent_id)
     WHERE c.title_id = t.id),
    (SELECT string_agg(h.heading, ' ') FROM catalog_title_subjects AS s JOIN catalog_subject AS h ON h.id = s.subject_id
     WHERE s.title_id = t.id)), 120000)'''
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
WITH weighed AS (
    SELECT 'author' AS kind, c.agent_id AS target, ln(1 + sum(exp(row.popularity))) AS weight
    FROM catalog_contribution AS c JOIN catalog_searchrow AS row USING (title_id) GROUP BY c.agent_id
    UNION ALL
    SELECT 'subject', s.subject_id, ln(1 + sum(exp(row.popularity))) - 2
    FROM catalog_title_subjects AS s JOIN catalog_searchrow AS row USING (title_id) GROUP BY s.subject_id
)
UPDATE catalog_suggestion AS offer SET weight = new.weight FROM (
    SELECT known.id, weighed.weight FROM catalog_suggestion AS known JOIN weighed USING (kind, target)
    WHERE abs(known.weight - weighed.weight) > 0.01
    ORDER BY known.kind, known.target, known.form FOR NO KEY UPDATE OF known
) AS new WHERE new.id = offer.id
"""
# A form of a title weighs what the editions called so weigh: the name that most copies bear is offered.
TITLES_WEIGHED = f"""
WITH weighed AS (
    SELECT forms.target, forms.form, max(forms.popularity) AS weight FROM (
        SELECT t.work_id AS target, left(t.title_key, 100) AS form, row.popularity
        FROM catalog_title AS t JOIN catalog_searchrow AS row ON row.title_id = t.id
        UNION ALL
        SELECT t.work_id, left({FOLD.format(text="t.title")}, 100), row.popularity
        FROM catalog_title AS t JOIN catalog_searchrow AS row ON row.title_id = t.id
    ) AS forms GROUP BY forms.target, forms.form
)
UPDATE catalog_suggestion AS offer SET weight = new.weight FROM (
    SELECT known.id, weighed.weight FROM catalog_suggestion AS known JOIN weighed USING (target, form)
    WHERE known.kind = 'title' AND abs(known.weight - weighed.weight) > 0.01
    ORDER BY known.kind, known.target, known.form FOR NO KEY UPDATE OF known
) AS new WHERE new.id = offer.id
"""
# A work is called as its edition is that is asked for most, an Italian one before others.
WORKS_NAMED = """
WITH best AS (
    SELECT DISTINCT ON (row.work_id) row.work_id, left(t.title, 500) AS title
    FROM catalog_searchrow AS row JOIN catalog_title AS t ON t.id = row.title_id
    ORDER BY row.work_id, (t.language = 'ita') DESC, row.popularity DESC, row.title_id
)
UPDATE catalog_work AS work SET title = new.title FROM (
    SELECT known.id, best.title FROM catalog_work AS known JOIN best ON best.work_id = known.id
    WHERE best.title <> known.title ORDER BY known.id FOR NO KEY UPDATE OF known
) AS new WHERE new.id = work.id
"""
RANKED = """
WITH ranked AS (
    SELECT id, CASE WHEN place <= %s THEN 0 WHEN place <= %s THEN 1 ELSE 2 END AS rank
    FROM (SELECT id, row_number() OVER (ORDER BY weight DESC, id) AS place FROM catalog_suggestion) AS ordered
)
UPDATE catalog_suggestion AS offer SET rank = new.rank FROM (
    SELECT known.id, ranked.rank FROM catalog_suggestion AS known JOIN ranked USING (id)
    WHERE ranked.rank <> known.rank
    ORDER BY known.kind, known.target, known.form FOR NO KEY UPDATE OF known
) AS new WHERE new.id = offer.id
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
    steps: list[tuple[str, list[Any]]] = [
        (BORROWED, [[title for title, _times in pairs], [times for _title, times in pairs]]),
        (BANDED, list(BANDS)),
        (FACETS_COUNTED, []),
        (WORDS_COUNTED, [TEXT_OF_ALL]),
        (MISSPELT, []),
        (GONE_TITLES, []),
        (GONE_PEOPLE, []),
        (GONE_SUBJECTS, []),
        (WEIGHED, []),
        (TITLES_WEIGHED, []),
        (WORKS_NAMED, []),
        (RANKED, [FIRST, SECOND]),
    ]
    for statement, params in steps:
        _count(statement, params, timeout)
    note_change()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_searchrow, catalog_word, catalog_suggestion, catalog_facet")


@restartable
def _count(statement: str, params: list[Any], timeout: str) -> None:
    """Take one step; it has time, waits for whoever writes, and starts again if that goes in a circle."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', '60s', true)", [timeout]
        )
        cursor.execute(statement, params)

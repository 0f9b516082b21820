"""Keeping what search knows: rows made anew from the catalogue, set by set, in the transaction of the change."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction

from catalog.changes import note_change
from catalog.keys import title_key
from catalog.models import SearchRow, Title
from catalog.models.search import FACET_KINDS
from catalog.search.labels import SAID_ALOUD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK = 10_000
FOLD = "btrim(regexp_replace(unaccent(lower({text})), '[\\W_]+', ' ', 'g'))"
# What each title can be narrowed by.
VALUES = """
    SELECT id AS title_id, 'material' AS kind, material AS code, '' AS label FROM chosen
    UNION ALL SELECT id, 'language', language, '' FROM chosen WHERE language <> ''
    UNION ALL SELECT id, 'format', unnest(formats), '' FROM chosen
    UNION ALL SELECT id, 'format', 'audio', '' FROM chosen WHERE material = 'audiobook'
    UNION ALL SELECT id, 'audience', audience, '' FROM chosen
    UNION ALL SELECT id, 'period', (year / 10 * 10)::text, '' FROM chosen WHERE year BETWEEN 1400 AND 2199
    UNION ALL SELECT c.title_id, 'author', c.agent_id::text, a.name FROM catalog_contribution AS c
        JOIN chosen ON chosen.id = c.title_id JOIN catalog_agent AS a ON a.id = c.agent_id
    UNION ALL SELECT s.title_id, 'subject', s.subject_id::text, h.heading
        FROM catalog_title_subjects AS s JOIN chosen ON chosen.id = s.title_id
        JOIN catalog_subject AS h ON h.id = s.subject_id
    UNION ALL SELECT id, 'series', series_key, series FROM chosen WHERE series_key <> ''
    UNION ALL SELECT c.title_id, 'place', c.home_id::text, p.name
        FROM catalog_copy AS c JOIN chosen ON chosen.id = c.title_id JOIN branches_place AS p ON p.id = c.home_id
        WHERE c.status NOT IN ('withdrawn', 'lost')
"""
CHOSEN = """
chosen AS (
    SELECT id, work_id, title, original_title, subtitle, responsibility, series, series_key, series_number, title_key,
           year, added_on,
           language, material, audience, formats, left(summary, 2000) AS summary
    FROM catalog_title WHERE id = ANY(%s) AND merged_into_id IS NULL
)
"""
NEW_FACETS = f"""
WITH {CHOSEN}
INSERT INTO catalog_facet (id, kind, code, label, titles)
SELECT nextval('catalog_facet_number')::int * 16 + array_position(%s::text[], kind) - 1,
    kind, code, left(max(label), 500), count(DISTINCT title_id) FROM ({VALUES}) AS own
WHERE NOT EXISTS (
    SELECT 1 FROM catalog_facet AS known WHERE (known.kind, known.code) = (own.kind, own.code)
    AND (known.label = left(own.label, 500) OR known.kind = 'series')
)
GROUP BY kind, code ORDER BY kind, code
ON CONFLICT (kind, code) DO UPDATE SET label = EXCLUDED.label
"""
PEOPLE = "WHERE c.title_id = chosen.id AND c.role {roles}"
MAIN = "IN ('author', 'director', 'composer', 'performer')"
# What is longer than any title page is cut: a row of search holds one megabyte at most.
TEXTS = f"""
texts AS (
    SELECT chosen.id,
        {{named}} AS named,
        {{people}} AS people,
        {{about}} AS about,
        {{summary}} AS summary
    FROM chosen
    LEFT JOIN LATERAL (
        SELECT string_agg(a.name, ' ') AS main, string_agg(v.names, ' ') AS variants
        FROM catalog_contribution AS c JOIN catalog_agent AS a ON a.id = c.agent_id
        LEFT JOIN LATERAL (
            SELECT string_agg(one.name, ' ') AS names FROM catalog_agentvariant AS one WHERE one.agent_id = a.id
        ) AS v ON true
        {PEOPLE.format(roles=MAIN)}
    ) AS authors ON true
    LEFT JOIN LATERAL (
        SELECT string_agg(a.name, ' ') AS names FROM catalog_contribution AS c
        JOIN catalog_agent AS a ON a.id = c.agent_id
        {PEOPLE.format(roles="NOT " + MAIN)}
    ) AS others ON true
    LEFT JOIN LATERAL (
        SELECT string_agg(h.heading, ' ') AS headings FROM catalog_title_subjects AS s
        JOIN catalog_subject AS h ON h.id = s.subject_id WHERE s.title_id = chosen.id
    ) AS subjects ON true
    LEFT JOIN LATERAL (
        SELECT string_agg(kind.words, ' ') AS words FROM (VALUES {{said}}) AS kind (code, words)
        WHERE kind.code IN (chosen.material, chosen.language) OR kind.code = ANY(chosen.formats)
    ) AS said ON true
)
""".format(
    named=FOLD.format(text="left(concat_ws(' ', chosen.title, chosen.original_title), 4000)"),
    people=FOLD.format(text="left(concat_ws(' ', authors.main, authors.variants), 20000)"),
    about=FOLD.format(
        text="left(concat_ws(' ', chosen.subtitle, others.names, chosen.responsibility, subjects.headings,"
        " chosen.series, chosen.series_number, chosen.year, said.words), 100000)"
    ),
    summary=FOLD.format(text="chosen.summary"),
    said=", ".join(f"('{code}', '{words}')" for code, words in SAID_ALOUD.items()),
)
# Words of a title that says nothing but what search leaves out ('Noi', 'Io e te') are kept as they stand.
ROWS = f"""
WITH {CHOSEN}, {TEXTS},
faceted AS (
    SELECT own.title_id, array_agg(DISTINCT facet.id) AS facets
    FROM ({VALUES}) AS own JOIN catalog_facet AS facet USING (kind, code) GROUP BY own.title_id
),
counted AS (
    SELECT c.title_id, count(*) AS copies FROM catalog_copy AS c JOIN chosen ON chosen.id = c.title_id
    WHERE c.status NOT IN ('withdrawn', 'lost') GROUP BY c.title_id
),
made AS (
    SELECT texts.id, chosen.work_id, coalesce(faceted.facets, '{{}}') AS facets, coalesce(counted.copies, 0) AS copies,
        coalesce(known.borrowed, 0) AS borrowed, coalesce(known.band, 0) AS band,
        ln(1 + 2 * coalesce(counted.copies, 0) + coalesce(known.borrowed, 0)) AS popularity,
        coalesce(chosen.year, 0) AS year, coalesce(chosen.added_on, DATE '1900-01-01') AS added_on,
        setweight(CASE WHEN length(to_tsvector('milan_it', texts.named)) = 0
                       THEN to_tsvector('milan_plain', texts.named) ELSE to_tsvector('milan_it', texts.named) END, 'A')
        || setweight(to_tsvector('milan_it', texts.people), 'B') || setweight(to_tsvector('milan_it', texts.about), 'C')
        || to_tsvector('milan_it', texts.summary) AS words
    FROM texts JOIN chosen USING (id) LEFT JOIN faceted ON faceted.title_id = texts.id
    LEFT JOIN counted ON counted.title_id = texts.id LEFT JOIN catalog_searchrow AS known ON known.title_id = texts.id
)
INSERT INTO catalog_searchrow
    (title_id, work_id, words, facets, copies, borrowed, popularity, band, year, added_on)
SELECT id, work_id,
    words || array_to_tsvector(
        ARRAY(SELECT '=f' || one FROM unnest(facets) AS one)
        || CASE WHEN band = 0 THEN '{{}}' ELSE ARRAY(SELECT '=b' || one FROM generate_series(band, 4) AS one) END
    ),
    facets, copies, borrowed, popularity, band, year, added_on
FROM made ORDER BY id
ON CONFLICT (title_id) DO UPDATE SET work_id = EXCLUDED.work_id, words = EXCLUDED.words, facets = EXCLUDED.facets,
    copies = EXCLUDED.copies, popularity = EXCLUDED.popularity, year = EXCLUDED.year, added_on = EXCLUDED.added_on
"""
NEW_WORDS = f"""
WITH {CHOSEN}, {TEXTS},
met AS (
    SELECT word, count(*) AS titles FROM texts CROSS JOIN LATERAL unnest(tsvector_to_array(
        to_tsvector('milan_plain', concat_ws(' ', texts.named, texts.people, texts.about, texts.summary))
    )) AS word WHERE length(word) <= 40 GROUP BY word
),
new AS (
    INSERT INTO catalog_word (word, stem, titles)
    SELECT word, coalesce((tsvector_to_array(to_tsvector('milan_it', word)))[1], ''), titles FROM met
    WHERE NOT EXISTS (SELECT 1 FROM catalog_word AS known WHERE known.word = met.word)
    ORDER BY word
    ON CONFLICT (word) DO NOTHING RETURNING word
)
INSERT INTO catalog_misspelling (written, word)
SELECT DISTINCT written, new.word FROM new CROSS JOIN LATERAL (
    SELECT new.word AS written
    UNION ALL SELECT overlay(new.word PLACING '' FROM place FOR 1) FROM generate_series(1, length(new.word)) AS place
) AS near
WHERE length(new.word) BETWEEN 4 AND 20 AND new.word !~ '[0-9]'
ON CONFLICT DO NOTHING
"""
SUGGESTIONS = f"""
WITH {CHOSEN},
offered AS (
    SELECT 'title' AS kind, chosen.work_id AS target, left(chosen.title_key, 100) AS form, chosen.title AS label,
           row.popularity AS weight
    FROM chosen JOIN catalog_searchrow AS row ON row.title_id = chosen.id WHERE chosen.title_key <> ''
    UNION ALL
    SELECT 'title', chosen.work_id, left({FOLD.format(text="chosen.title")}, 100), chosen.title, row.popularity
    FROM chosen JOIN catalog_searchrow AS row ON row.title_id = chosen.id  -- with its article, as people type it
    UNION ALL
    SELECT 'author', a.id, left({FOLD.format(text="spoken.form")}, 100), a.name, row.popularity
    FROM chosen JOIN catalog_searchrow AS row ON row.title_id = chosen.id
    JOIN catalog_contribution AS c ON c.title_id = chosen.id JOIN catalog_agent AS a ON a.id = c.agent_id
    CROSS JOIN LATERAL (
        SELECT a.name AS form
        UNION SELECT concat_ws(' ', nullif(split_part(a.name, ', ', 2), ''), split_part(a.name, ', ', 1))
        UNION SELECT v.name FROM catalog_agentvariant AS v WHERE v.agent_id = a.id
    ) AS spoken
    UNION ALL
    SELECT 'subject', h.id, left({FOLD.format(text="h.heading")}, 100), h.heading, row.popularity
    FROM chosen JOIN catalog_searchrow AS row ON row.title_id = chosen.id
    JOIN catalog_title_subjects AS s ON s.title_id = chosen.id JOIN catalog_subject AS h ON h.id = s.subject_id
)
INSERT INTO catalog_suggestion (kind, target, form, label, weight, rank)
SELECT kind, target, form, left((array_agg(label ORDER BY weight DESC))[1], 300), max(weight), {{rank}}
FROM offered WHERE form <> '' GROUP BY kind, target, form ORDER BY kind, target, form
ON CONFLICT (kind, target, form) DO UPDATE SET
    label = CASE WHEN EXCLUDED.weight >= catalog_suggestion.weight THEN EXCLUDED.label
                 ELSE catalog_suggestion.label END,
    weight = greatest(catalog_suggestion.weight, EXCLUDED.weight)
"""
NEW, REBUILT = 1, 2  # ranks of suggestions: what comes by itself is offered early until ranks are counted anew


def refresh(title_ids: Sequence[int]) -> None:
    """Make anew what search knows of these titles, in the caller's transaction.

    Their keys for sorting and exact titles, their row, the words and facets that are new, what is suggested. A title
    merged into another, or gone, is forgotten.
    """
    ids = sorted(set(title_ids))
    for start in range(0, len(ids), CHUNK):
        _refresh(ids[start : start + CHUNK], with_words=True, rank=NEW)
    note_change()


def _refresh(ids: list[int], *, with_words: bool, rank: int, timeout: str = "") -> None:
    rows = list(Title.objects.filter(pk__in=ids).values_list("pk", "title", "series", "title_key", "series_key"))
    changed = [
        (pk, title_key(title), title_key(series))
        for pk, title, series, key, own_series in rows
        if (title_key(title), title_key(series)) != (key, own_series)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        if timeout:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [timeout])
        if changed:
            pks, keys, series_keys = zip(*changed, strict=True)
            cursor.execute(
                "UPDATE catalog_title AS t SET title_key = keyed.key, sort_key = keyed.key, series_key = keyed.series"
                " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS keyed (id, key, series) WHERE t.id = keyed.id",
                [list(pks), list(keys), list(series_keys)],
            )
        cursor.execute(NEW_FACETS, [ids, list(FACET_KINDS)])
        cursor.execute(ROWS, [ids])
        cursor.execute(
            "DELETE FROM catalog_searchrow WHERE title_id = ANY(%s) AND NOT EXISTS"
            " (SELECT 1 FROM catalog_title AS t WHERE t.id = title_id AND t.merged_into_id IS NULL)",
            [ids],
        )
        if with_words:
            cursor.execute(NEW_WORDS, [ids])
        cursor.execute(SUGGESTIONS.format(rank=rank), [ids])


def rebuild() -> int:
    """Make everything anew from the catalogue, in chunks; return how many titles there are. Safe to repeat."""
    from catalog.search.upkeep import recount  # noqa: PLC0415  it refreshes in its turn

    with _without_index_while_empty():
        done = _fill()
    recount()
    return done


def _fill() -> int:
    last, done = 0, 0
    while True:
        ids = list(Title.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not ids:
            break
        _refresh(ids, with_words=False, rank=REBUILT, timeout="10min")
        last, done = ids[-1], done + len(ids)
    return done


@contextmanager
def _without_index_while_empty() -> Iterator[None]:
    """Fill an empty table first and index it then, which is many times quicker; nobody searches meanwhile."""
    is_first = not SearchRow.objects.exists()
    index = next(one for one in SearchRow._meta.indexes if one.name == "searchrow_words")  # noqa: SLF001  documented
    if is_first:
        with connection.schema_editor() as editor:
            editor.remove_index(SearchRow, index)
    try:
        yield
    finally:
        if is_first:
            with connection.schema_editor() as editor:
                editor.execute("SET LOCAL statement_timeout = '30min'")
                editor.add_index(SearchRow, index)

"""A question as the database is asked it: one statement brings the page, the count and the facets.

A search that few titles answer is counted exactly. One that very many answer is not: its titles are taken from the
most asked for (a band of the popularity order, which is a lexeme like any other), its count says 'more than', and
its facets count those. So the time does not grow with how common a word is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import connection

from catalog.keys import title_key
from catalog.models.search import FACET_KINDS
from catalog.search.paging import Cursor
from catalog.search.query import Sort

if TYPE_CHECKING:
    from catalog.search.plan import Plan
    from catalog.search.query import Query

PER_PAGE = 20
BANDS = (4_000, 16_000, 64_000, 256_000)  # titles in each band, most asked for first
EXACT_UP_TO = 1_500  # titles found that are counted one by one
ENOUGH = 1_000  # titles that a band should bring to stand for all
TOO_FEW = 400  # from a band; then the next one is asked
SHOWN_VALUES = 8
EXACT_TITLES = 100
BONUS_EXACT, BONUS_BEGINS, BONUS_TITLE, BONUS_BOTH = 20, 3, 3, 2
EDITIONS_NAMED = 12

# The titles found, with what each is worth. `hits` is read once; works and facets are counted on it.
HITS = """
WITH hits AS MATERIALIZED (
    SELECT row.title_id, row.work_id, row.facets, {value} AS value
    FROM catalog_searchrow AS row {join}
    WHERE {where} {cap}
),
works AS MATERIALIZED (
    SELECT work_id, {best}(value) AS value, array_agg(title_id ORDER BY value {direction}, title_id) AS title_ids
    FROM hits GROUP BY work_id
)
"""
PAGE = """
, page AS (
    SELECT work_id, value, title_ids FROM works {beyond} ORDER BY value {direction}, {tie} {direction} LIMIT %s
)
"""
# A work with several editions found has each facet once; most have one edition, and need no looking for doubles.
COUNTED = """
, counted AS (
    SELECT facet, count(*) AS works FROM (
        SELECT unnest(hits.facets) AS facet FROM hits JOIN works USING (work_id) WHERE cardinality(works.title_ids) = 1
        UNION ALL
        SELECT facet FROM (
            SELECT DISTINCT work_id, unnest(hits.facets) AS facet FROM hits JOIN works USING (work_id)
            WHERE cardinality(works.title_ids) > 1
        ) AS own
    ) AS met {kinds} GROUP BY facet
),
placed AS (
    SELECT facet, works, row_number() OVER (PARTITION BY facet %% 16 ORDER BY works DESC, facet) AS place FROM counted
),
ranked AS (
    SELECT facet.kind, facet.code, facet.label, placed.works, placed.place
    FROM placed JOIN catalog_facet AS facet ON facet.id = placed.facet WHERE placed.place <= %s
)
"""
ANSWER = """
SELECT (SELECT count(*) FROM hits), (SELECT count(*) FROM works),
       (SELECT json_agg(json_build_array(work_id, value, title_ids[1:%s], cardinality(title_ids))) FROM page),
       (SELECT json_agg(json_build_array(kind, code, label, works) ORDER BY place) FROM ranked)
"""
JOIN_TITLE = "JOIN catalog_title AS title ON title.id = row.title_id"
# The order along an index: its column, the value that a page is continued from, the direction.
ALONG: dict[str, tuple[str, str, str]] = {
    Sort.NEWEST: ("row.year", "row.year", "DESC"),
    Sort.ARRIVED: ("row.added_on", "(row.added_on - DATE '1900-01-01')", "DESC"),
    Sort.TITLE: ("title.sort_key", "title.sort_key", "ASC"),
}
SORTED_BY: dict[str, tuple[str, str]] = {
    Sort.NEWEST: ("row.year", "DESC"),
    Sort.ARRIVED: ("(row.added_on - DATE '1900-01-01')", "DESC"),
    Sort.ASKED: ("(row.popularity * 10000)::bigint", "DESC"),
    Sort.TITLE: ("title.sort_key", "ASC"),
}


@dataclass(frozen=True)
class Hits:
    """What one reading of the database brought."""

    titles: int
    works: int
    page: list[tuple[int, Any, list[int], int]]
    facets: list[tuple[str, str, str, int]]


@dataclass(frozen=True)
class Asked:
    """A question as the database is asked it."""

    query: Query
    plan: Plan
    facet_ids: dict[str, tuple[int, ...]]
    facet_titles: int
    exact_ids: tuple[int, ...]
    begin_ids: tuple[int, ...]
    all_titles: int
    is_impossible: bool = False

    @classmethod
    def of(cls, query: Query, plan: Plan) -> Asked:
        """Return the question, its facets and exact titles looked up: two statements at most."""
        facet_ids, fewest, all_titles = _facets_of(query)
        exact, begins = _named(plan)
        says_nothing = bool(query.text) and not plan.tsquery  # signs only, or words to leave out only
        is_impossible = says_nothing or any(not facet_ids.get(kind) for kind in query.filters)
        return cls(query, plan, facet_ids, fewest, exact, begins, all_titles, is_impossible)

    def about(self, plan: Plan) -> Asked:
        """Return the same question with other words."""
        exact, begins = _named(plan)
        return replace(self, plan=plan, exact_ids=exact, begin_ids=begins)

    @property
    def filter_words(self) -> str:
        """The facets chosen, as a tsquery."""
        return " & ".join(
            "(" + " | ".join(f"'=f{number}'" for number in numbers) + ")"
            for numbers in self.facet_ids.values()
            if numbers
        )

    @property
    def words(self) -> str:
        """Words and facets as one tsquery."""
        return " & ".join(part for part in (self.plan.tsquery, self.filter_words) if part)

    @property
    def estimate(self) -> int:
        """At most so many titles will be found, as far as counts tell."""
        return min(self.plan.titles, self.facet_titles, self.all_titles)

    @property
    def band(self) -> int:
        """The band to begin with, 0 for all titles."""
        if self.estimate <= EXACT_UP_TO:
            return 0
        for number, size in enumerate(BANDS, 1):
            if self.estimate * size >= ENOUGH * self.all_titles and size < self.all_titles:
                return number
        return 0

    def best(self, cursor: Cursor) -> tuple[Hits, bool]:
        """Return what is found and whether that is only a part: the smallest band that stands for all, or all."""
        if self.is_impossible:
            return Hits(0, 0, [], []), False
        band = self.band
        while True:
            hits = self.read(band, cursor=cursor)
            if band == 0:
                return hits, hits.titles >= self._most(0)
            seen = BANDS[band - 1]
            is_whole = hits.titles < self._most(band)
            if is_whole and hits.titles * self.all_titles <= EXACT_UP_TO * seen and not self._is_narrowed_by_place:
                band = 0
            elif hits.titles < TOO_FEW:
                band = band + 1 if band < len(BANDS) and BANDS[band] < self.all_titles else 0
            else:
                return hits, True

    @property
    def is_words_alone(self) -> bool:
        """Whether nothing but words was asked: then other spellings may help."""
        return not self.query.filters and not self._is_narrowed_by_place

    @property
    def _is_narrowed_by_place(self) -> bool:
        return self.query.free_only or self.query.at is not None

    def read(
        self,
        band: int,
        *,
        cursor: Cursor | None = None,
        facets_only: str = "",
        label_like: str = "",
        most_values: int = SHOWN_VALUES,
    ) -> Hits:
        """Ask the database once. With `facets_only` there is no page, and that kind of facet alone is counted."""
        value, direction, value_params = self._value()
        where, where_params = self.where(band)
        join = JOIN_TITLE if self.query.sort == Sort.TITLE else ""
        sql = HITS.format(
            value=value,
            join=join,
            where=where,
            cap=f"ORDER BY row.popularity DESC, row.title_id LIMIT {self._most(band)}",
            best="max" if direction == "DESC" else "min",
            direction=direction,
        )
        params: list[Any] = [*value_params, *where_params]
        if facets_only:
            sql += ", page AS (SELECT work_id, value, title_ids FROM works LIMIT 0)"
        else:
            turned, beyond, beyond_params = (cursor or Cursor()).beyond(direction)
            sql += PAGE.format(beyond=beyond, direction=turned, tie=Cursor.tie(direction))
            params += [*beyond_params, PER_PAGE + 1]
        kinds = ""
        if facets_only:
            kinds = "WHERE facet %% 16 = %s"
            params.append(FACET_KINDS[facets_only])
        if label_like:
            kinds += " AND facet IN (SELECT id FROM catalog_facet WHERE unaccent(label) ILIKE unaccent(%s))"
            params.append(label_like)
        sql += COUNTED.format(kinds=kinds) + ANSWER
        params += [most_values + 1, EDITIONS_NAMED]
        with connection.cursor() as database:
            database.execute(sql, params)
            titles, works, page, facets = database.fetchone()
        return Hits(titles, works, _rows(page), _rows(facets))

    def in_order(self, cursor: Cursor) -> list[tuple[int, Any, int]]:
        """Return titles (id, value, work) along an index, whatever their demand; one more than fits on a page.

        For orders in which the most asked for cannot stand for the rest. Each edition stands for itself.
        """
        column, value, direction = ALONG[self.query.sort]
        where, params = self.where(0)
        is_turned = cursor.is_backwards
        first, second = ("<", ">") if (direction == "DESC") != is_turned else (">", ">")
        second = "<" if is_turned else second
        beyond = ""
        if cursor.value is not None:
            beyond = f"AND ({value} {first} %s OR ({value} = %s AND row.title_id {second} %s))"
            params = [*params, cursor.value, cursor.value, cursor.work_id]
        turned = {"ASC": "DESC", "DESC": "ASC"}[direction] if is_turned else direction
        sql = f"""
            SELECT row.title_id, {value}, row.work_id FROM catalog_searchrow AS row
            {JOIN_TITLE if self.query.sort == Sort.TITLE else ""} WHERE {where} {beyond}
            ORDER BY {column} {turned}, row.title_id {"DESC" if is_turned else "ASC"} LIMIT %s"""
        with connection.cursor() as database:
            database.execute(sql, [*params, PER_PAGE + 1])
            return database.fetchall()

    def _most(self, band: int) -> int:
        """Return how many titles are taken: fewer where they only stand for the rest."""
        return (ENOUGH if band else EXACT_UP_TO) + len(self.exact_ids)

    def where(self, band: int) -> tuple[str, list[Any]]:
        """Return the SQL of what a row must be, and its values; `band` 0 for all titles."""
        conditions: list[str] = []
        params: list[Any] = []
        words = " & ".join(part for part in (self.words, f"'=b{band}'" if band else "") if part)
        if words:
            conditions.append("row.words @@ %s::tsquery")
            params.append(words)
        if self.exact_ids and words:
            narrowed = self.filter_words
            also = "row.title_id = ANY(%s)" + (" AND row.words @@ %s::tsquery" if narrowed else "")
            conditions = [f"({conditions[0]} OR {also})"]
            params += [list(self.exact_ids)] + ([narrowed] if narrowed else [])
        if self._is_narrowed_by_place:
            at = "" if self.query.at is None else " AND free.place_id = ANY(%s)"
            conditions.append(
                f"EXISTS (SELECT 1 FROM catalog_availability AS free WHERE free.title_id = row.title_id{at})"
            )
            params += [] if self.query.at is None else [list(self.query.at)]
        return " AND ".join(conditions) or "TRUE", params

    def _value(self) -> tuple[str, str, list[Any]]:
        """Return the SQL of what a title is worth in the order asked for, and the direction."""
        if self.query.sort in SORTED_BY:
            return *SORTED_BY[self.query.sort], []
        if not self.plan.tokens:
            return "(row.popularity * 10000)::bigint", "DESC", []
        value = f"""((row.popularity
            + CASE WHEN row.title_id = ANY(%s) THEN {BONUS_EXACT} WHEN row.title_id = ANY(%s) THEN {BONUS_BEGINS}
                   ELSE 0 END
            + CASE WHEN row.words @@ %s::tsquery OR row.words @@ %s::tsquery THEN {BONUS_TITLE}
                   WHEN row.words @@ %s::tsquery THEN {BONUS_BOTH} ELSE 0 END) * 10000)::bigint"""
        weights = [self.plan.weighted("A"), self.plan.weighted("B"), self.plan.weighted("AB")]
        return value, "DESC", [list(self.exact_ids), list(self.begin_ids), *weights]


def _named(plan: Plan) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the titles called exactly so, and those that begin so."""
    key = title_key(plan.corrected or plan.text.replace('"', " "))
    if not key or plan.unwanted or plan.left_out:
        return (), ()
    with connection.cursor() as cursor:
        cursor.execute(
            "(SELECT id, true FROM catalog_title WHERE title_key = %s AND merged_into_id IS NULL LIMIT %s) UNION ALL "
            "(SELECT id, false FROM catalog_title WHERE title_key LIKE %s AND merged_into_id IS NULL"
            " ORDER BY title_key USING ~<~ LIMIT %s)",  # as the index has them
            [key, EXACT_TITLES, key.replace("\\", "") + " %", EXACT_TITLES],
        )
        rows = cursor.fetchall()
    return tuple(pk for pk, is_exact in rows if is_exact), tuple(pk for pk, is_exact in rows if not is_exact)


def _facets_of(query: Query) -> tuple[dict[str, tuple[int, ...]], int, int]:
    """Return the numbers of the facets chosen, at most how many titles have them, and how many titles there are."""
    pairs = [(kind, code) for kind, codes in query.filters.items() for code in codes]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, id, titles FROM catalog_facet WHERE (kind, code) IN"
            " (SELECT * FROM unnest(%s::text[], %s::text[])) UNION ALL"
            " SELECT '', 0, (SELECT coalesce(sum(titles), 0) FROM catalog_facet WHERE kind = 'material')",
            [[kind for kind, _code in pairs], [code for _kind, code in pairs]],
        )
        rows = cursor.fetchall()
    found: dict[str, tuple[int, ...]] = {}
    titles: dict[str, int] = {}
    for kind, number, count in rows:
        if kind:
            found[kind] = (*found.get(kind, ()), number)
            titles[kind] = titles.get(kind, 0) + count
    all_titles = int(rows[-1][2])
    return found, min(titles.values(), default=all_titles), all_titles


def _rows(answer: Any) -> list[Any]:
    if answer is None:
        return []
    return [tuple(one) for one in (json.loads(answer) if isinstance(answer, str) else answer)]

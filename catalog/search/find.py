"""Finding: which titles, in what order, grouped by work, with the facets of what was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.keys import isbn13, title_key
from catalog.models import FacetKind, SearchRow, Title
from catalog.search.asking import ALONG, PER_PAGE, SHOWN_VALUES, Asked, Hits
from catalog.search.labels import label_of
from catalog.search.paging import Cursor, ordered_page
from catalog.search.plan import Plan, completed, corrections, plan_of, spellings
from catalog.search.query import FacetGroup, FacetValue, Found, Line, Query, Sort, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from catalog.querysets import TitleQuerySet


FEW = 3  # works found; then titles that are nearly called so are offered
SHORTEST_LEFT = 3  # letters of a word that is worth searching alone


def search(query: Query, *, after: str = "", before: str = "") -> Found:
    """Return a page of works that `query` finds, how many there are, and by what they can be narrowed.

    `after` and `before` come from another answer to the same query; one that makes no sense gives the first page.
    Reads only. Unless `is_exact`, words nobody has are corrected, and where nothing is found one word is given up;
    the answer says so.
    """
    if number := isbn13(query.text):
        return _by_isbn(number)
    plan = plan_of(query.text, is_exact=query.is_exact)
    asked = Asked.of(query, plan)
    cursor = Cursor.of(after, before, str if query.sort == Sort.TITLE else int)
    hits, is_at_least, asked = _answered(asked, cursor, query)
    if not hits.titles:
        return Found(spellings=tuple(spellings(plan)) if asked.is_words_alone else (), facets=_groups(query, []))
    if is_at_least and query.sort in ALONG:
        lines, after, before = _in_order(asked, cursor)
    else:
        lines, after, before = _page(hits, cursor)
    facets = list(hits.facets)
    if query.filters:
        facets = _with_own_kinds(facets, asked, is_at_least=is_at_least)
    return Found(
        lines=lines,
        count=hits.works,
        is_at_least=is_at_least,
        facets=_groups(query, facets),
        corrected=asked.plan.corrected,
        left_out=asked.plan.left_out,
        spellings=_meant(asked, hits),
        after=after,
        before=before,
    )


def values_of(query: Query, kind: str, text: str, limit: int = 50) -> tuple[FacetValue, ...]:
    """Return the values of one facet among the results whose name has `text` in it: long lists are looked through."""
    asked = Asked.of(replace(query, filters=_others(query, kind)), plan_of(query.text, is_exact=query.is_exact))
    if asked.is_impossible:
        return ()
    like = "%" + text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    rows = asked.read(asked.band, facets_only=kind, label_like=like, most_values=limit).facets
    return _groups(query, [row for row in rows if row[0] == kind], most=limit)[0].values if rows else ()


def titles_found(text: str) -> TitleQuerySet:
    """Return the titles that a search finds, in no order, for a register of the admin; some hundreds at most."""
    query = Query(text=tidy(text), is_exact=True)
    if number := isbn13(query.text):
        return Title.objects.filter(isbns__contains=[number])
    asked = Asked.of(query, plan_of(query.text, is_exact=True))
    if asked.is_impossible:
        return Title.objects.none()
    if not asked.plan.tsquery:
        return Title.objects.all()
    return Title.objects.filter(pk__in=SearchRow.objects.extra(where=["words @@ %s::tsquery"], params=[asked.words]))


def _answered(asked: Asked, cursor: Cursor, query: Query) -> tuple[Hits, bool, Asked]:
    """Return what was found, whether there is more, and the question as it was finally asked."""
    hits, is_at_least = asked.best(cursor)
    if hits.titles or query.is_exact or not asked.plan.tokens:
        return hits, is_at_least, asked
    for other in _otherwise(asked.plan):
        again = asked.about(other)
        hits, is_at_least = again.best(cursor)
        if hits.titles:
            return hits, is_at_least, again
    return hits, is_at_least, asked


def _otherwise(plan: Plan) -> Iterable[Plan]:
    """Give plans that find more: the last word taken for a beginning; one corrected; one given up; rarest first."""
    if longer := completed(plan.tokens[-1]):
        yield plan.with_token(plan.tokens[-1], longer)
    rarest = sorted(plan.tokens, key=lambda one: one.titles)
    for token in rarest[:3]:
        for near in corrections(token)[:2]:
            yield plan.with_token(token, near)
    for token in rarest[:3]:
        if any(len(one.word) >= SHORTEST_LEFT for one in plan.tokens if one is not token):
            yield plan.without(token)


def _by_isbn(number: str) -> Found:
    # Neither order nor limit in the statement: with them a scan of all titles looks cheap to the planner.
    rows = Title.objects.filter(isbns__contains=[number], merged_into=None).values_list("pk", "work_id")
    works: dict[int, list[int]] = {}
    for pk, work_id in sorted(rows):
        works.setdefault(work_id, []).append(pk)
    lines = tuple(Line(work_id, tuple(ids), len(ids)) for work_id, ids in works.items())
    return Found(lines=lines[:PER_PAGE], count=len(lines))


def _in_order(asked: Asked, cursor: Cursor) -> tuple[tuple[Line, ...], str, str]:
    rows, after, before = ordered_page(asked.in_order(cursor), cursor, PER_PAGE)
    return tuple(Line(work_id, (pk,), 1) for pk, _value, work_id in rows), after, before


def _meant(asked: Asked, hits: Hits) -> tuple[str, ...]:
    """Return titles that differ by one word from what was asked, when little was found: 'il nome della rossa'."""
    if hits.works > FEW or asked.query.is_exact or asked.exact_ids or asked.plan.corrected or not asked.is_words_alone:
        return ()
    near = {title_key(text): text for text in spellings(asked.plan)}
    known = set(Title.objects.filter(title_key__in=near, merged_into=None).values_list("title_key", flat=True)[:FEW])
    return tuple(text for key, text in near.items() if key in known)


def _page(hits: Hits, cursor: Cursor) -> tuple[tuple[Line, ...], str, str]:
    rows, after, before = ordered_page(hits.page, cursor, PER_PAGE)
    return tuple(Line(work_id, tuple(ids), editions) for work_id, _value, ids, editions in rows), after, before


def _others(query: Query, kind: str) -> dict[str, tuple[str, ...]]:
    return {other: codes for other, codes in query.filters.items() if other != kind}


def _with_own_kinds(
    facets: list[tuple[str, str, str, int]], asked: Asked, *, is_at_least: bool
) -> list[tuple[str, str, str, int]]:
    """Return the facets, those of kinds with a choice counted as if that choice were not made: others can be added."""
    for kind in asked.query.filters:
        wider = Asked.of(replace(asked.query, filters=_others(asked.query, kind)), asked.plan)
        own = wider.read(wider.band if is_at_least or wider.band else 0, facets_only=kind).facets
        chosen = {row[1]: row for row in facets if row[0] == kind and row[1] in asked.query.filters[kind]}
        missing = [row for code, row in chosen.items() if code not in {one[1] for one in own}]
        facets = [row for row in facets if row[0] != kind] + own[:SHOWN_VALUES] + missing + own[SHOWN_VALUES:]
    return facets


def _groups(
    query: Query, rows: Sequence[tuple[str, str, str, int]], most: int = SHOWN_VALUES
) -> tuple[FacetGroup, ...]:
    groups = []
    for kind in FacetKind:
        own = [row for row in rows if row[0] == kind]
        chosen = query.filters.get(kind, ())
        values = [
            FacetValue(code, label_of(kind, code, label), count, code in chosen) for _kind, code, label, count in own
        ]
        shown = [one for number, one in enumerate(values) if number < most or one.is_chosen]
        if values:
            groups.append(FacetGroup(kind.value, str(kind.label), tuple(shown), len(values) > len(shown)))
    return tuple(groups)

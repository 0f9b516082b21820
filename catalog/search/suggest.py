"""What is offered while somebody types: titles, people and subjects that begin so, most asked for first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import connection

from catalog.models import FacetKind, Suggestion
from catalog.search.query import tidy

FEWEST_LETTERS_FOR_ALL = 3
FEWEST_LETTERS_INSIDE = 4
FOLD = "SELECT btrim(regexp_replace(unaccent(lower(%s)), '[\\W_]+', ' ', 'g'))"
# Each rank includes those before; the first that has enough answers.
BEGINNING = """
SELECT kind, target, label FROM (
    SELECT DISTINCT ON (kind, target) kind, target, label, weight, is_so FROM (
        SELECT kind, target, label, weight, form LIKE %s AS is_so FROM catalog_suggestion
        WHERE (form LIKE %s OR form LIKE %s) {rank} LIMIT 1000
    ) AS first ORDER BY kind, target, is_so DESC, weight DESC
) AS own ORDER BY is_so DESC, weight DESC, label LIMIT %s
"""
RANKS = ("AND rank = 0", "AND rank <= 1", "")
INSIDE = """
SELECT 'title', row.work_id, title.title FROM (
    SELECT DISTINCT ON (work_id) work_id, title_id, popularity FROM (
        SELECT work_id, title_id, popularity FROM catalog_searchrow
        WHERE words @@ %s::tsquery ORDER BY popularity DESC LIMIT 60
    ) AS best ORDER BY work_id, popularity DESC
) AS row JOIN catalog_title AS title ON title.id = row.title_id
ORDER BY row.popularity DESC LIMIT %s
"""


@dataclass(frozen=True)
class Suggested:
    """One offer: its kind, what it is called, and the search it stands for."""

    kind: str
    target: int
    label: str

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """What narrows the search to a person or a subject; empty for a title, whose name is the search."""
        if self.kind == Suggestion.Kind.TITLE:
            return {}
        kind = FacetKind.AUTHOR if self.kind == Suggestion.Kind.AUTHOR else FacetKind.SUBJECT
        return {kind: (str(self.target),)}


def suggest(text: str, limit: int = 8) -> list[Suggested]:
    """Return what begins as typed: by a title (its article set aside), a name in either order, a subject."""
    typed = tidy(text)
    with connection.cursor() as cursor:
        cursor.execute(FOLD, [typed])
        form = cursor.fetchone()[0]
        if not form:
            return []
        begins = re.sub(r"^(?:il|lo|la|i|gli|le|l|un|uno|una|the|a|an) (?=\w)", "", form)
        found: list[tuple[str, int, str]] = []
        ranks = RANKS if len(begins) >= FEWEST_LETTERS_FOR_ALL else RANKS[:2]
        for rank in ranks:
            cursor.execute(BEGINNING.format(rank=rank), [f"{form[:100]}%", f"{form[:100]}%", f"{begins[:100]}%", limit])
            found = cursor.fetchall()
            if len(found) >= limit:
                break
        if len(found) < limit and len(begins) >= FEWEST_LETTERS_INSIDE:
            known = {(kind, target) for kind, target, _label in found}
            *whole, last = begins.split()
            cursor.execute(
                "SELECT string_agg(quote_literal(stem), ' & ') FROM ("
                " SELECT (tsvector_to_array(to_tsvector('milan_it', word)))[1] AS stem FROM unnest(%s::text[]) AS word"
                ") AS own WHERE stem IS NOT NULL",
                [whole],
            )
            stems = cursor.fetchone()[0]
            beginning = f"'{last}':*{'A' if found else 'AC'}"  # in titles; else in subjects, series and the like
            cursor.execute(INSIDE, [f"{stems} & {beginning}" if stems else beginning, limit])
            found += [one for one in cursor.fetchall() if (one[0], one[1]) not in known]
    return [Suggested(*one) for one in found[:limit]]

"""What is asked of search and what it answers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import FacetKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

LONGEST_QUERY = 200
MOST_VALUES = 20  # of one facet at once
CURLY = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "«": '"', "»": '"', "\x00": " "})


class Sort(models.TextChoices):
    """In what order results come."""

    RELEVANCE = "relevance", _("best first")
    NEWEST = "newest", _("newest editions first")
    ARRIVED = "arrived", _("last arrived first")
    ASKED = "asked", _("most asked for first")
    TITLE = "title", _("by title")


@dataclass(frozen=True)
class Query:
    """A search.

    `text` is what a reader typed: words, a "quoted phrase", a word to leave out (-word), or an ISBN. `filters` are the
    codes chosen of each kind of facet (any of them; all kinds must agree). `free_only` asks for a copy free now, `at`
    for one free at one of these places (ids). `is_exact` forbids to correct or leave out words.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    free_only: bool = False
    at: tuple[int, ...] | None = None
    sort: str = Sort.RELEVANCE
    is_exact: bool = False

    @classmethod
    def of(cls, data: QueryDict) -> Query:
        """Return the query in an address; what makes no sense there is passed over."""
        filters = {
            kind: tuple(sorted({code for code in data.getlist(kind) if code and "\x00" not in code}))[:MOST_VALUES]
            for kind in FacetKind.values
        }
        sort = data.get("sort", "")
        return cls(
            text=tidy(data.get("q", "")),
            filters={kind: codes for kind, codes in filters.items() if codes},
            free_only=data.get("free") == "1",
            sort=sort if sort in Sort.values else Sort.RELEVANCE,
            is_exact=data.get("exact") == "1",
        )

    def address(self, **extra: str) -> str:
        """Return the query as the part of an address after '?', in one fixed order; places are left to the caller."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(kind, code) for kind in FacetKind.values for code in self.filters.get(kind, ())]
        if self.free_only:
            pairs.append(("free", "1"))
        if self.sort != Sort.RELEVANCE:
            pairs.append(("sort", self.sort))
        if self.is_exact:
            pairs.append(("exact", "1"))
        return urlencode(pairs + [(name, value) for name, value in extra.items() if value])

    def with_value(self, kind: str, code: str) -> Query:
        """Return the query narrowed by one more value."""
        codes = tuple(sorted({*self.filters.get(kind, ()), code}))
        return replace(self, filters={**self.filters, kind: codes})

    def without_value(self, kind: str, code: str) -> Query:
        """Return the query without one of its values."""
        codes = tuple(one for one in self.filters.get(kind, ()) if one != code)
        rest = {other: own for other, own in self.filters.items() if other != kind}
        return replace(self, filters=rest | ({kind: codes} if codes else {}))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked: the whole catalogue."""
        return not (self.text or self.filters or self.free_only or self.at is not None)


@dataclass(frozen=True)
class Line:
    """One work among the results: its edition that fits best, and its editions that were found, best first."""

    work_id: int
    title_ids: tuple[int, ...]
    editions: int

    @property
    def title_id(self) -> int:
        """The edition to show."""
        return self.title_ids[0]


@dataclass(frozen=True)
class FacetValue:
    """A value to narrow by, with how many works of the results have it."""

    code: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class FacetGroup:
    """The values of one kind, most frequent first; `has_more` when there are others."""

    kind: str
    name: str
    values: tuple[FacetValue, ...]
    has_more: bool


@dataclass(frozen=True)
class Found:
    """What a search found.

    `count` is of works; `is_at_least` says that there are more and that facets count the most asked for alone.
    `corrected` is the text that was searched instead, `left_out` the words that were given up; both empty when the
    search is what was asked. `spellings` are texts that differ by a word,
    offered when nothing or little was found. `after` and `before` are for the
    addresses of the next and the previous page, empty where there is none.
    """

    lines: tuple[Line, ...] = ()
    count: int = 0
    is_at_least: bool = False
    facets: tuple[FacetGroup, ...] = ()
    corrected: str = ""
    left_out: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    after: str = ""
    before: str = ""


def tidy(text: str) -> str:
    """Return what was typed, shortened, with typographer's quotes made plain."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text.translate(CURLY)).strip()[:LONGEST_QUERY].strip()

"""Search of the catalogue: forgiving, narrowed by facets, quick on a million titles.

The engine behind `search()` and `suggest()` is PostgreSQL's full text; callers do not see it.
"""

from catalog.search.find import search, titles_found, values_of
from catalog.search.query import (
    FacetGroup,
    FacetValue,
    Found,
    Line,
    Query,
    Sort,
    tidy,
)
from catalog.search.rows import rebuild, refresh
from catalog.search.suggest import Suggested, suggest

__all__ = [
    "FacetGroup",
    "FacetValue",
    "Found",
    "Line",
    "Query",
    "Sort",
    "Suggested",
    "rebuild",
    "refresh",
    "search",
    "suggest",
    "tidy",
    "titles_found",
    "values_of",
]

"""Ours: the search itself, and the whole page as the portal answers it."""

from __future__ import annotations

import itertools

from django.test import Client

from bench.search.tantivy_side import Answer
from catalog.search import Query, search, suggest

ADDRESS = "/catalogo/"


class OurSide:
    """`catalog.search.search`: works of the first page, their count, facets."""

    name = "ours"

    def search(self, text: str) -> Answer:
        """Return the first page; of each work the edition that is shown."""
        found = search(Query(text=text))
        values = sum(len(group.values) for group in found.facets)
        return Answer([line.title_id for line in found.lines], found.count, values)

    def suggest(self, text: str) -> list[str]:
        """Return what is offered while somebody types."""
        return [one.label for one in suggest(text)]


class OurPage:
    """The page of results, through the whole of Django but no server: middleware, view, template."""

    name = "ours, page"

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=True)
        self.readers = itertools.count()

    def search(self, text: str) -> Answer:
        """Return nothing but that the page came."""
        number = next(self.readers)  # each search from another address, since one may not ask too often
        answer = self.client.get(
            ADDRESS, {"q": text}, REMOTE_ADDR=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        )
        if answer.status_code != 200:
            raise RuntimeError(f"{text!r}: status {answer.status_code}")
        return Answer([], len(answer.content), 0)

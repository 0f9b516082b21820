"""Titles in lines, as lists and arrivals show them: with what is free now, read live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from catalog.models import Title
from loans.routing import free_copies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.models import ListEntry


@dataclass(frozen=True)
class TitleLine:
    """A title with how many of its copies are free now."""

    title: Title
    free: int


@dataclass(frozen=True)
class EntryLine:
    """A title on a list; one that was joined to another shows that one."""

    entry: ListEntry
    title: Title
    free: int
    place: int


def title_lines(numbers: Iterable[int]) -> dict[int, TitleLine]:
    """Return a line for each title (id); three statements however many there are."""
    wanted = list(numbers)
    titles = Title.objects.defer("record", "summary").with_cover().in_bulk(wanted)
    free = dict(free_copies().filter(title__in=wanted).order_by().values_list("title").annotate(Count("pk")))
    return {pk: TitleLine(title, free.get(pk, 0)) for pk, title in titles.items()}


def entry_lines(entries: Iterable[ListEntry], first: int = 1) -> list[EntryLine]:
    """Return the lines of a list, numbered from `first`; `entries` come with their title fetched."""
    rows = list(entries)
    shown = {row.pk: row.title.merged_into_id or row.title_id for row in rows}
    lines = title_lines(set(shown.values()))
    return [
        EntryLine(row, lines[shown[row.pk]].title, lines[shown[row.pk]].free, place)
        for place, row in enumerate(rows, first)
        if shown[row.pk] in lines
    ]

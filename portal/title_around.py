"""What stands around an edition: the other editions of its work, its neighbours in a series, titles like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils.translation import gettext as _

from catalog.models import FacetKind, Title
from catalog.search import Query
from catalog.similar import similar_to
from loans.routing import free_copies
from milanolib import clock
from partnerships.initiatives.lines import lines_of
from partnerships.models import InitiativeDate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.querysets import TitleQuerySet
    from partnerships.initiatives.lines import InitiativeLine

MOST_EDITIONS = 40
NEIGHBOURS = 3


@dataclass(frozen=True)
class EditionGroup:
    """Other editions of the work of one sort."""

    name: str
    editions: Sequence[Title]


@dataclass(frozen=True)
class Series:
    """The neighbours of a title in its series, in order, and the search that brings all of it."""

    name: str
    address: str
    before: Sequence[Title]
    after: Sequence[Title]

    @property
    def previous(self) -> Title | None:
        """The one just before."""
        return self.before[-1] if self.before else None

    @property
    def following(self) -> Title | None:
        """The one just after."""
        return self.after[0] if self.after else None


def editions_of(title: Title) -> list[Title]:
    """Return the other editions of a title's work, newest first, each with whether a copy `is_free` now."""
    editions = list(
        Title.objects.filter(work=title.work_id, merged_into=None)
        .exclude(pk=title.pk)
        .defer("record", "summary")
        .order_by(F("year").desc(nulls_last=True), "pk")[:MOST_EDITIONS]
    )
    free = set(free_copies().filter(title__in=editions).values_list("title", flat=True)) if editions else set()
    for one in editions:
        one.is_free = one.pk in free  # type: ignore[attr-defined]
    return editions


def grouped(title: Title, editions: Sequence[Title]) -> list[EditionGroup]:
    """Return the other editions by what sets them apart: another language, another form, neither."""
    in_form = {one.pk for one in editions if one.material != title.material or set(one.formats) != set(title.formats)}
    in_language = {one.pk for one in editions if one.language and title.language and one.language != title.language}
    groups = (
        EditionGroup(_("Other editions"), [one for one in editions if one.pk not in in_form | in_language]),
        EditionGroup(_("In another form"), [one for one in editions if one.pk in in_form - in_language]),
        EditionGroup(_("In another language"), [one for one in editions if one.pk in in_language]),
    )
    return [group for group in groups if group.editions]


def series_of(title: Title) -> Series | None:
    """Return a title's series with its neighbours by their position, each work once; one statement or none."""
    if not title.series_key:
        return None
    before: list[Title] = []
    after: list[Title] = []
    if title.series_position is not None:
        others = _in_series(title)
        lower = others.filter(series_position__lt=title.series_position).order_by("-series_position", "pk")
        higher = others.filter(series_position__gt=title.series_position).order_by("series_position", "pk")
        rows = list(lower[: 4 * NEIGHBOURS].union(higher[: 4 * NEIGHBOURS], all=True))
        rows.sort(key=lambda one: (one.series_position or 0, one.pk))
        before = _once([one for one in reversed(rows) if (one.series_position or 0) < title.series_position])[::-1]
        after = _once([one for one in rows if (one.series_position or 0) > title.series_position])
    return Series(title.series, search_by(FacetKind.SERIES, title.series_key), before, after)


def similar_titles(title: Title) -> list[Title]:
    """Return titles like this one with what a card shows of them: three statements."""
    ids = similar_to(title)
    found = Title.objects.defer("record", "summary").with_cover().in_bulk(ids) if ids else {}
    return [found[pk] for pk in ids if pk in found]


def search_by(kind: str, code: str) -> str:
    """Return the part of the search's address, after '?', that narrows it to one value."""
    return Query(filters={kind: (code,)}).address()


def _in_series(title: Title) -> TitleQuerySet:
    shown = ("title", "language", "series_number", "series_position", "work")
    return Title.objects.filter(series_key=title.series_key, merged_into=None).exclude(work=title.work_id).only(*shown)


def _once(titles: Sequence[Title]) -> list[Title]:
    """Return the nearest edition of each work and position, at most so many as are shown."""
    nearest: dict[tuple[int, float | None], Title] = {}
    for one in titles:
        nearest.setdefault((one.work_id, one.series_position), one)
    return list(nearest.values())[:NEIGHBOURS]


def initiatives_with(title: Title) -> list[InitiativeLine]:
    """Return the initiatives to come that go with a title, or with another edition of its work, the next first."""
    dates = InitiativeDate.objects.public().planned().not_over(clock.now())
    own = dates.filter(
        initiative__in=Title.initiatives.through.objects.filter(title__work=title.work_id).values("initiative")
    )
    return lines_of(own.select_related("initiative__place").order_by("starts_at", "pk"))

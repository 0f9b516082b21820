"""What the pages of search show: what was asked, its filters, and for each result what is free now and where."""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.db.models import Count, Prefetch, prefetch_related_objects
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from branches.geography import walks_from
from branches.models import FavouritePoint, Place
from catalog import languages
from catalog.covers import cover_url
from catalog.models import Contribution, Copy, Facet, FacetKind, Format, Material, Title
from catalog.search import Found, Query, Sort
from catalog.search.labels import label_of
from catalog.states import CopyStatus
from loans.routing import free_copies
from portal.near import WITHIN_MINUTES
from portal.start import chosen_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest, QueryDict

    from branches.geography import Landmark
    from catalog.search import FacetValue, Line

MINE, NEAR = "mine", "near"  # parameters of the address, '1' when chosen
IN_ORDER = (
    FacetKind.MATERIAL,
    FacetKind.FORMAT,
    FacetKind.LANGUAGE,
    FacetKind.AUDIENCE,
    FacetKind.PLACE,
    FacetKind.AUTHOR,
    FacetKind.SUBJECT,
    FacetKind.SERIES,
    FacetKind.PERIOD,
)
# What a line shows of a title, its cover's wording included.
SHOWN = (
    "title", "subtitle", "original_title", "language", "material", "formats", "publisher", "year", "work", "cover"
)  # fmt: skip
OPENED = (FacetKind.MATERIAL, FacetKind.FORMAT)  # the groups that lie open from the start


@dataclass(frozen=True)
class Asked:
    """A search as this person asks it: the query, and the points that 'mine' and 'near' stand for."""

    query: Query
    is_mine: bool = False
    is_near: bool = False
    start: Landmark | None = None
    walks: Mapping[int, int] = field(default_factory=dict)  # minutes on foot from the start, by place
    favourites: tuple[int, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest, data: QueryDict | None = None) -> Asked:
        """Return what an address asks. A wish that cannot be met (no start, no points of one's own) is passed over."""
        data = request.GET if data is None else data
        query = Query.of(data)
        start = chosen_start(request)
        walks = dict(walks_from(start)) if start else {}
        favourites: tuple[int, ...] = ()
        if request.user.is_authenticated:
            favourites = tuple(FavouritePoint.objects.filter(user=request.user.pk).values_list("place", flat=True))
        is_mine = data.get(MINE) == "1" and bool(favourites)
        is_near = data.get(NEAR) == "1" and start is not None
        if is_mine or is_near:
            within = {key for key, minutes in walks.items() if minutes <= WITHIN_MINUTES} if is_near else set()
            query = replace(query, at=tuple(sorted(within | set(favourites if is_mine else ()))))
        return cls(query, is_mine=is_mine, is_near=is_near, start=start, walks=walks, favourites=favourites)

    def address(self, query: Query | None = None, *, mine: bool = True, near: bool = True, **extra: str) -> str:
        """Return the part of an address after '?': of this search, or of one that differs from it."""
        query = query or self.query
        places = {MINE: "1" if self.is_mine and mine else "", NEAR: "1" if self.is_near and near else ""}
        return query.address(**places, **extra)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything beside words narrows the results."""
        return bool(self.query.filters or self.query.free_only or self.is_mine or self.is_near)


@dataclass(frozen=True)
class ResultLine:
    """A work among the results: its best edition, what else there is of it, what is free of all that was found."""

    title: Title
    editions: int
    counted: int  # editions that the numbers of copies are of
    also: tuple[str, ...]
    copies: int
    free: int
    nearest: Place | None = None
    minutes: int = 0

    @property
    def cover(self) -> str:
        """Return the address of the cover."""
        return cover_url(self.title, "s")


@dataclass(frozen=True)
class Choice:
    """A box to tick: a value with how many results have it."""

    code: str
    label: str
    count: int
    is_chosen: bool
    box_id: str


@dataclass(frozen=True)
class Group:
    """The boxes of one kind."""

    kind: str
    name: str
    choices: tuple[Choice, ...]
    has_more: bool
    is_open: bool

    @property
    def chosen(self) -> int:
        """How many are ticked."""
        return sum(one.is_chosen for one in self.choices)


@dataclass(frozen=True)
class Chip:
    """A filter that was chosen, and the search without it."""

    label: str
    address: str


def lines_of(found: Found, asked: Asked) -> list[ResultLine]:
    """Return the results of a page with what is free now, read live.

    In four statements however many there are, five where somebody has chosen a start.
    """
    numbers = {number for line in found.lines for number in line.title_ids}
    titles = Title.objects.only(*SHOWN).select_related("cover").in_bulk(numbers)
    best = [titles[line.title_id] for line in found.lines if line.title_id in titles]
    prefetch_related_objects(best, Prefetch("contributions", Contribution.objects.select_related("agent")))
    standing = Copy.objects.filter(title__in=numbers).exclude(status__in=[CopyStatus.WITHDRAWN, CopyStatus.LOST])
    copies = dict(standing.order_by().values_list("title").annotate(Count("pk")))
    free: dict[int, dict[int, int]] = defaultdict(dict)
    for title, place, count in (
        free_copies().filter(title__in=numbers).order_by().values_list("title", "place").annotate(Count("pk"))
    ):
        free[title][place] = count
    nearest = {line.work_id: _nearest(line, free, asked.walks) for line in found.lines}
    places = Place.objects.in_bulk({place for place in nearest.values() if place}) if asked.walks else {}
    return [
        ResultLine(
            title=titles[line.title_id],
            editions=line.editions,
            counted=len(line.title_ids),
            also=differences(titles[line.title_id], [titles[one] for one in line.title_ids[1:] if one in titles]),
            copies=sum(copies.get(one, 0) for one in line.title_ids),
            free=sum(sum(free[one].values()) for one in line.title_ids if one in free),
            nearest=places.get(nearest[line.work_id] or 0),
            minutes=asked.walks.get(nearest[line.work_id] or 0, 0),
        )
        for line in found.lines
        if line.title_id in titles
    ]


def _nearest(line: Line, free: Mapping[int, Mapping[int, int]], walks: Mapping[int, int]) -> int | None:
    """Return the place nearest to the start where an edition of the line is free."""
    places = {place for number in line.title_ids if number in free for place in free[number] if place in walks}
    return min(places, key=lambda place: (walks[place], place), default=None)


def differences(best: Title, others: Iterable[Title]) -> tuple[str, ...]:
    """Return in words what the other editions are that the best one is not: languages, then materials, then formats."""
    others = list(others)
    tongues = dict.fromkeys(one.language for one in others if one.language not in ("", best.language))
    materials = dict.fromkeys(one.material for one in others if one.material != best.material)
    formats = dict.fromkeys(code for one in others for code in one.formats if code not in best.formats)
    words = [str(languages.name_of(code) or code) for code in tongues]
    words += [str(Material(code).label) for code in materials]
    words += [str(Format(code).label) for code in formats if code in Format.values]
    return tuple(words)


def groups_of(found: Found, query: Query) -> list[Group]:
    """Return the boxes to tick, in our order; where nothing was found, those that were ticked remain."""
    by_kind = {group.kind: group for group in found.facets}
    missing = _labels(query, found)
    groups = []
    for kind in IN_ORDER:
        own = by_kind.get(kind)
        values = [choice_of(kind, one) for one in own.values] if own else []
        values += [
            Choice(code, label, 0, is_chosen=True, box_id=_box_id(kind, code))
            for (of_kind, code), label in missing.items()
            if of_kind == kind
        ]
        if values:
            is_open = kind in OPENED or any(one.is_chosen for one in values)
            has_more = bool(own and own.has_more)
            groups.append(Group(kind.value, capfirst(str(kind.label)), tuple(values), has_more, is_open))
    return groups


def choice_of(kind: str, value: FacetValue) -> Choice:
    """Return the box of a value that search counted."""
    return Choice(value.code, value.label, value.count, value.is_chosen, _box_id(kind, value.code))


def group_of(query: Query, kind: str, values: Iterable[FacetValue], *, has_more: bool) -> Group:
    """Return the boxes of one kind that were looked for, and those that are ticked, so that none is lost."""
    choices = [choice_of(kind, one) for one in values]
    shown = {one.code for one in choices}
    ticked = [
        Choice(code, label, 0, is_chosen=True, box_id=_box_id(kind, code))
        for (of_kind, code), label in _labels(query, Found()).items()
        if of_kind == kind and code not in shown
    ]
    return Group(kind, capfirst(str(FacetKind(kind).label)), (*ticked, *choices), has_more, is_open=True)


def chips_of(asked: Asked, groups: Iterable[Group]) -> list[Chip]:
    """Return the filters that were chosen, each with the search without it."""
    query = asked.query
    chips = [
        Chip(f"{group.name}: {one.label}", asked.address(query.without_value(group.kind, one.code)))
        for group in groups
        for one in group.choices
        if one.is_chosen
    ]
    if query.free_only:
        chips.append(Chip(_("Free now"), asked.address(replace(query, free_only=False))))
    if asked.is_mine:
        chips.append(Chip(_("Free at the points I use"), asked.address(mine=False)))
    if asked.is_near and asked.start:
        label = _("Free within %(minutes)s minutes of %(start)s")
        words = label % {"minutes": WITHIN_MINUTES, "start": asked.start.name}
        chips.append(Chip(words, asked.address(near=False)))
    return chips


def name_for(asked: Asked, groups: Iterable[Group]) -> str:
    """Return the name to propose for a search that is to be saved: its words, then the values chosen."""
    chosen = [one.label for group in groups for one in group.choices if one.is_chosen]
    return ", ".join(part for part in [asked.query.text, *chosen] if part)[:120]


def without_filters(query: Query) -> Query:
    """Return the words alone."""
    return Query(text=query.text, sort=query.sort)


def sorts(query: Query) -> list[tuple[str, str, bool]]:
    """Return the orders to choose among: code, name, whether it is the one chosen."""
    return [(one.value, capfirst(str(one.label)), one.value == query.sort) for one in Sort]


def _labels(query: Query, found: Found) -> dict[tuple[str, str], str]:
    """Return the names of the values chosen that search did not count, as where nothing was found."""
    counted = {(group.kind, one.code) for group in found.facets for one in group.values}
    chosen = {(kind, code) for kind, codes in query.filters.items() for code in codes} - counted
    if not chosen:
        return {}
    rows = Facet.objects.filter(kind__in={kind for kind, _code in chosen}, code__in={code for _kind, code in chosen})
    known = {(kind, code): label for kind, code, label in rows.values_list("kind", "code", "label")}
    return {(kind, code): label_of(kind, code, known.get((kind, code), "")) for kind, code in sorted(chosen)}


def _box_id(kind: str, code: str) -> str:
    """Return an id that stays with the value wherever it moves in the list, so that the focus stays on it."""
    return f"f-{kind}-{zlib.crc32(code.encode()):08x}"

"""What pages show of condominium libraries: one of them, all of them, what is on, how the network grew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from branches.models import Place, PlaceKind
from branches.presentation import CALENDAR_AHEAD, PointLine, point_lines
from branches.public_texts import PublicText, public_text
from loans.deposit_reads import stays_at, titles_in
from milanolib import clock
from proximity.models import CondominiumEvent, CondominiumLibrary, NetworkNews

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from branches.querysets import PlaceQuerySet
    from catalog.models import Title
    from loans.models import DepositStay

EVENTS_SHOWN = 30


@dataclass(frozen=True)
class EventLine:
    """Something that is on, in the language of the page."""

    event: CondominiumEvent
    title: PublicText
    text: PublicText


@dataclass(frozen=True)
class NewsLine:
    """A step in the life of the network, in the language of the page."""

    news: NetworkNews
    title: PublicText
    text: PublicText


@dataclass(frozen=True)
class DepositLine:
    """A set of our copies that is at a house now, with its titles."""

    stay: DepositStay
    titles: tuple[Title, ...]


@dataclass(frozen=True)
class LibraryHere:
    """What a condominium library says of itself."""

    place: Place
    hours_in_words: PublicText = field(default_factory=lambda: PublicText("", "it"))
    since_year: int | None = None
    own_books: int | None = None
    own_list_link: str = ""
    has_own_list: bool = False
    events: tuple[EventLine, ...] = ()
    deposits: tuple[DepositLine, ...] = ()

    @property
    def has_own_books(self) -> bool:
        """Whether anything is known of its own books."""
        return self.own_books is not None or bool(self.own_list_link) or self.has_own_list


@dataclass(frozen=True)
class LibraryLine:
    """A condominium library as one line of the list of all."""

    line: PointLine
    here: LibraryHere


def library_here(place: Place, today: dt.date) -> LibraryHere:
    """Return what a condominium library says of itself, what is on from today, and our copies that are there now.

    Three statements, and one for each deposit.
    """
    library, deposits = CondominiumLibrary.objects.filter(place=place).first(), deposits_here(place)
    if library is None:
        return LibraryHere(place, deposits=deposits)
    return _here(place, library, events_of(library.events.filter(on__gte=today)), deposits)


def deposits_here(place: Place) -> tuple[DepositLine, ...]:
    """Return the sets that are at a house now, each with its titles."""
    here = [stay for stay in stays_at(place) if stay.received_at is not None]
    return tuple(DepositLine(stay, tuple(titles_in(stay.deposit).defer("record", "summary"))) for stay in here)


def libraries(places: PlaceQuerySet, now: dt.datetime) -> list[LibraryLine]:
    """Return the condominium libraries among places, by name, each with its openness now."""
    today = clock.local(now).date()
    found = (
        places.filter(kind=PlaceKind.CONDOMINIUM)
        .select_related("condominium_library")
        .defer("condominium_library__own_list")
        .with_calendar(today, today + CALENDAR_AHEAD)
        .order_by("name")
    )
    return [LibraryLine(line, _line_here(line.place)) for line in point_lines(found, now)]


def _line_here(place: Place) -> LibraryHere:
    library = getattr(place, "condominium_library", None)
    return LibraryHere(place) if library is None else _here(place, library, ())


def _here(
    place: Place,
    library: CondominiumLibrary,
    events: tuple[EventLine, ...],
    deposits: tuple[DepositLine, ...] = (),
) -> LibraryHere:
    return LibraryHere(
        place,
        hours_in_words=public_text(library.hours_in_words),
        since_year=library.since_year,
        own_books=library.own_books,
        own_list_link=library.own_list_link,
        has_own_list="own_list" not in library.get_deferred_fields() and bool(library.own_list),
        events=events,
        deposits=deposits,
    )


def events_of(events: QuerySet[CondominiumEvent]) -> tuple[EventLine, ...]:
    """Return events as lines, soonest first."""
    rows = events.order_by("on", "starts", "pk")[:EVENTS_SHOWN]
    return tuple(EventLine(one, public_text(one.title), public_text(one.text)) for one in rows)


def events_everywhere(today: dt.date) -> tuple[EventLine, ...]:
    """Return what is on at all libraries that belong to the network, in one statement."""
    open_ones = Place.objects.open_to_readers(today)
    return events_of(
        CondominiumEvent.objects.filter(on__gte=today, library__place__in=open_ones).select_related("library__place")
    )


def news() -> list[NewsLine]:
    """Return how the network grew, the newest first."""
    return [NewsLine(one, public_text(one.title), public_text(one.text)) for one in NetworkNews.objects.all()]

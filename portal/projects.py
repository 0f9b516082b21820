"""Figures of the projects: computed from the database at the moment, and the official totals beside them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.utils.formats import date_format

from branches.models import OpeningHours, Place, PlaceKind, Service
from branches.public_texts import PublicText, public_text
from loans.models import Hold, Parcel
from loans.states import HoldStatus, ParcelStatus
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

PROXIMITY = (
    PlaceKind.NEWSSTAND,
    PlaceKind.BOOKSHOP,
    PlaceKind.CONDOMINIUM,
    PlaceKind.LOCKER,
    PlaceKind.METRO_LIBRARY,
    PlaceKind.RETURN_BOX,
)
MACHINES = (PlaceKind.LOCKER, PlaceKind.METRO_LIBRARY, PlaceKind.RETURN_BOX)
ON_ONES_OWN = (Service.SELF_CHECK, Service.STUDY, Service.EVENING_STUDY, Service.RETURN_BOX)
HOURS_IN_A_WEEK = 168
A_YEAR = dt.timedelta(days=365)


@dataclass(frozen=True)
class Official:
    """A total that somebody published, with its date (a day, a month or a year) and its source."""

    what: PublicText
    value: int
    on: str
    source: PublicText

    @property
    def when(self) -> str:
        """Return the date in words, as precise as it is known."""
        parts = [int(part) for part in self.on.split("-")]
        day = dt.date(*[*parts, 1, 1][:3])
        return date_format(day, ("Y", "F Y", "j F Y")[len(parts) - 1])


@dataclass
class Count:
    """How many points of one sort there are, and how many of them are demonstrative."""

    label: str
    total: int = 0
    demo: int = 0

    def add(self, place: Place) -> None:
        """Count a point."""
        self.total += 1
        self.demo += place.is_demo


@dataclass
class Figures:
    """What is computed of a group of points, on a day."""

    on: dt.date
    counts: list[Count] = field(default_factory=list)
    total: Count = field(default_factory=lambda: Count(""))
    municipi: list[int] = field(default_factory=list)
    hours: int = 0  # a week, of the points whose hours are known
    hours_unknown: int = 0
    study_hours: int = 0
    collected: int = 0  # reservations, in the last twelve months
    handed_over: int = 0  # parcels, in the last twelve months
    places: list[Place] = field(default_factory=list)


@cache
def _official_rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((settings.BASE_DIR / "data" / "official_totals.json").read_text())["totals"]
    return rows


def official(page: str) -> list[Official]:
    """Return the official totals that belong to a page, in the language of the page."""
    return [
        Official(public_text(one["what"]), one["value"], one["on"], public_text(one["source"]))
        for one in _official_rows()
        if one["page"] == page
    ]


def proximity_figures() -> Figures:
    """Return the figures of newsstands, bookshops, condominium libraries, lockers, metro library and boxes."""
    figures = _figures_of(Q(kind__in=PROXIMITY), by_kind=PROXIMITY)
    since = clock.now() - A_YEAR
    figures.collected = Hold.objects.filter(
        status=HoldStatus.COLLECTED, ended_at__gte=since, pickup_place__kind__in=PROXIMITY
    ).count()
    figures.handed_over = Parcel.objects.filter(
        status=ParcelStatus.HANDED_OVER, ended_at__gte=since, destination__kind__in=PROXIMITY
    ).count()
    return figures


def registry_figures() -> Figures:
    """Return the figures of the libraries with a registry workstation."""
    return _figures_of(Q(services__contains=[Service.REGISTRY]), by_service=(Service.REGISTRY,))


def self_service_figures() -> Figures:
    """Return the figures of machines, and of rooms and services that people use on their own."""
    return _figures_of(
        Q(kind__in=MACHINES) | Q(services__overlap=list(ON_ONES_OWN)), by_kind=MACHINES, by_service=ON_ONES_OWN
    )


def _figures_of(which: Q, *, by_kind: Iterable[PlaceKind] = (), by_service: Iterable[Service] = ()) -> Figures:
    """Count the open points that `which` names, by kind and by service; three statements."""
    today = clock.today()
    places = list(Place.objects.open_to_readers(today).filter(which).order_by("municipio", "name"))
    kinds = {kind.value: Count(str(kind.label)) for kind in by_kind}
    services = {service.value: Count(str(service.label)) for service in by_service}
    figures = Figures(today, places=places)
    for place in places:
        figures.total.add(place)
        if place.kind in kinds:
            kinds[place.kind].add(place)
        for service in set(place.services) & set(services):
            services[service].add(place)
    figures.counts = [*kinds.values(), *services.values()]
    figures.municipi = sorted({place.municipio for place in places if place.municipio})
    _add_hours(figures, places, today)
    return figures


def _add_hours(figures: Figures, places: list[Place], today: dt.date) -> None:
    """Add up an ordinary week: what is valid today, without closures and holidays."""
    usual = {place.pk for place in places if place.hours_known and not place.always_open}
    always = sum(1 for place in places if place.always_open)
    figures.hours_unknown = sum(1 for place in places if not place.hours_known)
    open_time = study_time = dt.timedelta()
    rows = OpeningHours.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gte=today), place__in=places
    )
    for one in rows:
        if one.purpose == OpeningHours.Purpose.STUDY:
            study_time += _length(one.opens, one.closes)
        elif one.place_id in usual:
            open_time += _length(one.opens, one.closes)
    figures.hours = round(open_time / dt.timedelta(hours=1)) + always * HOURS_IN_A_WEEK
    figures.study_hours = round(study_time / dt.timedelta(hours=1))


def _length(opens: dt.time, closes: dt.time) -> dt.timedelta:
    """Return how long wall hours last; a closing that is not later than the opening falls on the next day."""
    start = dt.datetime.combine(dt.date.min, opens)
    end = dt.datetime.combine(dt.date.min if closes > opens else dt.date.min + dt.timedelta(days=1), closes)
    return end - start

"""What the desk's pages show of crates, each list in a fixed number of statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, F, Max, Min, Q

from branches.journeys import leaves_with
from branches.models import Place, Round
from branches.rounds import timetable_between
from loans.arrivals import ROAD_AHEAD
from loans.crates import inside
from loans.models import Crate, Parcel, Transit
from loans.policy import PARCEL_KINDS
from loans.shut import shut_points
from loans.states import CRATE_COMES, CRATE_STAYS, OPEN_TRANSIT, CrateStatus
from milanolib import clock

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet

NEWEST = 10


@dataclass
class Way:
    """What goes from a place to another: how much waits outside a crate, the crates, and when the van leaves."""

    destination: Place
    waiting: int
    crates: list[Crate] = field(default_factory=list)
    leaves_at: dt.datetime | None = None

    @property
    def is_being_filled(self) -> bool:
        """Whether a crate stands open for it."""
        return any(crate.status == CrateStatus.OPEN for crate in self.crates)


def ways_from(place: Place) -> list[Way]:
    """Return where things are to be sent from a place, the first to leave first; four statements."""
    waiting = dict(
        Transit.objects.filter(status__in=OPEN_TRANSIT, copy__place=place, crate=None)
        .exclude(destination=place)
        .order_by()
        .values_list("destination")
        .annotate(Count("pk"))
    )
    crates = list(_counted(Crate.objects.filter(origin=place, status__in=CRATE_STAYS)).order_by("opened_at", "pk"))
    places = Place.objects.in_bulk({*waiting, *(crate.destination_id for crate in crates)})
    ways = {pk: Way(destination, waiting.get(pk, 0)) for pk, destination in places.items()}
    for crate in crates:
        ways[crate.destination_id].crates.append(crate)
    now, today = clock.now(), clock.today()
    timetable = timetable_between(today, today + ROAD_AHEAD, {place.pk, *ways})
    for pk, way in ways.items():
        call = leaves_with(timetable, place.pk, pk, now)
        way.leaves_at = call.departs_at if call is not None else None
    return sorted(ways.values(), key=lambda way: (way.leaves_at is None, way.leaves_at or now, way.destination.name))


@dataclass
class RoundOfDay:
    """A round with its first and last call and the crates that it takes; None is for those that no round takes."""

    round: Round | None
    begins: dt.time | None
    ends: dt.time | None
    crates: list[Crate]


def crates_by_round(day: dt.date) -> list[RoundOfDay]:
    """Return the rounds of a day in the order in which they begin, each with its crates; three statements.

    Last, on today's page, what waits and has no round; not shown where there is nothing.
    """
    rounds = Round.objects.filter(on=day, cancelled_at=None).annotate(
        begins=Min("round_stops__arrives"), ends=Max("round_stops__arrives")
    )
    found = {one.pk: RoundOfDay(one, one.begins, one.ends, []) for one in rounds}
    without = RoundOfDay(None, None, None, [])
    loose = Q(round=None, status__in=CRATE_STAYS) if day == clock.today() else Q(pk=None)
    crates = _counted(Crate.objects.filter(Q(round__in=found) | loose)).order_by("origin__name", "opened_at", "pk")
    for crate in note_shut(crates):
        found.get(crate.round_id or 0, without).crates.append(crate)
    in_order = sorted(found.values(), key=lambda one: (one.begins is None, one.begins, str(one.round)))
    return in_order + ([without] if without.crates else [])


def crates_coming(place: Place) -> QuerySet[Crate]:
    """Return the crates that are for a place and are not unpacked yet, those that have come first."""
    coming = _counted(Crate.objects.filter(destination=place, status__in=CRATE_COMES))
    return coming.order_by(F("received_at").asc(nulls_last=True), "sealed_at", "pk")


def crates_stopped(place: Place) -> list[Crate]:
    """Return the crates that stand at a place for a point that is shut, and those that are brought back there."""
    back = Q(destination=place, turned_from__isnull=False, status__in=CRATE_COMES)
    stays = Q(origin=place, status__in=CRATE_STAYS, destination__kind__in=PARCEL_KINDS)
    crates = _counted(Crate.objects.filter(back | stays)).order_by("opened_at", "pk")
    return [crate for crate in note_shut(crates) if crate.is_stopped]  # type: ignore[attr-defined]


def note_shut(crates: Iterable[Crate]) -> list[Crate]:
    """Say of each crate whether its point is, or was, shut before it came (`is_stopped`); one statement more."""
    noted = list(crates)
    on_way = {
        crate.destination_id for crate in noted if crate.status not in (CrateStatus.RECEIVED, CrateStatus.UNPACKED)
    }
    shut = shut_points(on_way, clock.today())
    for crate in noted:
        crate.is_stopped = crate.turned_from_id is not None or crate.destination_id in shut  # type: ignore[attr-defined]
    return noted


def crates_gone(place: Place) -> QuerySet[Crate]:
    """Return the crates that have left a place or were unpacked there, the newest first."""
    left = Q(origin=place, status__in=[CrateStatus.ON_ROAD, CrateStatus.RECEIVED, CrateStatus.UNPACKED])
    gone = Crate.objects.filter(left | Q(destination=place, status=CrateStatus.UNPACKED))
    return gone.select_related("origin", "destination").order_by("-sealed_at", "-pk")[:NEWEST]


def crates_at(place: Place) -> QuerySet[Crate]:
    """Return the crates that are filled at a place, or go there."""
    return Crate.objects.filter(Q(origin=place) | Q(destination=place)).select_related(
        "origin", "destination", "turned_from", "round", "left_by"
    )


def crates_near(place: Place) -> QuerySet[Crate]:
    """Return the crates that come to a place and are not unpacked, and those filled there that have not left."""
    return Crate.objects.filter(Q(destination=place, status__in=CRATE_COMES) | Q(origin=place, status__in=CRATE_STAYS))


def _counted(crates: QuerySet[Crate]) -> QuerySet[Crate]:
    """Say of each crate how much is in it now (`content`)."""
    is_in = Q(transits__status__in=OPEN_TRANSIT)
    return crates.select_related("origin", "destination", "turned_from").annotate(
        content=Count("transits", filter=is_in)
    )


def content_of(crate: Crate) -> list[Transit]:
    """Return the journeys in a crate with their copy, and `parcel` for what is wrapped; two statements."""
    wrapped = {
        parcel.assignment.copy_id: parcel
        for parcel in Parcel.objects.filter(crate=crate).select_related("destination", "assignment")
    }
    found = inside(crate).select_related("copy__title", "destination")
    transits = list(found.defer("copy__title__record", "copy__title__summary").order_by("pk"))
    for transit in transits:
        transit.parcel = wrapped.get(transit.copy_id)  # type: ignore[attr-defined]  # None for a copy as it is
    return transits

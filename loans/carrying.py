"""What the driver of a round does with crates: take along what stands sealed, leave each where it goes.

A crate that was left is still the round's: it stands where it goes, perhaps behind a closed shutter, and nobody there
has said that it came. Whoever receives it (crates.py, records/crates.py) has it from then on. Nothing is taken along
for a point that is shut for days, and nothing is left there: that is brought to its library (turning.py).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from branches.models import Round, RoundStop
from loans.crate_errors import CrateComesBack, CrateElsewhere, CrateForAnother, CrateNotOnRoad, CrateStays
from loans.crates import load_crate
from loans.models import Crate, RoundCall
from loans.policy import PARCEL_KINDS
from loans.shut import shut_points
from loans.states import CrateStatus
from loans.unfillable import library_of
from milanolib import clock
from milanolib.db import lock, restartable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from branches.models import Device, Place

ENDED = (CrateStatus.RECEIVED, CrateStatus.UNPACKED)


@restartable
def take_along(crate: Crate, place: Place, *, device: Device) -> Crate:
    """The driver has taken a sealed crate where it was filled: it is on the road, with this device. Safe to repeat.

    One that stood before a closed door is fetched from there. Raises CrateElsewhere, CrateHasLeft, CrateNotSealed,
    CrateStays.
    """
    lock(crate)
    if crate.turned_from_id == place.holding_place.pk and crate.stood_since is not None:
        return _fetch(crate, device)
    if crate.origin_id != place.holding_place.pk:
        raise CrateElsewhere(place=str(crate.origin))
    if crate.carried_by_id is not None:
        return crate
    if crate.status == CrateStatus.OPEN and shut_points([crate.destination_id], clock.today()):
        raise CrateStays(crate=crate.code, place=str(crate.destination))  # it was opened again because of that
    crate = load_crate(crate, place, actor=None)
    crate.carried_by = device
    crate.save(update_fields=["carried_by"])
    return crate


def _fetch(crate: Crate, device: Device) -> Crate:
    if crate.is_to_be_fetched:
        crate.fetched_at, crate.carried_by = clock.now(), device
        crate.save(update_fields=["fetched_at", "carried_by"])
    return crate


@restartable
def leave_crate(crate: Crate, place: Place, *, device: Device) -> Crate:
    """The driver has left a crate where it goes, also when nobody is there; the round has it until it is received.

    Safe to repeat, and nothing is changed when it was received meanwhile. Raises CrateForAnother, CrateNotOnRoad,
    CrateComesBack.
    """
    lock(crate)
    if crate.turned_from_id == place.holding_place.pk and crate.status == CrateStatus.ON_ROAD:
        raise CrateComesBack(crate=crate.code, place=str(place), library=str(crate.destination))
    if crate.destination_id != place.holding_place.pk:
        raise CrateForAnother(crate=crate.code, place=str(crate.destination))
    if crate.left_at is not None or crate.status in ENDED:
        return crate
    if crate.status != CrateStatus.ON_ROAD:
        raise CrateNotOnRoad(crate=crate.code)
    if shut_points([crate.destination_id], clock.today()):
        raise CrateComesBack(crate=crate.code, place=str(place), library=str(library_of(place)))
    crate.left_at, crate.left_by = clock.now(), device
    crate.save(update_fields=["left_at", "left_by"])
    return crate


def carry_crate(crate: Crate, place: Place, *, device: Device) -> tuple[str, Crate]:
    """The driver has a crate in hand at a stop: one that is filled there goes along, one that goes there is left.

    One that stood before the closed door there is fetched; one that was turned back may end where it was filled.
    Returns which of the two it was, and the crate. Raises CrateForAnother and what `take_along` and `leave_crate` do.
    """
    here = place.holding_place.pk
    stands_here = crate.turned_from_id == here and crate.is_to_be_fetched
    if stands_here or (crate.origin_id == here and crate.destination_id != here):
        return "take", take_along(crate, place, device=device)
    return "leave", leave_crate(crate, place, device=device)


@dataclass
class Halt:
    """A call of a round: what is to be taken along there, what is to be left, and what of that was left already.

    `stopped` is what must neither be left there nor go there, because the point is shut: it is brought to its library.
    `taken` and `received` are how many crates went and were confirmed today; `call` is what the driver counted
    there today, `form` the page's, to count.
    """

    stop: RoundStop
    to_take: list[Crate]
    to_leave: list[Crate]
    left: list[Crate]
    stopped: list[Crate]
    received: int
    taken: int
    call: RoundCall | None
    form: Any = None


@dataclass(frozen=True)
class Run:
    """A round of a day with its calls in order."""

    round: Round
    halts: list[Halt]


def runs_on(day: dt.date, vehicle: Place) -> list[Run]:
    """Return the rounds that a vehicle drives on a day, each call with its crates; five statements.

    A round whose route names no vehicle is every vehicle's; a crate that another one took along is not this one's.
    What was received is counted by the day on which it came.
    """
    mine = Q(route=None) | Q(route__vehicle=None) | Q(route__vehicle=vehicle)
    rounds = list(Round.objects.filter(mine, on=day, cancelled_at=None).order_by("name", "pk"))
    stops = list(RoundStop.objects.filter(round__in=rounds).select_related("place").order_by("round", "position"))
    calls = {one.place_id: one for one in RoundCall.objects.filter(vehicle=vehicle, on=day)}
    sorted_out = _sort_out({stop.place_id for stop in stops}, day, vehicle)
    halts: dict[int, list[Halt]] = defaultdict(list)
    for stop in stops:
        here = sorted_out[stop.place_id]
        halts[stop.round_id].append(
            Halt(
                stop,
                here.leaving,
                [crate for crate in here.coming if crate.left_at is None],
                [crate for crate in here.coming if crate.left_at is not None],
                here.stopped,
                here.received,
                here.taken,
                calls.get(stop.place_id),
            )
        )
    return [Run(one, halts[one.pk]) for one in rounds]


def stopped_elsewhere(runs: Iterable[Run], vehicle: Place) -> list[Crate]:
    """Return what a vehicle carries, or has left, for a point that is shut and where none of its rounds calls any more.

    Two statements.
    """
    called_at = {halt.stop.place_id for run in runs for halt in run.halts}
    mine = Q(carried_by=None) | Q(carried_by__place=vehicle)
    bound = Q(turned_from__isnull=False) | Q(destination__kind__in=PARCEL_KINDS)
    riding = Crate.objects.filter(mine, bound, status=CrateStatus.ON_ROAD)
    riding = riding.select_related("destination__parent", "turned_from").order_by("sealed_at", "pk")
    crates = [crate for crate in riding if (crate.turned_from_id or crate.destination_id) not in called_at]
    shut = shut_points({crate.destination_id for crate in crates}, clock.today())
    for crate in crates:
        _note_goal(crate, shut)
    return [crate for crate in crates if crate.turned_from_id is not None or crate.destination_id in shut]


@dataclass
class _Here:
    leaving: list[Crate] = field(default_factory=list)
    coming: list[Crate] = field(default_factory=list)
    stopped: list[Crate] = field(default_factory=list)
    received: int = 0
    taken: int = 0


def _sort_out(places: set[int], day: dt.date, vehicle: Place) -> dict[int, _Here]:
    """Return by place which crates stand there, come, must not come and have gone; two statements."""
    today = (clock.start_of(day), clock.end_of(day))
    moving = Q(origin__in=places, status=CrateStatus.SEALED) | Q(destination__in=places, status=CrateStatus.ON_ROAD)
    came = Q(destination__in=places, status__in=ENDED, received_at__range=today)
    gone = Q(origin__in=places, loaded_at__range=today)
    mine = Q(carried_by=None) | Q(carried_by__place=vehicle)
    turned = Q(turned_from__in=places, status=CrateStatus.ON_ROAD)
    found = Crate.objects.filter(mine, moving | came | gone | turned)
    found = found.select_related("origin", "destination", "destination__parent", "turned_from")
    crates = list(found.order_by("sealed_at", "pk"))
    shut = shut_points({crate.destination_id for crate in crates}, day)
    sorted_out: dict[int, _Here] = defaultdict(_Here)
    for crate in crates:
        _note_goal(crate, shut)
        if crate.status == CrateStatus.SEALED:
            here = sorted_out[crate.origin_id]
            (here.leaving if crate.destination_id not in shut else here.stopped).append(crate)
        elif crate.status == CrateStatus.ON_ROAD:
            _sort_out_riding(crate, sorted_out, shut)
        elif crate.received_at is not None and clock.local(crate.received_at).date() == day:
            sorted_out[crate.destination_id].received += 1
        if crate.carried_by_id is not None and crate.loaded_at is not None and today[0] <= crate.loaded_at <= today[1]:
            sorted_out[crate.origin_id].taken += 1
    return sorted_out


def _note_goal(crate: Crate, shut: Collection[int]) -> None:
    """Say where a crate is to be brought (`goes_to`) and for which point it was (`point`)."""
    crate.goes_to = library_of(crate.destination) if crate.destination_id in shut else crate.destination  # type: ignore[attr-defined]
    crate.point = crate.turned_from or crate.destination  # type: ignore[attr-defined]


def _sort_out_riding(crate: Crate, sorted_out: dict[int, _Here], shut: Collection[int]) -> None:
    """Note a crate on the road where it goes, and where it must not be left or is to be fetched."""
    if crate.turned_from_id is not None:
        sorted_out[crate.turned_from_id].stopped.append(crate)
    if crate.destination_id in shut:
        sorted_out[crate.destination_id].stopped.append(crate)
    elif not crate.is_to_be_fetched:
        sorted_out[crate.destination_id].coming.append(crate)

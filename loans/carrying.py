"""What the driver of a round does with crates: take along what stands sealed, leave each where it goes.

A crate that was left is still the round's: it stands where it goes, perhaps behind a closed shutter, and nobody there
has said that it came. Whoever receives it (crates.py, records/crates.py) has it from then on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from branches.models import Round, RoundStop
from loans.crate_errors import CrateElsewhere, CrateForAnother, CrateNotOnRoad
from loans.crates import load_crate
from loans.models import Crate
from loans.states import CrateStatus
from milanolib import clock
from milanolib.db import lock, restartable

if TYPE_CHECKING:
    import datetime as dt

    from branches.models import Device, Place

ENDED = (CrateStatus.RECEIVED, CrateStatus.UNPACKED)


@restartable
def take_along(crate: Crate, place: Place, *, device: Device) -> Crate:
    """The driver has taken a sealed crate where it was filled: it is on the road, with this device. Safe to repeat.

    Raises CrateElsewhere, CrateHasLeft, CrateNotSealed.
    """
    lock(crate)
    if crate.origin_id != place.holding_place.pk:
        raise CrateElsewhere(place=str(crate.origin))
    if crate.carried_by_id is not None:
        return crate
    crate = load_crate(crate, place, actor=None)
    crate.carried_by = device
    crate.save(update_fields=["carried_by"])
    return crate


@restartable
def leave_crate(crate: Crate, place: Place, *, device: Device) -> Crate:
    """The driver has left a crate where it goes, also when nobody is there; the round has it until it is received.

    Safe to repeat, and nothing is changed when it was received meanwhile. Raises CrateForAnother, CrateNotOnRoad.
    """
    lock(crate)
    if crate.destination_id != place.holding_place.pk:
        raise CrateForAnother(crate=crate.code, place=str(crate.destination))
    if crate.left_at is not None or crate.status in ENDED:
        return crate
    if crate.status != CrateStatus.ON_ROAD:
        raise CrateNotOnRoad(crate=crate.code)
    crate.left_at, crate.left_by = clock.now(), device
    crate.save(update_fields=["left_at", "left_by"])
    return crate


@dataclass(frozen=True)
class Halt:
    """A call of a round: what is to be taken along there, what is to be left, and what of that was left already."""

    stop: RoundStop
    to_take: list[Crate]
    to_leave: list[Crate]
    left: list[Crate]
    received: int


@dataclass(frozen=True)
class Run:
    """A round of a day with its calls in order."""

    round: Round
    halts: list[Halt]


def runs_on(day: dt.date) -> list[Run]:
    """Return the rounds that run on a day, each call with its crates; three statements.

    What was received is counted by the day on which it came.
    """
    rounds = list(Round.objects.filter(on=day, cancelled_at=None).order_by("name", "pk"))
    stops = list(RoundStop.objects.filter(round__in=rounds).select_related("place").order_by("round", "position"))
    places = {stop.place_id for stop in stops}
    came = Q(destination__in=places, status__in=ENDED, received_at__range=(clock.start_of(day), clock.end_of(day)))
    moving = Q(origin__in=places, status=CrateStatus.SEALED) | Q(destination__in=places, status=CrateStatus.ON_ROAD)
    found = Crate.objects.filter(moving | came).select_related("origin", "destination").order_by("sealed_at", "pk")
    leaving: dict[int, list[Crate]] = defaultdict(list)
    coming: dict[int, list[Crate]] = defaultdict(list)
    received: dict[int, int] = defaultdict(int)
    for crate in found:
        if crate.status == CrateStatus.SEALED:
            leaving[crate.origin_id].append(crate)
        elif crate.status == CrateStatus.ON_ROAD:
            coming[crate.destination_id].append(crate)
        else:
            received[crate.destination_id] += 1
    halts: dict[int, list[Halt]] = defaultdict(list)
    for stop in stops:
        here = coming[stop.place_id]
        halts[stop.round_id].append(
            Halt(
                stop,
                leaving[stop.place_id],
                [crate for crate in here if crate.left_at is None],
                [crate for crate in here if crate.left_at is not None],
                received[stop.place_id],
            )
        )
    return [Run(one, halts[one.pk]) for one in rounds]

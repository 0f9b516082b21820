"""Crates for a point that has closed are stopped at once: on the road they are brought to the library that serves it.

What waits at a library stays there (crates.load_crate gives it to no van); where the point is closed for long it is
taken out by the records, so that its parcels go another way from there (clearing.py). What is on the van, or stands
before the closed door by the driver's word, turns round: from then on it is a crate like any other on its way to that
library, whose first scan says where each parcel goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.services import note_act
from loans import custody, parcels
from loans.crates import lock_with_journeys, set_down
from loans.models import Crate, Task, TaskKind
from loans.settling import open_crate_task
from loans.shut import shut_points
from loans.states import CRATE_STAYS, CrateStatus, TransitReason, TransitStatus
from loans.unfillable import library_of
from milanolib import clock
from milanolib.db import lock, restartable

if TYPE_CHECKING:
    from accounts.models import User
    from branches.models import Place
    from loans.models import Transit


def turn_back_crates(place: Place | None = None) -> int:
    """Turn back all crates on the road to points that are shut, or to one of them; return how many were.

    Each in a transaction of its own. Safe to repeat.
    """
    on_road = Crate.objects.filter(status=CrateStatus.ON_ROAD)
    if place is not None:
        on_road = on_road.filter(destination=place)
    shut = shut_points(on_road.values_list("destination", flat=True), clock.today())
    crates = on_road.filter(destination__in=shut).order_by("pk")
    return sum(turn_back_crate(crate, actor=None) for crate in list(crates))


@restartable
def turn_back_crate(crate: Crate, *, actor: User | None) -> bool:
    """Let a crate for a point that is shut be brought to the library that serves it; return whether it turned now.

    Its journeys begin anew from that point, in the same crate; whose turn it is and where it is collected stay as
    they are. A deposit's crate is left to the librarian, who knows where the set goes instead. Safe to repeat.
    """
    transits = lock_with_journeys(crate)
    point = crate.destination
    library = library_of(point).holding_place
    if crate.status != CrateStatus.ON_ROAD or not shut_points([point.pk], clock.today()) or library.pk == point.pk:
        return False
    if any(transit.reason == TransitReason.DEPOSIT for transit in transits):
        asked = Task.objects.filter(kind=TaskKind.CRATE_TURNED, crate=crate)
        if not asked.exists():  # once, also when a librarian has closed it
            open_crate_task(TaskKind.CRATE_TURNED, library, crate)
        return False
    open_crate_task(TaskKind.CRATE_TURNED, library, crate)
    crate.turned_from, crate.turned_at, crate.destination = point, clock.now(), library
    crate.stood_since, crate.left_at, crate.left_by = crate.left_at, None, None
    crate.save(update_fields=["turned_from", "turned_at", "destination", "stood_since", "left_at", "left_by"])
    for transit in transits:
        _turn(transit, crate, point, library)
    note_act("turn_back_crate", f"crate:{crate.pk}", actor=actor, place_code=point.code)
    return True


def _turn(transit: Transit, crate: Crate, point: Place, library: Place) -> None:
    """Cut a journey short at the closed point, and let it go on to the library in the same crate."""
    custody.end_transit(transit.copy, TransitStatus.CANCELLED)
    onward = custody.open_transit(transit.copy, point, library, transit.reason, transit.assignment, previous=transit)
    onward.move_to(TransitStatus.LOADED)
    onward.loaded_at, onward.crate = clock.now(), crate
    onward.save(update_fields=["status", "loaded_at", "crate"])


def empty_crates(point: Place, *, actor: User | None) -> int:
    """Take by the records what waits for a point that is closed for long out of its crates; return how many crates.

    Each in a transaction of its own. Safe to repeat.
    """
    crates = Crate.objects.filter(destination=point, status__in=CRATE_STAYS).order_by("pk")
    return sum(empty_crate(crate, actor=actor) for crate in list(crates))


@restartable
def empty_crate(crate: Crate, *, actor: User | None) -> bool:
    """Take all out of a crate that has not left, sealed or not, and leave a task where it stands; return whether so.

    It waits there for the van again, each with a journey of its own. A deposit's crate is left to the librarian.
    Safe to repeat.
    """
    transits = lock_with_journeys(crate)
    is_a_set = any(transit.reason == TransitReason.DEPOSIT for transit in transits)
    if crate.status not in CRATE_STAYS or not transits or is_a_set:
        return False
    for transit in transits:
        parcel = parcels.parcel_of(transit.copy)
        if parcel is not None:
            lock(parcel)
        set_down(transit.copy, transit, parcel, crate.origin, actor=actor)
    if crate.status == CrateStatus.SEALED and Crate.open_between(crate.origin, crate.destination) is None:
        crate.move_to(CrateStatus.OPEN)
        crate.sealed_at, crate.parcels_declared = None, None
        crate.save(update_fields=["status", "sealed_at", "parcels_declared"])
    open_crate_task(TaskKind.CRATE_STOPPED, crate.origin, crate)
    return True

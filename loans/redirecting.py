"""Copies on their way to one point that are to go to another: stopped where they wait, and sent on from there.

A parcel keeps its tag, whose code is known everywhere; the point and the number printed on it are no longer right,
so a new label has to be stuck on (`Parcel.has_old_label`). Should the van take it before, the point that scans it in
is told that it is not meant for it, and it goes on from there: nothing is lost by a label that comes too late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.services import note_act
from branches.models import Place
from catalog.states import CopyStatus
from loans import custody, parcels
from loans.errors import CopyElsewhere
from loans.models import Crate, Parcel, Transit
from loans.policy import PICKABLE
from loans.states import OPEN_TRANSIT, PARCEL_WITH_US, POINT_CLOSED, HoldStatus, TransitStatus
from milanolib import clock
from milanolib.db import lock, restartable

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User
    from catalog.models import Copy
    from loans.models import Assignment, Hold


def stops_at(copy: Copy, hold: Hold) -> Place | None:
    """Return where a copy that was taken from its shelf can still be stopped for its reader; None on its last leg.

    That is where it waits for the van: a library, the hub, the vehicle. What is in a crate, on the van or at its
    point has had its last chance, but for a point that cannot hand out any more: from there it is brought to a library.
    """
    if hold.status == HoldStatus.PICKED:
        return copy.place
    if hold.status == HoldStatus.IN_TRANSIT and copy.place is not None and copy.place.kind in PICKABLE:
        waits = Transit.objects.filter(copy=copy, status=TransitStatus.REQUESTED).exists()
        return copy.place if waits else None
    if hold.status == HoldStatus.IN_TRANSIT and copy.place is None:
        turned = Crate.objects.select_related("destination").filter(
            transits__copy=copy, transits__status__in=OPEN_TRANSIT, turned_from__isnull=False
        )
        return next((crate.destination for crate in turned), None)
    if hold.status == HoldStatus.READY and not _hands_out(hold.pickup_place):
        return copy.place
    return None


def _hands_out(place: Place) -> bool:
    """Whether readers can collect at a point now: it is part of the network, and not closed for long."""
    return Place.objects.pickup_points(clock.today()).filter(pk=place.pk).exists()


def redirect(copy: Copy, held: Assignment, pickup: Place, *, actor: User | None) -> None:
    """Send a copy from where it stopped to another point. Everything is locked, and there is room.

    One that lies there already, or has to be wrapped first, is in a librarian's hands again: the next scan says where
    it goes. Any other goes on from here; what is in a crate that is brought back, from where that is unpacked.
    """
    hold, place, now = held.hold, copy.place, clock.now()
    parcel = Parcel.objects.filter(assignment=held, status__in=PARCEL_WITH_US).first()
    if place is None:
        hold.pickup_place, hold.waits_since = pickup, now
        hold.save(update_fields=["pickup_place", "waits_since"])
        if parcel is not None:
            _address_anew(parcel, held, pickup, now, staff=actor)
        return
    was_ready = hold.status == HoldStatus.READY
    if was_ready:
        held = custody.begin_anew(copy, held, now, POINT_CLOSED)
    hold.pickup_place, hold.waits_since = pickup, now
    hold.save(update_fields=["pickup_place", "waits_since"])
    if hold.status == HoldStatus.PICKED:  # nothing has been done yet that another point would change
        return
    custody.end_transit(copy, TransitStatus.CANCELLED)
    hold.move_to(HoldStatus.PICKED)
    hold.save(update_fields=["status"])
    is_there = pickup.holding_place.pk == place.pk
    if is_there and was_ready:  # at another stop of the same vehicle
        custody.set_copy(copy, CopyStatus.PICKED, place)
        custody.make_ready(copy, held, now)
    elif is_there or (parcel is None and parcels.travels_as_parcel(pickup)):
        parcels.open_parcel(copy, at=now, staff=actor)
        custody.set_copy(copy, CopyStatus.PICKED, place)
    else:
        if parcel is not None:
            _address_anew(parcel, held, pickup, now, staff=actor)
        custody.send_towards(copy, held, place)


def _address_anew(parcel: Parcel, held: Assignment, pickup: Place, now: dt.datetime, *, staff: User | None) -> None:
    parcel.assignment, parcel.destination, parcel.has_old_label = held, pickup, True
    parcels.save_with_number(parcel)
    parcels.note_handover(parcel, parcel.place, at=now, staff=staff)


@restartable
def label_parcel(parcel: Parcel, place: Place, *, actor: User | None) -> Parcel:
    """A parcel whose point has changed bears its new label. Safe to repeat. Raises CopyElsewhere."""
    lock(parcel)
    if parcel.place_id != place.pk:
        raise CopyElsewhere
    if parcel.has_old_label:
        parcel.has_old_label = False
        parcel.save(update_fields=["has_old_label"])
        note_act("label_parcel", f"parcel:{parcel.pk}", actor=actor, place_code=place.code)
    return parcel

"""Parcels: wrapped copies known only by their tags, each with the chain of who had it in hand.

The caller holds the lock of the work, and of the capacity of the point where a number is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from loans.models import Handover, Parcel
from loans.policy import PARCEL_KINDS
from loans.states import PARCEL_WITH_US, ParcelStatus
from milanolib import clock
from milanolib.db import StartAgain

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User
    from branches.models import Device, Place
    from catalog.models import Copy

TAG_LENGTH = 8


def travels_as_parcel(place: Place) -> bool:
    """Whether copies for a point are wrapped and known only by a tag."""
    return place.kind in PARCEL_KINDS


def save_with_number(parcel: Parcel) -> None:
    """Save a parcel with the smallest number that no other for its point bears; it keeps its own if that is free."""
    taken = set(
        Parcel.objects.filter(destination=parcel.destination_id, status__in=PARCEL_WITH_US)
        .exclude(pk=parcel.pk)
        .values_list("shelf_number", flat=True)
    )
    if parcel.shelf_number is None or parcel.shelf_number in taken:
        parcel.shelf_number = next(number for number in range(1, len(taken) + 2) if number not in taken)
    try:
        with transaction.atomic():
            parcel.save()
    except IntegrityError as error:  # a rival took the number of a point without a capacity to lock
        raise StartAgain from error


def open_parcel(copy: Copy, *, at: dt.datetime, staff: User | None) -> None:
    """End the parcel in which a copy came back, if it came in one."""
    parcel = parcel_of(copy)
    if parcel is not None:
        end_parcel(parcel, ParcelStatus.OPENED, at=at, staff=staff)


def lose_parcel(copy: Copy, *, staff: User | None) -> None:
    """End the parcel in which a copy was that cannot be found any more, if it was in one."""
    parcel = parcel_of(copy)
    if parcel is not None:
        end_parcel(parcel, ParcelStatus.LOST, at=clock.now(), staff=staff)


def parcel_of(copy: Copy) -> Parcel | None:
    """Return the parcel in which a copy is, if it is in one."""
    return Parcel.objects.filter(assignment__copy=copy, status__in=PARCEL_WITH_US).first()


def end_parcel(
    parcel: Parcel, status: ParcelStatus, *, at: dt.datetime, staff: User | None = None, device: Device | None = None
) -> None:
    """Close a parcel: handed over to its reader, or opened by us."""
    parcel.move_to(status)
    where = parcel.place
    parcel.place, parcel.crate, parcel.ended_at = None, None, at
    parcel.save(update_fields=["status", "place", "crate", "ended_at"])
    note_handover(parcel, where, at=at, staff=staff, device=device)


def note_handover(
    parcel: Parcel,
    place: Place | None,
    *,
    at: dt.datetime | None = None,
    staff: User | None = None,
    device: Device | None = None,
) -> None:
    """Write one link of the chain of custody."""
    Handover.objects.create(
        parcel=parcel, status=parcel.status, place=place, at=at or clock.now(), staff=staff, device=device
    )

"""All partners' points at one glance: room, contract, devices. Reads in a fixed number of statements."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from branches.models import Device, DeviceKind, Place
from branches.schematic import drawn_at, is_drawn
from loans.desk_reads import NEWSSTANDS_FIRST, PARTNER_KINDS
from loans.models import Handover, Parcel
from loans.room import capacities, room_left
from loans.states import ParcelStatus
from milanolib import clock
from proximity.models import Contract
from proximity.policy import ends_soon, is_silent, load_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

LOOKED_BACK = dt.timedelta(weeks=4)
OF_PARTNERS = (DeviceKind.PARTNER_PHONE, DeviceKind.PARTNER_SOFTWARE)


@dataclass
class Point:
    """One point: how full it is and was, its contract, and the devices that are in use there."""

    place: Place
    capacity: int | None
    free: int | None
    here: int
    lately: int
    contract: Contract | None = None
    ends_soon: bool = False
    devices: list[Device] = field(default_factory=list)
    silent: list[Device] = field(default_factory=list)

    @property
    def coming(self) -> int | None:
        """Return how many places are taken by what is not there yet."""
        return None if self.capacity is None or self.free is None else max(self.capacity - self.free - self.here, 0)

    @property
    def load(self) -> str:
        """Return whether it is full or quiet."""
        return load_of(self.capacity, self.free)

    @property
    def tone(self) -> str:
        """Return the look of its pin: full, quiet, between, or unknown where no capacity is set."""
        return "unknown" if self.free is None else self.load or "between"

    @property
    def is_drawn(self) -> bool:
        """Whether it takes parcels and has its pin on our own map: no other one is ever full."""
        return self.place.accepts_pickup and is_drawn(self.place.latitude, self.place.longitude)

    @property
    def drawn_at(self) -> tuple[int, int]:
        """Return where its pin stands; ask `is_drawn` first."""
        return drawn_at(self.place.latitude or 0, self.place.longitude or 0)


def partner_places() -> QuerySet[Place]:
    """Return the partners' points that are part of the network today, newsstands first, then by name."""
    return (
        Place.objects.open_to_readers(clock.today()).filter(kind__in=PARTNER_KINDS).order_by(NEWSSTANDS_FIRST, "name")
    )


def points() -> list[Point]:
    """Return all partners' points in their order; seven statements."""
    now, today = clock.now(), clock.today()
    places = list(partner_places().select_related("parent"))
    keys = [place.pk for place in places]
    total, free = capacities(keys), room_left(keys)
    here = Counter(Parcel.objects.filter(place__in=keys, status=ParcelStatus.RECEIVED).values_list("place", flat=True))
    links = Handover.objects.filter(place__in=keys, status=ParcelStatus.RECEIVED, at__gte=now - LOOKED_BACK)
    lately = dict(links.order_by().values_list("place").annotate(Count("parcel", distinct=True)))
    valid = Contract.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), place__in=keys, starts_on__lte=today)
    contracts = {contract.place_id: contract for contract in valid}
    used = defaultdict(list)
    for device in Device.objects.filter(
        place__in=keys, kind__in=OF_PARTNERS, revoked_at=None, activated_at__isnull=False
    ).order_by("name"):
        used[device.place_id].append(device)
    return [
        Point(
            place,
            total.get(place.pk),
            free.get(place.pk),
            here[place.pk],
            lately.get(place.pk, 0),
            contract := contracts.get(place.pk),
            contract is not None and ends_soon(contract.ends_on, today),
            used[place.pk],
            [device for device in used[place.pk] if is_silent(device.last_seen_at, now)],
        )
        for place in places
    ]

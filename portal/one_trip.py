"""One trip: what is to be collected at a library, and the registry workstation that stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loans.states import HoldStatus
from milanolib import clock
from registry.free import bookable
from registry.models import Kiosk

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from loans.models import Hold
    from registry.slots import Slot

SLOTS_SHOWN = 4
COMING = (HoldStatus.PICKED, HoldStatus.IN_TRANSIT, HoldStatus.ARRIVED, HoldStatus.READY)


@dataclass(frozen=True)
class Trip:
    """A workstation at a library where something is to be collected, and the first free slots there, all of one day."""

    kiosk: Kiosk
    slots: list[Slot]

    @property
    def day(self) -> dt.date:
        """Return the day of the slots."""
        return self.slots[0].day


def trips_for(holds: Iterable[Hold]) -> list[Trip]:
    """Return the workstations at the libraries where these reservations are ready or on their way, if one is free."""
    places = {hold.pickup_place_id for hold in holds if hold.status in COMING}
    if not places:
        return []
    kiosks = list(Kiosk.objects.filter(place__in=places).select_related("place").order_by("name"))
    if not kiosks:
        return []
    free, today = bookable(kiosks), clock.today()
    firsts = [(kiosk, free.first_from(kiosk, today)) for kiosk in kiosks]
    return [Trip(kiosk, free.on(kiosk, first.day)[:SLOTS_SHOWN]) for kiosk, first in firsts if first is not None]

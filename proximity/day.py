"""What a phone keeps to work a day without signal: the parcels of its point, and of each code only a slow digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F

from branches.devices import codes_are_locked
from loans import handing
from loans.code_digests import ITERATIONS, with_digests
from milanolib import clock
from proximity.tally import figures_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from branches.models import Device
    from loans.models import Parcel

COMING, HERE, GOES_BACK = "coming", "here", "back"
LAST_DIGITS = 4


def day_of(device: Device) -> dict[str, Any]:
    """Return what the phone keeps: each parcel's tag, number and state, with digest and last day where it waits.

    No reader, no title and no code is in it. What is not in it any more, the phone forgets.
    """
    place = device.place
    return {
        "place": place.name,
        "phone": device.name,
        "iterations": ITERATIONS,
        "codes_rest": codes_are_locked(device, clock.now()),
        "parcels": [
            *_rows(handing.expected_at(place), COMING),
            *_rows(
                with_digests(handing.here_at(place)).annotate(until=F("keep_until")), HERE, "until", "salt", "digest"
            ),
            *_rows(handing.going_back_from(place), GOES_BACK),
        ],
        "returned": [
            barcode[-LAST_DIGITS:] for barcode in handing.returned_to(place).values_list("copy__barcode", flat=True)
        ],
        "tally": figures_of(place),
        "now": clock.now().isoformat(),
    }


def _rows(parcels: QuerySet[Parcel], state: str, *more: str) -> list[dict[str, Any]]:
    return [{**row, "state": state} for row in parcels.values("tag", "shelf_number", *more)]

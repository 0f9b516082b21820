"""What a phone keeps to work a day without signal: the parcels of its point, and of each code only a slow digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F

from branches.devices import codes_are_locked
from branches.models import Place, PlaceKind
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

    Of one that comes also the crate in which it does, so that one scan of that says what is in it.
    No reader, no title and no code is in it. What is not in it any more, the phone forgets.
    """
    place = device.place
    return {
        "place": place.name,
        "phone": device.name,
        "iterations": ITERATIONS,
        "codes_rest": codes_are_locked(device, clock.now()),
        "parcels": [
            *_rows(handing.expected_at(place).annotate(crate_code=F("crate__code")), COMING, "crate_code"),
            *_rows(
                with_digests(handing.here_at(place)).annotate(until=F("keep_until")), HERE, "until", "salt", "digest"
            ),
            *_rows(handing.going_back_from(place), GOES_BACK),
        ],
        "returned": [
            barcode[-LAST_DIGITS:] for barcode in handing.returned_to(place).values_list("copy__barcode", flat=True)
        ],
        "crates": list(handing.crates_for_the_van(place).values("code", count=F("parcels_declared"))),
        "tally": figures_of(place),
        "help": {"name": library.name, "phone": library.phone} if (library := helping_library(place)) else None,
        "is_library": place.kind == PlaceKind.CONDOMINIUM,
        "now": clock.now().isoformat(),
    }


def helping_library(place: Place) -> Place | None:
    """Return the library that helps a point."""
    if place.parent_id is None:
        return None
    return Place.objects.only("name", "phone").get(pk=place.parent_id)


def _rows(parcels: QuerySet[Parcel], state: str, *more: str) -> list[dict[str, Any]]:
    return [{**row, "state": state} for row in parcels.values("tag", "shelf_number", *more)]

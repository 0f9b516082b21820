"""What hangs on a place: told before it closes. Apps above register what they know in their `AppConfig.ready`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from branches.models import Place


class Hanging(NamedTuple):
    """So many things of one sort."""

    what: str
    number: int


_counters: list[Callable[[Place], Iterable[Hanging]]] = []


def register_hanging(counter: Callable[[Place], Iterable[Hanging]]) -> None:
    """Add a function that counts what hangs on a place; registering it twice changes nothing."""
    if counter not in _counters:
        _counters.append(counter)


def what_hangs_on(place: Place) -> list[Hanging]:
    """Return all that would be left behind if the place closed, without what is not there."""
    own = [
        Hanging(_("points that it serves"), place.served_places.open_to_readers(clock.today()).count()),
        Hanging(_("stops of this vehicle"), place.stops.filter(closed_on=None).count()),
        Hanging(_("phones and machines that act for it"), place.devices.filter(revoked_at=None).count()),
        Hanging(_("postings of librarians"), place.postings.count()),
    ]
    return [one for one in [*own, *(one for counter in _counters for one in counter(place))] if one.number]

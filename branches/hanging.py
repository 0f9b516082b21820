"""What hangs on a place: told before it closes. Apps above register what they know in their `AppConfig.ready`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from branches.models import Closure, Place


class Hanging(NamedTuple):
    """So many things of one sort."""

    what: str
    number: int
    address: str = ""  # of the page where something is done about it, if it is one of its own


_counters: list[Callable[[Place], Iterable[Hanging]]] = []
_of_closures: list[Callable[[Closure], Iterable[Hanging]]] = []
_moved_by_closures: list[Callable[[Closure, Closure | None], Iterable[Hanging]]] = []


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
        Hanging(_("routes of the van that call there"), place.route_calls.values("route").distinct().count()),
    ]
    return [one for one in [*own, *(one for counter in _counters for one in counter(place))] if one.number]


def register_closing(
    hanging: Callable[[Closure], Iterable[Hanging]], moved: Callable[[Closure, Closure | None], Iterable[Hanging]]
) -> None:
    """Add a function that counts what hangs on a closure, and one that counts what that closure has moved already."""
    if hanging not in _of_closures:
        _of_closures.append(hanging)
        _moved_by_closures.append(moved)


def what_hangs_on_closure(
    closure: Closure, *, besides: Callable[[Closure], Iterable[Hanging]] | None = None
) -> list[Hanging]:
    """Return what is due, kept, booked or expected at a place while it is closed, without what is not.

    `besides` is a counter whose things the page shows itself. The closure need not have been saved.
    """
    return [one for counter in _of_closures if counter is not besides for one in counter(closure) if one.number]


def what_stays_moved(closure: Closure, becomes: Closure | None) -> list[Hanging]:
    """Return what a closure has moved out of days that it gives back, and nobody has put back.

    `becomes` is the closure as it will be, None when it goes.
    """
    return [one for counter in _moved_by_closures for one in counter(closure, becomes) if one.number]

"""Both sides count a handover, each when it can: the driver at the stop, the place by scanning what came.

A point that is closed confirms on the next day on which it opens; what differs then is left to the librarians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from branches.calendar_rows import calendar_for
from branches.models import Round
from loans.models import Crate, RoundCall, Task, TaskKind
from loans.unfillable import library_of
from milanolib import clock
from milanolib.db import StartAgain, lock, restartable
from milanolib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from branches.models import Device, Place, RoundStop


class RoundOver(DomainError):
    """The round has been cancelled, or is of another day."""

    code = "round_over"
    message = _("This round does not run today any more. Load the page again.")


@dataclass(frozen=True)
class Scanned:
    """What scans say of the crates at a place on one day: left by a vehicle, received of these, and gone with it."""

    left: int
    received: int
    taken: int


def scanned_at(place: int, day: dt.date, vehicle: int) -> Scanned:
    """Return what was scanned of a vehicle's crates at a place on a day, whenever it was confirmed; one statement.

    A crate that nobody scanned when it was taken along has gone with the van if it was received elsewhere since.
    """
    during = (clock.start_of(day), clock.end_of(day))
    left = Q(destination=place, left_at__range=during, left_by__place=vehicle)
    stood = Q(turned_from=place, stood_since__range=during)  # its point closed; accounted for by that
    fetched = Q(turned_from=place, fetched_at__range=during, carried_by__place=vehicle)
    loaded = Q(origin=place, loaded_at__range=during, carried_by__place=vehicle)
    unseen = Q(origin=place, loaded_at=None, sealed_at__lte=during[1], received_at__gte=during[0])
    counts = Crate.objects.filter(left | stood | fetched | loaded | unseen).aggregate(
        left=Count("pk", filter=left | stood),
        received=Count("pk", filter=(left & Q(received_at__isnull=False)) | stood),
        taken=Count("pk", filter=loaded | unseen | fetched),
    )
    return Scanned(**counts)


@restartable
def count_call(stop: RoundStop, *, left: int, taken: int, device: Device) -> RoundCall:
    """The driver says how many crates were left and taken along at a place today; said again, the last word counts.

    Nothing of it moves a crate: that is done by scans. Raises RoundOver.
    """
    if not Round.objects.filter(pk=stop.round_id, cancelled_at=None, on=clock.today()).exists():
        raise RoundOver
    call = RoundCall.objects.filter(vehicle=device.place_id, place=stop.place_id, on=clock.today()).first()
    if call is not None:
        lock(call)
    else:
        call = RoundCall(vehicle_id=device.place_id, place_id=stop.place_id, on=clock.today())
    call.left_counted, call.taken_counted = left, taken
    call.counted_at, call.counted_by = clock.now(), device
    try:
        with transaction.atomic():
            call.save()
    except IntegrityError as error:  # said from the van's other phone at this moment
        raise StartAgain from error
    return call


def settle_calls() -> int:
    """Compare the counts of drivers with what was confirmed, where the place has had a day to do so; return how many.

    Each in a transaction of its own. Safe to repeat.
    """
    due = RoundCall.objects.filter(settled_at=None, on__lt=clock.today()).select_related("place__parent")
    return sum(settle_call(call) for call in list(due.order_by("on", "pk")))


@restartable
def settle_call(call: RoundCall) -> bool:
    """Compare one count of a driver with the other side's; a difference becomes a task. Return whether it is settled.

    It waits until the first day from then on on which the place opens is over, unless both agree already.
    """
    lock(call)
    if call.settled_at is not None:
        return False
    scanned = scanned_at(call.place_id, call.on, call.vehicle_id)
    agrees = (scanned.received, scanned.taken) == (call.left_counted, call.taken_counted)
    if not agrees and not _has_had_a_day(call.place, call.on):
        return False
    call.left_confirmed, call.taken_confirmed, call.settled_at = scanned.received, scanned.taken, clock.now()
    call.save(update_fields=["left_confirmed", "taken_confirmed", "settled_at"])
    if not agrees:
        Task.objects.create(
            kind=TaskKind.HANDOVER_DIFFERS, place=library_of(call.place), round_call=call, opened_at=clock.now()
        )
    return True


def _has_had_a_day(place: Place, since: dt.date) -> bool:
    today = clock.today()
    opens = calendar_for(place, since, today).next_open_day(since)
    return opens is not None and opens < today

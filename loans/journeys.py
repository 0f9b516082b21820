"""Journeys that last too long: who is asked to look for the copy, and what happens when it never arrives."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.states import CopyStatus
from loans import custody, parcels, routing
from loans.models import TaskKind, Transit
from loans.policy import LATE_ON_THE_ROAD_DAYS, looked_for_after
from loans.settling import open_task
from loans.states import OPEN_TRANSIT, TransitStatus
from milanolib import clock
from milanolib.db import lock, restartable
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from branches.models import Place
    from catalog.models import Copy

NOT_ARRIVED = "not_arrived"  # why an assignment was released


class JourneyOver(DomainError):
    """The copy has arrived, or goes another way."""

    code = "journey_over"
    message = _("This copy has been scanned meanwhile. Load the page again to see where it is.")


class JourneyNotLate(DomainError):
    """Nobody has looked for it yet."""

    code = "journey_not_late"
    message = _("This copy is not on the road for too long yet. Wait until it is on the list of those that are.")


def journeys_of(place: Place) -> QuerySet[Transit]:
    """Return the journeys, over or not, from or to a library or a point that it serves."""
    return (
        Transit.objects.filter(
            Q(origin=place) | Q(destination=place) | Q(origin__parent=place) | Q(destination__parent=place)
        )
        .select_related("copy__title", "origin", "destination")
        .defer("copy__title__record", "copy__title__summary")
    )


def late_journeys(place: Place) -> QuerySet[Transit]:
    """Return those of its journeys whose copy is being looked for, the longest on the road first."""
    late = journeys_of(place).filter(status__in=OPEN_TRANSIT, searched_at__isnull=False)
    return late.order_by("requested_at", "pk")


def look_for_late_journeys() -> int:
    """Ask both ends of each journey that lasts too long to look for its copy; return how many are new."""
    today = clock.today()
    before = today - dt.timedelta(days=LATE_ON_THE_ROAD_DAYS)
    late = Transit.objects.filter(status__in=OPEN_TRANSIT, searched_at=None).filter(
        Q(expected_on__lt=before) | Q(expected_on=None, requested_at__lt=clock.start_of(before))
    )
    return sum(_look_for(transit) for transit in list(late.order_by("requested_at", "pk")))


@restartable
def _look_for(transit: Transit) -> bool:
    copy = custody.lock_copy(transit.copy_id)
    lock(transit)
    last_day = looked_for_after(clock.local(transit.requested_at).date(), transit.expected_on)
    if transit.status not in OPEN_TRANSIT or transit.searched_at is not None or clock.today() <= last_day:
        return False
    transit.searched_at = clock.now()
    transit.save(update_fields=["searched_at"])
    for end in (transit.origin, transit.destination):
        open_task(TaskKind.LATE_JOURNEY, end, copy=copy)
    return True


@restartable
def give_up_journey(transit: Transit, *, place: Place, reason: str = "", actor: User | None) -> Copy:
    """A copy that was looked for at both ends has not arrived: it is missing, and its reader waits for another one.

    `place` is where that was said. Scanned anywhere, the copy is there again. Safe to repeat. Raises JourneyOver,
    JourneyNotLate.
    """
    copy, _work, held = custody.lock_with_hold(transit.copy)
    lock(transit)
    if transit.status not in OPEN_TRANSIT:
        if transit.status == TransitStatus.CANCELLED and copy.status == CopyStatus.MISSING:
            return copy
        raise JourneyOver
    if transit.searched_at is None:
        raise JourneyNotLate
    parcels.lose_parcel(copy, staff=actor)
    if held is not None:
        custody.back_to_queue(held, NOT_ARRIVED)
    custody.set_copy(copy, CopyStatus.MISSING, None)
    custody.end_transit(copy, TransitStatus.CANCELLED)
    if held is not None:
        routing.serve_hold(held.hold)
    note_act("give_up_journey", f"copy:{copy.pk}", actor=actor, place_code=place.code, reason=reason)
    return copy

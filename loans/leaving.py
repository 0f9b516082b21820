"""What is asked before a parcel leaves: whether its reader may have it where nobody can look into that.

Partners and machines see neither readers nor titles, so they cannot judge; what is handed out there is never refused.
The desk asks as long as it has the copy in hand: when it is wrapped, and when the parcel is put into a crate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from branches.nearest import long_closures
from loans.arrivals import arrives_on
from loans.blocks import blocks_from, reader_rule, standing_of
from loans.errors import NotHandedOutThere, PickupNotPossible
from loans.holds import refuse_pickup
from loans.lending import refuse_material
from loans.overriding import Override
from loans.parcels import travels_as_parcel
from loans.terms import terms_of
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Assignment, Hold


def refuse_leaving(copy: Copy, held: Assignment, place: Place) -> None:
    """Raise NotHandedOutThere when a parcel must not leave a place for the point of its reader."""
    why = why_not_there(copy, held, place)
    if why is not None:
        raise NotHandedOutThere(place=str(held.hold.pickup_place), why=str(why))


def why_not_there(copy: Copy, held: Assignment, place: Place) -> DomainError | None:
    """Return why a desk would not lend this copy to its reader on the day on which it comes to their point.

    None when it would, and of a point where somebody can look into it. How many loans the reader has does not
    count: something may be given back until then. `held` comes with its hold, reader and point.
    """
    hold = held.hold
    if not travels_as_parcel(hold.pickup_place):
        return None
    day = arrives_on(place.holding_place, hold.pickup_place.holding_place, clock.now()) or clock.today()
    try:
        _refuse(copy, hold, day)
    except DomainError as refusal:
        return refusal
    return None


def _refuse(copy: Copy, hold: Hold, day: dt.date) -> None:
    """Raise why not. A suspension that ends before that day is none; what is late, is late today."""
    reader = hold.reader
    assert reader is not None  # noqa: S101  for the type checker; a constraint says so
    refuse_pickup(reader, hold.pickup_place, day)
    if any(closure.covers(day) for closure in long_closures([hold.pickup_place_id], day).values()):
        raise PickupNotPossible
    standing = standing_of(reader, clock.today())
    if standing.suspended_until is not None and standing.suspended_until < day:
        standing.suspended_until = None
    for block in blocks_from(reader, reader_rule(reader), standing, day):
        raise block
    rule = terms_of(hold.pickup_place, day).rule_for(reader, copy)
    refuse_material(copy, reader, rule, day, Override())

"""A reservation whose point is closed for long: from when to when, and the nearest points to collect it at instead."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from branches.nearest import long_closures, nearest_to, pickup_points_during
from loans.blocks import reader_rule
from loans.errors import ReaderClosed
from loans.policy import can_collect_at
from loans.states import HoldStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from accounts.models import Reader
    from branches.models import Closure
    from branches.nearest import Elsewhere
    from loans.models import Hold, ReaderRule


# What surely can go elsewhere: later its copy may be on the last leg of its way, and staff move what is ready.
MAY_MOVE = (HoldStatus.QUEUED, HoldStatus.ASSIGNED, HoldStatus.PICKED)


@dataclass(frozen=True)
class ClosedPoint:
    """Why a reader cannot collect at a point, and where else; no offers where the copy lies there already."""

    closure: Closure
    has_begun: bool
    offers: list[Elsewhere] = field(default_factory=list)

    @property
    def request_key(self) -> str:
        """Return a key that makes a double press one request."""
        return uuid.uuid4().hex


def closed_points(holds: Iterable[Hold], readers: Iterable[Reader], today: dt.date) -> dict[int, ClosedPoint]:
    """Return, by reservation, what is to be said of those whose point is closed for long now or soon.

    One statement while no point is; else one more for each closed point and each reader.
    """
    waiting = [hold for hold in holds if hold.is_open]
    closures = long_closures({hold.pickup_place_id for hold in waiting}, today) if waiting else {}
    if not closures:
        return {}
    points = {key: pickup_points_during(closure, today) for key, closure in closures.items()}
    rules = {reader.pk: _rule_of(reader) for reader in readers}
    found = {}
    for hold in waiting:
        closure, rule = closures.get(hold.pickup_place_id), rules.get(hold.reader_id or 0)
        if closure is None:
            continue
        offers = []
        if rule is not None and hold.status in MAY_MOVE:
            possible = [point for point in points[hold.pickup_place_id] if can_collect_at(rule, point)]
            offers = nearest_to(hold.pickup_place, possible, first=closure.substitute_id)
        found[hold.pk] = ClosedPoint(closure, closure.starts_on <= today, offers)
    return found


def _rule_of(reader: Reader) -> ReaderRule | None:
    try:
        return reader_rule(reader)
    except ReaderClosed:
        return None  # nothing is moved on a closed card

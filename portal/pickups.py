"""The points where a reader may collect, with what helps to choose one: hours, distance, room, the expected day."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.models import PlaceKind
from branches.presentation import CALENDAR_AHEAD, point_lines
from loans.expectations import expected_at
from loans.room import room_left
from milanolib import clock

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from branches.geography import Landmark
    from branches.presentation import PointLine
    from branches.querysets import PlaceQuerySet
    from loans.expectations import Expectation
    from loans.models import Hold

NEAREST = 6
# The headings of what unfolds, in the order in which readers look for them.
KINDS: dict[str, Promise] = {
    PlaceKind.BRANCH: gettext_lazy("Libraries"),
    PlaceKind.NEWSSTAND: gettext_lazy("Newsstands"),
    PlaceKind.BOOKSHOP: gettext_lazy("Neighbourhood bookshops"),
    PlaceKind.CONDOMINIUM: gettext_lazy("Condominium libraries"),
    PlaceKind.LOCKER: gettext_lazy("Smart lockers"),
    PlaceKind.METRO_LIBRARY: gettext_lazy("Libraries in the metro"),
    PlaceKind.STOP: gettext_lazy("Stops of the Bibliobus"),
    PlaceKind.RETURN_BOX: gettext_lazy("Return boxes"),
}


@dataclass(frozen=True)
class PickupPoint:
    """A point as the choice shows it; `free` is None where nothing limits it, `expected` where nothing can be said."""

    line: PointLine
    free: int | None
    expected: Expectation | None

    @property
    def is_full(self) -> bool:
        """Whether it has no place free now; who chooses it waits until there is one."""
        return self.free is not None and self.free <= 0


@dataclass(frozen=True)
class PickupGroup:
    """Points under one heading. Only one that `is_open` is shown at once; the others unfold."""

    heading: str
    points: list[PickupPoint]
    is_open: bool


def pickup_groups(
    places: PlaceQuerySet, *, chosen: str, start: Landmark | None, hold: Hold | None
) -> list[PickupGroup]:
    """Return the points: the one that is chosen and the nearest to a start first, the others by kind and name.

    Eleven statements at most, however many points.
    """
    now, today = clock.now(), clock.today()
    lines = point_lines(places.with_calendar(today, today + CALENDAR_AHEAD), now, start)
    keys = [line.place.pk for line in lines]
    free = room_left(keys)
    full = {key for key, left in free.items() if left <= 0}
    expected = expected_at(hold, keys, full=full) if hold is not None else {}
    points = [PickupPoint(line, free.get(line.place.pk), expected.get(line.place.pk)) for line in lines]
    first = [point for point in points if point.line.place.code == chosen]
    if start is not None:
        others = [point for point in points if point not in first and point.line.minutes is not None]
        first += others[: NEAREST - len(first)]
    order = list(KINDS)
    rest = sorted(
        (one for one in points if one not in first),
        key=lambda one: (order.index(one.line.place.kind), one.line.place.name),
    )
    heading = _("Near %(start)s") % {"start": start.name} if start is not None else _("Chosen now")
    groups = [PickupGroup(heading, first, is_open=True)] if first else []
    for kind, members in groupby(rest, key=lambda one: one.line.place.kind):
        heading = str(KINDS[kind])
        if first:
            heading = _("Other points: %(kind)s") % {"kind": heading}
        groups.append(PickupGroup(heading, list(members), is_open=False))
    return groups

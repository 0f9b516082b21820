"""Which slots are free: read for many resources in as many statements as for one, however many bookings there are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from branches.calendar_rows import calendar_from, with_calendar_rows
from branches.models import Place
from milanolib import clock
from registry.models import Block, Booking, WeeklyRule
from registry.policy import BOOKABLE_DAYS
from registry.slots import Pattern, Rule, Slot, free_of, slots_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.models import Resource

ONE_DAY = dt.timedelta(days=1)


class Free:
    """The slots of some resources between two days, as they stood when it was made: four statements."""

    def __init__(self, resources: Sequence[Resource], first: dt.date, last: dt.date) -> None:
        self.now = clock.now()
        self.first, self.last = first, last
        in_use = [one for one in resources if one.place_id is not None]
        keys = [one.pk for one in in_use]
        span = clock.start_of(first), clock.end_of(last)
        places = with_calendar_rows(Place.objects.all(), first, last).in_bulk([one.place_id for one in in_use])
        rules: dict[int, list[Rule]] = defaultdict(list)
        for rule in WeeklyRule.objects.filter(resource__in=keys):
            rules[rule.resource_id].append(Rule(rule.weekday, rule.starts, rule.ends, rule.is_assisted))
        blocks: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
        for block in Block.objects.filter(resource__in=keys, during__overlap=span):
            blocks[block.resource_id].append((block.during.lower, block.during.upper))
        self._taken: dict[tuple[int, dt.date], list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
        held = Booking.objects.holding(self.now).between(*span).filter(resource__in=keys)
        for resource_id, during in held.values_list("resource_id", "during"):
            for day in {clock.local(during.lower).date(), clock.local(during.upper).date()}:
                self._taken[resource_id, day].append((during.lower, during.upper))
        self._patterns = {
            one.pk: Pattern(
                calendar_from(places[one.place_id]),
                rules[one.pk],
                blocks[one.pk],
                dt.timedelta(minutes=one.slot_minutes),
                dt.timedelta(minutes=one.buffer_minutes),
                one.opens_on,
            )
            for one in in_use
            if one.place_id is not None
        }

    def all_on(self, resource: Resource, day: dt.date) -> list[Slot]:
        """Return every slot of a day, taken or not."""
        pattern = self._patterns.get(resource.pk)
        return slots_on(day, pattern) if pattern is not None else []

    def on(self, resource: Resource, day: dt.date) -> list[Slot]:
        """Return the free slots of a day."""
        return free_of(self.all_on(resource, day), self._taken[resource.pk, day], self.now)

    def first_from(self, resource: Resource, day: dt.date, *, after: dt.datetime | None = None) -> Slot | None:
        """Return the first free slot from a day on; None when there is none before the last day."""
        while day <= self.last:
            for slot in self.on(resource, day):
                if after is None or slot.starts > after:
                    return slot
            day += ONE_DAY
        return None

    def current(self, resource: Resource) -> Slot | None:
        """Return the slot that runs now, if nobody has it: somebody who walks in can sit down."""
        today = clock.local(self.now).date()
        for slot in self.all_on(resource, today):
            if slot.starts <= self.now < slot.ends:
                taken = any(slot.touches(*one) for one in self._taken[resource.pk, today])
                return None if taken else slot
        return None


def bookable(resources: Sequence[Resource]) -> Free:
    """Return the slots that the public may book today."""
    today = clock.today()
    return Free(resources, today, today + dt.timedelta(days=BOOKABLE_DAYS))


def slot_at(resource: Resource, starts: dt.datetime) -> Slot | None:
    """Return the slot of a resource that begins at an instant, taken or not; None when there is none."""
    day = clock.local(starts).date()
    return next((slot for slot in Free([resource], day, day).all_on(resource, day) if slot.starts == starts), None)

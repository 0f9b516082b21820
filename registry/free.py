"""Which slots are free: read for many resources in as many statements as for one, however many bookings there are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from branches.calendar_rows import calendar_from, with_calendar_rows
from branches.models import Place
from milanolib import clock
from registry.models import Block, Booking, WeeklyRule
from registry.policy import BOOKABLE_DAYS
from registry.slots import Pattern, Rule, free_of, slot_from, slots_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from registry.models import Resource
    from registry.slots import Slot

    Patterns = dict[int, Pattern]

ONE_DAY = dt.timedelta(days=1)
NEAR_DAYS = 7  # read at once when the next free slot is looked for


class Free:
    """The slots of some resources between two days, as they stood when it was made: four statements.

    One where `patterns` of those days have been read already.
    """

    def __init__(
        self, resources: Sequence[Resource], first: dt.date, last: dt.date, patterns: Patterns | None = None
    ) -> None:
        self.now = clock.now()
        self.first, self.last = first, last
        self._patterns = patterns if patterns is not None else patterns_of(resources, first, last)
        self._taken: dict[tuple[int, dt.date], list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
        span = clock.start_of(first), clock.end_of(last)
        held = Booking.objects.holding(self.now).between(*span).filter(resource__in=list(self._patterns))
        for resource_id, during in held.values_list("resource_id", "during"):
            for day in {clock.local(during.lower).date(), clock.local(during.upper).date()}:
                self._taken[resource_id, day].append((during.lower, during.upper))

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


def patterns_of(resources: Sequence[Resource], first: dt.date, last: dt.date) -> Patterns:
    """Return what decides which slots resources have between two days, by their keys: three statements."""
    in_use = [one for one in resources if one.place_id is not None]
    keys = [one.pk for one in in_use]
    places = _places_between(first, last).in_bulk([one.place_id for one in in_use])
    rules: dict[int, list[Rule]] = defaultdict(list)
    for rule in WeeklyRule.objects.filter(resource__in=keys):
        rules[rule.resource_id].append(Rule(rule.weekday, rule.starts, rule.ends, rule.is_assisted))
    blocks: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for block in Block.objects.filter(resource__in=keys, during__overlap=(clock.start_of(first), clock.end_of(last))):
        blocks[block.resource_id].append((block.during.lower, block.during.upper))
    return {
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


@lru_cache(maxsize=8)
def _places_between(first: dt.date, last: dt.date) -> QuerySet[Place]:
    """Return the statement of places with their calendars, not yet sent: building it takes longer than its answer."""
    return with_calendar_rows(Place.objects.all(), first, last)


def bookable_patterns(resource: Resource) -> Patterns:
    """Return what decides which slots of a resource the public may book today: three statements."""
    today = clock.today()
    return patterns_of([resource], today, today + dt.timedelta(days=BOOKABLE_DAYS))


def next_free(resource: Resource, after: dt.datetime, patterns: Patterns) -> Slot | None:
    """Return the first slot free after an instant that the public may book; nearly always it is a near one."""
    day, last = clock.local(after).date(), clock.today() + dt.timedelta(days=BOOKABLE_DAYS)
    while day <= last:
        until = min(day + dt.timedelta(days=NEAR_DAYS), last)
        slot = Free([resource], day, until, patterns).first_from(resource, day, after=after)
        if slot is not None:
            return slot
        day = until + ONE_DAY
    return None


def out_of_hours(resource: Resource) -> list[Booking]:
    """Return the bookings to come that are no slots any more: of a closure, or of hours that were changed."""
    coming = list(Booking.objects.coming().filter(resource=resource, during__startswith__gt=clock.now()))
    if not coming:
        return []
    days = [clock.local(one.starts).date() for one in coming]
    pattern = patterns_of([resource], min(days), max(days)).get(resource.pk)
    return [one for one in coming if pattern is None or _ends_of(one.starts, pattern) != one.ends]


def _ends_of(starts: dt.datetime, pattern: Pattern) -> dt.datetime | None:
    slot = slot_from(starts, pattern)
    return slot.ends if slot is not None else None

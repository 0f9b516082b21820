"""Which slots are free: read for many resources in as many statements as for one, however many bookings there are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.contrib.postgres.fields import DateTimeRangeField
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import BigIntegerField, DateField, DateTimeField, OuterRef, Q
from django.db.models.functions import JSONObject

from branches.calendar_rows import CalendarRow, calendar_from, json_rows, with_calendar_rows
from branches.models import Place
from milanolib import clock
from milanolib.prepared import Given, Prepared
from registry.models import Block, Booking, WeeklyRule
from registry.policy import BOOKABLE_DAYS
from registry.slots import Pattern, Rule, free_of, slot_from, slots_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from registry.models import Resource
    from registry.slots import Slot

    Patterns = dict[int, Pattern]

ONE_DAY = dt.timedelta(days=1)
SPAN = {"starts": "during__startswith", "ends": "during__endswith"}


class Free:
    """The slots of some resources between two days, as they stood when it was made: two statements.

    One where `patterns` of those days have been read already.
    """

    def __init__(
        self, resources: Sequence[Resource], first: dt.date, last: dt.date, patterns: Patterns | None = None
    ) -> None:
        self.now = clock.now()
        self.first, self.last = first, last
        self._patterns = patterns if patterns is not None else patterns_of(resources, first, last)
        self._taken: dict[tuple[int, dt.date], list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
        for resource_id, held in _held(list(self._patterns), _span(first, last), self.now):
            for starts, ends in map(_instants, held):
                for day in {clock.local(starts).date(), clock.local(ends).date()}:
                    self._taken[resource_id, day].append((starts, ends))

    def all_on(self, resource: Resource, day: dt.date) -> list[Slot]:
        """Return every slot of a day, taken or not."""
        pattern = self._patterns.get(resource.pk)
        return slots_on(day, pattern) if pattern is not None else []

    def on(self, resource: Resource, day: dt.date) -> list[Slot]:
        """Return the free slots of a day."""
        return free_of(self.all_on(resource, day), self._taken[resource.pk, day], self.now)

    def has_any_on(self, resource: Resource, day: dt.date) -> bool:
        """Whether a slot of a day is still to begin, taken or not: where none is, there is nothing to wait for."""
        return any(slot.starts > self.now for slot in self.all_on(resource, day))

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
    """Return what decides which slots resources have between two days, by their keys: one statement.

    For one resource it is built only once: all who race for its slots send the same.
    """
    during = _span(first, last)
    keys = [one.pk for one in resources]
    if len(keys) == 1:
        rows = _OF_ONE.rows(resource=keys[0], first=first, last=last, during=during)
    else:
        rows = list(_pattern_rows(Q(resources__in=keys), first, last, during))
    return {key: _pattern(*row) for key, *row in rows}


def _pattern_rows(which: Q, first: Any, last: Any, during: Any) -> QuerySet[Place, tuple[Any, ...]]:
    """Return the statement of resources with their rules, blocks and their places' calendars."""
    here = OuterRef("resources")
    blocks = Block.objects.filter(resource=here, during__overlap=during)
    places = with_calendar_rows(Place.objects.filter(which), first, last).annotate(
        rule_rows=json_rows(WeeklyRule.objects.filter(resource=here), "weekday", "starts", "ends", "is_assisted"),
        block_rows=json_rows(blocks, **SPAN),
    )
    own = ("slot_minutes", "buffer_minutes", "opens_on")
    names = ("resources", *(f"resources__{name}" for name in own), "rule_rows", "block_rows", *CalendarRow._fields)
    return places.order_by().values_list(*names)


def _pattern(
    slot_minutes: int,
    buffer_minutes: int,
    opens_on: dt.date | None,
    rules: list[dict[str, Any]],
    blocks: list[dict[str, str]],
    *calendar: Any,
) -> Pattern:
    time = dt.time.fromisoformat
    return Pattern(
        calendar_from(CalendarRow(*calendar)),
        [Rule(one["weekday"], time(one["starts"]), time(one["ends"]), one["is_assisted"]) for one in rules],
        [_instants(one) for one in blocks],
        dt.timedelta(minutes=slot_minutes),
        dt.timedelta(minutes=buffer_minutes),
        opens_on,
    )


_OF_ONE = Prepared(
    lambda: _pattern_rows(
        Q(resources=Given("resource", BigIntegerField())),
        Given("first", DateField()),
        Given("last", DateField()),
        Given("during", DateTimeRangeField()),
    )
)


def _held(resources: Sequence[int], during: DateTimeTZRange, now: dt.datetime) -> Iterable[tuple[Any, ...]]:
    """Return by resource when it is held in a stretch of time."""
    if len(resources) == 1:
        return _HELD_OF_ONE.rows(resource=resources[0], during=during, now=now)
    return _held_rows(Q(resource__in=resources), during, now)


def _held_rows(which: Q, during: Any, now: Any) -> QuerySet[Booking, tuple[Any, ...]]:
    """Return the statement of the bookings that hold resources: as JSON, which is read in a tenth of the time."""
    held = Booking.objects.holding(now).filter(which, during__overlap=during).order_by().values("resource_id")
    return held.annotate(held=JSONBAgg(JSONObject(**SPAN))).values_list("resource_id", "held")


_HELD_OF_ONE = Prepared(
    lambda: _held_rows(
        Q(resource=Given("resource", BigIntegerField())),
        Given("during", DateTimeRangeField()),
        Given("now", DateTimeField()),
    )
)


def _instants(row: dict[str, str]) -> tuple[dt.datetime, dt.datetime]:
    return dt.datetime.fromisoformat(row["starts"]), dt.datetime.fromisoformat(row["ends"])


def _span(first: dt.date, last: dt.date) -> DateTimeTZRange:
    return DateTimeTZRange(clock.start_of(first), clock.end_of(last))


def bookable_patterns(resource: Resource) -> Patterns:
    """Return what decides which slots of a resource the public may book today: one statement."""
    today = clock.today()
    return patterns_of([resource], today, today + dt.timedelta(days=BOOKABLE_DAYS))


def next_free(resource: Resource, after: dt.datetime, patterns: Patterns) -> Slot | None:
    """Return the first slot free after an instant that the public may book: day by day, nearly always of the same."""
    day, last = clock.local(after).date(), clock.today() + dt.timedelta(days=BOOKABLE_DAYS)
    while day <= last:
        slot = Free([resource], day, day, patterns).first_from(resource, day, after=after)
        if slot is not None:
            return slot
        day += ONE_DAY
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

"""What hangs on a closure, and which day each thing would have: read, counted, never written."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from branches.calendar import DATES_AHEAD, Calendar
from branches.calendar_rows import calendar_from, with_calendar_rows
from branches.models import Place, Visit, VisitStatus
from loans.models import Hold, KeepingRule, Loan, Transit
from loans.policy import last_day_kept
from loans.states import OPEN_TRANSIT, HoldStatus, LoanStatus
from milanolib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from branches.models import Closure
    from loans.models import ClosureBatch
    from loans.querysets import HoldQuerySet, LoanQuerySet

LOOK_BACK = dt.timedelta(days=120)  # what is kept at a place became ready within this time
LONGEST_KNOWN = dt.timedelta(days=3650)  # a closure whose end somebody wrote as 9999 has none
FIRST_ROWS = 20


def dates_until(closed: Closure | ClosureBatch, today: dt.date) -> dt.date:
    """Return the last day of which the calendar is read: what is due on the last closed day is searched from there."""
    last = max(closed.starts_on, closed.ends_on or closed.starts_on, today)
    return min(last, today + LONGEST_KNOWN) + DATES_AHEAD


def places_of(place_id: int, start: dt.date, end: dt.date) -> dict[int, Place]:
    """Return a place, and of a vehicle its stops, with what their calendars need from `start` to `end`."""
    meant = Place.objects.filter(Q(pk=place_id) | Q(vehicle=place_id))
    return {one.pk: one for one in with_calendar_rows(meant, start, end)}


def kinds_of(places: dict[int, Place]) -> set[str]:
    """Return what kinds of places these are."""
    return {one.kind for one in places.values()}


@dataclass(frozen=True)
class Plan:
    """The days on which a place is closed, and its calendar with them: what is due or kept then, and till when.

    When a vehicle is off the road, what is due, kept and expected at each of its stops hangs on it.
    """

    place: Place
    first: dt.date
    last: dt.date | None
    calendars: dict[int, Calendar]  # of the place; of a vehicle, its stops' too
    rules: dict[int, KeepingRule]  # of those of them where something is kept

    @classmethod
    def of(cls, closed: Closure | ClosureBatch) -> Plan:
        """Read it, in two statements."""
        today = clock.today()
        earliest = max(min(closed.starts_on, today), today - LONGEST_KNOWN) - LOOK_BACK
        places = places_of(closed.place_id, earliest, dates_until(closed, today))
        rules = {rule.place_kind: rule for rule in KeepingRule.objects.filter(place_kind__in=kinds_of(places))}
        return cls(
            places[closed.place_id],
            closed.starts_on,
            closed.ends_on,
            {pk: calendar_from(one) for pk, one in places.items()},
            {pk: rules[one.kind] for pk, one in places.items() if one.kind in rules},
        )

    @property
    def opens_on(self) -> dt.date | None:
        """Return the first day on which the place opens again, from today on; None when it does not for so long.

        A vehicle opens with the first visit at one of its stops.
        """
        today = clock.today()
        day = max(self.last or self.first, self.first, today)
        if day - today > LONGEST_KNOWN:
            return None
        stops = [calendar for pk, calendar in self.calendars.items() if pk != self.place.pk]
        days = [calendar.next_open_day(day) for calendar in stops or self.calendars.values()]
        return min((one for one in days if one is not None), default=None)

    def loans(self) -> LoanQuerySet:
        """Return the open loans made there that are due on closed days."""
        return Loan.objects.filter(self._within("due_on"), place__in=self.calendars, status=LoanStatus.OPEN)

    def new_due(self, place_id: int, due_on: dt.date) -> dt.date | None:
        """Return the later day that a loan due on a closed day gets; None when there is none."""
        day = self.calendars[place_id].next_open_day(due_on)
        return day if day is not None and day > due_on else None

    def kept(self) -> HoldQuerySet:
        """Return what is ready there and ends on closed days; of what is kept by visits all that has one in them."""
        by_visits = [pk for pk, rule in self.rules.items() if rule.visits]
        ends = self._within("keep_until") | Q(keep_until__gte=self.first, pickup_place__in=by_visits)
        return Hold.objects.filter(ends, pickup_place__in=self.calendars, status=HoldStatus.READY)

    def new_keep_until(self, hold: Hold) -> dt.date | None:
        """Return until which later day a ready hold is kept; None when it stays as it is."""
        rule = self.rules.get(hold.pickup_place_id)
        if hold.keep_until is None or hold.ready_at is None or rule is None:
            return None
        calendar = self.calendars[hold.pickup_place_id]
        days = [calendar.next_open_day(hold.keep_until)]
        if rule.visits:
            days.append(last_day_kept(hold.ready_at, rule, calendar))
        return max((day for day in days if day is not None and day > hold.keep_until), default=None)

    def to_collect(self) -> HoldQuerySet:
        """Return the open reservations that are to be collected there and are not ready yet."""
        return Hold.objects.open().filter(pickup_place__in=self.calendars).exclude(status=HoldStatus.READY)

    def journeys(self) -> QuerySet[Transit]:
        """Return the journeys under way to the place that would arrive while it is closed, or nobody knows when.

        What travels for a stop travels to its vehicle.
        """
        goal = Q(assignment__hold__pickup_place=self.place) if self.place.vehicle_id else Q(destination=self.place)
        arrives = Q(expected_on=None) if self.last is None else Q(expected_on=None) | Q(expected_on__lte=self.last)
        if self.last is None:
            arrives = Q()
        return Transit.objects.filter(goal, arrives, status__in=OPEN_TRANSIT)

    def visits(self) -> QuerySet[Visit]:
        """Return the planned visits of the Bibliobus that fall out; none where no stop is."""
        return Visit.objects.filter(self._within("on"), stop__in=self.calendars, status=VisitStatus.PLANNED)

    def next_visit(self, visit: Visit) -> dt.date | None:
        """Return the day of the visit after one that falls out."""
        return self.calendars[visit.stop_id].next_open_day(visit.on + dt.timedelta(days=1))

    def _within(self, name: str) -> Q:
        day = Q(**{f"{name}__gte": self.first})
        return day if self.last is None else day & Q(**{f"{name}__lte": self.last})


@dataclass(frozen=True)
class Row:
    """One thing in words, its day and the day proposed; None where there is none. It names no reader."""

    what: object
    before: dt.date | None
    after: dt.date | None
    barcode: str = ""


@dataclass(frozen=True)
class Hung:
    """What hangs on a closure, of one sort: how many, how many from which day to which, and the first ones."""

    count: int = 0
    stuck: int = 0  # for which there is no open day within reach
    days: list[tuple[dt.date | None, dt.date | None, int]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def movable(self) -> int:
        """Return how many would get a later day."""
        return self.count - self.stuck

    @property
    def further(self) -> int:
        """Return how many there are beyond the first rows."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Proposal:
    """All that hangs on a closure with the day proposed for each; nothing of it names a reader."""

    opens_on: dt.date | None
    loans: Hung
    kept: Hung
    visits: Hung
    to_collect: Hung
    journeys: Hung

    @property
    def movable(self) -> int:
        """Return how many dates would be moved, visits that would be cancelled among them."""
        return self.loans.movable + self.kept.movable + self.visits.count


def propose(closure: Closure) -> Proposal:
    """Return what hangs on a closure and the days proposed: reads only, in a fixed number of statements."""
    plan = Plan.of(closure)
    return Proposal(plan.opens_on, _loans(plan), _kept(plan), _visits(plan), _to_collect(plan), _journeys(plan))


def _loans(plan: Plan) -> Hung:
    by_day = plan.loans().order_by("due_on").values_list("due_on", "place").annotate(count=Count("pk"))
    counted: Counter[tuple[dt.date | None, dt.date | None]] = Counter()
    for due, place, count in by_day:
        counted[due, plan.new_due(place, due)] += count
    days = [(*both, count) for both, count in counted.items()]
    loans = plan.loans().select_related("copy__title").defer("copy__title__record", "copy__title__summary")
    rows = [
        Row(one.copy.title, one.due_on, plan.new_due(one.place_id, one.due_on), one.copy.barcode)
        for one in loans.order_by("due_on", "pk")[:FIRST_ROWS]
    ]
    return _hung(days, rows)


def _kept(plan: Plan) -> Hung:
    holds = plan.kept().select_related("title", "work").defer("title__record", "title__summary")
    holds = holds.order_by("keep_until", "pk")
    with_days = [(one, plan.new_keep_until(one)) for one in holds]
    rows = [
        Row(one.title or one.work, one.keep_until, after)
        for one, after in with_days
        if after is not None or _is_stuck(plan, one)
    ]
    counted = Counter((row.before, row.after) for row in rows)
    return _hung([(*days, count) for days, count in counted.items()], rows[:FIRST_ROWS])


def _is_stuck(plan: Plan, hold: Hold) -> bool:
    """Whether a ready hold ends on a closed day and no later one opens, rather than being untouched."""
    day = hold.keep_until
    return day is not None and plan.calendars[hold.pickup_place_id].is_open_on(day) is False


def _visits(plan: Plan) -> Hung:
    rows = [
        Row(f"{one.stop}, {one.arrives:%H:%M}–{one.leaves:%H:%M}", one.on, plan.next_visit(one))
        for one in plan.visits().select_related("stop").order_by("on", "arrives")
    ]
    return Hung(len(rows), 0, [(row.before, row.after, 1) for row in rows], rows[:FIRST_ROWS])


def _to_collect(plan: Plan) -> Hung:
    holds = plan.to_collect().select_related("title", "work").defer("title__record", "title__summary").in_order()
    rows = [Row(one.title or one.work, None, plan.opens_on) for one in holds[:FIRST_ROWS]]
    return Hung(plan.to_collect().count(), 0, [], rows)


def _journeys(plan: Plan) -> Hung:
    journeys = plan.journeys().select_related("copy__title", "origin")
    journeys = journeys.defer("copy__title__record", "copy__title__summary").order_by("expected_on", "pk")
    rows = [Row(one.copy.title, one.expected_on, plan.opens_on, one.copy.barcode) for one in journeys[:FIRST_ROWS]]
    return Hung(plan.journeys().count(), 0, [], rows)


def _hung(days: list[tuple[dt.date | None, dt.date | None, int]], rows: list[Row]) -> Hung:
    stuck = sum(count for _before, after, count in days if after is None)
    return Hung(sum(count for *_days, count in days), stuck, days, rows)

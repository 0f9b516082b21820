"""The van's rounds and the Bibliobus's visits."""

import datetime as dt

import pytest
from django.db import IntegrityError

from branches.bibliobus import plan_visits
from branches.models import Place, Round, RoundStop, Visit
from branches.rounds import next_round_on, plan_rounds
from tests.factories import BranchFactory, ClosureFactory, NewsstandFactory, OpeningHoursFactory, StopFactory

MONDAY, THURSDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 5)


@pytest.mark.parametrize(
    ("after", "expected"),
    [(MONDAY, THURSDAY), (dt.date(2026, 3, 4), THURSDAY), (THURSDAY, dt.date(2026, 3, 12))],
)
def test_next_round_on_is_the_next_thursday_and_never_today(after, expected):
    assert next_round_on(after) == expected


def test_plan_rounds_writes_each_thursday_once(db):
    BranchFactory()

    assert (plan_rounds(MONDAY), plan_rounds(MONDAY)) == (4, 0)
    assert {one.on.weekday() for one in Round.objects.all()} == {3}
    assert RoundStop.objects.count() == 4


def test_plan_rounds_calls_at_places_not_at_stops_or_what_has_closed(db):
    stop = StopFactory()
    BranchFactory(closed_on=dt.date(2026, 1, 1))
    point = NewsstandFactory()

    plan_rounds(MONDAY, days=7)

    called = set(RoundStop.objects.values_list("place", flat=True))
    assert called == {stop.vehicle.pk, point.pk, point.parent.pk}


def test_plan_rounds_calls_last_at_a_place_that_joined_since(db):
    BranchFactory()
    plan_rounds(MONDAY, days=7)
    joined = NewsstandFactory(parent=Place.objects.get())

    plan_rounds(MONDAY, days=7)

    calls = list(Round.objects.get().round_stops.all())
    assert [one.position for one in calls] == [0, 1]
    assert calls[-1].place == joined
    assert calls[0].arrives < calls[1].arrives


def test_plan_visits_makes_dates_of_weekly_hours(db):
    stop = StopFactory()
    OpeningHoursFactory(place=stop, weekday=2, opens=dt.time(15), closes=dt.time(17))

    assert plan_visits(MONDAY, days=14) == 2
    assert [(one.on, one.arrives, one.leaves) for one in stop.visits.all()] == [
        (dt.date(2026, 3, 4), dt.time(15), dt.time(17)),
        (dt.date(2026, 3, 11), dt.time(15), dt.time(17)),
    ]


def test_plan_visits_again_leaves_what_staff_cancelled(db):
    stop = StopFactory()
    OpeningHoursFactory(place=stop, weekday=2)
    plan_visits(MONDAY, days=7)
    Visit.objects.update(status="cancelled")

    assert plan_visits(MONDAY, days=7) == 0
    assert Visit.objects.get().status == "cancelled"
    assert not Visit.objects.coming(MONDAY).exists()


def test_plan_visits_leaves_out_holidays_closures_and_unknown_hours(db):
    stop = StopFactory()
    OpeningHoursFactory(place=stop, weekday=0)
    ClosureFactory(place=stop, starts_on=dt.date(2026, 12, 14))
    unknown = StopFactory(hours_known=False)
    OpeningHoursFactory(place=unknown, weekday=0)

    plan_visits(dt.date(2026, 12, 7), days=21)

    assert [one.on for one in Visit.objects.all()] == [dt.date(2026, 12, 21)], "7 December is a holiday"


def test_plan_visits_keeps_wall_time_over_the_change_of_the_clock(db):
    stop = StopFactory()
    OpeningHoursFactory(place=stop, weekday=6, opens=dt.time(10), closes=dt.time(12))

    plan_visits(dt.date(2026, 3, 22), days=8)

    assert [one.arrives for one in stop.visits.all()] == [dt.time(10), dt.time(10)]


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"leaves": dt.time(14)}, "visit_leaves_after_it_arrived"),
        ({}, "visit_once_per_stop_and_time"),
    ],
)
def test_a_visit_that_contradicts_another_cannot_be_stored(db, fields, constraint):
    values = {"stop": StopFactory(), "on": MONDAY, "arrives": dt.time(15), "leaves": dt.time(17)}
    Visit.objects.create(**values)

    with pytest.raises(IntegrityError, match=constraint):
        Visit.objects.create(**(values | fields))

"""The van's rounds and the Bibliobus's visits."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection

from branches.bibliobus import plan_visits
from branches.journeys import journey
from branches.models import Place, Round, RoundStop, RouteCall, RouteDayOff, Visit
from branches.rounds import (
    RoundOver,
    RoundTwiceADay,
    cancel_round,
    move_round,
    plan_rounds,
    restore_round,
    timetable_between,
)
from milanolib import clock
from outbox.models import Event
from tests.factories import (
    BranchFactory,
    ClosureFactory,
    HubFactory,
    LibrarianFactory,
    OpeningHoursFactory,
    RouteFactory,
    StopFactory,
)

MONDAY, THURSDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 5)


@pytest.fixture
def served(db):
    """A hub and two libraries of a route."""
    return HubFactory(), BranchFactory(), BranchFactory()


def route_over(served, **fields):
    hub, first, second = served
    calls = [(hub, "08:00"), (first, "09:00"), (second, "10:00"), (hub, "11:00")]
    return RouteFactory(**{"hub": hub, "calls": calls, **fields})


def days_of(route):
    return [run.on for run in route.rounds.order_by("on")]


# --- Planning


def test_plan_rounds_writes_each_day_of_a_route_once(served):
    route = route_over(served, weekdays=[0, 3])

    assert (plan_rounds(MONDAY, days=14), plan_rounds(MONDAY, days=14)) == (4, 0)
    assert days_of(route) == [MONDAY, THURSDAY, dt.date(2026, 3, 9), dt.date(2026, 3, 12)]
    calls = route.rounds.first().round_stops.values_list("position", "place", "arrives", "departs")
    hub, first, second = (place.pk for place in served)
    assert list(calls) == [
        (0, hub, dt.time(8), dt.time(8, 5)),
        (1, first, dt.time(9), dt.time(9, 5)),
        (2, second, dt.time(10), dt.time(10, 5)),
        (3, hub, dt.time(11), dt.time(11, 5)),
    ]


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"is_active": False}, []),
        ({"valid_from": dt.date(2026, 3, 5)}, [THURSDAY]),
        ({"valid_to": dt.date(2026, 3, 4)}, [MONDAY]),
        ({"valid_from": dt.date(2026, 3, 3), "valid_to": dt.date(2026, 3, 4)}, []),
    ],
)
def test_plan_rounds_keeps_to_the_time_a_route_is_valid(served, fields, days):
    route = route_over(served, weekdays=[0, 3], **fields)

    plan_rounds(MONDAY, days=7)

    assert days_of(route) == days


def test_plan_rounds_rests_on_public_holidays_unless_the_route_runs_then(served):
    resting, running = route_over(served), route_over(served, is_off_on_holidays=False)

    plan_rounds(dt.date(2026, 12, 7), days=2)

    assert (days_of(resting), days_of(running)) == ([], [dt.date(2026, 12, 7), dt.date(2026, 12, 8)])


def test_plan_rounds_leaves_out_days_off_of_one_route_or_all(served):
    one, other = route_over(served, weekdays=[0, 3]), route_over(served, weekdays=[0, 3])
    RouteDayOff.objects.create(route=one, on=MONDAY, reason="guasto")
    RouteDayOff.objects.create(on=THURSDAY, reason="sciopero")

    plan_rounds(MONDAY, days=7)

    assert (days_of(one), days_of(other)) == ([], [MONDAY])


def test_plan_rounds_does_not_call_at_what_is_closed_and_not_for_one_place_alone(served):
    hub, first, second = served
    route = route_over(served, weekdays=[0, 3])
    ClosureFactory(place=first, starts_on=MONDAY)
    alone = RouteFactory(hub=hub, weekdays=[0, 3], calls=[(first, "08:00"), (second, "09:00")])
    second.closed_on = THURSDAY
    second.save()

    plan_rounds(MONDAY, days=7)

    called = {run.on: set(run.round_stops.values_list("place", flat=True)) for run in route.rounds.all()}
    assert called == {MONDAY: {hub.pk, second.pk}, THURSDAY: {hub.pk, first.pk}}
    assert days_of(alone) == []


def test_plan_rounds_again_follows_a_route_that_has_changed_but_leaves_today(served):
    _hub, first, _second = served
    route = route_over(served, weekdays=[0, 3])
    plan_rounds(MONDAY, days=14)
    route.name, route.weekdays = "new name", [3]
    route.save()
    route.calls.filter(place=first).update(arrives=dt.time(9, 30), departs=dt.time(9, 40))

    assert plan_rounds(MONDAY, days=14) == 0

    assert days_of(route) == [MONDAY, THURSDAY, dt.date(2026, 3, 12)]
    today, later, _last = route.rounds.order_by("on")
    assert (today.name, later.name) != (later.name, today.name)
    assert [run.round_stops.get(place=first).arrives for run in (today, later)] == [dt.time(9), dt.time(9, 30)]


def test_plan_rounds_leaves_alone_what_staff_cancelled_or_moved(monday, served):
    route = route_over(served, weekdays=[3])
    plan_rounds(MONDAY)
    cancelled, moved, untouched = route.rounds.order_by("on")[:3]
    cancel_round(cancelled, reason="neve", actor=None)
    move_round(moved, moved.on + dt.timedelta(days=1), reason="neve", actor=None)
    route.is_active = False
    route.save()

    assert plan_rounds(MONDAY) == 0

    assert days_of(route) == [cancelled.on, moved.on]
    assert not Round.objects.filter(pk=untouched.pk).exists()
    route.is_active = True
    route.save()
    plan_rounds(MONDAY)
    assert days_of(route)[:3] == [cancelled.on, moved.on, untouched.on], "nothing runs in the stead of what was moved"


def test_plan_rounds_takes_away_later_rounds_of_no_route(served):
    old = [Round.objects.create(name="weekly", on=day) for day in (MONDAY, THURSDAY)]

    plan_rounds(MONDAY, days=7)

    assert list(Round.objects.all()) == old[:1], "what may be under way stays"


def test_plan_rounds_tells_when_something_has_changed_and_not_else(served):
    route = route_over(served)
    changes = Event.objects.filter(kind="branches.rounds_changed")

    counts = []
    for _time in range(2):
        plan_rounds(MONDAY, days=7)
        counts.append(changes.count())
    route.calls.filter(arrives=dt.time(9)).delete()
    plan_rounds(MONDAY, days=7)

    assert counts == [1, 1]
    assert changes.count() == 2


@pytest.mark.django_db(transaction=True)
def test_plan_rounds_at_once_writes_each_round_once(rivals):
    route_over((HubFactory(), BranchFactory(), BranchFactory()), weekdays=[3])

    made = rivals(*[lambda: plan_rounds(MONDAY, days=28)] * 2)

    assert sorted(made) == [0, 4]
    assert Round.objects.count() == 4


# --- Cancelling and moving one round


@pytest.fixture
def thursdays_round(monday, served):
    route = route_over(served, weekdays=[3])
    plan_rounds(MONDAY, days=14)
    return route.rounds.earliest("on")


def test_cancel_round_takes_its_calls_out_of_the_timetable_and_is_written_down_once(thursdays_round):
    librarian = LibrarianFactory()
    assert len(list(timetable_between(MONDAY, THURSDAY).calls)) == 4

    for _time in range(2):
        cancel_round(thursdays_round, reason="neve", actor=librarian)

    assert list(timetable_between(MONDAY, THURSDAY).calls) == []
    act = librarian.acts.get()
    assert (act.verb, act.subject, act.reason) == ("cancel_round", f"round:{thursdays_round.pk}", "neve")


def test_restore_round_brings_it_back(thursdays_round):
    cancel_round(thursdays_round, reason="neve", actor=None)
    librarian = LibrarianFactory()

    for _time in range(2):
        restore_round(thursdays_round, actor=librarian)

    assert len(list(timetable_between(MONDAY, THURSDAY).calls)) == 4
    assert librarian.acts.get().verb == "restore_round"


def test_move_round_runs_on_another_day_at_the_same_times(thursdays_round):
    friday = THURSDAY + dt.timedelta(days=1)
    librarian = LibrarianFactory()

    for _time in range(2):
        move_round(thursdays_round, friday, reason="neve", actor=librarian)

    assert (thursdays_round.on, thursdays_round.planned_on) == (friday, THURSDAY)
    assert {clock.local(call.arrives_at).date() for call in timetable_between(MONDAY, friday).calls} == {friday}
    assert librarian.acts.get().verb == "move_round"


def test_a_round_that_is_over_cannot_be_changed(monday, thursdays_round):
    monday.shift(dt.timedelta(days=4))

    for act in (
        lambda: cancel_round(thursdays_round, reason="neve", actor=None),
        lambda: restore_round(thursdays_round, actor=None),
        lambda: move_round(thursdays_round, dt.date(2026, 3, 20), reason="neve", actor=None),
    ):
        with pytest.raises(RoundOver):
            act()


def test_move_round_refuses_the_past_and_a_day_on_which_the_route_runs(thursdays_round):
    with pytest.raises(RoundOver):
        move_round(thursdays_round, MONDAY - dt.timedelta(days=1), reason="neve", actor=None)
    with pytest.raises(RoundTwiceADay):
        move_round(thursdays_round, THURSDAY + dt.timedelta(days=7), reason="neve", actor=None)


# --- Reading


def test_timetable_between_takes_one_statement_for_many_places(thursdays_round, served, django_assert_num_queries):
    hub, first, second = (place.pk for place in served)
    with django_assert_num_queries(1):
        some = timetable_between(MONDAY, THURSDAY, [first])
    with django_assert_num_queries(1):
        same = timetable_between(MONDAY, THURSDAY, Place.objects.filter(pk=first).values("pk"))

    for timetable in (some, same):
        assert [call.place_id for call in timetable.calls] == [hub, first, hub], "hubs are always there"
    assert journey(some, first, hub, clock.now()).arrives_at.date() == THURSDAY
    assert second in {call.place_id for call in timetable_between(MONDAY, THURSDAY).calls}
    assert list(timetable_between(MONDAY, THURSDAY - dt.timedelta(days=1)).calls) == []


# --- The constraints themselves


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"name": "nord"}, "route_name_once"),
        ({"weekdays": []}, "route_weekdays_are_some"),
        ({"weekdays": [7]}, "route_weekdays_are_some"),
        ({"valid_from": THURSDAY, "valid_to": MONDAY}, "route_valid_forward"),
    ],
)
def test_a_route_that_contradicts_itself_cannot_be_stored(db, fields, constraint):
    RouteFactory(name="nord")

    with pytest.raises(IntegrityError, match=constraint):
        RouteFactory(**fields)


@pytest.mark.parametrize(
    ("arrives", "departs", "constraint"),
    [
        (dt.time(8), dt.time(9), "routecall_one_place_at_a_time"),
        (dt.time(9), dt.time(8), "routecall_departs_after_it_arrived"),
    ],
)
def test_a_call_that_contradicts_another_cannot_be_stored(served, arrives, departs, constraint):
    route = route_over(served)

    with pytest.raises(IntegrityError, match=constraint):  # noqa: PT012  the first is looked at when all is written
        RouteCall.objects.create(route=route, place=served[1], arrives=arrives, departs=departs)
        connection.check_constraints()


@pytest.mark.parametrize("is_for_all", [False, True])
def test_a_day_off_is_written_once(db, is_for_all):
    route = None if is_for_all else RouteFactory()
    RouteDayOff.objects.create(route=route, on=MONDAY, reason="neve")

    with pytest.raises(IntegrityError, match="routedayoff_once_per_route_and_day"):
        RouteDayOff.objects.create(route=route, on=MONDAY, reason="neve")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({}, "round_once_per_day_and_name"),
        ({"name": "other"}, "round_once_per_route_and_planned_day"),
        ({"name": "other", "route": None}, "round_of_a_route_says_for_which_day"),
    ],
)
def test_a_round_that_contradicts_another_cannot_be_stored(thursdays_round, fields, constraint):
    values = {"route": thursdays_round.route, "name": thursdays_round.name, "on": THURSDAY, "planned_on": THURSDAY}

    with pytest.raises(IntegrityError, match=constraint):
        Round.objects.create(**(values | fields))


def test_a_stop_does_not_depart_before_it_arrived(thursdays_round, served):
    with pytest.raises(IntegrityError, match="roundstop_departs_after_it_arrived"):
        RoundStop.objects.create(
            round=thursdays_round, place=served[1], position=9, arrives=dt.time(9), departs=dt.time(8)
        )


# --- The Bibliobus


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

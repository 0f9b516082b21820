"""How a copy gets from one place to another: small cases written out, all small cases, and any case at all."""

import datetime as dt
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branches.journeys import Journey, Timetable, WallCall, journey
from milanolib.clock import ROME

HUB, NORTH, SOUTH, STAND = 1, 2, 3, 4
MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


def run(number, day, *calls, hub=HUB):
    """Return the calls of one round: `(place, "08:00")`, or with a time of departure too."""
    return [
        WallCall(number, day, hub, place, *(dt.time.fromisoformat(one) for one in times), *[None] * (2 - len(times)))
        for place, *times in calls
    ]


def at(day, time):
    return dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=ROME)


def way(calls, origin, destination, ready_at):
    return journey(Timetable(calls), origin, destination, ready_at)


MORNING = run(1, MONDAY, (HUB, "08:00", "08:10"), (NORTH, "09:00", "09:10"), (SOUTH, "10:00", "10:10"), (HUB, "11:00"))
AFTERNOON = run(2, MONDAY, (HUB, "11:00", "14:00"), (STAND, "15:00"), (HUB, "16:00"))
NEXT_DAY = run(3, TUESDAY, (HUB, "08:00"), (NORTH, "09:00"), (SOUTH, "10:00"), (HUB, "11:00"))


# --- Written out


def test_journey_stays_on_a_round_that_calls_later_at_the_destination():
    assert way(MORNING, NORTH, SOUTH, at(MONDAY, "07:00")) == Journey(at(MONDAY, "09:10"), at(MONDAY, "10:00"))


def test_journey_changes_at_the_hub_for_a_place_of_another_round():
    found = way(MORNING + AFTERNOON, NORTH, STAND, at(MONDAY, "07:00"))

    assert found == Journey(at(MONDAY, "09:10"), at(MONDAY, "15:00"), via=HUB)


def test_journey_changes_at_the_hub_for_a_place_that_its_round_has_passed():
    found = way(MORNING + NEXT_DAY, SOUTH, NORTH, at(MONDAY, "07:00"))

    assert found == Journey(at(MONDAY, "10:10"), at(TUESDAY, "09:00"), via=HUB)


@pytest.mark.parametrize(("ready", "day"), [("09:10", MONDAY), ("09:11", TUESDAY)])
def test_journey_takes_a_round_up_to_the_minute_it_departs(ready, day):
    assert way(MORNING + NEXT_DAY, NORTH, SOUTH, at(MONDAY, ready)).arrives_at == at(day, "10:00")


def test_journey_catches_at_the_hub_what_departs_in_the_minute_of_its_arrival():
    exactly = run(2, MONDAY, (HUB, "11:00"), (STAND, "15:00"))

    assert way(MORNING + exactly, NORTH, STAND, at(MONDAY, "07:00")).arrives_at == at(MONDAY, "15:00")


def test_journey_goes_with_the_next_van_although_a_later_one_would_be_there_sooner():
    direct = run(9, MONDAY, (NORTH, "12:00"), (STAND, "12:30"))
    calls = MORNING + direct + run(4, TUESDAY, (HUB, "12:00"), (STAND, "13:00"))

    assert way(calls, NORTH, STAND, at(MONDAY, "07:00")).arrives_at == at(TUESDAY, "13:00")


def test_journey_lets_a_van_pass_that_leads_nowhere():
    last = run(1, MONDAY, (HUB, "08:00"), (NORTH, "09:00"))

    assert way(last + NEXT_DAY, NORTH, SOUTH, at(MONDAY, "07:00")).leaves_at == at(TUESDAY, "09:00")


def test_journey_from_the_hub_waits_for_the_round_of_the_destination():
    found = way(MORNING + AFTERNOON, HUB, STAND, at(MONDAY, "07:00"))

    assert found == Journey(at(MONDAY, "14:00"), at(MONDAY, "15:00"))


def test_journey_to_the_hub_ends_there():
    assert way(MORNING, NORTH, HUB, at(MONDAY, "07:00")) == Journey(at(MONDAY, "09:10"), at(MONDAY, "11:00"))


def test_journey_changes_at_the_hub_of_its_own_round():
    other = run(1, MONDAY, (NORTH, "09:00"), (HUB, "10:00"), (SOUTH, "11:00"), hub=SOUTH)
    calls = (
        other + run(2, MONDAY, (HUB, "10:30"), (STAND, "11:00")) + run(3, MONDAY, (SOUTH, "12:00"), (STAND, "13:00"))
    )

    assert way(calls, NORTH, STAND, at(MONDAY, "07:00")) == Journey(at(MONDAY, "09:00"), at(MONDAY, "13:00"), via=SOUTH)


def test_journey_of_a_round_without_a_hub_goes_straight_or_not_at_all():
    orphan = run(1, MONDAY, (NORTH, "09:00"), (HUB, "10:00"), (SOUTH, "11:00"), hub=None)

    assert way(orphan, NORTH, SOUTH, at(MONDAY, "07:00")).arrives_at == at(MONDAY, "11:00")
    assert way(orphan + AFTERNOON, NORTH, STAND, at(MONDAY, "07:00")) is None


def test_journey_to_where_the_copy_is_takes_no_time():
    now = at(MONDAY, "07:00")

    assert way([], NORTH, NORTH, now) == Journey(now, now)


@pytest.mark.parametrize(("origin", "destination"), [(NORTH, STAND), (STAND, NORTH), (99, NORTH), (NORTH, 99)])
def test_journey_is_none_where_no_van_goes(origin, destination):
    assert way(MORNING, origin, destination, at(MONDAY, "07:00")) is None


def test_journey_is_none_after_the_last_round():
    assert way(MORNING + NEXT_DAY, NORTH, SOUTH, at(TUESDAY, "12:00")) is None


# --- The nights on which the clock changes


@pytest.mark.parametrize(("saturday", "hours"), [(dt.date(2026, 3, 28), 11), (dt.date(2026, 10, 24), 13)])
def test_journey_over_the_night_of_the_clock_keeps_wall_time(saturday, hours):
    sunday = saturday + dt.timedelta(days=1)
    calls = run(1, saturday, (NORTH, "20:00"), (HUB, "21:00")) + run(2, sunday, (HUB, "07:00"), (SOUTH, "08:00"))

    found = way(calls, NORTH, SOUTH, at(saturday, "12:00"))

    assert (found.leaves_at, found.arrives_at) == (at(saturday, "20:00"), at(sunday, "08:00"))
    assert found.arrives_at - found.leaves_at == dt.timedelta(hours=hours)


def test_journey_in_the_hour_that_is_missing_never_runs_back():
    night = dt.date(2026, 3, 29)
    calls = run(1, night, (NORTH, "01:50"), (SOUTH, "02:30", "02:40"), (STAND, "03:10"), (HUB, "03:45"))

    instants = [instant for call in Timetable(calls).calls for instant in (call.arrives_at, call.departs_at)]

    assert instants == sorted(instants)
    assert way(calls, NORTH, HUB, at(night, "01:00")).arrives_at == at(night, "03:45")


def test_journey_in_the_hour_that_comes_twice_takes_the_first():
    night = dt.date(2026, 10, 25)
    calls = run(1, night, (NORTH, "01:50"), (SOUTH, "02:30"), (HUB, "03:10"))

    found = way(calls, NORTH, SOUTH, at(night, "01:00"))

    assert found.arrives_at - found.leaves_at == dt.timedelta(minutes=40)
    assert way(calls, SOUTH, HUB, found.arrives_at + dt.timedelta(minutes=1)) is None


# --- Against a copy that is carried step by step


def carried(calls, origin, destination, ready_at):
    """Return when a copy arrives that is followed through every minute that matters; None when it never does."""
    if origin == destination:
        return ready_at
    ordered = list(Timetable(calls).calls)
    after = {
        one: [other for other in ordered if other.round_id == one.round_id and other.number > one.number]
        for one in ordered
    }
    minutes = sorted(
        (instant, is_departure, one.round_id, one.number)
        for one in ordered
        for is_departure, instant in ((False, one.arrives_at), (True, one.departs_at))
    )
    by_number = {(one.round_id, one.number): one for one in ordered}
    place, van, has_changed = origin, None, False
    for instant, is_departure, round_id, number in minutes:
        call = by_number[round_id, number]
        ahead = {other.place_id for other in after[call]}
        if van == round_id and not is_departure:
            if call.place_id == destination:
                return instant
            if call.place_id == call.hub_id and destination not in ahead:
                place, van, has_changed = call.place_id, None, True
        elif van is None and is_departure and call.place_id == place and instant >= ready_at:
            leads_to_hub = not has_changed and call.hub_id != place and call.hub_id in ahead
            van = round_id if destination in ahead or leads_to_hub else None
    return None


def timetables():
    """Return a few rounds over a few places, some without a hub, some passing a place twice, at any hour of the day."""
    place = st.integers(1, 4)
    call = st.tuples(place, st.integers(1, 30), st.integers(0, 30))
    return st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([1, 2, None]), st.integers(0, 1100), st.lists(call, max_size=5)),
        max_size=5,
    )


def written(rounds):
    calls = []
    for number, (day, hub, start, places) in enumerate(rounds):
        minute = start
        for place, way_there, stay in places:
            arrives = minute + way_there
            minute = arrives + stay
            times = clock_time(arrives), clock_time(minute)
            calls.append(WallCall(number, MONDAY + dt.timedelta(days=day), hub, place, *times))
    return calls


def clock_time(minutes):
    return dt.time(*divmod(minutes, 60))


@settings(max_examples=400, deadline=None)
@given(timetables(), st.integers(1, 4), st.integers(1, 4), st.integers(0, 4 * 24 * 60))
def test_journey_is_that_of_a_copy_carried_step_by_step(rounds, origin, destination, minute):
    calls = written(rounds)
    ready_at = at(MONDAY, "00:00") + dt.timedelta(minutes=minute)

    found = way(calls, origin, destination, ready_at)

    assert (found and found.arrives_at) == carried(calls, origin, destination, ready_at)
    if found is not None:
        assert ready_at <= found.leaves_at <= found.arrives_at


def test_journey_is_that_of_a_copy_carried_step_by_step_in_all_small_cases():
    orders = [order for length in (1, 2, 3) for order in product((HUB, NORTH, SOUTH), repeat=length)]
    for first, second in product(orders, repeat=2):
        calls = run(1, MONDAY, *((place, f"{9 + number:02}:00") for number, place in enumerate(first)))
        calls += run(2, MONDAY, *((place, f"{10 + number:02}:00") for number, place in enumerate(second)))
        timetable = Timetable(calls)
        for origin, destination in product((HUB, NORTH, SOUTH), repeat=2):
            for ready in (at(MONDAY, "08:00"), at(MONDAY, "09:30")):
                found = journey(timetable, origin, destination, ready)
                expected = carried(calls, origin, destination, ready)
                assert (found and found.arrives_at) == expected, (first, second, origin, destination, ready)

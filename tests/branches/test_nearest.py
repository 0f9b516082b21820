"""Points closed for long, and where else one can go."""

import datetime as dt

import pytest

from branches.nearest import long_closures, nearest_to, pickup_points_during
from milanolib import clock
from tests.factories import BranchFactory, ClosureFactory, LockerFactory, NewsstandFactory

pytestmark = pytest.mark.django_db


def days(number):
    return dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("starts", "ends", "is_long"),
    [
        (0, 14, False),
        (0, 15, True),
        (0, None, True),
        (-30, 14, False),
        (-30, 15, True),
        (-30, -1, False),
        (14, 29, True),
        (14, 28, False),
        (15, None, False),
    ],
)
def test_long_closures_are_those_that_nobody_should_wait_for(monday, starts, ends, is_long):
    today = clock.today()
    closure = ClosureFactory(starts_on=today + days(starts), ends_on=None if ends is None else today + days(ends))

    assert long_closures([closure.place_id], today) == ({closure.place_id: closure} if is_long else {})


def test_long_closures_name_the_first_of_several(monday):
    place, today = BranchFactory(), clock.today()
    ClosureFactory(place=place, starts_on=today + days(10), ends_on=None)
    now = ClosureFactory(place=place, starts_on=today, ends_on=today + days(20))

    assert long_closures([place.pk], today) == {place.pk: now}


def test_pickup_points_during_leave_out_what_is_closed_for_long_too(monday):
    today = clock.today()
    closure = ClosureFactory(place=BranchFactory(), starts_on=today + days(10), ends_on=None)
    open_one = BranchFactory()
    ClosureFactory(place=BranchFactory(), starts_on=today, ends_on=None)
    ClosureFactory(place=BranchFactory(), starts_on=today + days(5), ends_on=None)
    LockerFactory(parent=open_one)

    assert pickup_points_during(closure, today) == [open_one]


def test_nearest_to_puts_who_stands_in_first_then_the_shortest_walks():
    closed = BranchFactory(latitude=45.46, longitude=9.19)
    far, near, nearer, stands_in = (
        NewsstandFactory(latitude=45.46 + step, longitude=9.19) for step in (0.03, 0.02, 0.01, 0.2)
    )
    nowhere = NewsstandFactory(latitude=None, longitude=None)
    points = [far, nowhere, near, stands_in, nearer]

    assert [one.place for one in nearest_to(closed, points)] == [nearer, near, far]
    assert [one.place for one in nearest_to(closed, points, first=stands_in.pk)] == [stands_in, nearer, near]
    assert [one.minutes for one in nearest_to(closed, [nearer])] == [19]
    assert nearest_to(closed, [nowhere], first=nowhere.pk)[0].minutes is None
    assert nearest_to(BranchFactory(latitude=None, longitude=None), points, first=far.pk)[0].place == far

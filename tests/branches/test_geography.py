"""Where people start from, and what is within reach."""

import datetime as dt

import pytest

from branches.geography import (
    landmarks,
    minutes_from,
    places_within,
    start_groups,
    start_of,
    starts,
    walks_from,
)
from tests.factories import BranchFactory, NewsstandFactory, PlaceFactory

DUOMO = 45.4642, 9.19


@pytest.fixture
def near_and_far(db, monday):
    near = BranchFactory(latitude=DUOMO[0], longitude=DUOMO[1])
    middle = NewsstandFactory(latitude=DUOMO[0] + 0.004, longitude=DUOMO[1], parent=near)
    far = BranchFactory(latitude=DUOMO[0] + 0.05, longitude=DUOMO[1])
    return near, middle, far


def test_starts_are_stations_municipi_and_open_points_that_have_a_position(near_and_far):
    near, _middle, _far = near_and_far
    gone = BranchFactory(closed_on=dt.date(2026, 1, 1))
    nowhere = BranchFactory(latitude=None, longitude=None)
    hub = PlaceFactory(kind="hub")

    found = starts()

    assert landmarks().items() <= found.items()
    assert found[f"p-{near.code}"].group == "library"
    assert not {f"p-{one.code}" for one in (gone, nowhere, hub)} & set(found)
    assert list(start_groups()) == ["metro", "municipio", "library", "point"]


def test_start_of_finds_a_landmark_a_point_and_nothing(near_and_far, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert start_of("m3").name == "Municipio 3"
        assert start_of("nowhere") is None
        assert start_of("") is None
    with django_assert_num_queries(1):
        assert start_of(f"p-{near_and_far[0].code}").name == near_and_far[0].name
    assert start_of("p-nowhere") is None


def test_places_within_are_the_open_ones_nearest_first(near_and_far):
    near, middle, far = near_and_far
    BranchFactory(latitude=DUOMO[0], longitude=DUOMO[1], closed_on=dt.date(2026, 3, 2))
    start = start_of(f"p-{near.code}")

    assert places_within(start) == [near.pk, middle.pk]
    assert places_within(start, minutes=1) == [near.pk]
    assert places_within(start, minutes=500) == [near.pk, middle.pk, far.pk]


def test_walks_from_a_point_to_itself_take_no_time_and_next_door_a_minute(near_and_far):
    near, _middle, far = near_and_far
    next_door = NewsstandFactory(latitude=DUOMO[0], longitude=DUOMO[1], parent=near)
    start = start_of(f"p-{near.code}")

    walks = dict(walks_from(start))

    assert (walks[near.pk], walks[next_door.pk]) == (0, 1)
    assert [minutes_from(start, one) for one in (near, next_door, far)] == [0, 1, walks[far.pk]]
    assert minutes_from(start, BranchFactory(latitude=None, longitude=None)) is None

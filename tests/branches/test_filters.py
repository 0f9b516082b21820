"""The filters of the list: what is asked narrows, what makes no sense is said."""

import datetime as dt

import pytest
from django.utils import translation

from branches.filters import PointFilter
from branches.models import OpeningHours, Place, PlaceKind
from branches.presentation import CALENDAR_AHEAD, open_then, point_lines
from milanolib import clock
from tests.factories import (
    BookshopFactory,
    BranchFactory,
    ClosureFactory,
    LockerFactory,
    NewsstandFactory,
    OpeningHoursFactory,
    VehicleFactory,
)

pytestmark = pytest.mark.django_db


def asked(**query):
    today = clock.today()
    places = Place.objects.open_to_readers(today).with_calendar(today, today + CALENDAR_AHEAD).order_by("name")
    return PointFilter(query, queryset=places)


def codes(found):
    lines = point_lines(found.qs, clock.now())
    if found.moment:
        lines, _unknown = open_then(lines, found.moment)
    return {line.place.code for line in lines}


def errors(**query):
    with translation.override("en"):
        return {name: [str(one) for one in told] for name, told in asked(**query).form.errors.items()}


def test_several_kinds_at_once(monday):
    parent = BranchFactory(code="a")
    NewsstandFactory(code="b", parent=parent)
    BookshopFactory(code="c", parent=parent)
    VehicleFactory(code="d")

    assert codes(asked(kind=[PlaceKind.NEWSSTAND, PlaceKind.BOOKSHOP])) == {"b", "c"}
    assert codes(asked()) == {"a", "b", "c"}


def test_boxes_narrow_only_when_ticked(monday):
    BranchFactory(code="a", step_free=True, lends_on_the_spot=True)
    BranchFactory(code="b", step_free=None, lends_on_the_spot=False)

    assert codes(asked(step_free="on")) == {"a"}
    assert codes(asked(lends="on")) == {"a"}
    assert codes(asked(pickup="on", returns="on")) == {"a", "b"}


def test_collecting_leaves_out_lockers_and_points_that_stay_shut(monday):
    parent = BranchFactory(code="a")
    LockerFactory(code="b", parent=parent)
    today = clock.today()
    ClosureFactory(place=BranchFactory(code="c"), starts_on=today, ends_on=None)
    ClosureFactory(place=BranchFactory(code="d"), starts_on=today - dt.timedelta(days=30), ends_on=today)

    assert codes(asked(pickup="on")) == {"a", "d"}
    assert codes(asked()) == {"a", "b", "c", "d"}


def test_a_point_that_never_closes_is_open_then_without_an_interval(monday):
    LockerFactory(code="a", parent=BranchFactory(code="b"))
    found = asked(now="on", kind=[PlaceKind.LOCKER])

    lines, _unknown = open_then(point_lines(found.qs, clock.now()), found.moment)

    assert [(line.place.code, line.then) for line in lines] == [("a", ())]


def test_services_must_all_be_there(monday):
    BranchFactory(code="a", services=["wifi", "study"])
    BranchFactory(code="b", services=["wifi"])

    assert codes(asked(services=["wifi"])) == {"a", "b"}
    assert codes(asked(services=["wifi", "study"])) == {"a"}


def test_open_now_leaves_out_the_closed_and_counts_those_whose_hours_nobody_knows(monday):
    is_open, shut, later = (BranchFactory(code=code, hours_known=True) for code in ("open", "shut", "later"))
    BranchFactory(code="unknown")
    for place, opens in ((is_open, 9), (shut, 9), (later, 15)):
        OpeningHoursFactory(place=place, weekday=0, opens=dt.time(opens), closes=dt.time(19))
    ClosureFactory(place=shut)
    found = asked(now="on")

    lines, unknown = open_then(point_lines(found.qs, clock.now()), found.moment)

    assert ([line.place.code for line in lines], unknown) == (["open"], 1)


def test_open_at_a_day_and_hour_is_wall_time_on_both_sides_of_the_night_the_clock_changes(monday):
    OpeningHoursFactory(
        place=BranchFactory(code="a", hours_known=True), weekday=0, opens=dt.time(9), closes=dt.time(12)
    )

    for day in ("2026-03-23", "2026-03-30"):  # the clock changes on 29 March
        assert codes(asked(day=day, hour="09:00")) == {"a"}
        assert codes(asked(day=day, hour="08:59")) == set()
        assert codes(asked(day=day, hour="12:00")) == set()


def test_open_at_any_time_of_a_day(monday):
    OpeningHoursFactory(place=BranchFactory(code="a", hours_known=True), weekday=1)

    assert codes(asked(day="2026-03-03")) == {"a"}
    assert codes(asked(day="2026-03-04")) == set()


def test_an_evening_for_study_alone_is_not_open(monday):
    place = BranchFactory(code="a", hours_known=True)
    OpeningHoursFactory(place=place, weekday=0, opens=dt.time(9), closes=dt.time(19))
    OpeningHoursFactory(
        place=place, weekday=0, opens=dt.time(19), closes=dt.time(23), purpose=OpeningHours.Purpose.STUDY
    )

    assert codes(asked(day="2026-03-02", hour="20:00")) == set()


def test_a_moment_that_makes_no_sense_is_said_at_its_field(monday):
    assert "not both" in errors(now="on", day="2026-03-05")["day"][0]
    assert "past" in errors(day="2026-03-01")["day"][0]
    assert "nine weeks" in errors(day="2026-09-01")["day"][0]
    assert "choose a day too" in errors(hour="07:00")["day"][0]
    assert "no date" in errors(day="tomorrow")["day"][0]
    assert "no time" in errors(hour="25:99")["hour"][0]
    assert errors(hour="21:00") == {}


def test_a_moment_that_makes_no_sense_narrows_nothing_else(monday):
    BranchFactory(code="a")
    found = asked(day="2026-03-01", kind=["branch"])

    assert (found.moment, codes(found)) == (None, {"a"})


def test_further_filters_are_counted_so_that_they_stay_in_sight(monday):
    assert asked().further_asked == 0
    assert asked(municipio="1").further_asked == 0
    assert asked(kind=["branch"], day="nonsense").further_asked == 2

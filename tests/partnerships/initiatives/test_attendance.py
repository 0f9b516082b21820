"""How many came: to a date that nobody needs to book, and to each date of a booked series."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from milanolib import clock
from partnerships.initiatives import booking, door, errors
from partnerships.initiatives.planning import cancel_date
from partnerships.initiatives.reminding import remind_of_dates
from partnerships.initiatives.states import BookingStatus
from partnerships.models import InitiativeBooking, InitiativeDate
from tests.partnerships.initiatives.conftest import at, make_initiative
from tests.partnerships.initiatives.test_booking import WEEKLY, book, letters
from tests.story import fresh

pytestmark = pytest.mark.django_db


def test_note_attendance_writes_one_number_that_can_be_corrected(initiative, monday):
    date = initiative.dates.get()
    monday.shift(dt.timedelta(days=2))
    for people in (12, 12, 9):
        door.note_attendance(date, people, actor=None)
    (noted,) = InitiativeBooking.objects.all()

    assert (noted.came, noted.adults, noted.contact) == (9, 9, "")
    assert fresh(date).taken == 0
    assert door.came_unbooked(date) == noted


def test_note_attendance_of_a_series_counts_each_date(monday):
    series = make_initiative(rhythm="series", rule=WEEKLY)
    monday.shift(dt.timedelta(days=30))
    for people, date in enumerate(series.dates.all(), start=5):
        door.note_attendance(date, people, actor=None)
    assert sorted(InitiativeBooking.objects.values_list("came", flat=True)) == [5, 6, 7]


def test_note_attendance_is_refused_before_it_begins_where_it_was_cancelled_and_where_places_are_counted(monday):
    coming, gone, booked = (make_initiative(places=places).dates.get() for places in (None, None, 5))
    cancel_date(gone, actor=None)
    with pytest.raises(errors.DateNotBegun):
        door.note_attendance(coming, 3, actor=None)
    monday.shift(dt.timedelta(days=2))
    with pytest.raises(errors.DateIsCancelled):
        door.note_attendance(gone, 3, actor=None)
    with pytest.raises(errors.PlacesAreCounted):
        door.note_attendance(booked, 3, actor=None)
    assert not InitiativeBooking.objects.exists()


def test_two_who_write_it_at_once_leave_one_number(rivals, monday):
    date = make_initiative().dates.get()
    monday.shift(dt.timedelta(days=2))
    rivals(*[lambda: door.note_attendance(date, 7, actor=None)] * 2)
    assert [one.came for one in InitiativeBooking.objects.all()] == [7]


# --- A booked series: all dates are booked, and each says who came


@pytest.fixture
def series(monday):
    """Three Tuesdays of six places."""
    return list(make_initiative(rhythm="series", rule=WEEKLY, places=6, waiting_places=3).dates.all())


def came(dates):
    found = InitiativeDate.objects.filter(pk__in=[one.pk for one in dates]).order_by("starts_at").with_came()
    return [one.came for one in found]


def test_note_came_is_of_one_date_of_a_series_and_keeps_the_booking(series):
    own, other = book(series[1], adults=2, children=1), book(series[0], "bruno")
    for _time in range(2):
        assert door.note_came(series[0], own, actor=None) == 3
    assert door.note_came(series[0], own, 2, actor=None) == 2
    assert door.note_came(series[0], own, actor=None) == 2  # the ticket scanned again corrects nothing
    assert door.note_came(series[1], own, 9, actor=None) == 3
    door.note_came(series[1], other, actor=None)

    assert came(series) == [2, 4, 0]
    assert (fresh(own).status, fresh(own).came) == (BookingStatus.CONFIRMED, 0)
    assert [fresh(one).taken for one in series] == [4, 4, 4]


def test_who_came_to_a_series_is_reminded_and_can_give_back_what_is_to_come(series, monday):
    own = book(series[0], adults=4)
    waits = book(series[0], "bruno", adults=3)
    door.note_came(series[0], own, actor=None)
    monday.move_to(at(18, day=9))
    letters()
    remind_of_dates()
    assert [letter.to for letter in letters()] == [["ada@example.org"]]
    booking.cancel_places(own)
    door.note_came(series[1], waits, actor=None)

    assert came(series) == [4, 3, 0]
    assert fresh(waits).status == BookingStatus.CONFIRMED
    with pytest.raises(errors.BookingEnded):
        door.note_came(series[1], own, actor=None)


def test_note_came_of_a_series_is_refused_where_it_was_cancelled_full_or_of_something_else(series):
    own, full = book(series[0], adults=2), book(series[0], "bruno", adults=4)
    waits = book(series[0], "carla", adults=3)
    cancel_date(series[1], actor=None)
    with pytest.raises(errors.DateIsCancelled):
        door.note_came(series[1], own, actor=None)
    with pytest.raises(errors.DateIsCancelled):
        door.let_in(series[1], adults=1, actor=None)
    with pytest.raises(errors.SoldOut):
        door.note_came(series[0], waits, actor=None)
    with pytest.raises(errors.BookingUnknown):
        door.note_came(make_initiative(places=3).dates.get(), full, actor=None)

    assert came(series) == [0, 0, 0]


def test_let_in_to_a_series_takes_a_place_at_all_and_came_to_one(series):
    inside = door.let_in(series[1], adults=2, actor=None)
    door.note_came(series[2], inside, 1, actor=None)

    assert came(series) == [0, 2, 1]
    assert [fresh(one).taken for one in series] == [2, 2, 2]


def test_one_ticket_at_two_doors_of_a_series_at_once_is_noted_once(rivals, monday):
    series = list(make_initiative(rhythm="series", rule=WEEKLY, places=6).dates.all())
    own = book(series[0], adults=2)
    rivals(*[lambda: door.note_came(InitiativeDate.objects.get(pk=series[1].pk), fresh(own), actor=None)] * 3)

    assert came(series) == [0, 2, 0]


def test_what_must_never_be_of_an_attendance(series):
    own = book(series[0])
    door.note_came(series[0], own, actor=None)
    for change, name in (
        ({"date": series[0], "came": 1}, "seriesattendance_once_per_date"),
        ({"date": series[1], "came": 0}, "seriesattendance_is_of_somebody"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            own.attendances.create(came_at=clock.now(), **change)

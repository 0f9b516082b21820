"""How many came to a date that nobody needs to book."""

import datetime as dt

import pytest

from partnerships.initiatives import door, errors
from partnerships.initiatives.planning import cancel_date
from partnerships.models import InitiativeBooking
from tests.partnerships.initiatives.conftest import make_initiative
from tests.partnerships.initiatives.test_booking import WEEKLY
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

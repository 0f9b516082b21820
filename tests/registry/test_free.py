"""What is read for one slot says the same as the whole calendar, on both nights on which the clock changes too."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branches.models import SpecialOpening
from milanolib import clock
from registry import bookings
from registry.errors import OpenBookingExists, SlotTaken, SlotUnknown
from registry.free import Free, bookable_patterns, next_free, patterns_of
from registry.models import Block, Booking, WeeklyRule
from tests.factories import ClosureFactory
from tests.registry.conftest import at, make_kiosk

pytestmark = pytest.mark.django_db


def noon_before(day):
    return dt.datetime.combine(day - dt.timedelta(days=1), dt.time(12), tzinfo=clock.ROME)


@pytest.mark.parametrize("day", [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 3, 3)])
def test_book_slot_takes_the_slots_that_are_shown_and_no_other_instant(monday, day):
    monday.move_to(noon_before(day))
    kiosk = make_kiosk(slot_minutes=25, buffer_minutes=5)
    kiosk.place.closed_on_holidays = False
    kiosk.place.save(update_fields=["closed_on_holidays"])
    SpecialOpening.objects.create(place=kiosk.place, on=day, opens=dt.time(1), closes=dt.time(10, 40))
    WeeklyRule.objects.update_or_create(
        resource=kiosk, weekday=day.weekday(), starts=dt.time(0, 30), is_assisted=False, defaults={"ends": dt.time(4)}
    )
    WeeklyRule.objects.update_or_create(
        resource=kiosk, weekday=day.weekday(), starts=dt.time(9), is_assisted=False, defaults={"ends": dt.time(13)}
    )
    nine = dt.datetime.combine(day, dt.time(9), tzinfo=clock.ROME)
    Block.objects.create(resource=kiosk, during=(nine + dt.timedelta(minutes=30), nine + dt.timedelta(minutes=40)))
    shown = [slot.starts for slot in Free([kiosk], day, day).on(kiosk, day)]

    patterns, taken = bookable_patterns(kiosk), []
    for number in range(5 * 60):
        for instant in (clock.start_of(day).astimezone(dt.UTC), nine.astimezone(dt.UTC)):
            try:
                slot = instant + dt.timedelta(minutes=number)
                bookings.bookable_slot(kiosk, slot, patterns)
            except SlotUnknown:
                continue
            taken.append(slot)
    assert sorted(taken) == shown
    assert len(shown) > 5


def test_patterns_of_one_are_those_of_many(monday):
    one, other = make_kiosk("una", opens_on=dt.date(2026, 3, 10)), make_kiosk("altra", slot_minutes=45)
    ClosureFactory(place=one.place, starts_on=dt.date(2026, 3, 5), ends_on=None)
    ClosureFactory(place=other.place, starts_on=dt.date(2026, 4, 5))
    Block.objects.create(resource=other, during=(at(9), at(10)))
    first, last = dt.date(2026, 3, 2), dt.date(2026, 3, 30)

    both = patterns_of([one, other], first, last)
    assert both == patterns_of([one], first, last) | patterns_of([other], first, last)
    assert both[one.pk].calendar.closures == ((dt.date(2026, 3, 5), None),)
    assert both[other.pk].calendar.closures == ()
    assert both[other.pk].blocks == [(at(9), at(10))]


def test_next_free_goes_on_day_by_day_to_the_first_free_slot(monday):
    kiosk = make_kiosk(slot_minutes=120, buffer_minutes=0)  # two slots a day
    for number, (hour, day) in enumerate((hour, day) for day in (3, 4, 5) for hour in (9, 11)):
        bookings.book_slot(kiosk, at(hour, day=day), f"persona{number}@example.org", is_confirmed=True)
    patterns = bookable_patterns(kiosk)

    assert next_free(kiosk, at(9), patterns).starts == at(9, day=6)
    with CaptureQueriesContext(connection) as queries:
        assert next_free(kiosk, at(9, day=5), patterns).starts == at(9, day=6)
    assert len(queries) == 2
    ClosureFactory(place=kiosk.place, starts_on=dt.date(2026, 3, 6), ends_on=None)
    assert next_free(kiosk, at(9), bookable_patterns(kiosk)) is None


def test_book_slot_asks_little_and_less_of_who_comes_late(kiosk):
    def asked(contact, error=None):
        with CaptureQueriesContext(connection) as queries:
            if error is None:
                bookings.book_slot(kiosk, at(9), contact, is_confirmed=True)
            else:
                with pytest.raises(error):
                    bookings.book_slot(kiosk, at(9), contact, is_confirmed=True)
        return len([one for one in queries if "SAVEPOINT" not in one["sql"]])

    assert asked("ada@example.org") == 6  # calendar, who has it; lock, blocks, booking, event
    assert asked("bruno@example.org", SlotTaken) == 3  # calendar, who has it; the day's bookings


def test_slot_of_another_is_refused_before_ones_own_open_booking(kiosk):
    bookings.book_slot(kiosk, at(9), "ada@example.org", is_confirmed=True)
    bookings.book_slot(kiosk, at(9, 30), "bruno@example.org", is_confirmed=True)

    with pytest.raises(SlotTaken):
        bookings.book_slot(kiosk, at(9), "bruno@example.org", is_confirmed=True)
    with pytest.raises(OpenBookingExists):
        bookings.book_slot(kiosk, at(10), "bruno@example.org", is_confirmed=True)
    assert Booking.objects.count() == 2

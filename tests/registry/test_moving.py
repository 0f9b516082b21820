"""Days that are moved."""

import datetime as dt

import pytest

from accounts.models import Act
from milanolib import clock
from registry import bookings
from registry.errors import LastDayBeforeFirst
from registry.models import Booking
from registry.moving import Moved, move_days
from tests.factories import ClosureFactory, LibrarianFactory
from tests.registry.conftest import at, make_kiosk
from tests.registry.test_bookings import book, letters
from tests.story import fresh

DAY = dt.date(2026, 3, 3)


def test_move_days_of_a_closed_library_moves_thirty_and_tells_each_once(db, monday):
    kiosk = make_kiosk("chiusa", slot_minutes=5, buffer_minutes=0)
    for number in range(30):
        book(kiosk, 9 + number * 5 // 60, number * 5 % 60, contact=f"persona{number}@example.org")
    letters()
    ClosureFactory(place=kiosk.place, starts_on=DAY)

    moved = move_days(kiosk, DAY, DAY, actor=LibrarianFactory(desk=kiosk.place))
    again = move_days(kiosk, DAY, DAY, actor=None)

    assert (len(moved.moved), moved.left, again) == (30, (), Moved())
    assert Act.objects.filter(verb="move_booking").count() == 30
    told = [address for letter in letters() for address in letter.to]
    assert len(told) == len(set(told)) == 30
    assert letters() == []
    days = {clock.local(one.starts).date() for one in Booking.objects.all()}
    assert days == {dt.date(2026, 3, 4)}


def test_move_days_of_a_closed_week_keeps_the_order_and_passes_nobody_from_closed_day_to_closed_day(db, monday):
    kiosk = make_kiosk("settimana", slot_minutes=60, buffer_minutes=0)  # four a day
    asked = [(day, hour) for day in (3, 5, 7) for hour in (9, 10, 11)]
    for number, (day, hour) in enumerate(asked):
        book(kiosk, hour, day=day, contact=f"persona{number}@example.org")
    stays = book(kiosk, 9, day=9, contact="resta@example.org")
    ClosureFactory(place=kiosk.place, starts_on=DAY, ends_on=dt.date(2026, 3, 8))
    letters()

    moved = move_days(kiosk, DAY, dt.date(2026, 3, 8), actor=None)

    assert [one.contact for one in moved.moved] == [f"persona{number}@example.org" for number in range(9)]
    assert [one.starts for one in moved.moved] == [
        *(at(hour, day=9) for hour in (10, 11, 12)),
        *(at(hour, day=10) for hour in (9, 10, 11, 12)),
        *(at(hour, day=11) for hour in (9, 10)),
    ]
    assert fresh(stays).starts == at(9, day=9)
    assert sorted(address for letter in letters() for address in letter.to) == sorted(
        one.contact for one in moved.moved
    )


def test_move_days_names_who_finds_no_slot_and_who_has_only_a_telephone(db, monday):
    kiosk = make_kiosk("stretta", slot_minutes=120, buffer_minutes=0)  # two a day
    contacts = ("02 8846 0000", "bruno@example.org", "carla@example.org")
    booked = [
        book(kiosk, hour, day=day, contact=contact)
        for (hour, day), contact in zip(((9, 3), (11, 3), (9, 4)), contacts, strict=True)
    ]
    ClosureFactory(place=kiosk.place, starts_on=DAY, ends_on=dt.date(2026, 3, 4))
    ClosureFactory(place=kiosk.place, starts_on=dt.date(2026, 3, 6), ends_on=None)

    moved = move_days(kiosk, DAY, dt.date(2026, 3, 4), actor=None)

    assert moved.moved == (booked[0], booked[1])
    assert moved.to_call == [booked[0]]
    assert moved.left == (booked[2],)
    assert fresh(booked[2]).starts == at(9, day=4)


def test_move_days_leaves_alone_what_is_over_or_not_confirmed_and_refuses_days_the_wrong_way_round(kiosk, monday):
    over, asked_for, coming = (
        book(kiosk, 9, contact="ada@example.org"),
        book(kiosk, 9, 30, contact="bruno@example.org", confirmed=False),
        book(kiosk, 12, contact="carla@example.org"),
    )
    monday.move_to(at(10))

    assert move_days(kiosk, DAY, DAY, actor=None).moved == (coming,)
    assert [fresh(one).starts for one in (over, asked_for)] == [at(9), at(9, 30)]
    with pytest.raises(LastDayBeforeFirst):
        move_days(kiosk, DAY, dt.date(2026, 3, 2), actor=None)


def test_two_librarians_who_move_the_same_days_move_each_booking_once(kiosk):
    first, second = book(kiosk), book(kiosk, 9, 30, contact="bruno@example.org")
    letters()
    bookings.cancel_booking(second)

    assert move_days(kiosk, DAY, DAY, actor=None).moved == (first,)
    assert move_days(kiosk, DAY, DAY, actor=None) == Moved()
    assert len(letters()) == 1

"""Places: book, confirm, change, cancel, the waiting list, the door, and what each is told."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.models import Act
from milanolib import clock
from notifications.delivery import deliver
from outbox.events import dispatch
from partnerships.initiatives import booking, door, errors, planning
from partnerships.initiatives.links import link_to
from partnerships.initiatives.recurring import Every, Recurrence
from partnerships.initiatives.reminding import remind_of_dates
from partnerships.initiatives.states import BookingStatus
from partnerships.initiatives.tasks import sweep
from partnerships.models import InitiativeBooking, InitiativeDate
from tests.factories import LibrarianFactory
from tests.partnerships.initiatives.conftest import TUESDAY, at, make_draft, make_initiative
from tests.story import fresh

pytestmark = pytest.mark.django_db
WEEKLY = Recurrence(TUESDAY, dt.time(17), dt.time(18, 30), Every.WEEK, dt.date(2026, 3, 17))


@pytest.fixture
def date(monday):
    """Tuesday at five: four places, two on the waiting list."""
    return make_initiative(places=4, waiting_places=2).dates.get()


def book(date, name="ada", **options):
    return booking.book_places(date, f"{name}@example.org", **{"is_confirmed": True} | options)


def letters():
    mail.outbox.clear()
    dispatch()
    deliver()
    return mail.outbox


def counted(date):
    """What the date says, which must be what its bookings say."""
    found = fresh(date)
    kept = InitiativeBooking.objects.filter(date=date)
    holding = [one.people for one in kept if one.status in ("requested", "offered", "confirmed", "came")]
    assert found.taken == sum(holding)
    assert found.waiting == sum(one.people for one in kept if one.status == "waiting")
    return found.taken, found.waiting


def test_book_places_gives_places_then_the_waiting_list_then_nothing(date):
    first = book(date, adults=1, children=2)
    asked = book(date, "bruno", is_confirmed=False)
    waiting = [book(date, name) for name in ("carla", "dario")]
    with pytest.raises(errors.SoldOut):
        book(date, "elena")

    assert (first.status, asked.status) == (BookingStatus.CONFIRMED, BookingStatus.REQUESTED)
    assert {one.status for one in waiting} == {BookingStatus.WAITING}
    assert counted(date) == (4, 2)
    assert sorted(letter.to[0] for letter in letters()) == [
        f"{name}@example.org" for name in ("ada", "bruno", "carla", "dario")
    ]


def test_book_places_refuses_what_cannot_be(date, monday):
    for options, refusal in (
        ({"adults": 5}, errors.TooManyTogether),
        ({"adults": 0}, errors.TooManyTogether),
        ({"adults": -1, "children": 2}, errors.TooManyTogether),
    ):
        with pytest.raises(refusal):
            book(date, **options)
    with pytest.raises(errors.ContactMissing):
        booking.book_places(date, "  ")
    with pytest.raises(errors.AlreadyBooked):
        book(date), book(date, "ADA")
    with pytest.raises(errors.BookingsNotOpen):
        book(make_draft(places=4).dates.get())
    with pytest.raises(errors.BookingsNotOpen):
        book(make_initiative().dates.get())  # nobody needs to
    later = make_initiative(places=4, bookings_open_at=clock.now() + dt.timedelta(hours=1)).dates.get()
    with pytest.raises(errors.BookingsNotOpen):
        book(later)
    monday.shift(dt.timedelta(hours=1))
    assert book(later).status == BookingStatus.CONFIRMED
    off = make_initiative(places=4).dates.get()
    planning.cancel_date(off, actor=None)
    with pytest.raises(errors.DateIsCancelled):
        book(off)
    monday.move_to(at(17))
    with pytest.raises(errors.DateIsOver):
        book(date, "bruno")


def test_newcomers_do_not_pass_who_waits(date):
    four = book(date, adults=4)
    book(date, "bruno", adults=2)
    booking.change_places(four, adults=3, children=0)

    with pytest.raises(errors.SoldOut):
        book(date, "carla")  # one place is free, but two wait, and the list is full
    assert counted(date) == (3, 2)


def test_freed_places_are_offered_in_order_for_a_limited_time(date, monday):
    full = book(date, adults=4)
    first, second = book(date, "bruno"), book(date, "carla")
    letters()
    booking.change_places(full, adults=3, children=0)
    assert [letter.to for letter in letters()] == [["bruno@example.org"]]
    assert fresh(first).status == BookingStatus.OFFERED
    assert counted(date) == (4, 1)

    monday.shift(dt.timedelta(hours=12, minutes=1))
    sweep()
    assert (fresh(first).status, fresh(second).status) == (BookingStatus.EXPIRED, BookingStatus.OFFERED)
    assert [letter.to for letter in letters()] == [["carla@example.org"]]
    with pytest.raises(errors.BookingEnded):
        booking.confirm_places(first)
    for _time in range(2):
        assert booking.confirm_places(second).status == BookingStatus.CONFIRMED
    assert counted(date) == (4, 0)


def test_family_that_does_not_fit_keeps_its_turn(date):
    full = book(date, adults=3)
    single = book(date, "sola")
    family = book(date, "bruno", adults=2)
    booking.cancel_places(single)
    letters()
    assert fresh(family).status == BookingStatus.WAITING
    booking.cancel_places(full)
    letters()
    assert fresh(family).status == BookingStatus.OFFERED
    assert counted(date) == (2, 0)


def test_nobody_is_asked_within_the_last_hour(date, monday):
    full = book(date, adults=4)
    waits = book(date, "bruno")
    monday.move_to(at(16, 10))
    booking.cancel_places(full)
    letters()

    assert fresh(waits).status == BookingStatus.WAITING


def test_unconfirmed_places_are_free_again(date, monday):
    asked = book(date, adults=4, is_confirmed=False)
    with pytest.raises(IntegrityError, match="held_says_until"), transaction.atomic():
        InitiativeBooking.objects.filter(pk=asked.pk).update(hold_until=None)
    monday.shift(dt.timedelta(minutes=31))

    assert book(date, "bruno", adults=4).status == BookingStatus.CONFIRMED
    assert fresh(asked).status == BookingStatus.EXPIRED
    with pytest.raises(errors.BookingEnded):
        booking.cancel_places(asked)


def test_change_and_cancel_can_be_repeated_and_refuse(date):
    own, other = book(date, adults=2), book(date, "bruno")
    for _time in range(2):
        booking.change_places(own, adults=1, children=2)
    with pytest.raises(errors.PlacesShort):
        booking.change_places(own, adults=4, children=0)
    with pytest.raises(errors.TooManyTogether):
        booking.change_places(own, adults=0, children=0)
    assert counted(date) == (4, 0)
    for _time in range(2):
        booking.cancel_places(other)
    with pytest.raises(errors.BookingEnded):
        booking.change_places(other, adults=2, children=0)
    assert counted(date) == (3, 0)


def test_places_of_a_series_count_for_all_its_dates(monday):
    series = make_initiative(rhythm="series", rule=WEEKLY, kind="course", places=2)
    first, second, third = series.dates.all()
    own = book(third)
    assert own.date == first
    with pytest.raises(errors.AlreadyBooked):
        book(second)
    letters()
    planning.cancel_date(first, actor=None)
    assert [letter.to for letter in letters()] == [["ada@example.org"]]
    assert book(second, "bruno").date == first  # the series goes on
    with pytest.raises(errors.SoldOut):
        book(third, "carla")


def test_a_changed_date_is_told_to_everybody_once(date):
    book(date), book(date, "bruno", language="en"), book(date, "carla", adults=2)
    gone = book(date, "dario")
    booking.cancel_places(gone)
    letters()
    planning.move_date(date, at(18), at(19), note="In giardino", actor=None)
    planning.move_date(date, at(19), at(20), note="In giardino", actor=None)
    told = letters()

    assert sorted(letter.to[0] for letter in told) == [f"{name}@example.org" for name in ("ada", "bruno", "carla")]
    assert all("19:00" in letter.body and "In giardino" in letter.body for letter in told)
    assert letters() == []
    planning.cancel_initiative(date.initiative, note="Malattia", actor=None)
    planning.cancel_initiative(date.initiative, actor=None)
    assert len(letters()) == 3


def test_who_comes_is_reminded_once_the_day_before(date, monday):
    own = book(date)
    letters()
    monday.move_to(at(18, day=2))
    for _time in range(2):
        assert remind_of_dates() == 1
    (letter,) = letters()
    assert own.code in letter.body
    planning.move_date(date, at(18), at(19), actor=None)
    letters()
    assert remind_of_dates() == 1
    assert len(letters()) == 1  # of the new time


def test_at_the_door_code_and_ticket_are_known_and_others_are_not(date):
    librarian = LibrarianFactory()
    own = book(date, adults=2, children=1)
    other = book(make_initiative(places=4).dates.get(), "altra")
    for scanned in (own.code, own.code.lower(), link_to(own), f"  {own.code}\n"):
        assert door.booking_at_door(date, scanned) == own
    for scanned in ("", "K0000", link_to(other), link_to(own)[:-3], "x" * 999):
        with pytest.raises(errors.BookingUnknown):
            door.booking_at_door(date, scanned)
    for _time in range(2):
        door.note_came(date, own, actor=librarian)
    door.note_came(date, own, 2, actor=librarian)
    assert (fresh(own).came, fresh(own).status) == (2, BookingStatus.CAME)
    assert counted(date) == (3, 0)
    assert not Act.objects.filter(subject__contains="example.org").exists()


def test_who_waits_or_has_no_booking_comes_in_while_there_is_room(date):
    full = book(date, adults=4)
    waits = book(date, "bruno")
    with pytest.raises(errors.SoldOut):
        door.note_came(date, waits, actor=None)
    with pytest.raises(errors.SoldOut):
        door.let_in(date, adults=1, actor=None)
    booking.change_places(full, adults=2, children=0)
    door.note_came(date, waits, actor=None)
    door.let_in(date, adults=1, actor=None)
    assert counted(date) == (4, 0)
    gone = book(make_initiative(places=4).dates.get())
    booking.cancel_places(gone)
    with pytest.raises(errors.BookingEnded):
        door.note_came(gone.date, gone, actor=None)


def test_contacts_are_forgotten_a_month_after_the_last_date(date, monday):
    book(date)
    series = make_initiative(rhythm="series", rule=WEEKLY, places=2).dates.first()
    book(series)
    monday.move_to(at(9, day=3, month=4))
    assert booking.forget_contacts() == 1
    monday.move_to(at(9, day=20, month=4))
    assert booking.forget_contacts() == 1
    assert not InitiativeBooking.objects.exclude(contact="", contact_hash="").exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"adults": 0}, "initiativebooking_is_of_somebody"),
        ({"came": 1}, "initiativebooking_came_says_how_many"),
        ({"status": "came"}, "initiativebooking_came_says_how_many"),
        ({"status": "came", "came": 9}, "initiativebooking_came_says_how_many"),
    ],
)
def test_what_must_never_be_of_a_booking(date, change, name):
    own = book(date)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        InitiativeBooking.objects.filter(pk=own.pk).update(**change)


def test_one_contact_has_one_open_booking_of_a_date(date):
    own = book(date)
    own.pk = None
    with pytest.raises(IntegrityError, match="initiativebooking_one_open_per_contact"), transaction.atomic():
        own.save(force_insert=True)


def test_set_places_offers_more_and_never_fewer_than_are_taken(date):
    book(date, adults=4)
    waits = book(date, "bruno")
    letters()
    with pytest.raises(errors.PlacesBookedAlready):
        planning.set_places(date, 3, 2, actor=None)
    for _time in range(2):
        planning.set_places(date, 5, 2, actor=None)
    letters()
    assert fresh(waits).status == BookingStatus.OFFERED
    assert InitiativeDate.objects.get(pk=date.pk).places == 5

"""Book, confirm, move, cancel."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import translation

from branches.hanging import what_hangs_on, what_hangs_on_closure, what_stays_moved
from milanolib import clock
from notifications.delivery import deliver
from notifications.models import Message, MessageStatus
from outbox.events import dispatch
from registry import bookings, running
from registry.errors import BookingEnded, ContactMissing, OpenBookingExists, OtherServices, SlotTaken, SlotUnknown
from registry.models import Booking, Kiosk
from registry.states import BookingStatus
from tests.factories import ClosureFactory, LibrarianFactory
from tests.registry.conftest import at, make_kiosk
from tests.story import fresh


def book(kiosk, hour=9, minute=0, contact="ada@example.org", day=3, confirmed=True):
    return bookings.book_slot(kiosk, at(hour, minute, day=day), contact, is_confirmed=confirmed)


def letters():
    mail.outbox.clear()
    dispatch()
    deliver()
    return mail.outbox


def test_book_slot_asks_for_confirmation_by_a_letter(kiosk):
    booking = book(kiosk, confirmed=False)
    (letter,) = letters()

    assert booking.status == BookingStatus.REQUESTED
    assert letter.to == ["ada@example.org"]
    assert "/anagrafe/prenotazione/" in letter.body


def test_book_slot_speaks_the_language_of_who_books(kiosk):
    bookings.book_slot(kiosk, at(9), "ada@example.org", language="en", is_confirmed=True)
    (letter,) = letters()

    assert letter.extra_headers["Content-Language"] == "en"


def test_book_slot_refuses_what_is_no_slot(kiosk):
    for instant in (at(9, 5), at(8), at(9, day=1), at(9, day=8), at(9, day=2), at(9, day=31)):
        with pytest.raises(SlotUnknown):
            bookings.book_slot(kiosk, instant, "ada@example.org")
    assert not Booking.objects.exists()


def test_book_slot_refuses_a_taken_one_and_names_the_next(kiosk):
    book(kiosk)

    with pytest.raises(SlotTaken) as refusal:
        book(kiosk, contact="bruno@example.org")

    assert refusal.value.next_free.starts == at(9, 30)


def test_book_slot_gives_one_open_booking_to_a_contact(kiosk):
    first = book(kiosk, contact="Ada@Example.org ")

    with pytest.raises(OpenBookingExists) as refusal:
        book(kiosk, 9, 30)

    assert refusal.value.booking == first
    bookings.cancel_booking(first)
    assert book(kiosk, 9, 30).status == BookingStatus.CONFIRMED


def test_book_slot_can_be_repeated_within_a_minute_and_tells_once(kiosk, monday):
    first, again = book(kiosk, confirmed=False), book(kiosk, confirmed=False)
    assert first == again
    assert len(letters()) == 1

    monday.shift(dt.timedelta(minutes=1))
    with pytest.raises(SlotTaken):  # as for everybody: nobody learns whose it is
        book(kiosk)


def test_book_slot_needs_a_contact(kiosk):
    with pytest.raises(ContactMissing):
        book(kiosk, contact="  ")


def test_unconfirmed_booking_frees_its_slot_and_its_contact_after_half_an_hour(kiosk, monday):
    late = book(kiosk, confirmed=False)
    monday.shift(dt.timedelta(minutes=30))

    with pytest.raises(BookingEnded):
        bookings.confirm_booking(late)
    other = book(kiosk, contact="bruno@example.org")
    again = book(kiosk, 9, 30)

    assert fresh(late).status == BookingStatus.EXPIRED
    assert {other.status, again.status} == {BookingStatus.CONFIRMED}
    assert bookings.expire_unconfirmed() == 0


def test_confirm_booking_can_be_repeated_and_tells_once(kiosk):
    booking = book(kiosk, confirmed=False)
    letters()

    bookings.confirm_booking(booking)
    bookings.confirm_booking(booking)

    assert len(letters()) == 1
    assert fresh(booking).confirm_until is None


def test_a_letter_to_confirm_is_not_sent_once_it_is_confirmed(kiosk):
    bookings.confirm_booking(book(kiosk, confirmed=False))

    assert [letter.subject for letter in letters()] != []
    assert Message.objects.get(kind="registry_confirm").status == MessageStatus.MOOT


def test_cancel_booking_refuses_once_the_visit_has_begun(kiosk):
    booking = running.note_step(book(kiosk), "arrived", actor=None)

    with pytest.raises(BookingEnded):
        bookings.cancel_booking(booking)


def test_move_booking_keeps_the_old_slot_until_it_has_the_new_one(kiosk):
    booking, other = book(kiosk), book(kiosk, 9, 30, contact="bruno@example.org")

    with pytest.raises(SlotTaken):
        bookings.move_booking(booking, at(9, 30))
    assert fresh(booking).starts == at(9)
    bookings.move_booking(booking, at(10))

    assert fresh(booking).starts == at(10)
    assert fresh(other).starts == at(9, 30)
    assert book(kiosk, contact="carla@example.org").starts == at(9)


def test_move_booking_refuses_what_has_ended(kiosk):
    booking = bookings.cancel_booking(book(kiosk))

    with pytest.raises(BookingEnded):
        bookings.move_booking(booking, at(10))


def test_move_booking_goes_to_another_workstation_that_offers_the_same(kiosk):
    other, less = make_kiosk("altra", services=["print", "low_desk"]), make_kiosk("meno")
    Kiosk.objects.filter(pk=kiosk.pk).update(services=["print"])
    nowhere = Kiosk.objects.create(code="dove", kind="kiosk", name="Anagrafe", municipio=9, services=["print"])
    booking = bookings.find_booking(book(kiosk).pk)

    for refused in (less, nowhere):
        with pytest.raises(OtherServices):
            bookings.move_booking(booking, at(9), to=refused)
    assert fresh(booking).resource_id == kiosk.pk
    for _time in range(2):
        bookings.move_booking(booking, at(9), to=other)

    assert (fresh(booking).resource_id, fresh(booking).starts) == (other.pk, at(9))
    assert book(kiosk, contact="bruno@example.org").starts == at(9)  # the slot that it left


def test_each_move_is_told_even_back_to_a_slot_that_it_had(kiosk, monday):
    booking = book(kiosk)
    letters()
    told = []
    for hour in (10, 9, 10):
        monday.shift(dt.timedelta(minutes=1))
        bookings.move_booking(booking, at(hour))
        told += [letter.subject for letter in letters()]

    assert len(told) == 3


def test_constraint_lets_no_two_hold_one_resource_at_a_time(kiosk):
    booking = book(kiosk)

    with pytest.raises(IntegrityError, match="booking_one_at_a_time"), transaction.atomic():
        Booking.objects.create(
            resource=kiosk,
            during=DateTimeTZRange(at(9, 10), at(9, 30)),
            status=BookingStatus.CONFIRMED,
            code="X1",
            created_at=clock.now(),
        )
    assert Booking.objects.get() == booking


def test_constraint_lets_a_contact_hold_only_one(kiosk):
    booking = book(kiosk)
    booking.pk, booking.during = None, DateTimeTZRange(at(11), at(11, 20))

    with pytest.raises(IntegrityError, match="booking_one_open_per_contact"), transaction.atomic():
        booking.save(force_insert=True)


def test_forget_contacts_erases_them_thirty_days_after_the_visit(kiosk, monday):
    booking = book(kiosk)
    monday.move_to(at(9, 19, day=3) + dt.timedelta(days=30))
    assert running.forget_contacts() == 0
    monday.shift(dt.timedelta(minutes=2))

    assert running.forget_contacts() == 1
    assert (fresh(booking).contact, fresh(booking).contact_hash) == ("", "")


def test_free_no_shows_gives_the_slot_away_after_ten_minutes(kiosk, monday):
    booking = book(kiosk)
    monday.move_to(at(9, 9))
    assert running.free_no_shows() == 0
    monday.move_to(at(9, 10))

    assert running.free_no_shows() == 1
    assert fresh(booking).status == BookingStatus.NO_SHOW
    walk_in = running.seat_walk_in(kiosk, actor=None)
    assert walk_in.starts == at(9)
    with pytest.raises(SlotTaken):
        running.note_step(booking, "arrived", actor=None)
    with pytest.raises(SlotTaken) as refusal:
        running.seat_walk_in(kiosk, actor=None)
    assert refusal.value.next_free.starts == at(9, 30)


def test_note_step_goes_the_whole_way_and_refuses_what_does_not_follow(kiosk):
    booking = book(kiosk)
    for step in ("arrived", "arrived", "in_progress", "done"):
        running.note_step(booking, step, actor=LibrarianFactory(desk=kiosk.place))

    assert fresh(booking).status == BookingStatus.DONE
    with pytest.raises(BookingEnded):
        running.note_step(booking, "no_show", actor=None)


def test_end_forgotten_closes_visits_that_nobody_closed(kiosk, monday):
    running.note_step(book(kiosk), "arrived", actor=None)
    monday.move_to(at(10, 30))

    assert running.end_forgotten() == 1


def test_block_hours_refuses_while_somebody_is_booked(kiosk):
    book(kiosk)

    with pytest.raises(running.BookingsInTheWay):
        running.block_hours(kiosk, at(8), at(10), actor=None)
    with pytest.raises(running.BlockEndsBeforeItBegins):
        running.block_hours(kiosk, at(10), at(10), actor=None)
    running.block_hours(kiosk, at(10), at(11), actor=None)
    running.block_hours(kiosk, at(10), at(11), actor=None)

    assert kiosk.blocks.count() == 1
    with pytest.raises(SlotUnknown):
        book(kiosk, 10, 0, contact="bruno@example.org")
    block = kiosk.blocks.get()
    for _time in range(2):
        running.unblock_hours(block, actor=None)
    assert book(kiosk, 10, 0, contact="bruno@example.org").starts == at(10)


def test_who_closes_a_library_or_some_days_is_told_of_the_bookings(kiosk):
    booking = book(kiosk)
    book(kiosk, 9, 30, contact="bruno@example.org", day=4)
    days = [ClosureFactory.build(place=kiosk.place, starts_on=dt.date(2026, 3, day), ends_on=None) for day in (3, 4, 5)]
    days.append(ClosureFactory.build(place=kiosk.place, starts_on=dt.date(2026, 3, 1), ends_on=dt.date(2026, 3, 3)))

    def told(hanging):
        return [one.number for one in hanging if "registry workstation" in one.what]

    with translation.override("en"):
        assert [told(what_hangs_on_closure(one)) for one in days] == [[2], [1], [], [1]]
        assert told(what_hangs_on(kiosk.place)) == [2]
        bookings.cancel_booking(booking)
        assert told(what_hangs_on(kiosk.place)) == [1]
        assert what_stays_moved(ClosureFactory(place=kiosk.place, starts_on=dt.date(2026, 3, 3)), None) == []

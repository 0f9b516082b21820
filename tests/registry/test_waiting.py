"""The waiting list."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from registry import bookings, waiting
from registry.errors import ContactMissing, NothingToWaitFor
from registry.models import Booking, Waiting
from registry.states import BookingStatus
from registry.tasks import sweep
from tests.registry.conftest import at, make_kiosk
from tests.registry.test_bookings import letters

DAY = dt.date(2026, 3, 3)


@pytest.fixture
def full(db, monday):
    """A kiosk whose whole Tuesday is taken, by two."""
    kiosk = make_kiosk("piena", slot_minutes=120, buffer_minutes=0)
    for hour in (9, 11):
        bookings.book_slot(kiosk, at(hour), f"ora{hour}@example.org", is_confirmed=True)
    letters()
    return kiosk


def cancel(kiosk, hour):
    bookings.cancel_booking(Booking.objects.get(during__startswith=at(hour), status=BookingStatus.CONFIRMED))


def test_wait_for_slot_can_be_repeated_and_refuses_what_is_past(full):
    for _time in range(2):
        waiting.wait_for_slot(full, DAY, "Ada@example.org")
    with pytest.raises(ContactMissing):
        waiting.wait_for_slot(full, DAY, "02 123456")
    for days in (-2, 5):  # past, and a Sunday
        with pytest.raises(NothingToWaitFor):
            waiting.wait_for_slot(full, DAY + dt.timedelta(days=days), "ada@example.org")

    row = Waiting.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError, match="waiting_once"), transaction.atomic():
        row.save(force_insert=True)


def test_freed_slot_is_offered_to_who_waits_longest_and_then_to_the_next(full, monday):
    waiting.wait_for_slot(full, DAY, "prima@example.org")
    monday.shift(dt.timedelta(minutes=1))
    waiting.wait_for_slot(full, DAY, "seconda@example.org")
    assert waiting.offer_freed() == 0

    cancel(full, 9)
    assert [letter.to for letter in letters()] == [["prima@example.org"]]
    monday.shift(dt.timedelta(minutes=31))
    sweep()
    assert [letter.to for letter in letters()] == [["seconda@example.org"]]

    offer = Booking.objects.get(status=BookingStatus.REQUESTED)
    assert bookings.confirm_booking(offer).contact == "seconda@example.org"
    assert not Waiting.objects.exists()


def test_who_has_a_booking_by_now_leaves_the_list(full):
    waiting.wait_for_slot(full, DAY, "ora11@example.org")
    cancel(full, 9)

    assert letters() == []
    assert not Waiting.objects.exists()


def test_waiting_lists_of_past_days_are_forgotten(full, monday):
    waiting.wait_for_slot(full, DAY, "ada@example.org")
    monday.shift(dt.timedelta(days=2))
    waiting.offer_freed()

    assert not Waiting.objects.exists()


def test_page_of_a_full_day_leads_to_the_list(client, full):
    english = {"headers": {"Accept-Language": "en"}}
    assert "Or be told" in client.get("/anagrafe/piena/?giorno=2026-03-03", **english).content.decode()
    address = "/anagrafe/piena/attesa/?giorno=2026-03-03"
    assert client.get(address).status_code == 200
    assert client.post(address, {"email": "x"}).status_code == 422
    assert "You are on the list" in client.post(address, {"email": "ada@example.org"}, **english).content.decode()
    assert Waiting.objects.get().on == DAY


def test_a_closed_day_says_so_and_has_no_list(client, full):
    english = {"headers": {"Accept-Language": "en"}}
    page = client.get("/anagrafe/piena/?giorno=2026-03-08", **english).content.decode()
    assert "The workstation is closed on this day" in page
    assert "Or be told" not in page
    answer = client.post("/anagrafe/piena/attesa/?giorno=2026-03-08", {"email": "ada@example.org"}, **english)
    assert answer.status_code == 422
    assert "Choose another day" in answer.content.decode()
    assert 'value="ada@example.org"' in answer.content.decode()
    assert not Waiting.objects.exists()

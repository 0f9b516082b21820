"""One's own places in the account: by the address of the sign-in and nothing else."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partnerships.initiatives import booking
from partnerships.initiatives.links import token_of
from partnerships.initiatives.planning import cancel_date
from tests.factories import ReaderFactory, UserFactory
from tests.partnerships.initiatives.conftest import make_initiative
from tests.partnerships.initiatives.test_booking import WEEKLY

pytestmark = pytest.mark.django_db
ADDRESS = "/mio/iniziative/"


@pytest.fixture
def date(monday):
    return make_initiative(places=6, waiting_places=4).dates.get()


@pytest.fixture
def own(client):
    """The address of a reader who is signed in."""
    reader = ReaderFactory(signs_in=True)
    client.force_login(reader.user)
    return reader.user.email


def book(date, contact, **fields):
    return booking.book_places(date, contact, **{"is_confirmed": True, **fields})


def look(client):
    return " ".join(client.get(ADDRESS, headers={"Accept-Language": "en"}).content.decode().split())


def test_own_places_are_shown_to_their_reader_and_to_nobody_else(client, date, own):
    mine = book(date, own.upper(), adults=2)
    others = book(date, "bruno@example.org")
    page = look(client)
    answer = client.get(ADDRESS)

    assert f"/iniziative/prenotazione/{token_of(mine)}/" in page
    assert mine.code in page
    assert "Stories aloud" in page
    assert f'id="places-{others.pk}"' not in page
    assert token_of(others) not in page
    assert "no-store" in answer["Cache-Control"]
    client.force_login(UserFactory())
    assert "You have no places booked." in look(client)
    client.force_login(UserFactory(email=None))
    assert "You have no places booked." in look(client)
    client.logout()
    assert client.get(ADDRESS).url.startswith("/accesso/")


def test_each_state_says_what_can_be_done(client, date, own):
    asked = booking.book_places(date, own)
    assert "Confirm or give back" in look(client)
    booking.confirm_places(asked)
    assert "Ticket, change or give back" in look(client)
    booking.cancel_places(asked)
    assert "You have no places booked." in look(client)
    book(date, "bruno@example.org", adults=4)
    book(date, "carla@example.org", adults=2)
    book(date, own)
    assert "Change or leave the list" in look(client)
    cancel_date(date, note="Pioggia", actor=None)
    page = look(client)
    assert "Look at it" in page
    assert "Pioggia" in page


def test_what_is_over_or_was_not_confirmed_in_time_is_not_shown(client, date, own, monday):
    booking.book_places(date, own)
    monday.shift(dt.timedelta(minutes=31))
    assert "You have no places booked." in look(client)
    book(date, own)
    assert "Ticket" in look(client)
    monday.shift(dt.timedelta(days=2))
    assert "You have no places booked." in look(client)


def test_series_shows_the_dates_to_come_until_the_last(client, own, monday):
    series = make_initiative(rhythm="series", rule=WEEKLY, places=3)
    book(series.dates.first(), own)
    assert look(client).count("<time") == 3
    monday.shift(dt.timedelta(days=2))
    assert look(client).count("<time") == 2
    monday.shift(dt.timedelta(days=14))
    assert "You have no places booked." in look(client)


def test_page_asks_as_often_for_three_bookings_as_for_one(client, date, own):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(ADDRESS)
        return len(queries)

    book(date, own)
    asked()
    before = asked()
    book(make_initiative(places=3).dates.get(), own)
    book(make_initiative(rhythm="series", rule=WEEKLY, places=3).dates.first(), own)
    assert look(client).count('class="ml-row"') == 3
    assert asked() == before

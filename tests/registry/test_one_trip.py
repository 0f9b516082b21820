"""One trip: a slot and what is collected at the same library, booked together from either screen."""

import datetime as dt

import pytest

from branches.models import Weekday
from registry.models import Booking, Kiosk, WeeklyRule
from registry.states import BookingStatus
from tests.factories import ReaderFactory
from tests.registry.conftest import at
from tests.story import fresh

ENGLISH = {"headers": {"Accept-Language": "en"}}
PAGE = "/anagrafe/nord/?giorno=2026-03-03"


@pytest.fixture
def north(story):
    """A workstation at a library of the story's network, from nine to ten of Tuesdays."""
    kiosk = Kiosk.objects.create(code="nord", kind="kiosk", name="Anagrafe", place=story.network.north, municipio=1)
    WeeklyRule.objects.create(resource=kiosk, weekday=Weekday.TUESDAY, starts=dt.time(9), ends=dt.time(10))
    return kiosk


@pytest.fixture
def reader(db):
    return ReaderFactory(signs_in=True)


def test_both_screens_offer_slot_and_pickup_to_whom_they_belong(client, story, north, reader):
    story.ready(story.copies(1, home=north.place)[0].title, reader=reader, pickup=north.place)

    for who, is_told in ((reader, True), (ReaderFactory(signs_in=True), False)):
        client.force_login(who.user)
        assert ("One trip" in client.get("/anagrafe/nord/", **ENGLISH).content.decode()) is is_told
        assert ("One trip" in client.get("/mio/prenotazioni/", **ENGLISH).content.decode()) is is_told


def test_page_of_the_slots_brings_reservations_to_the_same_library(client, story, north, reader):
    title = story.copies(1, home=story.network.south)[0].title
    hold = story.hold(title, reader=reader, pickup=story.network.south)
    client.force_login(reader.user)
    page = client.get(PAGE, **ENGLISH).content.decode()
    assert "Collect here too" in page

    answer = client.post(PAGE, {"slot": "20260303T0800Z", "together": [hold.pk]}, follow=True, **ENGLISH)
    assert fresh(hold).pickup_place == north.place
    assert Booking.objects.get().status == BookingStatus.CONFIRMED
    assert "1 reservation will be collected there too" in answer.content.decode()


def test_nobody_brings_the_reservations_of_somebody_else(client, story, north, reader):
    title = story.copies(1, home=story.network.south)[0].title
    hold = story.hold(title, reader=ReaderFactory(signs_in=True), pickup=story.network.south)
    own = story.hold(story.copies(1, home=story.network.south)[0].title, reader=reader, pickup=story.network.south)
    client.force_login(reader.user)

    answer = client.post(PAGE, {"slot": "20260303T0800Z", "together": [hold.pk, own.pk]}, **ENGLISH)
    assert answer.status_code == 422
    assert fresh(hold).pickup_place == story.network.south
    assert not Booking.objects.exists()
    client.logout()
    client.post(PAGE, {"slot": "20260303T0800Z", "email": "ada@example.org", "together": [hold.pk]})
    assert fresh(hold).pickup_place == story.network.south


def test_a_reservation_that_cannot_come_says_why_and_the_slot_is_booked(client, story, north, reader):
    hold = story.hold(story.copies(1, home=story.network.south)[0].title, reader=reader, pickup=story.network.south)
    north.place.accepts_pickup = False
    north.place.save(update_fields=["accepts_pickup"])
    client.force_login(reader.user)

    answer = client.post(PAGE, {"slot": "20260303T0800Z", "together": [hold.pk]}, follow=True, **ENGLISH)
    assert "A reservation stays where it was." in answer.content.decode()
    assert fresh(hold).pickup_place == story.network.south
    assert Booking.objects.get().starts == at(9)


def test_reservations_book_the_slot_in_one_step(client, story, north, reader):
    story.ready(story.copies(1, home=north.place)[0].title, reader=reader, pickup=north.place)
    client.force_login(reader.user)
    page = client.get("/mio/prenotazioni/", **ENGLISH).content.decode()
    assert f'action="{PAGE}"' in page
    assert 'value="20260303T0800Z"' in page

    answer = client.post(PAGE, {"slot": "20260303T0800Z"}, follow=True, **ENGLISH)
    assert Booking.objects.get().contact == reader.user.email
    assert "1 reservation of yours is to be collected at this library too" in " ".join(answer.content.decode().split())

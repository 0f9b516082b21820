"""Book through the pages, and one's own places by the address of the letter."""

import pytest
from django.core.cache import cache

from partnerships.initiatives import booking
from partnerships.initiatives.links import token_of
from partnerships.initiatives.states import BookingStatus
from partnerships.models import InitiativeBooking
from tests.factories import ReaderFactory
from tests.partnerships.initiatives.conftest import make_draft, make_initiative
from tests.partnerships.initiatives.test_booking import book, letters
from tests.story import fresh

pytestmark = pytest.mark.django_db
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def date(monday):
    cache.clear()
    return make_initiative(places=4, waiting_places=2).dates.get()


def address_of(date):
    return f"/iniziative/{date.initiative_id}/prenota/{date.pk}/"


def send(client, date, **fields):
    usual = {"email": "ada@example.org", "adults": "1", "children": "1"}
    return client.post(address_of(date), usual | fields, **ENGLISH)


def test_booking_by_letter_goes_the_whole_way_without_an_account(client, date):
    page = " ".join(client.get(f"/iniziative/{date.initiative_id}/", **ENGLISH).content.decode().split())
    assert address_of(date) in page
    assert send(client, date).url == "/iniziative/inviata/"
    (letter,) = letters()
    own = "/iniziative/prenotazione/" + letter.body.split("/iniziative/prenotazione/")[1].split()[0]

    assert "Confirm" in client.get(own, **ENGLISH).content.decode()
    assert InitiativeBooking.objects.get().status == BookingStatus.REQUESTED  # opening it confirms nothing
    client.post(own, {"act": "confirm"})
    assert InitiativeBooking.objects.get().status == BookingStatus.CONFIRMED
    assert b"DTSTART;TZID=Europe/Rome:20260303T170000" in client.get(f"{own}iniziativa.ics").content
    assert client.get(f"{own}biglietto.pdf").content.startswith(b"%PDF")
    client.post(own, {"act": "change", "adults": "2", "children": "2"})
    assert fresh(date).taken == 4
    assert client.post(own, {"act": "change", "adults": "0", "children": "0"}).status_code == 422
    assert client.post(own, {"act": "change", "adults": "9", "children": "0"}).status_code == 422
    assert client.post(own, {"act": "nonsense"}).status_code == 200
    client.post(own, {"act": "cancel"})
    assert fresh(date).taken == 0
    assert address_of(date) in client.get(own).content.decode()  # whoever can come after all books again
    assert client.post(own, {"act": "confirm"}, **ENGLISH).status_code == 422
    assert client.get(f"{own}biglietto.pdf").status_code == 404


def test_who_waits_reads_how_many_are_before_and_that_a_smaller_number_may_go_first(client, monday):
    date = make_initiative(places=4, waiting_places=6).dates.get()
    full = book(date, adults=4)
    single, family = book(date, "bruno"), book(date, "carla", adults=2, children=1)

    def read(own):
        return " ".join(client.get(f"/iniziative/prenotazione/{token_of(own)}/", **ENGLISH).content.decode().split())

    assert "0 people wait before you" in read(single)
    assert "1 person waits before you" in read(family)
    assert "you keep your turn" in read(family)
    assert "you keep your turn" not in read(single)
    assert "before you" not in read(full)


def test_same_booking_sent_twice_by_who_is_signed_in_leads_to_it(client, date):
    reader = ReaderFactory(signs_in=True)
    client.force_login(reader.user)
    first, again = (send(client, date) for _time in range(2))
    other = send(client, date, children="2")

    assert first.url == again.url == f"/iniziative/prenotazione/{token_of(InitiativeBooking.objects.get())}/"
    assert other.status_code == 422
    assert "Go to your booking" in other.content.decode()


def test_wrong_persons_link_opens_nothing(client, date):
    mine, other = book(date), book(date, "bruno")
    number, _tilde, seal = token_of(mine).partition("~")
    for token in (f"{other.pk}~{seal}", number, f"{number}~", "x~y", f"{number}~{seal[:-1]}"):
        for end in ("", "iniziativa.ics", "biglietto.pdf"):
            assert client.get(f"/iniziative/prenotazione/{token}/{end}").status_code == 404
        assert client.post(f"/iniziative/prenotazione/{token}/", {"act": "cancel"}).status_code == 404
    assert fresh(other).status == BookingStatus.CONFIRMED


def test_second_booking_of_a_contact_answers_as_the_first_and_writes_to_the_contact(client, date):
    first = send(client, date)
    letters()
    second = send(client, date, adults="3")

    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert InitiativeBooking.objects.count() == 1
    assert [letter.to for letter in letters()] == [["ada@example.org"]]


def test_who_is_signed_in_has_places_at_once(client, date):
    reader = ReaderFactory(signs_in=True)
    client.force_login(reader.user)
    answer = client.post(address_of(date), {"adults": "1", "children": "2"})
    own = InitiativeBooking.objects.get()

    assert own.status == BookingStatus.CONFIRMED
    assert answer.url == f"/iniziative/prenotazione/{token_of(own)}/"
    again = client.post(address_of(date), {"adults": "1", "children": "0"}, **ENGLISH)
    assert again.status_code == 422
    assert token_of(own) in again.content.decode()


def test_bad_input_is_told_and_books_nothing(client, date):
    for fields in (
        {"email": "x"},
        {"adults": "x"},
        {"adults": "-1"},
        {"adults": "0", "children": "0"},
        {"adults": "4", "children": "4"},
        {"adults": "99999999999999999999"},
        {"adults": ""},
    ):
        answer = send(client, date, **fields)
        assert answer.status_code == 422
        assert "Something needs your attention" in answer.content.decode()
    draft, free = make_draft(places=3).dates.get(), make_initiative().dates.get()
    for one in (draft, free):
        assert client.get(address_of(one)).status_code == 404
    assert client.get(f"/iniziative/{date.initiative_id}/prenota/{draft.pk}/").status_code == 404
    assert not InitiativeBooking.objects.exists()


def test_full_date_says_so_and_keeps_what_was_typed(client, date):
    book(date, "bruno", adults=4)
    book(date, "carla", adults=2)
    answer = send(client, date)

    assert answer.status_code == 422
    assert 'value="ada@example.org"' in answer.content.decode()
    assert "the waiting list is full" in answer.content.decode()


def test_series_is_booked_by_one_link(client, monday):
    from tests.partnerships.initiatives.test_booking import WEEKLY

    series = make_initiative(rhythm="series", rule=WEEKLY, places=3)
    page = client.get(f"/iniziative/{series.pk}/", **ENGLISH).content.decode()
    assert page.count("/prenota/") == 1
    own = booking.book_places(series.dates.last(), "ada@example.org", is_confirmed=True)
    file = client.get(f"/iniziative/prenotazione/{token_of(own)}/iniziativa.ics").content
    assert file.count(b"BEGIN:VEVENT") == 3


def test_attempts_of_one_contact_are_limited(client, date, settings):
    settings.ACCOUNT_RATE_LIMITS = {"initiatives": "60/h/ip,5/h/key"}
    book(date, "bruno", adults=4)
    book(date, "carla", adults=2)

    assert [send(client, date).status_code for _time in range(6)] == [422] * 5 + [429]

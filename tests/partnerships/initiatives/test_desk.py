"""The desk: the month, the door, the numbers; for who keeps the library, and nobody named."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outbox.models import Request
from partnerships.initiatives import door
from partnerships.initiatives.links import link_to
from partnerships.initiatives.states import BookingStatus
from partnerships.models import InitiativeBooking
from tests.factories import BranchFactory, LibrarianFactory, UserFactory
from tests.partnerships.initiatives.conftest import make_draft, make_initiative
from tests.partnerships.initiatives.test_booking import WEEKLY, book
from tests.story import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(monday):
    return BranchFactory(name="=Biblioteca prova", step_free=True)


@pytest.fixture
def date(library):
    return make_initiative(place=library, places=6, waiting_places=2, sign_language=True).dates.get()


@pytest.fixture
def desk(client, library):
    client.force_login(LibrarianFactory(desk=library))
    return client


def address(name, *parts):
    return reverse(f"admin:desk_initiatives{name}", args=parts)


def test_desk_is_for_who_keeps_the_library(client, library, date):
    pages = [address("_door", date.pk)]
    acts = [address(name, date.pk) for name in ("_come", "_telephone", "_attendance")]
    for user, status in ((UserFactory(), 302), (LibrarianFactory(), 404), (LibrarianFactory(desk=library), None)):
        client.force_login(user)
        for page in pages:
            assert client.get(page).status_code == (status or 200)
        for act in acts:
            assert client.post(act, {"people": "x"}).status_code == (status or 302)
    client.force_login(UserFactory(is_staff=True))
    for name in ("", "_figures", "_csv", "_pdf"):
        assert client.get(address(name)).status_code == 403
    assert not InitiativeBooking.objects.exists()


def test_month_shows_own_dates_with_their_places(desk, date, library):
    book(date, adults=3)
    make_draft(place=library, title={"it": "In bozza"})
    make_initiative(title={"it": "Di altri"})
    page = desk.get(address("") + "?mese=2026-03").content.decode()

    assert "3 su 6" in page or "3 of 6" in page
    assert "In bozza" in page
    assert "Di altri" not in page


def test_door_takes_tickets_codes_walk_ins_and_the_telephone(desk, date):
    own = book(date, adults=2)
    desk.post(address("_come", date.pk), {"code": link_to(own)})
    desk.post(address("_come", date.pk), {"people": "2"})
    desk.post(address("_telephone", date.pk), {"adults": "1", "children": "1", "contact": "02 8846 0000"})
    desk.post(address("_telephone", date.pk), {"adults": "1", "children": "1"})
    desk.post(address("_come", date.pk), {"code": "X0000"})
    desk.post(address("_come", date.pk), {})

    assert fresh(own).status == BookingStatus.CAME
    assert InitiativeBooking.objects.count() == 3
    assert fresh(date).taken == 6
    page = desk.get(address("_door", date.pk)).content.decode()
    assert own.code in page
    assert "ada@example.org" not in page
    assert "8846" not in page


def test_camera_is_allowed_at_the_door_alone_and_its_answer_is_the_part(desk, date):
    own, other = book(date, adults=2), book(make_initiative(places=3).dates.get(), "bruno")
    page = desk.get(address("_door", date.pk))
    htmx = {"headers": {"HX-Request": "true", "Accept-Language": "en"}}
    good = desk.post(address("_come", date.pk), {"code": link_to(own)}, **htmx)
    again = desk.post(address("_come", date.pk), {"code": link_to(own)}, **htmx)
    bad = desk.post(address("_come", date.pk), {"code": link_to(other)}, **htmx)
    empty = desk.post(address("_come", date.pk), {}, **htmx)

    assert page["Permissions-Policy"] == "camera=(self), microphone=()"
    assert desk.get(address(""))["Permissions-Policy"] == "camera=(), microphone=()"
    assert 'data-check-field="#door-now [name=code]"' in page.content.decode()
    assert [one.status_code for one in (good, again, bad, empty)] == [200, 200, 422, 422]
    for answer in (good, bad):
        assert answer.content.decode().strip().startswith('<div id="door-now"')
    assert f"{own.code}: 2 came." in good.content.decode()
    assert "2 of 6 places are taken" in good.content.decode()
    assert "No booking of this date has this code." in bad.content.decode()
    assert fresh(own).came == 2
    assert fresh(other).came == 0


def test_attendance_is_written_where_nobody_books(desk, library, monday):
    free = make_initiative(place=library).dates.get()
    assert (
        "Once it has begun" in desk.get(address("_door", free.pk), headers={"Accept-Language": "en"}).content.decode()
    )
    desk.post(address("_attendance", free.pk), {"people": "5"})
    assert not InitiativeBooking.objects.exists()
    monday.shift(dt.timedelta(days=2))
    for people in ("31", "31", "30", "0", "x", "99999999", ""):
        assert desk.post(address("_attendance", free.pk), {"people": people}).status_code == 302

    assert [one.came for one in InitiativeBooking.objects.all()] == [30]
    assert fresh(free).taken == 0
    assert 'value="30"' in desk.get(address("_door", free.pk)).content.decode()
    file = desk.get(address("_csv"), headers={"Accept-Language": "en"}).content.decode()
    assert "came_by_kind,story time,30" in file


def test_form_of_the_door_sent_twice_lets_in_and_books_once(desk, date):
    page = desk.get(address("_door", date.pk)).content.decode()
    first, second = re.findall(r'name="request_key" value="(\w{32})"', page)
    heard = {"adults": "1", "children": "1", "contact": "02 8846 0000", "request_key": second}
    for _time in range(2):
        desk.post(address("_come", date.pk), {"people": "2", "request_key": first})
        answer = desk.post(address("_telephone", date.pk), heard, follow=True, headers={"Accept-Language": "en"})
    assert "Tell them the code" in answer.content.decode()
    assert fresh(date).taken == 4
    other = desk.post(address("_come", date.pk), {"people": "1", "request_key": first}, follow=True)
    assert other.status_code == 200
    assert fresh(date).taken == 4
    assert not Request.objects.filter(answer__icontains="8846").exists()


def test_door_and_figures_of_a_series_are_of_each_date(desk, library, monday):
    first, second, _third = make_initiative(place=library, rhythm="series", rule=WEEKLY, places=6).dates.all()
    own = book(first, adults=2, children=1)
    desk.post(address("_come", first.pk), {"code": own.code, "people": "2"})
    pages = [
        desk.get(address("_door", one.pk), headers={"Accept-Language": "en"}).content.decode()
        for one in (first, second)
    ]

    assert ["2 came" in page for page in pages] == [True, False]
    assert [f'value="{own.code}"' in page for page in pages] == [False, True]
    desk.post(address("_come", second.pk), {"code": own.code})
    monday.shift(dt.timedelta(days=9))
    file = desk.get(address("_csv"), headers={"Accept-Language": "en"}).content.decode()
    assert "came_by_kind,story time,5" in file
    assert "places,people who came,5" in file


def test_door_asks_as_often_for_three_bookings_as_for_one(desk, date):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            desk.get(address("_door", date.pk))
        return len(queries)

    book(date)
    asked()
    before = asked()
    for name in ("bruno", "carla"):
        book(date, name)
    assert asked() == before


def test_figures_count_and_name_nobody(desk, date, monday):
    door.note_came(date, book(date, adults=2), actor=None)
    book(date, "bruno", adults=4)
    monday.shift(dt.timedelta(days=2))
    file = desk.get(address("_csv"), headers={"Accept-Language": "en"}).content.decode()
    page = desk.get(address("_figures")).content.decode()

    assert "came_by_kind,story time,2" in file
    assert "came_by_library,'=Biblioteca prova,2" in file
    assert "places,dates with no place left,1" in file
    assert "accessibility,with sign language,1" in file
    assert "accessibility,without a step,1" in file
    assert "example.org" not in page + file
    assert desk.get(address("_pdf")).content.startswith(b"%PDF")

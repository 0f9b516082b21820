"""Three hundred clients race for forty places with a waiting list of twenty: by the verb, and through the pages."""

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from django.db import connection
from django.db.models import Sum

from partnerships.initiatives import booking
from partnerships.initiatives.errors import SoldOut
from partnerships.initiatives.states import BookingStatus
from partnerships.models import InitiativeBooking
from tests.partnerships.initiatives.conftest import make_initiative
from tests.story import fresh

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20


def in_threads(act, items):
    def run(item):
        try:
            return act(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, items))


def test_three_hundred_clients_race_for_forty_places_and_twenty_on_the_list(monday):
    date = make_initiative(places=40, waiting_places=20).dates.get()

    def race(number):
        try:
            return booking.book_places(date, f"persona{number}@example.org", is_confirmed=True)
        except SoldOut as refusal:
            return refusal

    outcomes = in_threads(race, range(300))

    kept = InitiativeBooking.objects.filter(date=date).in_order()
    assert [one.status for one in kept] == [BookingStatus.CONFIRMED] * 40 + [BookingStatus.WAITING] * 20
    assert sum(isinstance(one, SoldOut) for one in outcomes) == 240
    assert (fresh(date).taken, fresh(date).waiting) == (40, 20)

    # all who have a place give it back at once, while who waits is offered what is freed
    in_threads(booking.cancel_places, list(kept[:10]))
    in_threads(booking.offer_freed, [date] * 5)
    offered = InitiativeBooking.objects.filter(date=date, status=BookingStatus.OFFERED).in_order()
    assert list(offered) == list(kept[40:50])  # the first ten who came to the list, in their order
    assert (fresh(date).taken, fresh(date).waiting) == (40, 10)


def test_families_race_for_places_and_none_is_given_twice(monday):
    date = make_initiative(places=30, waiting_places=0).dates.get()

    def race(number):
        try:
            return booking.book_places(
                date, f"famiglia{number}@example.org", adults=1, children=number % 4, is_confirmed=True
            )
        except SoldOut:
            return None

    in_threads(race, range(60))

    people = InitiativeBooking.objects.filter(date=date).aggregate(of=Sum("adults") + Sum("children"))["of"]
    assert fresh(date).taken == people == 30  # those who come alone fill what families leave


def test_the_same_contact_at_once_has_one_booking(monday, rivals):
    date = make_initiative(places=5).dates.get()
    outcomes = rivals(*[lambda: booking.book_places(date, "ada@example.org", is_confirmed=True)] * 4)

    assert sum(isinstance(one, InitiativeBooking) for one in outcomes) == 1
    assert fresh(date).taken == 1


def test_sixty_clients_race_for_eight_places_over_http(monday, live_server):
    from django.core.cache import cache

    cache.clear()
    date = make_initiative(places=8, waiting_places=4).dates.get()
    address = f"{live_server.url}/iniziative/{date.initiative_id}/prenota/{date.pk}/"

    def ask(browser, **fields):
        try:
            with browser.open(address, urlencode(fields).encode() if fields else None, timeout=60) as answer:
                return answer.status, answer.url, answer.read().decode()
        except HTTPError as answer:
            return answer.status, answer.url, answer.read().decode()

    def come(_number):
        browser = build_opener(HTTPCookieProcessor())
        browser.addheaders = [("Accept-Language", "en")]
        _status, _url, page = ask(browser)
        assert "8 places left" in " ".join(page.split())
        return browser, re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]

    def race(number, browser, token):
        email = f"persona{number}@example.org"
        return ask(browser, csrfmiddlewaretoken=token, email=email, adults=1, children=0)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        came = list(pool.map(come, range(60)))
        answers = list(pool.map(race, range(60), *zip(*came, strict=True)))

    assert sum(url.endswith("/iniziative/inviata/") for _status, url, _page in answers) == 12
    refused = [" ".join(page.split()) for status, _url, page in answers if status == 422]
    assert len(refused) == 48
    assert all("the waiting list is full" in page for page in refused)
    assert (fresh(date).taken, fresh(date).waiting) == (8, 4)

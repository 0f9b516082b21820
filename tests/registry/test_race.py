"""Two hundred clients race for the ten slots of one morning: by the verb, and through the portal's pages."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from django.db import connection, transaction

from branches.models import Weekday
from milanolib import clock
from registry import bookings
from registry.errors import BookingsInTheWay, SlotTaken, SlotUnknown
from registry.forms import KEY_FORMAT
from registry.models import Block, Booking, WeeklyRule
from registry.running import block_hours, seat_walk_in
from tests.registry.conftest import at, make_kiosk
from tests.story import fresh

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, SLOTS, AT_ONCE = 200, 10, 20
MORNING = dt.date(2026, 3, 3)
NEXT_FREE = re.compile(r"The next free slot: (\w+ \d+ March at \d\d:\d\d)")


@pytest.fixture
def morning(monday):
    """A workstation with ten slots in its morning, and one in the morning after."""
    kiosk = make_kiosk("gara", slot_minutes=24, buffer_minutes=0)
    kiosk.rules.exclude(weekday=Weekday.TUESDAY).delete()
    WeeklyRule.objects.create(resource=kiosk, weekday=Weekday.WEDNESDAY, starts=dt.time(9), ends=dt.time(9, 24))
    return kiosk, [at(9) + number * dt.timedelta(minutes=24) for number in range(SLOTS)]


def test_two_hundred_clients_race_for_ten_slots(morning):
    kiosk, starts = morning

    def race(number):
        try:
            return bookings.book_slot(kiosk, starts[number % SLOTS], f"persona{number}@example.org", is_confirmed=True)
        except SlotTaken as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(race, range(CLIENTS)))

    refused = [one for one in outcomes if isinstance(one, SlotTaken)]
    assert len(refused) == CLIENTS - SLOTS
    assert Booking.objects.holding(clock.now()).count() == SLOTS
    assert all(one.next_free is not None for one in refused)


def test_who_blocks_hours_while_they_are_booked_comes_first_or_is_refused(morning):
    kiosk, starts = morning
    ends = starts[-1] + dt.timedelta(minutes=24)

    def act(number):
        try:
            if number == AT_ONCE // 2:
                block_hours(kiosk, starts[0], ends, actor=None)
            else:
                bookings.book_slot(kiosk, starts[number % SLOTS], f"persona{number}@example.org", is_confirmed=True)
        except (SlotTaken, SlotUnknown, BookingsInTheWay):
            pass
        finally:
            connection.close()

    for _time in range(5):
        Booking.objects.all().delete()
        Block.objects.all().delete()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(act, range(AT_ONCE)))
        assert (Booking.objects.count() > 0) != Block.objects.exists()


def at_the_same_time(act):
    """Do something twenty times at once; return what came of each, a booking or the refusal."""

    def one(number):
        try:
            return act(number)
        except SlotTaken as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_twenty_who_want_the_same_slot_at_the_same_time_are_one_booking_and_refusals(morning):
    kiosk, starts = morning

    for slot in starts[:3]:
        outcomes = at_the_same_time(
            lambda number, slot=slot: bookings.book_slot(
                kiosk, slot, f"persona{slot:%H%M}{number}@example.org", is_confirmed=True
            )
        )
        assert sum(isinstance(one, Booking) for one in outcomes) == 1
    assert Booking.objects.count() == 3


def test_twenty_who_walk_in_at_the_same_time_are_one_seated_and_refusals(monday):
    kiosk = make_kiosk("gara")

    outcomes = at_the_same_time(lambda _number: seat_walk_in(kiosk, actor=None))

    assert sum(isinstance(one, Booking) for one in outcomes) == 1
    assert Booking.objects.count() == 1


def test_who_moves_to_a_slot_while_it_is_booked_comes_first_or_is_refused(morning):
    kiosk, starts = morning
    own = bookings.book_slot(kiosk, starts[0], "anna@example.org", is_confirmed=True)

    def act(number):
        if number % 2:
            return bookings.move_booking(Booking.objects.get(pk=own.pk), starts[1])
        return bookings.book_slot(kiosk, starts[1], f"persona{number}@example.org", is_confirmed=True)

    at_the_same_time(act)

    held = Booking.objects.holding(clock.now())
    assert held.filter(during__startswith=starts[1]).count() == 1
    assert held.count() == (1 if fresh(own).starts == starts[1] else 2)


def test_hours_cannot_be_blocked_while_a_booking_of_them_is_written(morning):
    kiosk, starts = morning

    def block():
        try:
            return block_hours(kiosk, starts[0], starts[0] + dt.timedelta(hours=1), actor=None)
        except BookingsInTheWay as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            bookings.book_slot(kiosk, starts[0], "anna@example.org", is_confirmed=True)
            blocking = pool.submit(block)
            with pytest.raises(TimeoutError):
                blocking.result(timeout=1)
        assert isinstance(blocking.result(timeout=10), BookingsInTheWay)


def test_two_hundred_clients_race_for_ten_slots_over_http(morning, live_server):
    kiosk, starts = morning
    address = f"{live_server.url}/anagrafe/{kiosk.code}/?giorno={MORNING}"

    def ask(browser, **fields):
        try:
            with browser.open(address, urlencode(fields).encode() if fields else None, timeout=60) as answer:
                return answer.status, answer.url, answer.read().decode()
        except HTTPError as answer:
            return answer.status, answer.url, answer.read().decode()

    def come(_number):
        """See all ten slots, as everybody does before anybody has chosen."""
        browser = build_opener(HTTPCookieProcessor())
        browser.addheaders = [("Accept-Language", "en")]
        _status, _url, page = ask(browser)
        assert page.count('name="slot"') == SLOTS
        return browser, re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]

    def race(number, browser, token):
        slot = starts[number % SLOTS].strftime(KEY_FORMAT)
        return ask(browser, csrfmiddlewaretoken=token, email=f"persona{number}@example.org", slot=slot)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        came = list(pool.map(come, range(CLIENTS)))
        answers = list(pool.map(race, range(CLIENTS), *zip(*came, strict=True)))

    booked = [url for _status, url, _page in answers if url.endswith("/anagrafe/inviata/")]
    refused = [" ".join(page.split()) for status, _url, page in answers if status == 422]
    assert (len(booked), len(refused)) == (SLOTS, CLIENTS - SLOTS)
    assert Booking.objects.holding(clock.now()).count() == SLOTS
    assert all("has just been taken" in text and NEXT_FREE.search(text) for text in refused)
    assert NEXT_FREE.search(refused[-1])[1] == "Wednesday 4 March at 09:00"  # the last ones find the morning full

"""Booking a registry workstation in a real browser: keyboard only, 320 pixels, axe on every page."""

import datetime as dt
import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from playwright.sync_api import expect

from branches.models import Weekday
from milanolib import clock
from notifications.delivery import deliver
from outbox.events import dispatch
from registry.bookings import book_slot
from registry.free import bookable
from registry.links import token_of
from registry.models import Block, Booking, Kiosk, WeeklyRule
from registry.states import BookingStatus
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed
from tests.factories import BranchFactory, LibrarianFactory, ManagerFactory, OpeningHoursFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}
# For forms that are Django's own: an empty cell above the names of its rows is no breach, only no best practice.
MUST = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture
def kiosk():
    place = BranchFactory(code="prova", name="Biblioteca di prova", hours_known=True, closed_on_holidays=False)
    one = Kiosk.objects.create(code="prova", kind="kiosk", name="Anagrafe", place=place, municipio=1)
    for weekday in Weekday.values:
        OpeningHoursFactory(place=place, weekday=weekday, opens=dt.time(0, 5), closes=dt.time(23, 55))
        WeeklyRule.objects.create(resource=one, weekday=weekday, starts=dt.time(0, 5), ends=dt.time(23, 55))
    return one


def look(page, name):
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


def press_until(page, target, key="Tab"):
    """Go on with the keyboard until `target` has the focus."""
    for _time in range(80):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", target):
            return
        page.keyboard.press(key)
    raise AssertionError(f"the keyboard does not reach {target}")


@pytest.mark.parametrize(
    "viewport", [NARROW, {"width": 390, "height": 844}, DESKTOP], ids=["narrow", "phone", "desktop"]
)
def test_a_citizen_books_confirms_and_cancels_with_the_keyboard(open_browser, sees_no_barrier, kiosk, viewport):
    page = open_browser(viewport, "en-GB")
    tomorrow = clock.today() + dt.timedelta(days=1)
    page.goto("/anagrafe/")
    sees_no_barrier(page)
    look(page, "kiosks")
    press_until(page, "a[href^='/anagrafe/prova/']")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=slot]")
    page.goto(f"/anagrafe/prova/?giorno={tomorrow}")
    sees_no_barrier(page)
    look(page, "slots")
    press_until(page, "[name=slot]")
    page.keyboard.press("Space")
    press_until(page, "[name=email]")
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/anagrafe/inviata/")
    sees_no_barrier(page)
    look(page, "sent")

    dispatch()
    deliver()
    page.goto("/anagrafe/prenotazione/" + mail.outbox[-1].body.split("/anagrafe/prenotazione/")[1].split()[0])
    sees_no_barrier(page)
    press_until(page, "button[value=confirm]")
    page.keyboard.press("Enter")
    page.wait_for_selector("a[href$='turno.ics']")
    sees_no_barrier(page)
    look(page, "booking")
    page.goto(page.url + "sposta/")
    sees_no_barrier(page)
    page.go_back()
    press_until(page, "button[value=cancel]")
    page.keyboard.press("Enter")
    page.wait_for_selector("button[value=cancel]", state="detached")
    sees_no_barrier(page)

    assert Booking.objects.get().status == BookingStatus.CANCELLED


def test_a_day_is_full_and_a_booking_goes_to_another_library(open_browser, sees_no_barrier, kiosk):
    other = BranchFactory(code="altra", name="Altra biblioteca", hours_known=True, closed_on_holidays=False)
    alike = Kiosk.objects.create(code="altra", kind="kiosk", name="Anagrafe", place=other, municipio=2)
    for weekday in Weekday.values:
        OpeningHoursFactory(place=other, weekday=weekday, opens=dt.time(0, 5), closes=dt.time(23, 55))
        WeeklyRule.objects.create(resource=alike, weekday=weekday, starts=dt.time(9), ends=dt.time(9, 20))
    tomorrow = clock.today() + dt.timedelta(days=1)
    (only,) = bookable([alike]).on(alike, tomorrow)
    booking = book_slot(alike, only.starts, "bruno@example.org", is_confirmed=True)

    page = open_browser(NARROW, "en-GB", java_script_enabled=False)
    page.goto(f"/anagrafe/altra/?giorno={tomorrow}")
    page.click("text=Or be told when one is free")
    page.fill("[name=email]", "ada@example.org")
    page.click("button:has-text('Tell me')")
    expect(page.locator("text=You are on the list")).to_have_count(1)
    look(page, "waiting")

    page = open_browser(NARROW, "en-GB")
    page.goto(f"/anagrafe/prenotazione/{token_of(booking)}/sposta/")
    sees_no_barrier(page)
    press_until(page, "a[href$='/sposta/prova/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sposta/prova/")
    sees_no_barrier(page)
    look(page, "move-elsewhere")
    press_until(page, "[name=slot]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("a[href$='turno.ics']")

    booking.refresh_from_db()
    assert booking.resource_id == kiosk.pk


def test_the_desk_books_by_telephone_blocks_and_moves_with_the_keyboard(open_browser, sees_no_barrier, kiosk):
    anna = confirmed(ManagerFactory(desk=kiosk.place, name="Anna"))
    page = Librarian(open_browser(DESKTOP, "en-GB"), sees_no_barrier).comes_as(anna).page
    tomorrow = clock.today() + dt.timedelta(days=1)
    page.goto(f"/gestione/banco/anagrafe/prova/?giorno={tomorrow}")
    sees_no_barrier(page)
    press_until(page, "[name=contact]")
    page.keyboard.type("02 8846 0000")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Booking.objects.get().contact == "0288460000"
    sees_no_barrier(page)
    look(page, "desk-tomorrow")
    press_until(page, "[name=starts]")
    page.fill("[name=starts]", "22:00")
    page.fill("[name=ends]", "23:00")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    sees_no_barrier(page)
    press_until(page, "[name=sure]")
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert Block.objects.count() == 1
    assert clock.local(Booking.objects.get().starts).date() > tomorrow
    for address in (f"{kiosk.pk}/change/", "add/", ""):
        page.goto(f"/gestione/registry/kiosk/{address}")
        found = Axe().run(page, options=MUST).response["violations"]
        assert found == [], [(one["id"], one["nodes"][0]["target"]) for one in found]
        look(page, f"register-{address.strip('/').rpartition('/')[2] or 'list'}")


def test_the_desk_and_the_screen_put_up_no_barrier(open_browser, sees_no_barrier, kiosk):
    anna = confirmed(LibrarianFactory(desk=kiosk.place, name="Anna"))
    page = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(anna).page
    page.goto("/gestione/banco/anagrafe/prova/")
    if page.locator("text=Nobody").count() == 0:
        with page.expect_navigation():
            page.keyboard.press("Enter")  # the first button is focused
    sees_no_barrier(page)
    look(page, "desk")
    page.goto("/gestione/banco/anagrafe/numeri/")
    sees_no_barrier(page)
    look(page, "figures")
    page.goto("/anagrafe/prova/schermo/")
    sees_no_barrier(page)
    look(page, "screen")

"""Booking a registry workstation in a real browser: keyboard only, 320 pixels, axe on every page."""

import datetime as dt
import os

import pytest
from django.core import mail

from branches.models import Weekday
from milanolib import clock
from notifications.delivery import deliver
from outbox.events import dispatch
from registry.models import Booking, Kiosk, WeeklyRule
from registry.states import BookingStatus
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed
from tests.factories import BranchFactory, LibrarianFactory, OpeningHoursFactory
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


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


def test_the_desk_and_the_screen_put_up_no_barrier(open_browser, sees_no_barrier, kiosk):
    anna = confirmed(LibrarianFactory(desk=kiosk.place, name="Anna"))
    page = Librarian(open_browser(DESKTOP), sees_no_barrier).signs_in(anna, PASSWORD).page
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

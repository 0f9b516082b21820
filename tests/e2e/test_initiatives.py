"""Initiatives in a real browser: keyboard only, 320 pixels, axe on every page; a guest books, a clerk lets in."""

import os

import pytest
import segno
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from partnerships.initiatives.links import link_to
from partnerships.models import Initiative, InitiativeBooking
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Librarian, Reader
from tests.e2e.test_partner_camera import browser_with, filmed
from tests.e2e.test_registry import MUST
from tests.e2e.test_story import confirmed
from tests.factories import BranchFactory, LibrarianFactory, ReaderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def library(settings):
    from partnerships.initiatives.demo_file import load_initiatives

    place = BranchFactory(code="sormani", name="Biblioteca vicina", latitude=45.4846, longitude=9.204, step_free=True)
    BranchFactory(code="calvairate", name="Biblioteca lontana", latitude=45.40, longitude=9.204)
    BranchFactory(code="chiesa-rossa", name="Biblioteca terza")
    load_initiatives(settings.BASE_DIR / "data" / "initiatives_demo.json")
    return place


def look(page, name):
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_a_guest_finds_what_is_near_and_books_by_keyboard(open_browser, sees_no_barrier, library, viewport):
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier)
    page = reader.goes_to("/iniziative/").page
    page.select_option("[name=da]", "p-sormani")
    page.focus("#initiatives-show")
    reader.swaps(lambda: page.keyboard.press("Enter"), "#initiatives")
    assert "Behind the scenes" in page.locator("#initiatives li").first.inner_text()
    look(page, "list")
    reader.goes_to("/iniziative/calendario/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    look(page, "month")

    theatre = Initiative.objects.get(kind="theatre")
    reader.goes_to(theatre.get_absolute_url())
    look(page, "page")
    page.get_by_role("link", name="Book places").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=email]")
    sees_no_barrier(page)
    page.fill("[name=email]", "ada@example.org")
    look(page, "book")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inviata/")
    sees_no_barrier(page)

    own = InitiativeBooking.objects.get()
    reader.goes_to("/iniziative/" + link_to(own).partition("/iniziative/")[2])
    page.get_by_role("button", name="Confirm").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ticket").wait_for()
    sees_no_barrier(page)
    look(page, "booking")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_a_reader_finds_own_places_in_the_account(open_browser, sees_no_barrier, library, viewport):
    from partnerships.initiatives.booking import book_places

    ada = confirmed(ReaderFactory(signs_in=True).user)
    dates = [one.dates.order_by("-pk").first() for one in Initiative.objects.published() if one.places]
    for date, is_confirmed in zip(dates, (True, False, True), strict=False):
        book_places(date, ada.email, is_confirmed=is_confirmed)
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier).comes_as(ada)
    page = reader.goes_to("/mio/").page
    page.get_by_role("link", name="My places at initiatives").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/mio/iniziative/")
    sees_no_barrier(page)
    look(page, "mine")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="Ticket, change or give back").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Give the places back").wait_for()


def test_a_clerk_lets_in_by_the_ticket_and_the_desk_puts_up_no_barrier(open_browser, sees_no_barrier, library):
    from partnerships.initiatives.booking import book_places

    theatre = Initiative.objects.get(kind="theatre")
    own = book_places(theatre.dates.get(), "ada@example.org", adults=2, is_confirmed=True)
    livia = confirmed(LibrarianFactory(name="Livia", desk=library))
    page = Librarian(open_browser(DESKTOP, "en-GB"), sees_no_barrier).comes_as(livia).page
    page.goto(f"/gestione/partnerships/initiative/{theatre.pk}/change/")
    found = Axe().run(page, options={**MUST, "preload": False}).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["target"]) for one in found]
    look(page, "desk-register")
    for name, address in (
        ("month", "banco/iniziative/"),
        ("figures", "banco/iniziative/numeri/"),
        ("door", f"banco/iniziative/{theatre.dates.get().pk}/"),
    ):
        page.goto(f"/gestione/{address}")
        sees_no_barrier(page)
        look(page, f"desk-{name}")
    page.keyboard.type(link_to(own))  # as a scanner does
    page.keyboard.press("Enter")
    page.get_by_text(f"{own.code}: 2").first.wait_for()
    own.refresh_from_db()
    assert own.came == 2
    sees_no_barrier(page)
    look(page, "desk-door-after")


def test_the_camera_of_a_phone_reads_tickets_at_the_door(browser_type, live_server, sees_no_barrier, library, tmp_path):
    from partnerships.initiatives.booking import book_places

    theatre = Initiative.objects.get(kind="theatre")
    own = book_places(theatre.dates.get(), "ada@example.org", adults=2, is_confirmed=True)
    livia = confirmed(LibrarianFactory(name="Livia", desk=library))
    segno.make(link_to(own), error="m").save(str(tmp_path / "ticket.png"), scale=8, border=4)
    with Image.open(tmp_path / "ticket.png") as ticket:
        browser = browser_with(filmed(ticket, tmp_path), browser_type)
    try:
        context = browser.new_context(viewport=PHONE, locale="en-GB", base_url=live_server.url)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.faults, page.home = [], live_server.url
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        Librarian(page, sees_no_barrier).comes_as(livia)
        page.goto(f"/gestione/banco/iniziative/{theatre.dates.get().pk}/")
        page.get_by_role("button", name="Scan with the camera").focus()
        page.keyboard.press("Enter")
        page.get_by_text(f"{own.code}: 2").first.wait_for()
        assert page.locator("video").count() == 1  # the next ticket comes at once
        sees_no_barrier(page)
        look(page, "desk-door-camera")
        page.get_by_role("button", name="Close the camera").click()
        assert page.locator("video").count() == 0
    finally:
        browser.close()
    own.refresh_from_db()
    assert (own.status, own.came) == ("came", 2)

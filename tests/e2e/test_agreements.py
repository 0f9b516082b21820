"""Agreements in a real browser: keyboard only, 320 pixels, axe on every page."""

import os

import pytest

from partnerships.demo_file import load_agreements, load_institutions
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Librarian, Reader
from tests.e2e.test_story import confirmed
from tests.factories import BranchFactory, LibrarianFactory, ManagerFactory
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def offers(settings):
    BranchFactory(code="vicina", name="Biblioteca vicina", latitude=45.4846, longitude=9.204)
    data = settings.BASE_DIR / "data"
    load_institutions(data / "network_demo.json")
    load_agreements(data / "agreements_demo.json", LibrarianFactory(name="Livia"))


def look(page, name):
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_a_reader_finds_what_is_near_and_reads_the_terms(open_browser, sees_no_barrier, offers, viewport):
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier)
    page = reader.goes_to("/convenzioni/").page
    page.select_option("[name=da]", "p-vicina")
    page.focus("#agreements-show")
    reader.swaps(lambda: page.keyboard.press("Enter"), "#agreements")
    assert page.url.endswith("da=p-vicina")
    assert "dimostrativo 1" in page.locator("#agreements li").first.inner_text()
    page.locator("#agreements li a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".ml-facts")
    sees_no_barrier(page)
    look(page, "agreement")


def test_the_registers_put_up_no_barrier(open_browser, sees_no_barrier, offers):
    renato = confirmed(ManagerFactory(name="Renato"))
    page = Librarian(open_browser(DESKTOP), sees_no_barrier).signs_in(renato, PASSWORD).page
    for name, address in (("list", ""),):
        page.goto(f"/gestione/partnerships/agreement/{address}")
        sees_no_barrier(page)
        look(page, f"agreements-register-{name}")

"""Agreements in a real browser: keyboard only, 320 pixels, axe on every page."""

import os

import pytest

from milanolib import clock
from partnerships.demo_file import load_agreements, load_institutions
from partnerships.links import checking_link, proposing_link
from partnerships.models import Agreement, UseCount
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Librarian, Reader
from tests.e2e.test_story import confirmed
from tests.factories import BranchFactory, LibrarianFactory, ManagerFactory, ReaderFactory, UserFactory

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
        # hiding the caret would take a style of its own, which our policy forbids
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True, caret="initial")


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_a_reader_finds_what_is_near_and_reads_the_terms(open_browser, sees_no_barrier, offers, viewport):
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier)
    page = reader.goes_to("/convenzioni/").page
    look(page, "agreements")
    page.select_option("[name=da]", "p-vicina")
    page.focus("#agreements-show")
    reader.swaps(lambda: page.keyboard.press("Enter"), "#agreements")
    assert page.url.endswith("da=p-vicina")
    assert "dimostrativo 1" in page.locator("#agreements .ml-row").first.inner_text()
    page.locator("#agreements .ml-row a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".ml-facts")
    sees_no_barrier(page)
    look(page, "agreement")


@pytest.mark.parametrize("viewport", [NARROW, PHONE], ids=["narrow", "phone"])
def test_a_pass_without_signal_is_checked_with_the_keyboard_and_counts_once(
    open_browser, sees_no_barrier, offers, viewport
):
    anna = ReaderFactory(signs_in=True, user=confirmed(UserFactory()))
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier).comes_as(anna.user)
    page = reader.page
    page.goto("/mio/pass/")
    page.wait_for_selector("[data-pass-left]:not([hidden])")
    sees_no_barrier(page)
    look(page, "pass")
    page.locator("[data-pass-form] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/convenzioni/pass/")
    page.wait_for_selector("[data-pass]:not([hidden]) [data-pass-squares][d^=M]")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("[data-pass]:not([hidden]) [data-pass-squares][d^=M]")
    sees_no_barrier(page)
    look(page, "pass-kept")
    code = page.locator("[data-pass-code]").inner_text()
    page.context.set_offline(False)

    offer = Agreement.objects.get(institution__code="teatro-demo-1")
    clerk = Reader(open_browser(viewport, "en-GB"), sees_no_barrier)
    counter = clerk.goes_to(checking_link(offer.institution)).page
    assert counter.evaluate("document.activeElement.id") == "code"
    counter.keyboard.type(code)
    clerk.swaps(lambda: counter.keyboard.press("Enter"), "#check")
    counter.locator(".ml-verdict-undo button").focus()
    clerk.swaps(lambda: counter.keyboard.press("Enter"), "#check")
    assert Agreement.objects.get(pk=offer.pk).uses == 0
    assert counter.evaluate("document.activeElement.id") == "code"
    look(counter, "check-taken-back")
    for verdict in ("is-good", "is-bad"):
        counter.keyboard.type(code)
        clerk.swaps(lambda: counter.keyboard.press("Enter"), "#check")
        assert counter.locator(f".ml-verdict.{verdict}").count() == 1
        assert counter.evaluate("document.activeElement.id") == "code"
        look(counter, f"check-{verdict}")
    assert Agreement.objects.get(pk=offer.pk).uses == 1

    page.goto("/mio/")
    page.locator("form[action$='/accesso/esci/'] button").click()
    page.wait_for_load_state()
    page.goto("/convenzioni/pass/")
    page.wait_for_selector("[data-pass][hidden]", state="attached")
    assert page.evaluate("localStorage.length") == 0
    sees_no_barrier(page)


def test_the_registers_put_up_no_barrier(open_browser, sees_no_barrier, offers):
    renato = confirmed(ManagerFactory(name="Renato"))
    page = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(renato).page
    UseCount.objects.create(agreement=Agreement.objects.first(), on=clock.today(), number=7)
    for name, address in (("register", "partnerships/agreement/"), ("uses", "convenzioni/usi/")):
        page.goto(f"/gestione/{address}")
        sees_no_barrier(page)
        look(page, f"agreements-{name}")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_librarian_finds_the_sheet_of_a_pass_on_the_readers_page(open_browser, sees_no_barrier, db, viewport):
    livia = confirmed(LibrarianFactory(name="Livia"))
    page = Librarian(open_browser(viewport), sees_no_barrier).comes_as(livia).page
    for name, card in (("sheet", ReaderFactory()), ("sheet-refused", ReaderFactory(provisional=True))):
        page.goto(f"/gestione/lettori/{card.pk}/")
        look(page, f"{name}-from")
        page.click(f"a[href$='/lettori/{card.pk}/pass/']")
        page.wait_for_url("**/pass/")
        sees_no_barrier(page)
        look(page, name)


def test_an_institution_proposes_its_words_and_a_librarian_takes_them_over(open_browser, sees_no_barrier, offers):
    offer = Agreement.objects.get(institution__code="teatro-demo-1")
    house = Reader(open_browser(NARROW, "en-GB"), sees_no_barrier)
    page = house.goes_to(proposing_link(offer)).page
    look(page, "propose")
    page.fill("[name=title_it]", "Parole nuove")
    page.press("[name=title_it]", "Enter")
    page.wait_for_selector(".ml-box.is-good")
    sees_no_barrier(page)

    livia = confirmed(LibrarianFactory(name="Livia"))
    desk = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(livia).page
    desk.goto(f"/gestione/partnerships/textproposal/{offer.proposals.get().pk}/change/")
    assert desk.faults == []
    look(desk, "proposal")
    desk.click("[name=_step_take]")
    desk.wait_for_url("**/textproposal/")
    assert Agreement.objects.get(pk=offer.pk).title["it"] == "Parole nuove"

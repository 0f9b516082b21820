"""Readers at the desk in a real browser: found, registered, helped; no barrier at 320 px and at desktop width."""

import datetime as dt
import io

import pytest
import zxingcpp
from PIL import Image

from accounts.cards_of_readers import report_card_lost
from accounts.desk_notes import write_desk_note
from accounts.models import Guardianship, Reader
from milanolib import clock
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import LibrarianFactory, ReaderFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_pages_about_readers_put_up_no_barrier(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    librarian = confirmed(LibrarianFactory(desk=town.north))
    child = ReaderFactory(given_name="Nicolò", family_name="D'Angiò", born_on=dt.date(2011, 5, 17), provisional=True)
    twin = ReaderFactory(given_name="Nicolò", family_name="D'Angiò", born_on=None)
    Guardianship.objects.create(guardian=UserFactory(name="Elena D'Angiò"), child=child, since=clock.now())
    report_card_lost(child, child.card_number, actor=None)
    write_desk_note(child, "Legge le labbra: parlargli di fronte.", actor=librarian)
    desk = Librarian(open_browser(viewport), sees_no_barrier).comes_as(librarian)
    page = desk.page

    desk.goes_to("/gestione/lettori/")
    page.keyboard.type("angio")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found-title")
    sees_no_barrier(page)
    desk.goes_to(f"/gestione/lettori/{child.pk}/")
    desk.goes_to(f"/gestione/lettori/{child.pk}/correggi/")
    desk.goes_to(f"/gestione/lettori/{child.pk}/unisci/?with={twin.pk}")
    desk.goes_to("/gestione/lettori/nuovo/")
    page.fill("[name=given_name]", "Nicolò")
    page.fill("[name=family_name]", "D'Angiò")
    page.keyboard.press("Enter")
    page.wait_for_selector("#doubles-title")
    sees_no_barrier(page)
    assert page.evaluate("document.activeElement.className") == "rd-doubles"


def test_a_reader_is_registered_with_the_keyboard_and_the_card_on_the_screen_scans(
    open_browser,
    sees_no_barrier,
    town,  # noqa: F811
):
    librarian = confirmed(LibrarianFactory(desk=town.north))
    sharp = open_browser(DESKTOP, device_scale_factor=3)
    page = Librarian(sharp, sees_no_barrier).comes_as(librarian).page
    page.goto("/gestione/lettori/nuovo/")
    page.focus("[name=given_name]")
    page.keyboard.type("Suharto")
    page.focus("[name=document_kind]")
    page.keyboard.type("pass")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".rd-bars")
    sees_no_barrier(page)

    reader = Reader.objects.get()
    page.wait_for_function(
        "() => { const bars = document.querySelector('.rd-bars'); return bars.complete && bars.naturalWidth }"
    )
    picture = Image.open(io.BytesIO(page.locator(".rd-bars").screenshot()))
    assert [one.text for one in zxingcpp.read_barcodes(picture)] == [reader.card_number]
    assert (reader.status, reader.document_country) == ("verified", "ITA")

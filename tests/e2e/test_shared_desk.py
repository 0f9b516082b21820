"""A desk changes hands with a scanner and a keyboard, without a mouse."""

import pytest

from accounts.badges import set_badge
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import LibrarianFactory
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BADGE, PIN = "8012345678905", "40917"
NARROW = {"width": 320, "height": 640}


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_a_badge_and_a_pin_hand_the_desk_over(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    anna = confirmed(LibrarianFactory(desk=town.north, name="Anna"))
    set_badge(LibrarianFactory(desk=town.north, name="Bruno"), BADGE, PIN)
    desk = Librarian(open_browser(viewport), sees_no_barrier).signs_in(anna, PASSWORD)
    page = desk.page

    desk.goes_to("/gestione/banco/cambio/")
    assert page.evaluate("document.activeElement.name") == "badge"
    page.keyboard.type(BADGE)
    page.keyboard.press("Enter")  # as every scanner does: the browser asks for the PIN, nothing is sent
    assert page.evaluate("document.activeElement.name") == "pin"
    page.keyboard.type("13579")
    page.keyboard.press("Enter")
    page.wait_for_selector("#refusal")
    sees_no_barrier(page)
    assert page.evaluate("document.activeElement.name") == "badge"
    page.keyboard.type(BADGE)
    page.keyboard.press("Enter")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist")
    sees_no_barrier(page)

    assert "Bruno" in page.inner_text(".messagelist")
    page.goto("/mio/")
    assert "/accesso/" in page.url


def test_setting_a_badge_puts_up_no_barrier(open_browser, sees_no_barrier, town):  # noqa: F811
    anna = confirmed(LibrarianFactory(desk=town.north, name="Anna"))
    desk = Librarian(open_browser(NARROW), sees_no_barrier).comes_as(anna)
    page = desk.page
    page.goto("/gestione/banco/badge/")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=badge]")
    sees_no_barrier(page)
    page.fill("[name=badge]", "anna-badge")
    page.fill("[name=pin]", "12345")
    page.fill("[name=again]", "12345")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    sees_no_barrier(page)

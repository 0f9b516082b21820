"""The librarian's view of partners in a browser: no barrier, at the width of a phone and of a desk."""

import datetime as dt
import os

import pytest
from playwright.sync_api import expect

from branches.devices import issue_token
from proximity.models import Contract
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import LibrarianFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 390, "height": 800}


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_pages_of_partners_have_no_barrier(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    Contract.objects.create(place=town.newsstand, partner="Edicola Rossi", starts_on=dt.date(2026, 1, 1))
    issue_token(town.newsstand, name="till", actor=None)
    desk = Librarian(open_browser(viewport=viewport), sees_no_barrier)
    desk.comes_as(confirmed(LibrarianFactory(desk=town.south))).goes_to("/gestione/punti-partner/")
    desk.look(desk.page)
    if os.environ.get("SHOTS"):
        desk.page.screenshot(path=f"{os.environ['SHOTS']}/map-{viewport['width']}.png", full_page=True)
    expect(desk.page.get_by_role("table")).to_contain_text("Edicola Rossi")
    desk.page.get_by_role("table").get_by_role("link", name=town.newsstand.name).click()
    expect(desk.page.get_by_role("table").locator("tfoot")).to_be_visible()
    desk.look(desk.page)

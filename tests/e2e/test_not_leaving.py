"""What must not go to its point, and a point that closes for good, in a real browser: keyboard only, no barrier."""

import datetime as dt
import os

import pytest
from playwright.sync_api import expect

from loans.holds import place_hold
from loans.picking import pick_copy
from milanolib import clock
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import ClosureFactory, CopyFactory, LibrarianFactory, ReaderFactory
from tests.story import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_parcel_goes_another_way_and_a_closed_shop_is_cleared(
    open_browser,
    sees_no_barrier,
    town,  # noqa: F811
    viewport,
):
    copy = CopyFactory(home=town.south)
    hold = place_hold(ReaderFactory(), copy.title, town.newsstand, actor=None)
    pick_copy(copy, town.south, actor=None)
    hold.reader.card_expires_on = clock.today() - dt.timedelta(days=1)
    hold.reader.save()
    waiting = place_hold(ReaderFactory(), CopyFactory(home=town.north).title, town.newsstand, actor=None)
    closure = ClosureFactory(place=town.newsstand, starts_on=clock.today(), ends_on=None)
    desk = Librarian(open_browser(viewport), sees_no_barrier)
    page = desk.comes_as(confirmed(LibrarianFactory(desk=town.south))).page

    desk.goes_to(f"/gestione/banco/altra-strada/?scan={copy.barcode}")
    sees_no_barrier(page)
    _shoot(page, "another-way", viewport)
    page.locator("#scan").press("Enter")
    expect(page.locator("#answers .is-hold")).to_be_visible()
    assert fresh(hold).pickup_place == town.south

    desk.goes_to(f"/gestione/banco/chiusure/{closure.pk}/")
    page.locator("input[name=sure]").press("Space")
    sees_no_barrier(page)
    _shoot(page, "clear", viewport)
    page.locator("form[action$='/altrove/'] button").press("Enter")
    page.wait_for_selector(".ml-messages")
    sees_no_barrier(page)
    assert fresh(waiting).pickup_place == town.south


def _shoot(page, name, viewport):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}-{viewport['width']}.png", full_page=True)

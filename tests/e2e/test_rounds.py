"""The driver's page in a real browser, without a line of script."""

import os

import pytest
from playwright.sync_api import expect

from branches.devices import invite_device
from loans.crates import load_crate, open_crate, put_in_crate, seal_crate
from loans.holds import place_hold
from loans.picking import pack_parcel, pick_copy
from loans.turning import turn_back_crates
from milanolib import clock
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Librarian, Partner
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import ClosureFactory, CopyFactory, LibrarianFactory, ReaderFactory, VehicleFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sealed(origin, point):
    copy = CopyFactory(home=origin)
    place_hold(ReaderFactory(), copy.title, point, actor=None)
    pick_copy(copy, origin, actor=None)
    pack_parcel(copy, origin, actor=None)
    crate = open_crate(origin, point, actor=None)
    put_in_crate(copy, crate, origin, actor=None)
    return seal_crate(crate, origin, actor=None)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_driver_takes_a_crate_along_and_leaves_it(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    town.van(weekdays=[clock.today().weekday()])
    crate = sealed(town.north, town.newsstand)
    load_crate(sealed(town.north, town.small_newsstand), town.north, actor=None)
    _device, code = invite_device(VehicleFactory(code="van"), name="phone", actor=None)
    page = open_browser(viewport)
    driver = Partner(page, sees_no_barrier).goes_to("/partner/")
    page.fill("[name=code]", code)
    page.click("main form [type=submit]")
    page.wait_for_url("**/partner/giro/")
    driver.look(page)

    page.locator("form", has_text=crate.code).locator("button").click()
    expect(page.locator("#told .is-good")).to_be_visible()
    page.locator("form", has_text=crate.code).locator("button").click()

    expect(page.locator(".mp-list")).to_contain_text(crate.code)
    driver.look(page)
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/round-{viewport['width']}.png", full_page=True)


def test_driver_and_desk_read_that_a_point_has_closed(open_browser, sees_no_barrier, town):  # noqa: F811
    """One crate rides, one stands at the library."""
    town.van(weekdays=[clock.today().weekday()])
    riding = load_crate(sealed(town.south, town.newsstand), town.south, actor=None)
    _device, code = invite_device(VehicleFactory(code="van"), name="phone", actor=None)
    standing = sealed(town.south, town.newsstand)
    ClosureFactory(place=town.newsstand, starts_on=clock.today(), ends_on=None)
    turn_back_crates()
    page = open_browser(PHONE)
    driver = Partner(page, sees_no_barrier).goes_to("/partner/")
    page.fill("[name=code]", code)
    page.click("main form [type=submit]")
    page.wait_for_url("**/partner/giro/")
    expect(page.locator(".is-warn", has_text=riding.code)).to_be_visible()
    expect(page.locator(".is-warn", has_text=standing.code)).to_be_visible()
    driver.look(page)

    desk = Librarian(open_browser(DESKTOP), sees_no_barrier)
    desk.comes_as(confirmed(LibrarianFactory(desk=town.south))).goes_to("/gestione/banco/imballo/")
    folder = os.environ.get("SHOTS")
    for name in ("imballo", "casse", "casse-per-giro", "attese"):
        desk.goes_to(f"/gestione/banco/{name}/")
        if folder:
            desk.page.screenshot(path=f"{folder}/closed-{name}-1280.png", full_page=True)
    if folder:
        page.screenshot(path=f"{folder}/closed-round-390.png", full_page=True)

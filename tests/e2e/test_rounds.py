"""The driver's page in a real browser, without a line of script."""

import os

import pytest
from playwright.sync_api import expect

from branches.devices import invite_device
from loans.crates import load_crate, open_crate, put_in_crate, seal_crate
from loans.holds import place_hold
from loans.picking import pack_parcel, pick_copy
from milanolib import clock
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Partner
from tests.e2e.test_story import town  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, ReaderFactory, VehicleFactory

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

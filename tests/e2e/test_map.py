"""The map of points in a real browser: pins and lines lead to each other, by hand, by keyboard, without a script."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Reader
from tests.factories import BookshopFactory, BranchFactory, LockerFactory, NewsstandFactory, OpeningHoursFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def points():
    """Two libraries far apart, and beside the first a bookshop and two newsstands at one address."""
    centre = BranchFactory(
        code="centro", name="Biblioteca Centro", latitude=45.4622, longitude=9.1981, hours_known=True
    )
    for weekday in range(7):
        OpeningHoursFactory(place=centre, weekday=weekday)
    BranchFactory(code="nord", name="Biblioteca Nord", latitude=45.51, longitude=9.17)
    BookshopFactory(code="libri", name="Libreria", parent=centre, latitude=45.4722, longitude=9.2081)
    NewsstandFactory(code="uno", name="Edicola uno", parent=centre, latitude=45.43, longitude=9.15)
    NewsstandFactory(code="due", name="Edicola due", parent=centre, latitude=45.43, longitude=9.15)
    LockerFactory(code="lontano", parent=centre, latitude=None, longitude=None)


def pin(page, code):
    return page.locator(f'.ml-pin-icon[data-codes~="{code}"]')


@pytest.mark.parametrize(("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"])
def test_a_line_shows_its_pin_and_a_pin_its_line(open_browser, sees_no_barrier, points, viewport, locale):
    page = open_browser(viewport, locale)
    page.goto("/punti/")
    page.wait_for_selector(".ml-pin-icon")
    sees_no_barrier(page)
    assert page.locator(".ml-map-live .ml-map-line").count() == 5

    page.click("#punto-nord .ml-point-show")
    assert "is-chosen" in pin(page, "nord").get_attribute("class")
    assert page.evaluate("document.activeElement.dataset.codes") == "nord"
    assert page.locator("#punto-nord").get_attribute("aria-current") == "true"
    sees_no_barrier(page)

    page.reload()
    pin(page, "centro").click()
    if not page.locator(".leaflet-popup").count():  # it was one of several: the map came closer
        page.wait_for_timeout(600)
        pin(page, "centro").click()
    popup = page.locator(".leaflet-popup")
    assert popup.locator("a[href='/punti/centro/']").inner_text() == "Biblioteca Centro"
    assert page.locator("#punto-centro").get_attribute("aria-current") == "true"
    sees_no_barrier(page)
    popup.locator("a[href='#punto-centro']").click()
    assert page.evaluate("document.activeElement.closest('.ml-point').id") == "punto-centro"


def test_pins_at_one_address_open_a_list(open_browser, sees_no_barrier, points):
    page = open_browser(DESKTOP, "it-IT")
    page.goto("/punti/?kind=newsstand")
    together = pin(page, "uno")
    assert together.inner_text() == "2"
    together.click()

    assert {"Edicola uno", "Edicola due"} <= set(page.locator(".leaflet-popup a").all_inner_texts())
    sees_no_barrier(page)


def test_the_keyboard_alone_reaches_pin_line_and_past_the_map(open_browser, sees_no_barrier, points):
    page = open_browser(DESKTOP, "it-IT")
    page.goto("/punti/?municipio=1&kind=branch")
    page.wait_for_selector(".ml-pin-icon")

    page.focus("#points-show")
    for _press in range(2):  # the way back to all points, the way past the map
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "ml-map-skip"
    sees_no_barrier(page)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "points-count"

    pin(page, "centro").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/punti/centro/"
    page.keyboard.press("Escape")
    assert page.locator(".leaflet-popup").count() == 0
    assert page.evaluate("document.activeElement.dataset.codes") == "centro"

    page.focus("#punto-nord .ml-point-show")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.codes") == "nord"


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_filters_change_list_and_pins_in_place_and_the_way_back_works(open_browser, sees_no_barrier, points, viewport):
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier)
    page = reader.page
    page.goto("/punti/")
    page.click(".ml-map-form summary")
    page.check("input[name=kind][value=newsstand]")

    reader.swaps(lambda: page.click("#points-show"), "#points")

    assert page.inner_text("#points-count") == "2 points"
    assert page.inner_text("#live") == "2 points"
    assert page.locator(".ml-pin-icon").count() == 1
    assert page.locator(".ml-map-live").count() == 1
    assert "kind=newsstand" in page.url
    assert page.evaluate("document.activeElement.id") == "points-show"
    page.go_back()
    page.wait_for_selector("#punto-nord")
    assert not re.search("kind=", page.url)


def test_what_makes_no_sense_is_said_in_place(open_browser, sees_no_barrier, points):
    reader = Reader(open_browser(NARROW, "it-IT"), sees_no_barrier)
    page = reader.page
    page.goto("/punti/")
    page.check("[name=now]")
    page.click(".ml-map-form summary")
    page.fill("[name=day]", "2099-01-01")

    reader.swaps(lambda: page.click("#points-show"), "#points")

    assert page.locator("#points [role=alert] a[href='#id_day']").count() == 1


def test_without_javascript_the_drawing_its_pins_and_the_filters_work(open_browser, points):
    page = open_browser(PHONE, "it-IT", java_script_enabled=False)
    page.goto("/punti/")
    assert page.locator(".ml-map-drawing .ml-map-line").count() == 5

    page.locator("#pin-nord").click()
    assert page.url.endswith("#punto-nord")
    page.locator("#punto-nord .ml-point-show").click()
    assert page.url.endswith("#pin-nord")

    page.click(".ml-map-form summary")
    page.check("input[name=kind][value=bookshop]")
    page.click("#points-show")
    expect(page.locator(".ml-point")).to_have_count(1)
    assert page.locator(".ml-map-drawing .ml-pin").count() == 1


@pytest.mark.parametrize(("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"])
def test_a_points_page_puts_up_no_barrier_and_its_data_breaks_no_policy(
    open_browser, sees_no_barrier, points, viewport, locale
):
    reader = Reader(open_browser(viewport, locale), sees_no_barrier)
    for code in ("centro", "nord", "libri", "lontano"):
        reader.goes_to(f"/punti/{code}/")
    assert reader.page.locator("script[type='application/ld+json']").count() == 1

"""Search in a real browser: suggestions by keyboard, filters in place, the same without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from catalog.models import Agent, Contribution, Material, Role, SavedSearch
from catalog.search import refresh
from catalog.search.upkeep import recount
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Reader
from tests.e2e.test_story import town, verified_reader  # noqa: F401  a fixture is used by its name
from tests.factories import TitleFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}
SIZES = pytest.mark.parametrize(
    ("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"]
)


@pytest.fixture
def shelves(town):  # noqa: F811
    """Thirty titles by as many people, five of them on CD, beside the town's own book."""
    for number in range(30):
        title = TitleFactory(
            title=f"Storia {number}", language="ita", material=Material.CD if number < 5 else Material.BOOK
        )
        agent = Agent.objects.create(name=f"Rossi{number}, Anna")
        Contribution.objects.create(title=title, agent=agent, role=Role.AUTHOR, position=0)
        refresh([title.pk])
    recount()
    return town


def said(page):
    page.wait_for_timeout(600)
    return page.inner_text("#live")


def waits_for_count(page, number):
    for _look in range(50):
        if page.inner_text(".ml-found-count").startswith(f"{number} "):
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.inner_text(".ml-found-count"))


@SIZES
def test_suggestions_by_keyboard_lead_to_the_title(open_browser, sees_no_barrier, shelves, viewport, locale):
    page = open_browser(viewport, locale)
    page.goto("/")
    box = page.locator("main input[name=q]")
    box.focus()
    page.keyboard.type("bar", delay=30)
    page.wait_for_selector("[role=listbox] [role=option]")
    assert "1" in said(page)
    assert box.get_attribute("aria-expanded") == "true"
    sees_no_barrier(page)

    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "bar"
    page.keyboard.press("ArrowDown")
    option = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert option.get_attribute("aria-selected") == "true"
    assert "Il barone rampante" in option.inner_text()
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    sees_no_barrier(page)
    page.keyboard.press("Enter")

    page.wait_for_selector("article h1")
    assert page.inner_text("article h1") == "Il barone rampante"


def test_suggestions_leave_the_search_itself_alone(open_browser, shelves):
    page = open_browser(DESKTOP, "it-IT")
    page.goto("/punti/")
    page.locator("#header-q").focus()
    page.keyboard.type("rossi1", delay=30)
    page.wait_for_selector("#header-q-offers [role=option]")
    page.keyboard.press("Tab")
    assert page.locator("#header-q-offers").is_hidden()
    page.locator("#header-q").press("Enter")

    page.wait_for_url(re.compile(r"/catalogo/\?q=rossi1$"))
    page.locator("#q").fill("")
    page.locator("#q").focus()
    page.keyboard.type("rossi29", delay=30)
    page.click("#q-offers [role=option]")
    page.wait_for_url(re.compile(r"/catalogo/\?author=\d+$"))
    assert page.inner_text("main .ml-row-title") == "Storia 29"


@SIZES
def test_filters_apply_in_place_are_announced_and_change_the_address(
    open_browser, sees_no_barrier, shelves, viewport, locale
):
    reader = Reader(open_browser(viewport, locale), sees_no_barrier)
    page = reader.page
    reader.goes_to("/catalogo/?q=storia")
    if viewport == NARROW:
        assert page.locator("#filters").is_hidden()
        page.click("#filters-box > summary")
    box = page.locator("input[name=material][value=cd]")
    reader.swaps(box.check, "#found")
    waits_for_count(page, 5)

    assert "5" in said(page)
    assert page.url.endswith("/catalogo/?q=storia&material=cd")
    assert page.evaluate("document.activeElement.value") == "cd"
    assert page.locator("#filters").is_visible()
    page.keyboard.press("Space")
    waits_for_count(page, 30)
    assert page.url.endswith("/catalogo/?q=storia")

    page.select_option("#sort", "title")
    page.wait_for_url(re.compile("sort=title"))
    page.go_back()
    page.wait_for_url(re.compile(r"/catalogo/\?q=storia$"))
    waits_for_count(page, 30)


def test_filters_of_a_long_list_are_looked_for_and_taken_away(open_browser, sees_no_barrier, shelves):
    reader = Reader(open_browser(DESKTOP, "en-GB"), sees_no_barrier)
    page = reader.page
    reader.goes_to("/catalogo/?q=storia")
    page.click("#group-author > summary")
    reader.swaps(lambda: page.locator("#look-author").fill("rossi17"), "#choices-author")
    page.wait_for_load_state("networkidle")  # each letter may ask anew: only the last answer counts
    page.wait_for_selector("#choices-author li:only-child")
    reader.swaps(lambda: page.check("#choices-author input"), "#found")
    waits_for_count(page, 1)
    assert page.locator("#group-author").get_attribute("open") is not None

    reader.swaps(lambda: page.click(".ml-chip--off"), "#found")
    waits_for_count(page, 30)


def test_search_filters_and_pages_without_javascript(open_browser, shelves):
    page = open_browser(NARROW, "it-IT", java_script_enabled=False)
    page.goto("/catalogo/?q=storia")
    page.click("[rel=next]")
    expect(page.locator("main .ml-row-title")).to_have_count(10)
    page.click("[rel=prev]")
    expect(page.locator("main .ml-row-title")).to_have_count(20)
    page.click("#filters-box > summary")
    page.check("input[name=material][value=cd]")
    page.click("#filters [type=submit]")
    expect(page.locator("main .ml-row-title")).to_have_count(5)

    page.click("#filters-box > summary")
    page.click("#group-author > summary")
    assert page.locator("#look-author").count() == 0  # five people fit in the list
    page.goto("/catalogo/valori/author/?q=storia")
    page.fill("#testo", "rossi17")
    page.click("main form [type=submit] >> nth=0")
    page.click("main ul.ml-filter a")
    expect(page.locator("main .ml-row-title")).to_have_text("Storia 17")


@SIZES
def test_searches_are_saved_changed_and_deleted(open_browser, sees_no_barrier, shelves, viewport, locale):
    anna = verified_reader()
    reader = Reader(open_browser(viewport, locale), sees_no_barrier).comes_as(anna.user)
    page = reader.page
    reader.goes_to("/catalogo/?q=storia&material=cd")
    page.click("#save-box > summary")
    page.check("#save-notice")
    reader.swaps(lambda: page.click("#save-box [type=submit]"), "#save-search")
    saved = SavedSearch.objects.get(user=anna.user)
    assert saved.is_noticed

    reader.goes_to("/mio/ricerche/")
    page.click(f"#saved-{saved.pk} summary")
    page.fill(f"#name-{saved.pk}", "Musica")
    reader.swaps(lambda: page.click(f"#saved-{saved.pk} details [type=submit]"), f"#saved-{saved.pk}")
    assert "Musica" in page.inner_text(f"#saved-{saved.pk} h2")
    reader.swaps(lambda: page.click(f"#saved-{saved.pk} .ml-row-actions [type=submit]"), f"#saved-{saved.pk}")
    assert not SavedSearch.objects.exists()


@SIZES
def test_pages_of_search_put_up_no_barrier(open_browser, sees_no_barrier, shelves, viewport, locale):
    reader = Reader(open_browser(viewport, locale), sees_no_barrier)
    for address in (
        "/catalogo/",
        "/catalogo/?q=stroia+qqzz&free=1",
        "/catalogo/?q=qqzzqqzz&language=ita",
        "/catalogo/?q=storia&material=book&language=ita&sort=title",
        "/catalogo/valori/author/?q=storia&testo=ro",
    ):
        reader.goes_to(address)

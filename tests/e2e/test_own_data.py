"""What is kept about a reader, taken home and erased, in a browser: no barrier, by keyboard, without JavaScript."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from accounts.models import Erasure
from outbox.events import dispatch
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Reader
from tests.e2e.test_own_pages import anna  # noqa: F401  a fixture is used by its name
from tests.e2e.test_story import town, verified_reader  # noqa: F401  the same
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def picture(page, name):
    """Keep a picture of a page as it is, where `PICTURES` says."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize(("viewport", "locale"), [(PHONE, "it-IT"), (DESKTOP, "en-GB")])
def test_data_are_asked_for_by_keyboard_made_and_downloaded(open_browser, sees_no_barrier, anna, viewport, locale):  # noqa: F811
    page = open_browser(viewport, locale)
    reader = Reader(page, sees_no_barrier).signs_in(anna.user.email, PASSWORD)
    reader.goes_to("/mio/impostazioni/")
    page.click("a[href='/mio/dati/']")
    sees_no_barrier(page)
    picture(page, "data")

    page.focus("#data-copy [type=submit]")
    reader.swaps(lambda: page.keyboard.press("Enter"), "#data-copy")
    picture(page, "data-waiting")
    dispatch()
    page.click("#data-copy a")
    sees_no_barrier(page)
    picture(page, "data-ready")
    with page.expect_download() as coming:
        page.click("#data-copy a.btn")
    content = Path(coming.value.path()).read_bytes()
    reader.swaps(lambda: page.click("#data-copy [type=submit]"), "#data-copy")

    assert page.locator("#data-copy [role=alert]").count() == 1
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        copied, style = (file.read(name).decode() for name in ("index.html", "style.css"))
    assert "Marcovaldo" in copied
    summary = open_browser(viewport, locale)
    summary.set_content(copied)
    summary.add_style_tag(content=style)
    sees_no_barrier(summary)
    picture(summary, "data-copy")


def test_data_are_asked_for_without_javascript(open_browser, anna):  # noqa: F811
    page = open_browser(java_script_enabled=False)
    page.goto("/accesso/")
    page.fill("[name=login]", anna.user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form [type=submit]")
    page.goto("/mio/dati/")

    page.click("#data-copy [type=submit]")
    dispatch()
    page.click("#data-copy a")

    assert page.locator("#data-copy a.btn").is_visible()


@pytest.mark.parametrize(("viewport", "locale"), [(PHONE, "it-IT"), (DESKTOP, "en-GB")])
def test_erasing_is_asked_for_with_the_password_and_taken_back(open_browser, sees_no_barrier, town, viewport, locale):  # noqa: F811
    bruno = verified_reader()
    page = open_browser(viewport, locale)
    reader = Reader(page, sees_no_barrier).signs_in(bruno.user.email, PASSWORD)
    reader.goes_to("/mio/dati/")
    page.click("a[href$='/cancella/']")
    sees_no_barrier(page)
    page.fill("main [name=password]", PASSWORD)
    page.press("main [name=password]", "Enter")
    page.wait_for_url("**/cancella/")
    sees_no_barrier(page)
    picture(page, "erase")

    page.focus("main form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("form[action*='/tieni/']")
    sees_no_barrier(page)
    picture(page, "erase-waits")
    reader.goes_to("/mio/")
    picture(page, "erase-mine")
    letter = open_browser(viewport, locale)
    letter.goto(page.locator("form[action*='/tieni/']").get_attribute("action"))
    sees_no_barrier(letter)
    picture(letter, "erase-letter")
    letter.click("main form [type=submit]")
    sees_no_barrier(letter)

    assert Erasure.objects.get().cancelled_at is not None


def test_erasing_what_is_on_loan_says_what_to_do(open_browser, sees_no_barrier, anna):  # noqa: F811
    page = open_browser()
    reader = Reader(page, sees_no_barrier).signs_in(anna.user.email, PASSWORD)
    page.goto("/mio/dati/cancella/")
    page.fill("main [name=password]", PASSWORD)
    page.press("main [name=password]", "Enter")
    page.wait_for_url("**/cancella/")
    reader.look(page)
    picture(page, "erase-hindered")

    assert page.locator("main form").count() == 0

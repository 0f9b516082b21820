"""What is kept about a reader, taken home and erased, in a browser: no barrier, by keyboard, without JavaScript."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from outbox.events import dispatch
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Reader
from tests.e2e.test_own_pages import anna  # noqa: F401  a fixture is used by its name
from tests.e2e.test_story import town  # noqa: F401  the same
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

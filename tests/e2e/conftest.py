"""A real Chromium before a real server; axe looks at every page, and every htmx swap must be announced."""

import os
import shutil
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.db import connection

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's synchronous face runs an event loop

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
BEST = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    """Forget what earlier tests of this process have counted: they all come from one address."""
    cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {
        "executable_path": shutil.which("chromium") or "/usr/bin/chromium",
        "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"],
    }


@pytest.fixture
def open_browser(browser, live_server):
    """Open a browser of its own (its own cookies): `open_browser(PHONE, "it-IT")` returns a page that knows axe."""
    contexts = []

    def open_one(viewport=PHONE, locale="it-IT", **options):
        context = browser.new_context(viewport=viewport, locale=locale, base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.faults, page.home = [], live_server.url
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda message: _note(page, message))
        return page

    yield open_one
    for context in contexts:
        context.close()
    _let_answers_end()


def _let_answers_end():
    """Wait for requests that nobody waits for any more: emptying the tables would meet them and go in a circle."""
    with connection.cursor() as cursor:
        for _time in range(100):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND (state <> 'idle' OR state_change > clock_timestamp() - interval '0.2 s')"
            )
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.1)


def _note(page, message):
    """Messages of the browser that mean a fault of ours: a broken script, a breach of the content policy."""
    if message.type == "error" and "Failed to load resource" not in message.text:
        page.faults.append(message.text)


@pytest.fixture
def sees_no_barrier():
    """Let axe look at a page as it is now, and look for faults of script and policy."""

    def look(page):
        assert page.faults == [], page.faults
        # Where a stylesheet imports another, as Django's forms.css does, axe would copy it into a style element, and
        # the policy would stop that: a fault of the looking, not of the page.
        options = {**BEST, "preload": False} if "/gestione/" in page.url else BEST
        found = Axe().run(page, options=options).response["violations"]
        told = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
        assert told == [], f"{page.url}: {told}"
        assert page.faults == [], page.faults
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), f"{page.url} scrolls sideways"

    return look

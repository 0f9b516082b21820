"""How much a first visit sends: light enough for a phone on a slow line."""

import gzip

import pytest

from catalog.models import Title
from tests.e2e.test_story import town  # noqa: F401  a fixture is used by its name

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_BYTES = 200_000
ALREADY_SMALL = ("font/", "image/webp", "image/png")


@pytest.mark.parametrize("page_name", ["home", "results", "title"])
def test_a_first_visit_stays_under_200_kilobytes(open_browser, town, page_name):  # noqa: F811
    address = {
        "home": "/",
        "results": "/catalogo/?q=barone",
        "title": Title.objects.get().get_absolute_url(),
    }[page_name]
    page = open_browser()
    answers = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  Playwright writes a mark on it

    page.goto(address, wait_until="networkidle")

    sizes = {one.url: _sent(one) for one in answers if one.ok and one.url.startswith("http")}
    assert any(url.endswith("/css/theme.css") for url in sizes)
    assert sum(sizes.values()) < MOST_BYTES, sorted(sizes.items(), key=lambda one: -one[1])


def _sent(answer):
    """Return the bytes that the portal sends for an answer; the server of the tests compresses no file."""
    body = answer.body()
    is_small = answer.headers.get("content-type", "").startswith(ALREADY_SMALL)
    return len(body) if is_small else len(gzip.compress(body, 6))

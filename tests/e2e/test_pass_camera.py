"""The clerk's camera in a real Chromium: it reads a reader's pass and the page says green, then red."""

import pytest
import segno
from PIL import Image

from partnerships.links import checking_link
from partnerships.models import Agreement
from partnerships.passes import give_codes
from tests.e2e.conftest import PHONE, _note
from tests.e2e.test_agreements import look, offers  # noqa: F401  a fixture is used by its name
from tests.e2e.test_partner_camera import browser_with, filmed
from tests.factories import ReaderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AGAIN_AFTER = 4  # seconds: static/portal/js/check.js


def picture_of(code, folder):
    """Return the square of a pass as the telephone shows it."""
    path = folder / "pass.png"
    segno.make(code, error="m", micro=False).save(str(path), scale=12, border=4)
    return Image.open(path)


@pytest.fixture
def clerk(browser_type, live_server, offers, tmp_path):  # noqa: F811
    """Open the checking page of a theatre with a true pass before its camera."""
    offer = Agreement.objects.get(institution__code="teatro-demo-1")
    code = give_codes(ReaderFactory(), steps=1).codes[0]
    browser = browser_with(filmed(picture_of(code, tmp_path), tmp_path), browser_type)
    context = browser.new_context(viewport=PHONE, locale="en-GB", base_url=live_server.url)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: _note(page, message))
    answer = page.goto(checking_link(offer.institution))
    page.allowed = answer.headers["permissions-policy"]
    yield page, offer
    browser.close()


def test_camera_reads_a_pass_once_and_the_same_again_is_refused(clerk, sees_no_barrier):
    page, offer = clerk
    assert page.allowed == "camera=(self), microphone=()"
    page.focus("[data-check-open]")
    page.keyboard.press("Enter")

    page.wait_for_selector(".ml-verdict.is-good")
    assert page.locator("video").count() == 1  # the next reader comes at once
    assert Agreement.objects.get(pk=offer.pk).uses == 1
    page.wait_for_selector("#live:not(:empty)", state="attached")
    sees_no_barrier(page)
    look(page, "camera-good")
    page.wait_for_timeout(1000 * AGAIN_AFTER)
    assert page.locator(".ml-verdict.is-good").count() == 1  # what stays before the camera is one code
    page.click("[data-check-close]")
    assert page.locator("video").count() == 0

    page.wait_for_timeout(1000 * AGAIN_AFTER + 500)
    page.click("[data-check-open]")
    page.wait_for_selector(".ml-verdict.is-bad[data-verdict=pass_used]")
    sees_no_barrier(page)
    look(page, "camera-bad")
    page.click("[data-check-close]")
    assert Agreement.objects.get(pk=offer.pk).uses == 1


def test_camera_writes_a_code_whole_into_a_field_without_a_limit(clerk):
    page, offer = clerk
    page.evaluate("document.querySelector('#check [name=code]').removeAttribute('maxlength')")
    page.click("[data-check-open]")

    page.wait_for_selector(".ml-verdict.is-good")
    assert Agreement.objects.get(pk=offer.pk).uses == 1

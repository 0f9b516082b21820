"""The partner's camera reads our own tags and barcodes, by the packaged decoder where the browser reads none itself."""

import shutil

import pypdfium2
import pytest
from PIL import Image, ImageOps

from loans.models import Handover, Loan
from loans.slips_pdf import Slip, parcel_tag, slips_pdf
from loans.states import LoanStatus, ParcelStatus
from tests.e2e.conftest import PHONE
from tests.e2e.test_partner_day import (  # noqa: F401  fixtures are used by their names
    HAND_OUT,
    TAKE_BACK,
    TAKE_IN,
    DayPhone,
    phone,
    ready,
    story,
    title,
    wait_until,
)
from tests.e2e.test_story import town  # noqa: F401  a fixture is used by its name
from tests.story import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FRAMES, SEEN = 30, (640, 480)
KEPT_DECODER = "caches.match('/static/zxing/zxing.min.js').then(Boolean)"
# What a phone's browser offers; the one of the tests reads no codes itself.
DETECTOR = """window.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code", "code_128"]; }
    async detect() { return [{ rawValue: "%s" }]; }
}"""


def filmed_slip(slip, folder):
    """Return a film of a slip."""
    page = pypdfium2.PdfDocument(slips_pdf([slip], paper="roll"))[0].render(scale=4).to_pil()
    return filmed(page, folder)


def filmed(page, folder):
    """Return a film of a picture as a hand holds it before a camera: small, a little turned, on grey."""
    page = page.convert("L")
    left, top, right, bottom = ImageOps.invert(page).getbbox()
    page = ImageOps.expand(page.crop((left, top, right, bottom)), border=40, fill=255)
    page.thumbnail((SEEN[0] - 60, SEEN[1] - 60))
    turned = page.rotate(4, expand=True, fillcolor=120, resample=Image.Resampling.BICUBIC)
    picture = Image.new("L", SEEN, 120)
    picture.paste(turned, ((SEEN[0] - turned.width) // 2, (SEEN[1] - turned.height) // 2))
    film = folder / "seen.mjpeg"
    picture.convert("RGB").save(folder / "seen.jpg", quality=80)
    film.write_bytes((folder / "seen.jpg").read_bytes() * FRAMES)
    return film


def browser_with(film, browser_type):
    """Open a browser whose camera sees a film."""
    arguments = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    return browser_type.launch(executable_path=shutil.which("chromium"), args=arguments)


@pytest.fixture
def before_camera(browser_type, live_server, sees_no_barrier, town, tmp_path):  # noqa: F811
    """Open a phone of the newsstand with a slip before its camera."""
    browsers = []

    def open_one(slip, script=""):
        browser = browser_with(filmed_slip(slip, tmp_path), browser_type)
        browsers.append(browser)
        context = browser.new_context(viewport=PHONE, locale="en-GB", base_url=live_server.url)
        context.set_default_timeout(20_000)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda said: page.faults.append(said.text) if "Security Policy" in said.text else None)
        return DayPhone.at(town.newsstand, page, sees_no_barrier)

    yield open_one
    for browser in browsers:
        browser.close()


def looks(phone, address):  # noqa: F811
    """Open the camera beside the field of a page."""
    phone.opens(address)
    phone.page.click("[data-camera]:visible")


def test_packaged_decoder_reads_the_tag_of_a_parcel_without_signal(before_camera, story, title):  # noqa: F811
    _hold, _copy, parcel = story.packed(title)
    phone = before_camera(parcel_tag(parcel))  # noqa: F811
    assert not phone.page.evaluate("'BarcodeDetector' in window")
    wait_until(phone, lambda: phone.page.evaluate(KEPT_DECODER))  # fetched by itself, after everything else
    wait_until(phone, lambda: phone.counts()[0] == 1)
    phone.signal(is_there=False)

    looks(phone, TAKE_IN)
    phone.hears(f"Taken in. Put it on shelf number {parcel.shelf_number}.")
    assert phone.page.locator("video").count() == 1  # the next parcel comes at once
    phone.look(phone.page)
    phone.page.click("[data-camera-close]")
    assert phone.page.locator("video").count() == 0

    phone.signal(is_there=True)
    phone.hears("Everything has been sent.")
    assert fresh(parcel).status == ParcelStatus.RECEIVED
    assert Handover.objects.filter(parcel=parcel, status=ParcelStatus.RECEIVED).count() == 1  # seen many times


def test_packaged_decoder_reads_the_bars_of_a_copy(before_camera, story, ready):  # noqa: F811
    _hold, copy, parcel = ready
    story.hand_over(parcel)
    phone = before_camera(Slip("", "", "", bars=copy.barcode))  # noqa: F811
    looks(phone, TAKE_BACK)
    phone.hears("Returned. Put it in the returns bag.")
    assert Loan.objects.get(copy=copy).status == LoanStatus.CLOSED


def test_browser_that_reads_codes_itself_fetches_no_decoder(before_camera, ready):  # noqa: F811
    hold, _copy, parcel = ready
    phone = before_camera(parcel_tag(parcel), DETECTOR % hold.pickup_code)  # noqa: F811
    looks(phone, HAND_OUT)
    phone.page.wait_for_selector("[data-found-number]:visible")
    assert phone.page.inner_text("[data-found-number]") == str(parcel.shelf_number)
    assert phone.page.locator("video").count() == 0  # one code is enough here
    phone.page.wait_for_timeout(300)
    assert not phone.page.evaluate(KEPT_DECODER)


def test_camera_that_is_not_there_is_told_and_the_field_stays(phone):  # noqa: F811
    looks(phone, TAKE_IN)
    phone.hears("The camera cannot be used now")
    phone.enters(TAKE_IN, "receive", "Y0Y0Y0Y0")
    phone.hears("No parcel has the tag Y0Y0Y0Y0.")

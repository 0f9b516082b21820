"""The reader's own pages in a real browser: no barrier, every swap told, without JavaScript, a card that scans."""

import datetime as dt
import io
import os
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from accounts.models import Guardianship
from loans.delegations import let_collect
from loans.history import keep_history
from loans.holds import place_hold
from loans.lending import check_in, check_out
from loans.models import Delegation, Hold, Loan
from loans.picking import pick_copy
from milanolib import clock
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Reader
from tests.e2e.test_pages import NARROW
from tests.e2e.test_story import confirmed, town, verified_reader  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, GuardianshipFactory, ReaderFactory, TitleFactory, UserFactory
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OWN = ["", "prestiti/", "prenotazioni/", "tessera/", "famiglia/", "famiglia/deleghe/", "storico/", "impostazioni/"]


def book(town, name):  # noqa: F811
    return CopyFactory(title=TitleFactory(title=name, language="ita"), home=town.north)


@pytest.fixture
def anna(town):  # noqa: F811
    """A reader of 15 with something of everything: loans late and waited for, holds, a parent, a child of nobody."""
    reader = verified_reader()
    type(reader).objects.filter(pk=reader.pk).update(born_on=clock.years_from(clock.today(), -15))
    keep_history(reader)
    back = book(town, "Marcovaldo")
    check_out(back, reader, town.north, actor=None)
    check_in(back, town.north, actor=None)
    today = clock.today()
    for name, days in (("Palomar", -2), ("Le città invisibili", 0), ("Lessico famigliare", 20)):
        loan = check_out(book(town, name), reader, town.north, actor=None)
        Loan.objects.filter(pk=loan.pk).update(due_on=today + dt.timedelta(days=days))
    place_hold(ReaderFactory(), loan.copy.title, town.north, actor=None)
    ready, waiting = book(town, "Novecento"), book(town, "I Malavoglia")
    place_hold(reader, ready.title, town.north, actor=None)
    pick_copy(ready, town.north, actor=None)
    check_out(waiting, ReaderFactory(), town.north, actor=None)
    place_hold(reader, waiting.title, town.newsstand, actor=None)
    GuardianshipFactory(child=reader, guardian=UserFactory(name="Paola"))
    let_collect(reader, name="Marie Curie", valid_from=today, valid_until=today, actor=None)
    let_collect(ReaderFactory(), delegate=reader, name="x", valid_from=today, valid_until=today, actor=None)
    return reader


@pytest.mark.parametrize(("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"])
def test_own_pages_put_up_no_barrier(open_browser, sees_no_barrier, town, anna, viewport, locale):  # noqa: F811
    reader = Reader(open_browser(viewport, locale), sees_no_barrier).comes_as(anna.user)
    hold = Hold.objects.filter(reader=anna).last()
    for address in (*OWN, f"prenotazioni/{hold.pk}/quando/", f"prenotazioni/{hold.pk}/punto/"):
        reader.goes_to(f"/mio/{address}")
        current = reader.page.locator(".ml-own-nav [aria-current]")
        assert current.count() == 1, address


@pytest.mark.parametrize(
    ("viewport", "options"),
    [
        (NARROW, {}),
        (PHONE, {"forced_colors": "active"}),
        (PHONE, {"device_scale_factor": 3}),
        (DESKTOP, {"color_scheme": "dark"}),
    ],
    ids=["narrow", "forced colours", "three dots a pixel", "dark"],
)
def test_card_is_read_from_the_screen(open_browser, sees_no_barrier, town, viewport, options):  # noqa: F811
    anna = verified_reader()
    reader = Reader(open_browser(viewport, **options), sees_no_barrier).comes_as(anna.user)
    reader.page.goto("/mio/tessera/")

    picture = Image.open(io.BytesIO(reader.page.screenshot(full_page=True)))

    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [anna.card_number]


@pytest.mark.parametrize(
    ("viewport", "options"),
    [(NARROW, {}), (PHONE, {"color_scheme": "dark"}), (PHONE, {"forced_colors": "active"}), (DESKTOP, {})],
    ids=["narrow", "dark", "forced colours", "desktop"],
)
def test_pickup_code_is_read_from_the_screen(open_browser, sees_no_barrier, town, anna, viewport, options):  # noqa: F811
    reader = Reader(open_browser(viewport, **options), sees_no_barrier).comes_as(anna.user)
    hold = Hold.objects.get(reader=anna, status="ready")
    reader.goes_to("/mio/prenotazioni/")
    reader.page.click(f"#hold-{hold.pk} a[href*='/codice/']")
    reader.page.wait_for_selector(".ml-qr svg")
    reader.look(reader.page)

    seen = reader.page.screenshot()

    if os.environ.get("SHOTS"):
        Path(os.environ["SHOTS"], f"code-{viewport['width']}-{len(options)}.png").write_bytes(seen)
    assert [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(seen)))] == [hold.pickup_code]


def test_own_pages_tell_of_every_change(open_browser, sees_no_barrier, town, anna):  # noqa: F811
    reader = Reader(open_browser(PHONE, "it-IT"), sees_no_barrier).comes_as(anna.user)
    page = reader.page
    late, today, waited_for = Loan.objects.standing().filter(reader=anna).order_by("due_on")
    first, second = Hold.objects.filter(reader=anna).order_by("pk")

    reader.goes_to("/mio/prestiti/")
    reader.swaps(lambda: page.click(f"#loan-{today.pk} form >> nth=1 >> [type=submit]"), f"#loan-{today.pk}")
    assert Loan.objects.get(pk=today.pk).extended_on
    reader.swaps(lambda: page.click("#loans > form [type=submit]"), "#loans")
    assert page.evaluate("document.activeElement.closest('#loans') !== null")
    assert page.locator(f"#loan-{waited_for.pk} .is-bad").count() == 1
    assert Loan.objects.get(pk=late.pk).renewals == 1

    reader.goes_to("/mio/prenotazioni/")
    page.click(f"#hold-{second.pk} a[href$='/quando/']")
    page.fill("[name=until]", (clock.today() + dt.timedelta(days=9)).isoformat())
    reader.swaps(lambda: page.click("#when-panel [value=pause]"), "#when-panel")
    page.keyboard.press("Enter")  # the way back has the focus
    page.wait_for_selector(f"#hold-{second.pk}")
    reader.swaps(lambda: page.click(f"#hold-{second.pk} form >> nth=1 >> [type=submit]"), f"#hold-{second.pk}")
    assert Hold.objects.get(pk=second.pk).suspended_until is None
    page.click(f"#hold-{second.pk} summary")
    reader.swaps(lambda: page.click(f"#hold-{second.pk} .btn-outline-danger"), f"#hold-{second.pk}")
    assert (Hold.objects.get(pk=second.pk).status, Hold.objects.get(pk=first.pk).status) == ("cancelled", "ready")

    reader.goes_to("/mio/storico/")
    reader.swaps(lambda: page.click("#remembered ~ ul .btn-outline-danger"), "main")
    assert not Loan.objects.filter(reader=anna, status="closed", is_remembered=True).exists()

    reader.goes_to("/mio/famiglia/")
    reader.swaps(lambda: page.click("[id^=guardianship-] [type=submit]"), "[id^=guardianship-]")
    assert Guardianship.objects.get().shows_titles

    reader.goes_to("/mio/famiglia/deleghe/")
    reader.swaps(lambda: page.click("[id^=delegation-] [type=submit]"), "main")
    assert Delegation.objects.get(reader=anna).revoked_at

    reader.goes_to("/mio/impostazioni/")
    reader.swaps(lambda: page.click("[id^=renewal-] [type=submit]"), "[id^=renewal-]")
    anna.refresh_from_db()
    assert anna.renews_by_itself


def test_own_pages_without_javascript(open_browser, town, anna):  # noqa: F811
    page = open_browser(java_script_enabled=False)
    page.goto("/accesso/")
    page.fill("[name=login]", anna.card_number)
    page.fill("[name=password]", PASSWORD)
    page.click("main form [type=submit]")
    page.wait_for_url(re.compile("/mio/"))

    page.goto("/mio/prestiti/")
    page.click("#loans > form [type=submit]")
    page.wait_for_selector("#loans .ml-box.is-bad")
    assert Loan.objects.filter(reader=anna, renewals=1).count() == 2

    page.goto("/mio/storico/")
    page.click("#stop-keeping summary")
    page.click("#stop-keeping [type=submit]")
    page.wait_for_selector(".ml-messages .is-good")
    anna.refresh_from_db()
    assert not anna.keeps_history
    page.click("main .btn-primary")
    page.wait_for_selector("#remembered")

    page.goto("/mio/famiglia/deleghe/")
    page.fill("[name=name]", "Pierre Curie")
    page.click("main form.ml-narrow [type=submit]")
    page.wait_for_selector("text=Pierre Curie")
    assert Delegation.objects.filter(reader=anna).count() == 2

    page.goto("/mio/impostazioni/")
    page.click("[id^=renewal-] [type=submit]")
    page.wait_for_selector(".ml-messages .is-good")
    anna.refresh_from_db()
    assert anna.renews_by_itself

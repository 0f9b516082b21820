"""Every kind of page: no barrier at 320 px and at desktop width; the keyboard alone; without JavaScript."""

import re

import pytest
from django.urls import reverse

from branches.devices import invite_device
from loans.models import Hold
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian, Partner, Reader, choose_point
from tests.e2e.test_story import confirmed, town, verified_reader  # noqa: F401  a fixture is used by its name
from tests.factories import LibrarianFactory
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}  # 1280 px at 400 % (WCAG 1.4.10)
OPEN = ["/", "/catalogo/", "/catalogo/?q=zzz", "/punti/", "/punti/newsstand/", "/punti/stop/", "/bibliobus/"]
OPEN += ["/progetti/", "/progetti/prossimita/", "/progetti/anagrafe/", "/progetti/autonomia/"]
OPEN += ["/progetti/convenzioni/"]
OPEN += ["/accesso/", "/accesso/iscrizione/", "/accesso/password/", "/accessibilita/", "/privacy/", "/licenza/"]
OPEN += ["/segnala/", "/demo/", "/demo/posta/", "/nothing-here/"]
OWN = ["/mio/", "/mio/prestiti/", "/mio/prenotazioni/", "/mio/messaggi/"]
DESK = ["", "prelievi/", "scaffale/", "attese/", "dispositivi/", "regole/", "dove/"]


@pytest.mark.parametrize(("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"])
def test_open_and_own_pages_put_up_no_barrier(open_browser, sees_no_barrier, town, viewport, locale):  # noqa: F811
    anna = verified_reader()
    reader = Reader(open_browser(viewport, locale), sees_no_barrier)
    for address in OPEN:
        reader.goes_to(address)
    reader.signs_in(anna.card_number, PASSWORD)
    for address in OWN:
        reader.goes_to(address)


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_desk_pages_put_up_no_barrier(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    librarian = confirmed(LibrarianFactory(desk=town.north))
    desk = Librarian(open_browser(viewport), sees_no_barrier).signs_in(librarian, PASSWORD)
    for page in DESK:
        desk.goes_to(f"/gestione/banco/{page}")


def test_partner_pages_put_up_no_barrier_on_a_small_phone(open_browser, sees_no_barrier, town):  # noqa: F811
    _device, code = invite_device(town.newsstand, name="phone", actor=None)
    partner = Partner(open_browser(NARROW, service_workers="block"), sees_no_barrier).connects(code)
    for name in ("home", "take_in", "hand_out", "take_back", "phone"):
        partner.goes_to(reverse(f"proximity:{name}"))


def test_reserve_with_the_keyboard_alone(open_browser, sees_no_barrier, town):  # noqa: F811
    anna = verified_reader()
    reader = Reader(open_browser(DESKTOP, "it-IT"), sees_no_barrier).signs_in(anna.card_number, PASSWORD)
    page = reader.page
    page.goto("/catalogo/?q=barone")
    _tab_to(page, "main .ml-row-title a")
    page.keyboard.press("Enter")
    page.wait_for_selector("article h1")
    _tab_to(page, "article .btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#reserve-panel form")
    _tab_to(page, "details:has([value=newsstand]) > summary")
    page.keyboard.press("Enter")
    _tab_to(page, "[name=pickup]")
    while page.evaluate("document.activeElement.value") != town.newsstand.code:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    _tab_to(page, "#reserve-panel [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#reserve-panel .ml-box.is-good")

    assert Hold.objects.get(reader=anna).pickup_place == town.newsstand
    page.wait_for_function("document.activeElement.closest('#reserve-panel') !== null")


def _tab_to(page, selector):
    """Press Tab until the focus is there; what cannot be reached within eighty is out of reach."""
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            visible = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle !== 'none' || s.boxShadow !== 'none' }"
            )
            assert visible, f"{selector} shows no focus"
            return
    raise AssertionError(f"{selector} is out of reach")


def test_reserve_and_cancel_without_javascript(open_browser, town):  # noqa: F811
    anna = verified_reader()
    page = open_browser(java_script_enabled=False)
    page.goto("/accesso/")
    page.fill("[name=login]", anna.card_number)
    page.fill("[name=password]", PASSWORD)
    page.click("main form [type=submit]")
    page.goto("/catalogo/?q=barone")
    page.click("main .ml-row-title a >> nth=0")
    page.click("article .btn-primary")
    choose_point(page, town.newsstand)
    page.click("#reserve-panel [type=submit]")
    page.wait_for_url(re.compile("/mio/"))
    hold = Hold.objects.get(reader=anna)
    assert page.locator(f"#hold-{hold.pk}").count() == 1
    page.click(f"#hold-{hold.pk} details summary")
    page.click(f"#hold-{hold.pk} form [type=submit]")
    page.wait_for_url(re.compile("/mio/prenotazioni/"))

    assert Hold.objects.get().status == "cancelled"
    assert page.locator(f"#hold-{hold.pk}").count() == 0

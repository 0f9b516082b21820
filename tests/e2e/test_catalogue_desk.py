"""The cataloguers' pages in a real browser: no barrier at 320 px and at desktop width; a stocktake with a scanner."""

import pytest

from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, ManagerFactory, TitleFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}
PAGES = ["", "titolo/nuovo/", "copie/", "etichette/", "inventario/", "doppioni/", "copertine/", "esportazione/"]
PAGES += ["importazioni/"]
OF_A_TITLE = ["", "campi/", "copie/", "copertina/", "unisci/"]


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_cataloguers_pages_put_up_no_barrier(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    manager = confirmed(ManagerFactory(desk=town.north))
    copy, other = CopyFactory(home=town.north), TitleFactory()
    desk = Librarian(open_browser(viewport), sees_no_barrier).comes_as(manager)
    for page in PAGES:
        desk.goes_to(f"/gestione/catalogo/{page}")
    for page in OF_A_TITLE:
        desk.goes_to(f"/gestione/catalogo/titolo/{copy.title_id}/{page}")
    desk.goes_to(f"/gestione/catalogo/titolo/{copy.title_id}/unisci/?with={other.pk}")
    desk.goes_to(f"/gestione/catalogo/copie/{copy.pk}/")


def test_a_shelf_is_counted_with_a_scanner(open_browser, sees_no_barrier, town):  # noqa: F811
    manager = confirmed(ManagerFactory(desk=town.north))
    copy = CopyFactory(home=town.north, shelf_mark="N CAL")
    desk = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(manager)
    page = desk.page
    page.goto("/gestione/catalogo/inventario/")
    page.click(".desk-form [type=submit]")
    page.wait_for_selector("#scan")
    for number, code in enumerate([copy.barcode, copy.barcode, "unknown"], 1):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#answers > :nth-child({number})")
    sees_no_barrier(page)

    assert page.locator("#answers .is-shelf").count() == 2
    assert page.locator("#answers .is-refused").count() == 1
    assert page.evaluate("document.activeElement.id") == "scan"

"""A title's page, its record, a person's page and the page of a work in a real browser."""

import pytest

from catalog.models import Agent, AgentVariant, Material, ShelfHint, Title
from catalog.search import refresh
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian, Reader
from tests.e2e.test_pages import NARROW
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, LibrarianFactory, TitleFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shelf(town, settings, tmp_path):  # noqa: F811
    """The famous book with all that can stand around it."""
    settings.MEDIA_ROOT = str(tmp_path)
    title = Title.objects.get()
    title.series, title.series_number, title.series_position, title.summary = (
        "I nostri antenati",
        "2",
        2,
        "Cosimo sale.",
    )
    title.record = {
        "leader": "0" * 24,
        "fields": [{"245": {"ind1": "1", "ind2": " ", "subfields": [{"a": "x" * 200}]}}],
    }
    title.save()
    TitleFactory(title="Il visconte dimezzato", series="I nostri antenati", series_number="1", series_position=1)
    TitleFactory(title="Il cavaliere inesistente", series="I nostri antenati", series_number="3", series_position=3)
    TitleFactory(work=title.work, title="The baron in the trees", language="eng")
    TitleFactory(work=title.work, title="Il barone a voce", material=Material.AUDIOBOOK)
    ShelfHint.objects.create(place=town.north, prefix="", hint={"it": "Primo piano"})
    CopyFactory(title=title, home=town.south, shelf_mark="N CAL " + "9" * 60)
    AgentVariant.objects.create(agent=Agent.objects.get(), name="Calvino, I.")
    refresh([*Title.objects.values_list("pk", flat=True)])
    return title


@pytest.mark.parametrize(("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"])
def test_pages_of_a_title_and_a_person_put_up_no_barrier(open_browser, sees_no_barrier, shelf, viewport, locale):
    reader = Reader(open_browser(viewport, locale), sees_no_barrier)
    reader.page.goto("/?da=m1")
    reader.goes_to(shelf.get_absolute_url())

    seen = reader.page.evaluate(
        "[...document.querySelectorAll('.ml-place-line .is-good')].map(one => one.getBoundingClientRect().right)"
    )
    assert len(seen) == 2
    assert max(seen) <= viewport["width"]
    assert reader.page.evaluate("document.querySelector('.ml-title-head img').naturalWidth") == 240

    reader.goes_to(f"/catalogo/{shelf.pk}/marc/")
    reader.goes_to(Agent.objects.get().get_absolute_url())


def test_page_of_a_work_puts_up_no_barrier(open_browser, sees_no_barrier, town, shelf):  # noqa: F811
    librarian = confirmed(LibrarianFactory(desk=town.north))
    desk = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(librarian)
    here = f"/gestione/opere/{shelf.work_id}/"
    other = Title.objects.get(title="Il visconte dimezzato")

    desk.goes_to(here)
    desk.goes_to(f"{here}?q=visconte")
    desk.goes_to(f"{here}?join={other.work_id}")
    desk.page.click("form:has([name=act]) [type=submit]")
    desk.page.wait_for_url(f"**{here}")
    desk.goes_to(f"{here}?split=1&title={other.pk}")

    other.refresh_from_db()
    assert other.work_id == shelf.work_id

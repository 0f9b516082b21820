"""Choosing an edition or a volume, reserving a list together, what who waits is told: no barrier, every swap told."""

import datetime as dt
import os

import pytest

from catalog.models import Title
from catalog.reading import lists
from loans.groups import place_group
from loans.holds import place_hold
from loans.keeping import withdraw_copy
from loans.models import Hold, HoldGroup
from loans.states import GroupKind
from loans.unfillable import look_at_unfillable
from milanolib import clock
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Reader, choose_point
from tests.e2e.test_story import town, verified_reader  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, TitleFactory, WorkFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = pytest.mark.parametrize(
    "viewport", [{"width": 320, "height": 640}, PHONE, DESKTOP], ids=["320", "390", "1280"]
)


def shot(page, name):
    """Keep a picture where somebody asked for one."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


def editions(home, count):
    work = WorkFactory(title="Il barone rampante")
    titles = TitleFactory.create_batch(count, work=work, title="Il barone rampante", publisher="Einaudi")
    for number, title in enumerate(titles):
        Title.objects.filter(pk=title.pk).update(year=1957 + number)
        CopyFactory(title=title, home=home)
    return titles


@WIDTHS
def test_editions_and_volumes_are_chosen(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    anna = verified_reader()
    this, _other = editions(town.north, 2)
    in_volumes = TitleFactory(title="Guerra e pace")
    for volume in ("1", "2", "10"):
        CopyFactory(title=in_volumes, home=town.north, volume=volume)
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier).comes_as(anna.user)

    reader.goes_to(f"/catalogo/{this.pk}/x/prenota/")
    shot(reader.page, "editions")
    reader.page.check("[name=what][value=work]")
    choose_point(reader.page, town.north)
    reader.swaps(lambda: reader.page.click("#reserve-panel button[type=submit]"), "#reserve-panel")
    assert Hold.objects.get(reader=anna).title is None

    reader.goes_to(f"/catalogo/{this.pk}/x/prenota/?da=p-{town.north.code}")
    for summary in reader.page.locator("main summary").all():
        summary.click()
    reader.look(reader.page)
    shot(reader.page, "points")

    reader.goes_to(f"/catalogo/{in_volumes.pk}/x/prenota/")
    shot(reader.page, "volumes")


@WIDTHS
def test_a_list_is_reserved_together_by_keyboard(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    anna = verified_reader()
    own = lists.make_list(anna.user, name="Per l'estate")
    for name in ("Il sentiero dei nidi di ragno", "Le città invisibili", "Palomar"):
        lists.add_title(own, CopyFactory(title__title=name, home=town.north).title)
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier).comes_as(anna.user)

    reader.goes_to(f"/mio/liste/{own.pk}/prenota/")
    shot(reader.page, "list")
    reader.page.focus("[name=kind][value=set]")
    reader.page.keyboard.press("Space")
    choose_point(reader.page, town.north)
    reader.page.focus("#reserve-panel button[type=submit]")
    reader.swaps(lambda: reader.page.keyboard.press("Enter"), "#reserve-panel")
    shot(reader.page, "list-done")

    assert HoldGroup.objects.get(reader=anna).holds.count() == 3


@WIDTHS
def test_who_waits_is_told_what_to_do(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    anna = verified_reader()
    this, _other = editions(town.north, 2)
    place_hold(anna, this, town.north, actor=None)
    withdraw_copy(this.copies.get(), reason="torn", although_waited_for=True, actor=None)
    look_at_unfillable()
    in_a_set = [CopyFactory(home=town.north).title, CopyFactory(home=town.north).title]
    place_hold(verified_reader(), in_a_set[1], town.north, actor=None)
    place_group(anna, in_a_set, town.north, GroupKind.SET, actor=None)
    Hold.objects.filter(reader=anna).update(not_needed_after=clock.today() + dt.timedelta(days=40))
    reader = Reader(open_browser(viewport, "en-GB"), sees_no_barrier).comes_as(anna.user)

    reader.goes_to("/mio/prenotazioni/")
    shot(reader.page, "holds")

    assert "No copy can come now" in reader.page.content()
    reader.page.click("text=Reserve any edition")
    reader.look(reader.page)
    assert "?what=work" in reader.page.url

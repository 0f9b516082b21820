"""A crate from one library to another, with the keyboard alone: filled, sealed, sent, received, unpacked."""

import os

import pytest
from playwright.sync_api import expect

from loans.crates import open_crate, put_in_crate
from loans.holds import place_hold
from loans.models import Crate, Parcel, Task, TaskKind, Transit
from loans.picking import pack_parcel, pick_copy
from loans.states import CrateStatus, TransitStatus
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, LibrarianFactory, ReaderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}
CRATES = "/gestione/banco/casse/"


def shot(page, name):
    """Keep a picture where somebody asked for one."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


class Desk(Librarian):
    """A librarian before the pages of crates, who never touches the mouse."""

    def begins(self, place):
        return self.comes_as(confirmed(LibrarianFactory(desk=place))).goes_to(CRATES)

    def types(self, code):
        assert self.page.evaluate("document.activeElement.id") == "scan"
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")
        return self

    def is_told(self, words, answers):
        expect(self.page.locator("#answers > li")).to_have_count(answers)
        expect(self.page.locator("#answers > li").first).to_contain_text(words)
        self.look(self.page)
        return self

    def presses(self, name, then):
        """Press a button with Enter, and wait for words on the page that follows."""
        self.page.locator("button").filter(has_text=name).first.focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("body")).to_contain_text(then)
        self.look(self.page)
        return self


def picked(home, pickup):
    copy = CopyFactory(home=home)
    place_hold(ReaderFactory(), copy.title, pickup, actor=None)
    pick_copy(copy, home, actor=None)
    return copy


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_crate_goes_from_one_library_to_another(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    first, second, left_behind = (picked(town.north, town.south) for _number in range(3))
    elsewhere = picked(town.north, town.newsstand)
    parcel = pack_parcel(elsewhere, town.north, actor=None)

    north = Desk(open_browser(viewport, "en-GB"), sees_no_barrier).begins(town.north)
    north.presses(f"Begin a crate: {town.south}", "Nothing is in it.")
    north.types(first.barcode).is_told("In the crate", 1)
    north.types(first.barcode).is_told("1 thing in it", 2)
    north.types(parcel.tag).is_told(f"This goes to {town.newsstand}.", 3)
    north.types(second.barcode).is_told("2 things in it", 4)
    north.types(left_behind.barcode).is_told("3 things in it", 5)
    north.presses(f"Take out: {left_behind.barcode}", "Taken out")
    assert north.page.evaluate("document.activeElement.id") == "scan"
    north.types(left_behind.barcode).is_told("3 things in it", 7)
    north.presses("Seal it", "is sealed with 3 things in it")
    north.presses("Given to the van", "is on the road")
    crate = Crate.objects.get()
    assert crate.status == CrateStatus.ON_ROAD

    south = Desk(open_browser(viewport, "en-GB"), sees_no_barrier).begins(town.south)
    south.types("nothing").is_told("No crate has this code", 1)
    south.types(crate.code)
    south.page.wait_for_url(f"**{CRATES}{crate.code}/")
    south.look(south.page)
    south.types(first.barcode).is_told("To the shelf of reservations", 1)
    south.types(second.barcode).is_told("1 still to scan", 2)
    south.presses("The crate is empty", "1 thing was not in it")
    south.goes_to(CRATES)
    expect(south.page.locator("body")).to_contain_text("2 of 3 found")

    assert set(Transit.objects.filter(crate=crate).values_list("status", flat=True)) == {
        TransitStatus.ARRIVED,
        TransitStatus.LOADED,
    }
    assert set(Task.objects.values_list("kind", "copy")) == {(TaskKind.NOT_IN_CRATE, left_behind.pk)}


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_parcels_are_packed_and_followed_with_the_keyboard_alone(
    open_browser,
    sees_no_barrier,
    town,  # noqa: F811
    viewport,
):
    town.van()
    copies = [CopyFactory(home=town.south) for _number in range(2)]
    for copy in copies:
        place_hold(ReaderFactory(), copy.title, town.newsstand, actor=None)
    desk = Desk(open_browser(viewport), sees_no_barrier).begins(town.south).goes_to("/gestione/banco/imballo/")
    for number, copy in enumerate(copies, start=1):
        desk.types(copy.barcode)
        desk.is_told("", number)
        desk.is_told(Parcel.objects.latest("pk").tag, number)
        assert desk.page.evaluate("document.activeElement.id") == "scan", "the next scan finds its field"
    shot(desk.page, "packing")
    with desk.page.expect_popup() as printed:
        desk.page.keyboard.press("F7")
    assert "etichetta.pdf" in printed.value.url
    put_in_crate(copies[0], open_crate(town.south, town.newsstand, actor=None), town.south, actor=None)
    tag = Parcel.objects.get(assignment__copy=copies[0]).tag
    for name, page in (("chain", f"pacchi/{tag}/custodia"), ("rounds", "casse-per-giro"), ("tasks", "attese")):
        desk.goes_to(f"/gestione/banco/{page}/")
        shot(desk.page, name)

"""Closures at the desk in a real browser: entered, looked at, applied and undone with the keyboard; no barrier."""

import datetime as dt

import pytest

from branches.models import Closure
from loans.holds import place_hold
from loans.lending import check_in, check_out
from loans.models import ClosureBatch
from milanolib import clock
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian, Reader
from tests.e2e.test_story import confirmed, town, verified_reader  # noqa: F401  a fixture is used by its name
from tests.factories import ClosureFactory, CopyFactory, HoldFactory, LibrarianFactory, ReaderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def closure(town):  # noqa: F811
    """A library closed on the day on which three of its loans are due, for five weeks."""
    loans = [check_out(CopyFactory(home=town.north), ReaderFactory(), town.north, actor=None) for _number in range(3)]
    HoldFactory(pickup_place=town.north)
    due = loans[0].due_on
    return ClosureFactory(
        place=town.north,
        starts_on=due - dt.timedelta(days=2),
        ends_on=due + dt.timedelta(days=33),
        reason={"it": "Lavori agli impianti"},
        substitute=town.south,
    )


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_a_closure_is_applied_and_undone(open_browser, sees_no_barrier, town, closure, viewport):  # noqa: F811
    librarian = confirmed(LibrarianFactory(desk=town.north))
    desk = Librarian(open_browser(viewport), sees_no_barrier).comes_as(librarian)
    page = desk.page
    desk.goes_to("/gestione/banco/chiusure/")
    page.locator(".desk-rows a").first.press("Enter")
    page.wait_for_url("**/chiusure/*/")
    page.locator("details summary").first.press("Enter")
    sees_no_barrier(page)

    page.locator("form.desk-acts button").press("Enter")
    page.wait_for_url("**/applicate/*/")
    sees_no_barrier(page)
    assert ClosureBatch.objects.get().moves.count() == 3
    desk.goes_to("/gestione/banco/chiusure/")
    page.go_back()

    page.locator("#sure").press("Space")
    page.locator(".desk-button--danger").press("Enter")
    page.wait_for_selector(".ml-messages")
    sees_no_barrier(page)
    assert not Closure.objects.exists()


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_who_waits_at_a_closed_point_collects_elsewhere(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    reader, copy = verified_reader(), CopyFactory(home=town.south)
    hold = place_hold(reader, copy.title, town.north, actor=None)
    ClosureFactory(place=town.north, ends_on=None, substitute=town.south)
    me = Reader(open_browser(viewport), sees_no_barrier).comes_as(reader.user)
    me.goes_to("/mio/prenotazioni/")

    me.page.locator("input[name=pickup] ~ button").first.press("Enter")
    me.page.wait_for_selector(".ml-messages")
    sees_no_barrier(me.page)

    hold.refresh_from_db()
    assert hold.pickup_place == town.south


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_what_is_ready_at_a_closed_point_is_brought_elsewhere(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    copy = CopyFactory(home=town.north)
    hold = place_hold(ReaderFactory(), copy.title, town.north, actor=None)
    check_in(copy, town.north, actor=None)
    closed = ClosureFactory(place=town.north, ends_on=None, substitute=town.south)
    librarian = confirmed(LibrarianFactory(desk=town.north))
    desk = Librarian(open_browser(viewport), sees_no_barrier).comes_as(librarian)
    page = desk.goes_to(f"/gestione/banco/chiusure/{closed.pk}/pronti/").page

    page.locator(".desk-rows a").first.press("Enter")
    page.wait_for_selector("[name=pickup]")
    sees_no_barrier(page)
    page.select_option("[name=pickup]", str(town.south.pk))
    page.locator(".desk-form .desk-button").press("Enter")
    page.wait_for_selector(".ml-messages")
    sees_no_barrier(page)

    hold.refresh_from_db()
    assert hold.pickup_place == town.south


def test_the_register_shows_what_hangs_before_it_saves(open_browser, sees_no_barrier, town, closure):  # noqa: F811
    librarian = confirmed(LibrarianFactory(desk=town.north))
    desk = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(librarian)
    page = desk.page
    page.goto(f"/gestione/branches/place/{town.north.pk}/change/")
    page.fill("[name=closures-0-ends_on]", f"{clock.today() + dt.timedelta(days=300):%d/%m/%Y}")
    with page.expect_popup() as opened:
        page.click("[name=_closings]")
    preview = opened.value
    preview.faults = []
    preview.wait_for_selector("h2")
    sees_no_barrier(preview)

    assert preview.title().startswith("ANTEPRIMA") or preview.title().startswith("PREVIEW")
    assert Closure.objects.get().ends_on == closure.ends_on
    page.click("[name=_save]")
    page.wait_for_selector(".messagelist, .ml-messages")
    assert "/chiusure/" in page.content()

"""What is near: without JavaScript, with the keyboard, and by the device's position, which never leaves it."""

import datetime as dt

import pytest
from django.urls import reverse

from branches.models import Place
from milanolib import clock
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Librarian, Reader
from tests.e2e.test_story import confirmed
from tests.factories import BranchFactory, ClosureFactory, LibrarianFactory, OpeningHoursFactory, StopFactory
from tests.factories.places import VisitFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DUOMO = {"latitude": 45.4641, "longitude": 9.1898}
AFFORI = {"latitude": 45.5170, "longitude": 9.1690}
ROME = {"latitude": 41.9, "longitude": 12.5}


@pytest.fixture
def city(transactional_db):
    library = BranchFactory(name="Biblioteca Affori di prova", **AFFORI, hours_known=True, services=["study"])
    for weekday in range(7):
        OpeningHoursFactory(place=library, weekday=weekday, opens=dt.time(0), closes=dt.time(23, 59))
    shut = BranchFactory(name="Biblioteca chiusa di prova", **DUOMO)
    ClosureFactory(place=shut, ends_on=None, reason={"it": "Lavori"}, substitute=library)
    stop = StopFactory(name="Fermata di prova", **AFFORI)
    VisitFactory(stop=stop, on=clock.today() + dt.timedelta(days=1), status="cancelled")
    VisitFactory(stop=stop, on=clock.today() + dt.timedelta(days=2))
    return library


def test_near_a_chosen_start_without_javascript(open_browser, city):
    page = open_browser(PHONE, "en-GB", java_script_enabled=False)
    page.goto("/")
    assert not page.locator("[data-near-me]").is_visible()
    page.select_option("#da", f"p-{city.code}")
    page.click("main form:has(#da) [type=submit]")

    assert "Within 15 minutes of Biblioteca Affori di prova, now" in page.inner_text("main")
    assert "The Bibliobus is here on" in page.inner_text("main")
    page.goto("/bibliobus/")
    assert "1 minute on foot from Biblioteca Affori di prova." in page.inner_text("main")


def test_near_me_finds_the_start_on_the_device_and_sends_no_position(open_browser, sees_no_barrier, city):
    page = open_browser(DESKTOP, "en-GB", geolocation=AFFORI, permissions=["geolocation"])
    sent = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''} {request.headers}"))
    page.goto("/")
    page.focus("[data-near-me]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?da=*")
    page.wait_for_timeout(500)

    said = page.inner_text("[data-near-said]")
    assert "about 10 m away" in said
    assert "stays on this device" in said
    assert "now" in page.inner_text("#near")
    assert not [one for one in sent if "45.5" in one or "9.16" in one]
    sees_no_barrier(page)
    page.reload()
    page.wait_for_timeout(300)
    assert page.inner_text("[data-near-said]") == "", "it is told once"


def test_near_me_says_when_it_is_not_allowed_or_far_away(open_browser, city):
    refused = open_browser(PHONE, "en-GB")
    refused.goto("/")
    refused.evaluate(
        "() => { navigator.geolocation.getCurrentPosition = (found, failed) => failed({ code: 1 }) }",
    )
    refused.click("[data-near-me]")
    refused.wait_for_timeout(300)
    assert "was not allowed" in refused.inner_text("[data-near-said]")
    refused.evaluate(
        "() => { navigator.geolocation.getCurrentPosition = (found, failed) => failed({ code: 3 }) }",
    )
    refused.click("[data-near-me]")
    refused.wait_for_timeout(300)
    assert "in time" in refused.inner_text("[data-near-said]")

    far = open_browser(PHONE, "en-GB", geolocation=ROME, permissions=["geolocation"])
    far.goto("/")
    far.click("[data-near-me]")
    far.wait_for_timeout(1000)
    assert "You seem to be about 4" in far.inner_text("[data-near-said]")
    assert far.url.endswith("/")


@pytest.mark.parametrize("viewport", [{"width": 320, "height": 640}, DESKTOP], ids=["narrow", "desktop"])
def test_home_and_bibliobus_with_closures_and_cancelled_visits_put_up_no_barrier(
    open_browser, sees_no_barrier, city, viewport
):
    reader = Reader(open_browser(viewport), sees_no_barrier)
    for address in ("/", f"/?da=p-{city.code}", "/bibliobus/"):
        reader.goes_to(address)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_branch_looks_at_its_page_before_it_saves(open_browser, sees_no_barrier, city, viewport):
    desk = Librarian(open_browser(viewport, "en-GB"), sees_no_barrier)
    desk.comes_as(confirmed(LibrarianFactory(desk=city)))
    page = desk.page
    page.goto(reverse("admin:branches_place_change", args=[city.pk]))
    page.fill("[name=name]", "Nome in prova")
    with page.context.expect_page() as opened:
        page.click("[name=_preview]")
    preview = opened.value
    preview.wait_for_load_state()

    preview.faults = []
    sees_no_barrier(preview)
    assert "Nome in prova" in preview.inner_text("h1")
    assert "Nothing is saved" in preview.inner_text("main")
    assert preview.title().startswith("PREVIEW")
    assert Place.objects.get(pk=city.pk).name == "Biblioteca Affori di prova"

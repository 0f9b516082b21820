"""Condominium libraries in a real browser: no barrier, one tap that everybody reads, a request that can be followed."""

import datetime as dt
import os

import pytest

from branches.devices import invite_device
from branches.models import Place
from loans.deposit_wants import look_at_wants
from loans.deposits import add_to_deposit, compose_deposit, plan_stay
from loans.holds import place_hold
from milanolib import clock
from proximity.condominium import add_event, describe_library, library_of
from proximity.models import CondominiumLibrary, NetworkNews, StartRequest, TodaysWord
from proximity.start_requests import ask_to_start
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Librarian, Person
from tests.e2e.test_pages import NARROW
from tests.e2e.test_story import confirmed
from tests.factories import CondominiumFactory, CopyFactory, LibrarianFactory, ManagerFactory, ReaderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NETWORK = "/biblioteche-condominiali/"


def connect(page, code):
    """Type the code from the library; a library without parcels has its own first page."""
    page.goto("/partner/attiva/")
    page.fill("[name=code]", code)
    page.click("main [type=submit]")
    page.wait_for_url("**/partner/biblioteca/")


@pytest.fixture
def house():
    """A library for residents with words, books, an event, and a piece of news."""
    place = CondominiumFactory(
        code="rembrandt",
        name="Biblioteca di condominio Rembrandt 12",
        address="Via Rembrandt 12",
        residents_only=True,
        accepts_pickup=False,
        accepts_returns=False,
    )
    library = library_of(place)
    describe_library(library, italian="Martedì pomeriggio, suonare", english="Tuesday afternoon, ring", own_books=400)
    CondominiumLibrary.objects.update(since_year=2013, own_list="Il barone rampante\nPalomar")
    tomorrow = clock.today() + dt.timedelta(days=1)
    add_event(library, on=tomorrow, starts=dt.time(18), title={"it": "Lettura ad alta voce"}, text={})
    NetworkNews.objects.create(code="a", year=2013, title={"it": "Aprono le prime due"}, text={"it": "Rembrandt."})
    return place


@pytest.mark.parametrize(("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"])
def test_pages_for_everybody_put_up_no_barrier(open_browser, sees_no_barrier, house, viewport, locale):
    person = Person(open_browser(viewport, locale), sees_no_barrier)
    for address in (NETWORK, house.get_absolute_url(), f"{NETWORK}rembrandt/libri/", f"{NETWORK}aprirne-una/"):
        person.goes_to(address)
    person.goes_to(NETWORK)
    person.page.check("[name=all_welcome]")
    person.swaps(lambda: person.page.click("#libraries-show"), "#libraries")
    assert person.page.locator("#libraries .ml-row").count() == 0


def test_one_tap_on_the_phone_is_read_by_everybody(open_browser, sees_no_barrier, house):
    _device, code = invite_device(house, name="Sara", actor=None)
    volunteer = Person(open_browser(PHONE, service_workers="block"), sees_no_barrier)
    connect(volunteer.page, code)
    for address in ("/partner/biblioteca/", "/partner/biblioteca/parole/", "/partner/biblioteca/eventi/"):
        volunteer.goes_to(address)
    volunteer.goes_to("/partner/biblioteca/")
    volunteer.page.click("[name=say][value=closed]")
    volunteer.page.wait_for_selector("[name=say][value=undo]")
    volunteer.look(volunteer.page)

    person = Person(open_browser(DESKTOP, "en-GB"), sees_no_barrier).goes_to(NETWORK)
    assert TodaysWord.objects.get().until is None
    assert person.page.locator("#libraries .ml-chip.is-quiet, #libraries .ml-chip.is-bad").count() >= 1


def test_a_request_is_sent_followed_and_answered(open_browser, sees_no_barrier, house):
    person = Person(open_browser(PHONE, java_script_enabled=False), lambda page: None)
    person.goes_to(f"{NETWORK}aprirne-una/")
    for name, said in (("name", "Ada"), ("phone", "02 1234567"), ("address", "Via Osti 1"), ("text", "Una stanza")):
        person.page.fill(f"main [name={name}]", said)
    person.page.click("main .ml-form [type=submit]")
    person.page.wait_for_url("**/richieste/*/")
    asked = StartRequest.objects.get()

    librarian = confirmed(LibrarianFactory(desk=Place.objects.get(pk=house.parent_id)))
    desk = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(librarian)
    desk.goes_to("/gestione/proximity/startrequest/")
    desk.page.goto(f"/gestione/proximity/startrequest/{asked.pk}/change/")
    desk.page.select_option("[name=status]", "in_talk")
    desk.page.fill("[name=answer]", "Giovedì alle 17?")
    desk.page.click("[name=_save]")
    desk.page.wait_for_url("**/startrequest/")

    Person(open_browser(PHONE), sees_no_barrier).goes_to(asked.get_absolute_url())
    assert person.page.reload().ok
    assert "Giovedì alle 17?" in person.page.inner_text("main")


def test_deposit_pages_put_up_no_barrier(open_browser, sees_no_barrier, house):
    library = Place.objects.get(pk=house.parent_id)
    copies = CopyFactory.create_batch(2, home=library)
    deposit = compose_deposit(library, "Noir d'autunno", actor=None)
    for copy in copies:
        add_to_deposit(deposit, copy, library, actor=None)
    last_day = clock.today() + dt.timedelta(days=90)
    stay = plan_stay(deposit, house, from_on=clock.today(), until_on=last_day, actor=None)

    librarian = confirmed(LibrarianFactory(desk=library))
    desk = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(librarian)
    desk.goes_to("/gestione/banco/depositi/")
    desk.goes_to(f"/gestione/banco/depositi/{deposit.pk}/")
    desk.page.click("[action$='/partenza/'] button")
    desk.page.wait_for_selector("[action$='/arrivo/']")
    desk.look(desk.page)

    _device, code = invite_device(house, name="Sara", actor=None)
    volunteer = Person(open_browser(PHONE, service_workers="block"), sees_no_barrier)
    connect(volunteer.page, code)
    volunteer.goes_to("/partner/biblioteca/")
    volunteer.goes_to(f"/partner/biblioteca/depositi/{stay.pk}/")
    volunteer.page.fill("[name=counted]", "2")
    volunteer.page.click("main [type=submit]")
    volunteer.page.wait_for_url("**/partner/biblioteca/")
    volunteer.look(volunteer.page)
    volunteer.goes_to(f"/partner/biblioteca/depositi/{stay.pk}/")
    volunteer.page.fill("#id_ready_counted", "2")
    volunteer.page.fill("#id_ready_from_on", str(clock.today() + dt.timedelta(days=3)))
    volunteer.page.click("[action$='/pronti/'] [type=submit]")
    volunteer.page.wait_for_url("**/partner/biblioteca/")
    volunteer.goes_to(f"/partner/biblioteca/depositi/{stay.pk}/")
    place_hold(ReaderFactory(), copies[0].title, library, actor=None)
    look_at_wants()
    desk.goes_to("/gestione/banco/attese/")
    if folder := os.environ.get("SHOTS"):
        volunteer.page.screenshot(path=f"{folder}/deposit-390.png", full_page=True)
        desk.page.screenshot(path=f"{folder}/tasks-1280.png", full_page=True)

    person = Person(open_browser(NARROW), sees_no_barrier).goes_to(house.get_absolute_url())
    assert copies[0].title.title in person.page.inner_text("main")


def test_registers_of_the_network_put_up_no_barrier(open_browser, sees_no_barrier, house):
    asked = ask_to_start(
        request_key="k", name="Ada", email="", phone="02", address="Via Osti 1", municipio=6, text="Una", user=None
    )
    desk = Librarian(open_browser(DESKTOP), sees_no_barrier).comes_as(confirmed(ManagerFactory()))
    for address in (
        "condominiumlibrary/",
        f"condominiumlibrary/{house.pk}/change/",
        "networknews/",
        f"networknews/{NetworkNews.objects.get().pk}/change/",
        "networknews/add/",
        "startrequest/",
        f"startrequest/{asked.pk}/change/",
        "todaysword/",
    ):
        desk.goes_to(f"/gestione/proximity/{address}")
    desk.goes_to(f"/gestione/proximity/condominiumlibrary/{house.pk}/change/")
    desk.page.click(".add-row a")
    desk.page.fill("[name=events-1-title_italian]", "Merenda")
    desk.look(desk.page)

"""The network of condominium libraries for everybody: the list, a page, its books, the request to open one."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Act
from branches.models import Place
from milanolib import clock
from notifications.delivery import deliver
from notifications.models import Message
from outbox.events import dispatch
from proximity.condominium import add_event, library_of, say_closed_today, say_open_until
from proximity.condominium_file import load_condominiums
from proximity.errors import LibraryNotNamed, RequestMovedOn
from proximity.models import CondominiumLibrary, NetworkNews, StartRequest
from proximity.start_requests import KEPT_FOR, ask_to_start, forget_requests, move_request
from proximity.states import REQUEST_MOVES, RequestStatus
from tests.factories import BranchFactory, CondominiumFactory, LibrarianFactory, NewsstandFactory, UserFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db
NETWORK, START = "/biblioteche-condominiali/", "/biblioteche-condominiali/aprirne-una/"
ASKED = {
    "name": "Ada Rossi",
    "email": "ada@example.org",
    "phone": "",
    "address": "Via Solari 40",
    "municipio": "6",
    "text": "C'è la portineria vuota.",
    "request_key": "a-key-of-the-form",
}


def page(client, address, **headers):
    answer = client.get(address, HTTP_ACCEPT_LANGUAGE="en", **headers)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def queries(client, address):
    with CaptureQueriesContext(connection) as asked:
        page(client, address)
    return len(asked)


@pytest.fixture(autouse=True)
def no_requests_yet():
    cache.clear()
    yield
    cache.clear()


def library(name, **fields):
    return library_of(CondominiumFactory(name=name, accepts_pickup=False, accepts_returns=False, **fields))


# --- All of them


def test_the_list_shows_who_is_open_and_who_may_enter(client, monday):
    say_open_until(library("Solari", residents_only=False), dt.time(19), device=None)
    say_closed_today(library("Rembrandt", residents_only=True), device=None)
    NewsstandFactory(name="Edicola", parent=None)

    shown = page(client, NETWORK)

    assert "2 condominium libraries" in shown
    assert "Open now until 19:00" in shown
    assert "Residents of the building only" in shown
    assert "Edicola" not in shown


def test_the_list_narrows(client, monday):
    say_open_until(library("Solari", residents_only=False, municipio=6), dt.time(19), device=None)
    library("Rembrandt", residents_only=True, municipio=7)

    def named(query):
        shown = page(client, NETWORK + query)
        return [name for name in ("Solari", "Rembrandt") if name in shown]

    assert named("?now=on") == ["Solari"]
    assert named("?all_welcome=on") == ["Solari"]
    assert named("?municipio=7") == ["Rembrandt"]
    assert named("?municipio=99") == ["Solari", "Rembrandt"]  # and says what is wrong
    assert "is not one of the available choices" in page(client, NETWORK + "?municipio=99")


def test_htmx_gets_the_list_alone(client, monday):
    library("Solari")
    part = page(client, NETWORK + "?now=on", HTTP_HX_REQUEST="true")
    assert "<html" not in part
    assert 'id="libraries"' in part
    assert "No library fits" in part


def test_the_list_asks_the_same_for_one_and_for_three(client, monday):
    tomorrow = clock.today() + dt.timedelta(days=1)

    def make():
        here = library("Solari")
        add_event(here, on=tomorrow, starts=dt.time(18), title={"it": "Lettura"}, text={})
        NetworkNews.objects.create(code=here.place.code, year=2013, title={"it": "Apre"})

    make()
    queries(client, NETWORK)
    one = queries(client, NETWORK)
    make()
    make()
    assert queries(client, NETWORK) == one


def test_events_that_are_past_are_gone(client, monday):
    here = library("Solari")
    add_event(here, on=clock.today(), starts=dt.time(18), title={"it": "Lettura"}, text={"it": "Con merenda"})
    assert "Con merenda" in page(client, NETWORK)
    assert "Con merenda" in page(client, here.place.get_absolute_url())
    monday.shift(dt.timedelta(days=1))
    assert "Con merenda" not in page(client, NETWORK)
    assert "Con merenda" not in page(client, here.place.get_absolute_url())


# --- One of them


def test_the_page_of_a_library_says_what_it_is(client, monday):
    here = library("Solari", residents_only=True)
    CondominiumLibrary.objects.update(
        since_year=2013, own_books=6000, own_list="Il barone rampante\n<i>x</i>", hours_in_words={"it": "Suonare"}
    )

    shown = page(client, here.place.get_absolute_url())

    assert "Only those who live in the building." in shown
    assert "2013" in shown
    assert '<p class="ml-prose" lang="it">Suonare</p>' in shown
    assert "hours of this point are to be verified" not in shown
    books = page(client, f"{NETWORK}{here.place.code}/libri/")
    assert "<li>Il barone rampante</li> <li>&lt;i&gt;x&lt;/i&gt;</li>" in books


def test_a_library_without_a_list_has_no_page_of_books_and_a_branch_says_nothing_of_it(client):
    assert client.get(f"{NETWORK}{library('x').place.code}/libri/").status_code == 404
    assert "A condominium library" not in page(client, BranchFactory().get_absolute_url())


def test_points_are_narrowed_to_those_for_everybody(client, monday):
    library("Rembrandt", residents_only=True)
    library("Giovio")
    shown = page(client, "/punti/?all_welcome=on")
    assert "Rembrandt" not in shown
    assert "Giovio" in shown
    assert "Residents of the building only" in page(client, "/punti/")


def test_only_a_condominium_is_for_residents():
    with pytest.raises(IntegrityError, match="place_residents_only_is_said_of_a_condominium"), transaction.atomic():
        BranchFactory(residents_only=False)


def test_no_pickup_unless_a_library_offers_it():
    off = CondominiumFactory(accepts_pickup=False)
    on = CondominiumFactory(accepts_pickup=True)
    chosen = Place.objects.pickup_points(clock.today())
    assert on in chosen
    assert off not in chosen


def test_load_condominiums_brings_what_is_missing_and_overwrites_nothing(settings):
    CondominiumFactory(code="condominio-solari-40")
    path = settings.BASE_DIR / "data" / "condominium.json"

    first, again = load_condominiums(path), load_condominiums(path)

    assert (first.libraries, first.news) == (1, 5)
    assert (again.libraries, again.news) == (0, 0)
    assert Place.objects.get(code="condominio-solari-40").residents_only is False
    assert CondominiumLibrary.objects.get().own_books == 6000


# --- To open one


def test_start_takes_a_request_once_and_shows_where_it_stands(client):
    page(client, START)
    first = client.post(START, ASKED)
    again = client.post(START, ASKED)

    asked = StartRequest.objects.get()
    assert first.headers["Location"] == again.headers["Location"] == asked.get_absolute_url()
    shown = page(client, asked.get_absolute_url())
    assert "Received" in shown
    for word in ("Ada", "ada@example.org", "Solari"):
        assert word not in shown
        assert word not in asked.get_absolute_url()


def test_start_needs_a_way_to_answer_and_loses_nothing(client):
    answer = client.post(START, ASKED | {"email": ""}, HTTP_ACCEPT_LANGUAGE="en")
    assert answer.status_code == 422
    assert "else nobody can answer you" in answer.content.decode()
    assert "Ada Rossi" in answer.content.decode()
    assert not StartRequest.objects.exists()


def test_start_refuses_the_sixth_request_in_an_hour(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"start_request": "5/h/ip"}
    for number in range(5):
        assert client.post(START, ASKED | {"request_key": f"key-{number}"}).status_code == 302
    assert client.post(START, ASKED | {"request_key": "key-6"}).status_code == 429
    assert StartRequest.objects.count() == 5


def test_a_request_is_found_by_its_address_alone(client):
    client.post(START, ASKED)
    assert client.get(f"{NETWORK}richieste/{StartRequest.objects.get().pk}/").status_code == 404


def test_only_its_own_requests_are_listed_for_who_is_signed_in(client):
    own, other = UserFactory(), UserFactory()
    asked = ask_to_start(user=own, **ASKED | {"municipio": 6})
    client.force_login(other, backend="accounts.backends.CardBackend")
    assert asked.token not in page(client, START)
    client.force_login(own, backend="accounts.backends.CardBackend")
    assert asked.token in page(client, START)


def test_who_is_signed_in_is_told_of_each_step_once():
    asked = ask_to_start(user=UserFactory(), **ASKED | {"municipio": 6})
    dispatch()
    move_request(asked, RequestStatus.IN_TALK, answer="Giovedì?", actor=LibrarianFactory())
    dispatch()

    told = Message.objects.filter(kind="start_request_moved", channel="email")
    assert sorted(one.params["status"] for one in told) == ["in_talk", "new"]
    assert "Ada" not in str([one.params for one in told])
    act = Act.objects.get(verb="move_request")
    assert (act.subject, act.reason) == (f"start-request:{asked.pk}", "in_talk")


def test_who_is_not_signed_in_is_written_to_at_each_step_in_the_language_of_the_page(client, mailoutbox):
    client.post(START, ASKED, HTTP_ACCEPT_LANGUAGE="en")
    asked = StartRequest.objects.get()
    dispatch()
    deliver()
    move_request(asked, RequestStatus.IN_TALK, answer="Giovedì alle 17?", actor=None)
    dispatch()
    dispatch()
    deliver()

    assert [letter.to for letter in mailoutbox] == [["ada@example.org"]] * 2
    assert "The libraries are talking about your request" in mailoutbox[1].body
    assert "Giovedì alle 17?" in mailoutbox[1].body
    assert asked.get_absolute_url() in mailoutbox[1].body
    assert "ada" not in str(list(Message.objects.values())).lower()


def test_who_left_a_telephone_number_alone_gets_no_message(client):
    client.post(START, ASKED | {"email": "", "phone": "02 1234567"})
    dispatch()
    assert not Message.objects.exists()


def test_a_request_that_was_blanked_before_its_letter_left_is_not_written_to(client, mailoutbox, monday):
    client.post(START, ASKED)
    move_request(StartRequest.objects.get(), RequestStatus.DECLINED, actor=None)
    dispatch()
    forget_requests(clock.now() + KEPT_FOR + dt.timedelta(seconds=1))
    deliver()

    assert mailoutbox == []


@pytest.mark.parametrize("status", RequestStatus)
def test_move_request_goes_where_it_may_and_nowhere_else(status):
    place = CondominiumFactory()
    for to in RequestStatus:
        asked = ask_to_start(user=None, **ASKED | {"municipio": 6, "request_key": f"{status}-{to}"})
        StartRequest.objects.filter(pk=asked.pk).update(status=status, library=place)
        if to == status or to in REQUEST_MOVES[status]:
            assert move_request(asked, to, actor=None).status == to
        else:
            with pytest.raises(RequestMovedOn):
                move_request(asked, to, actor=None)


def test_move_request_to_opened_names_the_library():
    asked = ask_to_start(user=None, **ASKED | {"municipio": 6})
    move_request(asked, RequestStatus.ACCEPTED, actor=None)
    with pytest.raises(LibraryNotNamed):
        move_request(asked, RequestStatus.OPENED, actor=None)
    with pytest.raises(IntegrityError, match="startrequest_opened_names_its_library"), transaction.atomic():
        StartRequest.objects.update(status=RequestStatus.OPENED)
    with pytest.raises(IntegrityError, match="startrequest_can_be_answered"), transaction.atomic():
        StartRequest.objects.update(email="")
    assert move_request(asked, RequestStatus.OPENED, library=CondominiumFactory(), actor=None).library is not None


def test_forget_requests_blanks_what_ended_a_year_ago(monday):
    asked = ask_to_start(user=UserFactory(), **ASKED | {"municipio": 6})
    move_request(asked, RequestStatus.DECLINED, answer="Non ora", actor=None)
    assert forget_requests(clock.now() + KEPT_FOR) == 0
    assert forget_requests(clock.now() + KEPT_FOR + dt.timedelta(seconds=1)) == 1
    asked = fresh(asked)
    assert (asked.name, asked.email, asked.text, asked.answer, asked.user) == ("", "", "", "", None)


# --- The desk


def desk(client, user):
    client.force_login(user, backend="accounts.backends.CardBackend")
    return client


def test_a_librarian_takes_a_request_further_in_the_admin(client):
    asked = ask_to_start(user=None, **ASKED | {"municipio": 6})
    address = f"/gestione/proximity/startrequest/{asked.pk}/change/"
    assert desk(client, UserFactory()).get(address).status_code in (302, 403)
    desk(client, LibrarianFactory())
    assert "Ada" not in page(client, "/gestione/proximity/startrequest/")
    assert "Ada Rossi" in page(client, address)

    client.post(address, {"status": "in_talk", "answer": "Giovedì?", "library": ""})
    assert fresh(asked).status == RequestStatus.IN_TALK
    answer = client.post(address, {"status": "opened", "answer": "", "library": ""})
    assert answer.status_code == 200  # from there it is no choice
    assert fresh(asked).status == RequestStatus.IN_TALK


def form_of(**fields):
    return {
        "since_year": "",
        "italian": "",
        "english": "",
        "own_books": "",
        "own_list_link": "",
        "own_list": "",
        "events-TOTAL_FORMS": "0",
        "events-INITIAL_FORMS": "0",
        **fields,
    }


def test_a_librarian_writes_the_libraries_that_hers_serves(client):
    here = library("Solari")
    address = f"/gestione/proximity/condominiumlibrary/{here.pk}/change/"
    table = SimpleUploadedFile("libri.csv", "Titolo;Autore\nIl barone rampante;Calvino\n;\n".encode("utf-8-sig"))

    desk(client, LibrarianFactory(desk=here.place.parent))
    answer = client.post(address, form_of(italian="Martedì", own_books="3", list_file=table))

    assert answer.status_code == 302, answer.context["errors"]
    here = fresh(here)
    assert (here.hours_in_words, here.own_books) == ({"it": "Martedì"}, 3)
    assert here.own_list == "Titolo, Autore\nIl barone rampante, Calvino"
    bad = SimpleUploadedFile("libri.csv", b"\xff\xfe\x00")
    assert (
        "no text in UTF-8" in client.post(address, form_of(list_file=bad), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    )
    assert desk(client, LibrarianFactory()).post(address, form_of()).status_code == 403
    assert fresh(here).own_books == 3

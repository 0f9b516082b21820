"""Who comes to the desk, and to which one."""

import pytest
from django.test import Client
from django.urls import reverse

from branches.models import Posting
from branches.postings import NotPostedThere, choose_desk, desk_of
from tests.factories import BranchFactory, CopyFactory, LibrarianFactory, UserFactory
from tests.loans.desk.conftest import Desk

PAGES = [
    "desk_counter",
    "desk_pick",
    "desk_boxes",
    "desk_crates",
    "desk_deposits",
    "desk_shelf",
    "desk_tasks",
    "desk_devices",
    "desk_place",
]


@pytest.mark.parametrize("name", PAGES)
def test_desk_page_opens_for_a_librarian_and_for_nobody_else(name, desk):
    reader = Client()
    reader.force_login(UserFactory(), backend="accounts.backends.CardBackend")
    clerk = Desk(UserFactory(is_staff=True), None)

    anonymous = Client().get(reverse(f"admin:{name}"))
    turned_away = reader.get(reverse(f"admin:{name}"), follow=True)

    assert desk.get(name).status_code == 200
    assert anonymous["Location"].startswith("/accesso/")
    assert turned_away.status_code == 403
    assert clerk.get(name).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_desk_page_keeps_the_strict_policy(name, desk):
    answer = desk.get(name)

    assert "unsafe" not in answer["Content-Security-Policy"]
    assert b" style=" not in answer.content
    assert b"<script>" not in answer.content


def test_index_shows_the_desk_first_and_only_to_who_works_there(desk):
    clerk = Desk(UserFactory(is_staff=True), None)

    page = desk.get("index").content.decode()

    assert page.index("/gestione/banco/prelievi/") < page.index("/gestione/loans/loan/")
    assert b"/banco/" not in clerk.get("index").content


def test_librarian_with_several_branches_chooses_first_and_comes_back(network):
    user = LibrarianFactory(desk=network.south)
    Posting.objects.create(user=user, place=network.north)
    Posting.objects.update(is_active_desk=False)
    desk = Desk(user, network.north)

    sent_away = desk.get("desk_shelf")
    chosen = desk.post("desk_place", place=network.north.pk, next="/gestione/banco/scaffale/")

    assert sent_away["Location"] == "/gestione/banco/dove/?next=/gestione/banco/scaffale/"
    assert chosen["Location"] == "/gestione/banco/scaffale/"
    assert desk.get("desk_shelf").context["desk"] == network.north


def test_librarian_without_a_branch_is_told_so(db):
    user = LibrarianFactory()
    Posting.objects.all().delete()

    assert b"posted to no library" in Desk(user, None).get("desk_place").content


def test_choosing_a_foreign_branch_is_refused(desk, network):
    assert desk.said(desk.post("desk_place", place=network.north.pk)) == [str(NotPostedThere())]
    assert desk.said(desk.post("desk_place", place="x")) == [str(NotPostedThere())]
    assert desk_of(desk.user) == network.south


def test_choosing_leads_only_to_pages_of_ours(desk, network):
    chosen = desk.post("desk_place", place=network.south.pk, next="https://elsewhere.example/")

    assert chosen["Location"] == "/gestione/"


def test_choose_desk_leaves_one_active(desk):
    other = Posting.objects.create(user=desk.user, place=BranchFactory())

    choose_desk(desk.user, other.place_id)

    assert list(Posting.objects.filter(user=desk.user, is_active_desk=True)) == [other]
    with pytest.raises(NotPostedThere):
        choose_desk(desk.user, 0)


def test_only_branch_is_the_desk_without_choosing(network):
    user = LibrarianFactory(desk=network.south)
    Posting.objects.update(is_active_desk=False)

    assert desk_of(user) == network.south


def test_form_of_another_desk_does_nothing(desk, network):
    copy = CopyFactory(home=network.south, place=network.north)

    plain = desk.post("desk_counter", desk=network.north.pk, scan=copy.barcode)
    with_htmx = desk.post("desk_counter", htmx=True, desk=network.north.pk, scan=copy.barcode)

    copy.refresh_from_db()
    assert copy.place == network.north
    assert plain["Location"] == "/gestione/banco/dove/"
    assert with_htmx["HX-Redirect"] == "/gestione/banco/dove/"
    assert "another desk" in desk.said(plain)[0]

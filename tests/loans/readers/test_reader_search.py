"""The page on which the desk looks for a reader."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.cards_of_readers import report_card_lost
from accounts.models import ReaderSearch, StaffView
from accounts.services import enrol
from tests.factories import ReaderFactory, UserFactory

SEARCH = "readers"


def test_search_is_for_who_serves_readers(desk, clerk):
    reader = Client()
    reader.force_login(UserFactory(), backend="accounts.backends.CardBackend")

    assert desk.get(SEARCH).status_code == 200
    assert clerk.get(SEARCH).status_code == 403
    assert clerk.post(SEARCH, scan="rossi").status_code == 403
    assert reader.get(reverse("admin:readers"), follow=True).status_code == 403
    assert Client().get(reverse("admin:readers"))["Location"].startswith("/accesso/")


def test_search_by_a_whole_card_opens_the_page(desk):
    reader = ReaderFactory()

    answer = desk.post(SEARCH, scan=reader.card_number.lower())

    assert answer["Location"] == reverse("admin:reader", args=[reader.pk])


def test_search_by_the_health_card_opens_the_page_and_no_address_holds_it(desk):
    reader = enrol(given_name="Mario", tax_code="RSSMRA80A01F205X")

    answer = desk.post(SEARCH, scan="RSSMRA80A01F205X")

    assert answer["Location"] == reverse("admin:reader", args=[reader.pk])


def test_search_by_name_shows_who_is_meant_and_is_written_down(desk):
    reader = ReaderFactory(given_name="Nicolò", family_name="D'Angiò")

    page = desk.post(SEARCH, scan="angio").content.decode()

    assert reader.card_number in page
    assert "17 May 1980" in page
    search = ReaderSearch.objects.get()
    assert (search.staff, search.name, search.place_code) == (desk.user, "angio", "south")
    assert not StaffView.objects.exists()


def test_search_says_when_there_are_more(desk):
    ReaderFactory.create_batch(21, family_name="Rossi")

    page = desk.post(SEARCH, scan="rossi").content.decode()

    assert page.count('class="desk-code"') == 20
    assert "More than 20 readers" in page


@pytest.mark.parametrize("typed", ["", "r", "%_%", "<b>"])
def test_search_refuses_what_is_too_short_and_keeps_it_in_the_field(desk, typed):
    answer = desk.post(SEARCH, scan=typed)

    assert answer.status_code == 422
    assert b"at least three letters" in answer.content
    assert b"<b>" not in answer.content


def test_search_with_a_lost_card_tells_the_valid_one_and_opens_it(desk):
    reader = ReaderFactory()
    lost = reader.card_number
    report_card_lost(reader, lost, actor=None)

    answer = desk.post(SEARCH, scan=lost)

    assert answer.status_code == 422
    assert f'value="{reader.card_number}"' in answer.content.decode()


def test_search_takes_the_same_number_of_statements_for_one_and_for_three(desk):
    def statements(name):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            desk.post(SEARCH, scan=name)
        return len(seen)

    ReaderFactory(family_name="Uno")
    ReaderFactory.create_batch(3, family_name="Tre")

    assert statements("uno") == statements("tre")

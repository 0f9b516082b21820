"""A reader is erased at the moment in which the desk does something for them: it says so, and nothing is done."""

import pytest

from accounts.erasing import ask_erasure
from accounts.models import Erasure, Reader
from accounts.own_data import Person
from catalog.states import CopyStatus
from loans.models import Hold, Loan
from tests.factories import ManagerFactory, ReaderFactory
from tests.story import erased_while, fresh

GONE = "This is no longer there"


@pytest.fixture
def leaving(story, rivals):
    """Somebody whose day has come, after a week."""
    reader = ReaderFactory(given_name="Ada", family_name="Negri")
    erasure = ask_erasure(Person.of_card(reader), actor=ManagerFactory(), language="en")
    story.later(days=8)
    return reader, erasure


def test_scan_for_a_reader_who_is_erased_meanwhile_is_refused_and_the_next_one_asks_for_the_card(desk, story, leaving):
    reader, erasure = leaving
    copy = story.copies(1, home=desk.place)[0]
    visit = desk.greets(reader)

    answer = erased_while(erasure, lambda: desk.scan("desk_counter", copy.barcode, visit=visit))
    again = desk.scan("desk_counter", copy.barcode, visit=visit)

    assert answer.status_code == 422
    assert GONE in answer.content.decode()
    assert "Scan the card again" in again.content.decode()
    assert not Loan.objects.exists()
    assert fresh(copy).status == CopyStatus.AVAILABLE


@pytest.mark.parametrize("htmx", [False, True])
def test_reservation_at_the_desk_for_a_reader_who_is_erased_meanwhile_is_refused(htmx, desk, story, leaving):
    reader, erasure = leaving
    title = story.copies(1)[0].title
    asked = {"title": title.pk, "pickup": story.network.south.code, "level": "title", "htmx": htmx}
    key = desk.greets(reader)

    answer = erased_while(erasure, lambda: desk.post("desk_reserve", key, **asked))

    if not htmx:  # by way of the visit's page, which is over
        answer = desk.client.get(answer["Location"], headers={"Accept-Language": "en"}, follow=True)
    assert GONE in answer.content.decode()
    assert not Hold.objects.exists()


def test_act_on_the_card_of_a_reader_who_is_erased_meanwhile_is_answered_by_a_page_that_says_so(desk, leaving):
    reader, erasure = leaving

    answer = erased_while(erasure, lambda: desk.post("reader_renew", reader.pk))

    assert answer.status_code == 410
    assert GONE in answer.content.decode()
    assert desk.get("reader", reader.pk).status_code == 404
    assert Erasure.objects.get().done_at is not None
    assert not Reader.objects.exists()

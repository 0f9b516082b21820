"""The page of being erased, from the right and from the wrong account, with and without a sign-in."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.erasing import ask_erasure, erase_due, token_of
from accounts.models import Erasure, Reader
from accounts.own_data import Person
from loans.models import Hold
from milanolib import clock
from notifications.delivery import deliver
from outbox.events import dispatch
from tests.factories import GuardianshipFactory, LibrarianFactory, ManagerFactory, ReaderFactory
from tests.factories.people import PASSWORD
from tests.story import erased_while

pytestmark = pytest.mark.django_db


def with_password(reader):
    """A client that has signed in, and then given the password once more."""
    client = Client()
    client.post(reverse("account_login"), {"login": reader.user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def erase_page(client, *args):
    name = "portal:erase_of" if args else "portal:erase"
    return client.get(reverse(name, args=args), HTTP_ACCEPT_LANGUAGE="en")


def test_erase_asks_for_the_password_once_more_and_again_after_a_while(story, signed_in):
    reader, client = signed_in()
    address, again = reverse("portal:erase"), reverse("account_reauthenticate")

    shown, sent = client.get(address), client.post(address)

    assert shown["Location"].startswith(again)
    assert sent["Location"].startswith(again)
    client = with_password(reader)
    assert erase_page(client).status_code == 200
    story.later(minutes=10)
    assert client.post(address)["Location"].startswith(again)
    assert not Erasure.objects.exists()


def test_erase_says_what_goes_and_what_hinders_and_offers_no_button_then(story, signed_in):
    reader, _client = signed_in()
    copy = story.copies(1)[0]
    story.lent(copy, reader=reader)
    client = with_password(reader)

    page = erase_page(client).content.decode()
    answer = client.post(reverse("portal:erase"), HTTP_ACCEPT_LANGUAGE="en")

    assert "1 loan is not settled." in page
    assert "Yes, erase" not in page
    assert answer.status_code == 422
    assert "Give back what you have" in answer.content.decode()
    story.given_back(copy)
    assert "Yes, erase" in erase_page(client).content.decode()


def test_erase_asked_twice_waits_once_is_shown_on_ones_pages_and_taken_back_there(story, signed_in):
    reader, _client = signed_in()
    client = with_password(reader)

    for _click in range(2):
        assert client.post(reverse("portal:erase"))["Location"] == reverse("portal:erase_of", args=[reader.pk])
    erasure = Erasure.objects.get()
    pages = [client.get(reverse(f"portal:{name}"), HTTP_ACCEPT_LANGUAGE="en") for name in ("mine", "data", "erase")]
    assert all("Monday 9 March 2026" in page.content.decode() for page in pages)
    address = reverse("portal:erasure_cancel", args=[token_of(erasure)])
    assert address in pages[0].content.decode()

    client.post(address)

    assert Erasure.objects.get().cancelled_at is not None


def test_erasure_is_taken_back_from_the_letter_without_a_sign_in_by_a_button_only(story, signed_in, client):
    reader, _client = signed_in()
    ask_erasure(Person.of_card(reader), actor=reader.user, language="it")
    dispatch()
    deliver()
    address = reverse("portal:erasure_cancel", args=[token_of(Erasure.objects.get())])
    assert address in mail.outbox[0].body

    opened = client.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert Erasure.objects.get().cancelled_at is None
    assert reader.family_name not in opened
    client.post(address)

    assert Erasure.objects.get().cancelled_at is not None
    assert "Nothing is erased" in client.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert client.post(reverse("portal:erasure_cancel", args=["1~x"])).status_code == 404


def test_erasure_that_is_done_cannot_be_taken_back(story, signed_in, client):
    reader, signed = signed_in()
    erasure = ask_erasure(Person.of_card(reader), actor=reader.user, language="it")
    story.later(days=8)
    erase_due()

    answer = client.post(reverse("portal:erasure_cancel", args=[token_of(erasure)]), HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "have been erased already" in answer.content.decode()
    assert signed.get(reverse("portal:mine")).status_code == 302  # the sign-in is no more


def test_erase_of_a_child_is_its_guardians_and_nobody_elses(story, signed_in):
    parent, _client = signed_in()
    stranger, _other = signed_in()
    child = ReaderFactory(born_on=clock.years_from(clock.today(), -9))
    GuardianshipFactory(guardian=parent.user, child=child)

    assert erase_page(with_password(stranger), child.pk).status_code == 404
    assert with_password(stranger).post(reverse("portal:erase_of", args=[child.pk])).status_code == 404
    with_password(parent).post(reverse("portal:erase_of", args=[child.pk]))

    assert Erasure.objects.get().reader == child


def at_desk(user):
    client = Client()
    client.force_login(user, backend="accounts.backends.CardBackend")
    return client


def test_erasure_at_the_desk_is_managers_work_and_taken_back_there(story):
    reader = ReaderFactory()
    manager, librarian = ManagerFactory(), LibrarianFactory()
    address = reverse("admin:reader_erase", args=[reader.pk])
    desk = {"desk": manager.postings.get().place_id}

    refused = at_desk(librarian).post(address, {"desk": librarian.postings.get().place_id})
    at_desk(manager).post(address, desk)

    assert refused.status_code == 403
    erasure = Erasure.objects.get()
    assert (erasure.reader, erasure.is_on_paper) == (reader, True)
    page = at_desk(manager).get(reverse("admin:reader", args=[reader.pk]), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "All is erased on 9 March 2026" in page
    at_desk(manager).post(address, {**desk, "keep": "1"})
    assert Erasure.objects.get().cancelled_at is not None


def test_erasures_are_listed_for_managers_and_name_nobody(story):
    reader = ReaderFactory()
    manager = ManagerFactory()
    ask_erasure(Person.of_card(reader), actor=manager, language="it")
    address = reverse("admin:accounts_erasure_changelist")

    page = at_desk(manager).get(address).content.decode()
    row = at_desk(manager).get(reverse("admin:accounts_erasure_change", args=[Erasure.objects.get().pk]))

    for shown in (page, row.content.decode()):
        assert reader.card_number not in shown
        assert reader.family_name not in shown
    assert at_desk(LibrarianFactory()).get(address).status_code == 403
    assert Reader.objects.filter(pk=reader.pk).exists()


# --- Erased at the very moment in which something is done in another tab


@pytest.fixture
def leaving(story, rivals, signed_in):
    """Somebody whose day has come, after a week, and a browser in which they are signed in."""
    reader, client = signed_in()
    erasure = ask_erasure(Person.of_card(reader), actor=reader.user, language="en")
    story.later(days=8)
    return reader, client, erasure


def test_reservation_of_somebody_who_is_erased_meanwhile_is_refused_in_their_language(story, leaving):
    _reader, client, erasure = leaving
    title = story.copies(1)[0].title
    address = reverse("portal:reserve", args=[title.pk, "x"])
    fields = {"pickup": story.network.north.code, "request_key": "k"}
    headers = {"Accept-Language": "en", "HX-Request": "true"}

    answer = erased_while(erasure, lambda: client.post(address, fields, headers=headers))

    assert answer.status_code == 422
    assert "This is no longer there" in answer.content.decode()
    assert not Hold.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_act_that_refuses_nothing_else_says_that_they_were_erased_meanwhile(headers, leaving):
    reader, client, erasure = leaving
    address = reverse("portal:history_keep", args=[reader.pk])

    answer = erased_while(erasure, lambda: client.post(address, headers={"Accept-Language": "en", **headers}))

    assert answer.status_code == 410
    assert "This is no longer there" in answer.content.decode()
    assert not Reader.objects.exists()

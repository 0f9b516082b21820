"""A librarian at the desk of the south library, which serves the newsstands and the locker."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.search import refresh
from loans.availability import follow_copies
from tests.factories import LibrarianFactory, ManagerFactory, UserFactory


class Desk:
    """A browser in which somebody of the staff is signed in."""

    def __init__(self, user, place):
        self.user, self.place = user, place
        self.client = Client()
        self.client.force_login(user, backend="accounts.backends.CardBackend")

    def get(self, page, *args):
        return self.client.get(reverse(f"admin:{page}", args=args), headers={"Accept-Language": "en"})

    def post(self, page, *args, htmx=False, **fields):
        """Send a form of the desk as a browser does, with htmx or without JavaScript."""
        headers = {"Accept-Language": "en"} | ({"HX-Request": "true"} if htmx else {})
        desk = {"desk": self.place.pk} if self.place else {}
        return self.client.post(reverse(f"admin:{page}", args=args), {**desk, **fields}, headers=headers)

    def scan(self, page, code, *args, **fields):
        """Scan with htmx; the answer is a part of the page."""
        return self.post(page, *args, htmx=True, scan=code, **fields)

    def told(self, page, code, *args, **fields):
        """Scan without JavaScript; the answer is the message of the next page."""
        answer = self.post(page, *args, scan=code, **fields)
        return self.said(answer)

    def greets(self, reader):
        """Scan a reader's card and return the key of the visit."""
        return self.scan("desk_counter", reader.card_number)["HX-Push-Url"].rstrip("/").rpartition("/")[2]

    def indexes(self, *titles):
        """Let search know of titles, as the worker does within seconds."""
        refresh([title.pk for title in titles])
        follow_copies()

    def said(self, answer):
        """Return the messages of the page that a plain form leads to."""
        assert answer.status_code == 302
        page = self.client.get(answer["Location"], headers={"Accept-Language": "en"})
        return [str(message) for message in page.context["messages"]]


@pytest.fixture
def desk(network):
    return Desk(LibrarianFactory(desk=network.south), network.south)


@pytest.fixture
def other_desk(network):
    return Desk(LibrarianFactory(desk=network.north), network.north)


@pytest.fixture
def manager(network):
    return Desk(ManagerFactory(desk=network.south), network.south)


@pytest.fixture
def operator(db):
    return Desk(UserFactory(is_staff=True, is_superuser=True), None)

"""A partner's phone over HTTP. Whatever it is shown, no reader and no title is in it: each answer is looked through."""

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Reader, User
from catalog.models import Title, Work
from proximity.signin import remember
from tests.story import Network


class PhoneClient(Client):
    """An English browser that keeps every answer it got."""

    def __init__(self, **options):
        super().__init__(HTTP_ACCEPT_LANGUAGE="en", **options)
        self.answers = []

    def request(self, **request):
        response = super().request(**request)
        self.answers.append(response)
        return response

    def send(self, address, **data):
        """A form sent by htmx."""
        return self.post(address, data, headers={"HX-Request": "true"})

    def report(self, *reports, sent_at=None, **options):
        """The phone's queue, sent."""
        batch = {"sent_at": sent_at, "reports": list(reports)}
        return self.post("/partner/rapporti/", batch, content_type="application/json", **options)


@pytest.fixture
def phones(db):
    """Make browsers; at the end, look for what none of them may have been told."""
    made = []

    def make(**options):
        made.append(PhoneClient(**options))
        return made[-1]

    yield make
    secrets = {
        word
        for model, fields in (
            (Reader, ("given_name", "family_name", "card_number")),
            (User, ("name", "email")),
            (Title, ("title",)),
            (Work, ("title",)),
        )
        for row in model.objects.values_list(*fields)
        for word in row
        if word
    }
    for answer in (answer for client in made for answer in client.answers):
        said = answer.content.decode(errors="replace") + str(answer.headers) + str(answer.cookies)
        told = {word for word in secrets if word in said}
        assert not told, f"{answer.request['PATH_INFO']} tells {told}"


def connect(client, token):
    """Give a browser the cookie of an activated phone."""
    response = HttpResponse()
    remember(response, token)
    client.cookies.update(response.cookies)
    return client


@pytest.fixture
def partner(story, phones):
    """The phone of the newsstand."""
    return connect(phones(), story.token(story.network.newsstand))


@pytest.fixture
def other_partner(story, phones):
    """The phone of the small newsstand."""
    return connect(phones(), story.token(story.network.small_newsstand))


@pytest.fixture
def title(story):
    """A title with four copies in the north library."""
    return story.copies(4)[0].title


@pytest.fixture
def lasting_network(transactional_db):
    """The small network, committed, for what happens at once."""
    return Network.build()

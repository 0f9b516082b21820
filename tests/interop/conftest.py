"""A partner's own software over HTTP."""

import pytest
from django.core.cache import cache
from django.test import Client

from branches.devices import issue_token
from tests.story import Story


class ProgramClient(Client):
    """A program that sends its token, and JSON."""

    def __init__(self, token="", **options):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        super().__init__(headers={"Accept-Language": "en", **headers}, **options)

    def report(self, *reports, **options):
        return self.send({"reports": list(reports)}, **options)

    def send(self, body, **options):
        return self.post("/api/v1/partner/reports", body, content_type="application/json", **options)


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    """Forget what earlier tests have counted: they all come from one address."""
    cache.clear()


@pytest.fixture
def program(story: Story):
    """The software of the newsstand."""
    device, token = issue_token(story.network.newsstand, name="till", actor=None)
    client = ProgramClient(token)
    client.device, client.token = device, token
    return client


@pytest.fixture
def title(story):
    """A title with four copies in the north library."""
    return story.copies(4)[0].title


def problem(answer):
    """Return status and code of a refusal, which has the shape of all refusals."""
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "code", "detail"}
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]

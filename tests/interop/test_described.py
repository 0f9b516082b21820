"""The interface does what its description says, whatever is sent: tried with what schemathesis makes of it."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from interop import door
from interop.partner_views import document
from loans.records import ACTS

ADDRESS = "/api/v1/openapi.json"


@pytest.fixture
def application(db):
    """The portal as a server runs it, but for the connection, which is the test's and stays open between requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


RESOURCES = [(path, method) for path, item in document()["paths"].items() for method in item]


@pytest.mark.parametrize(("path", "method"), RESOURCES)
def test_answers_are_those_of_the_description(program, application, monkeypatch, path, method):
    monkeypatch.setattr(door, "ALLOWED", 10**6)
    monkeypatch.setattr(door, "WRONG_ALLOWED", 10**6)
    described = schemathesis.openapi.from_wsgi(ADDRESS, application)

    @given(case=described[path][method].as_strategy())
    @settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def ask(case):
        # A cursor that nobody gave, or a tag that is on no parcel, is right in shape and refused all the same.
        case.call_and_validate(
            headers={"Authorization": f"Bearer {program.token}", "Accept-Encoding": "identity"},
            excluded_checks=[positive_data_acceptance],
        )

    ask()


def test_description_is_open_and_names_the_acts_of_the_verbs(client):
    answer = client.get(ADDRESS)

    assert answer.json()["openapi"] == "3.1.0"
    assert answer.json()["components"]["schemas"]["Act"]["enum"] == list(ACTS)


def test_description_is_sound():
    schemathesis.openapi.from_dict(document()).validate()

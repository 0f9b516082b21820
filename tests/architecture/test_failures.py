"""What a reader sees when something is wrong with us."""

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import connections
from django.test import Client, RequestFactory

from milanolib import views

PAGES = [
    "400.html", "403.html", "403_csrf.html", "404.html", "410.html", "413.html", "429.html", "500.html", "503.html",
]  # fmt: skip


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_page_for_a_failure_needs_no_database_and_speaks_the_language(name, language):
    from django.template.loader import render_to_string

    page = render_to_string(name, {"LANGUAGE_CODE": language, "request_id": "abc-123"})

    assert f'lang="{language}"' in page
    assert "abc-123" in page


@pytest.mark.django_db(transaction=True)
def test_database_that_is_away_gives_503_and_says_when_to_come_back(monkeypatch):
    """The connection points to a port where nothing listens: the driver itself fails, nothing is imitated."""
    connection = connections["default"]
    client = Client(raise_request_exception=False)
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        away.setitem(connection.settings_dict, "PORT", "1")
        page = client.get("/punti/")
        ready = client.get("/readyz")
        alive = client.get("/healthz")
    connection.close()

    assert page.status_code == 503
    assert page["Retry-After"]
    assert ready.status_code == 503
    assert alive.status_code == 200


def test_request_that_is_too_large_gets_its_own_page():
    request = RequestFactory().post("/")

    assert views.bad_request(request, RequestDataTooBig()).status_code == 413
    assert views.bad_request(request, ValueError()).status_code == 400


@pytest.mark.django_db
def test_form_without_its_token_is_refused_with_a_page():
    answer = Client(enforce_csrf_checks=True).post("/segnala/", {"topic": "fault", "text": "x"})

    assert answer.status_code == 403

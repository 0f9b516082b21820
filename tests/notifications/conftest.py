"""The real mail server on loopback, and what it received."""

import email
import email.policy
import os
import uuid
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings

from tests.factories import ReaderFactory, UserFactory
from tests.story import Story

SMTP = "notifications.channels.email.Backend"  # pytest-django puts a dummy in its place


@pytest.fixture
def post():
    """Send by real SMTP and return what arrived for an address: `post("anna@example.org")`, oldest first."""
    folder = Path(os.environ["DEMO_MAIL_DIR"])

    def arrived(address):
        letters = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(folder.glob("*.eml"))
        ]
        return [letter for letter in letters if address in letter["X-Envelope-To"]]

    with override_settings(EMAIL_BACKEND=SMTP):
        yield arrived


@pytest.fixture
def anna(db):
    """A reader with an address that no other test, in no other process, writes to."""
    return ReaderFactory(user=UserFactory(email=f"{uuid.uuid4().hex}@example.org"))


@pytest.fixture
def story_now(network):
    """Reach states by calling verbs in real time, for tests with other processes."""

    class RealClock:
        def shift(self, step):
            """Real time passes by itself."""

    return Story(network, RealClock())


@pytest.fixture
def database(settings):
    """The address of the tests' database, for other processes."""
    host = settings.DATABASES["default"]["HOST"].replace("/", "%2F")
    return f"postgres://{settings.DATABASES['default']['USER']}@{host}/{connection.settings_dict['NAME']}"

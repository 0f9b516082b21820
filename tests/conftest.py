"""What all tests share: a small network, a clock that stands still, stories told by verbs, rivals at once."""

import datetime as dt
import os

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from loans.invariants import disagreements
from tests.emptying import keep_what_migrations_filled, put_back_what_migrations_filled
from tests.story import Network, Story, at_once

NINE_O_CLOCK = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))  # a Monday in Milan


def pytest_configure():
    """Give each process of a parallel run a cache of its own: one empties it while another counts on what it kept."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    cache = settings.CACHES["default"]
    if cache["LOCATION"].endswith("?db=1"):
        cache["LOCATION"] = os.environ["CACHE_URL"] = f"{cache['LOCATION'].removesuffix('1')}{1 + int(worker) % 15}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Keep what the migrations filled, and let the last sessions go before the database is dropped.

    A browser may close its last connection after its test: the server's thread then still has a session, and a
    database in use cannot be dropped. What such a session was doing nobody waits for any more.
    """
    with django_db_blocker.unblock():
        keep_what_migrations_filled()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: put_back_what_migrations_filled())
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.fixture(autouse=True)
def language_of_the_house():
    """Begin each test in the language of the settings: a page asked for in English leaves that behind it."""
    translation.deactivate()


@pytest.fixture
def english(language_of_the_house):
    """Read what is said in English, the language it is written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def monday():
    """Stop the clock on Monday 2 March 2026, nine o'clock in Milan; `.shift(timedelta)` and `.move_to(...)` move it."""
    with time_machine.travel(NINE_O_CLOCK, tick=False) as traveller:
        yield traveller


@pytest.fixture
def network(db):
    """Two libraries, two newsstands (room for 2 and for 1), a stop with its vehicle, a locker (room for 1)."""
    return Network.build()


@pytest.fixture
def story(monday, network):
    """Reach states by calling verbs, with the clock in hand; at the end all that must be true is checked.

    A test that breaks something on purpose says so: `story.is_broken = True`.
    """
    told = Story(network, monday)
    yield told
    if not told.is_broken:
        assert disagreements() == []


@pytest.fixture
def rivals(transactional_db):
    """Run several acts at the same moment, each on a connection of its own: `rivals(act, act)`."""
    return at_once

"""An event is written once with its cause, and handed on until it has been handled."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from milanolib import clock
from outbox import events
from outbox.events import dispatch, emit, purge
from outbox.models import Event, Request
from outbox.requests import once
from tests.story import at_once


@pytest.fixture
def handlers():
    """Register handlers for this test only: `handlers(kind, handler)`."""
    registered = []

    def register(kind, handler):
        events.register(kind, handler)
        registered.append((kind, handler))

    yield register
    for kind, handler in registered:
        events._handlers[kind].remove(handler)


@pytest.fixture
def seen(handlers):
    """Return the list of the payloads that a handler of `tests.happened` has got."""
    found = []
    handlers("tests.happened", lambda event: found.append(event.payload))
    return found


def test_emit_writes_once_for_each_key(db):
    for number in (1, 2):
        emit("tests.happened", key="it:7", number=number)

    assert Event.objects.get().payload == {"number": 1}


def test_emit_goes_with_its_transaction(db):
    @transaction.atomic
    def emit_and_fail():
        emit("tests.happened", key="it:7")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        emit_and_fail()

    assert not Event.objects.exists()


def test_emit_nudges_the_worker_once_for_each_transaction(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        for number in range(3):
            emit("tests.happened", key=f"it:{number}")

    assert len(callbacks) == 1


def test_dispatch_hands_each_event_on_once(db, seen):
    for number in range(3):
        emit("tests.happened", key=f"it:{number}", number=number)

    assert (dispatch(), dispatch()) == (3, 0)
    assert [one["number"] for one in seen] == [0, 1, 2]


def test_dispatch_takes_no_more_than_its_limit(db, seen):
    for number in range(3):
        emit("tests.happened", key=f"it:{number}", number=number)

    assert (dispatch(2), len(seen)) == (2, 2)


def test_dispatch_marks_what_nobody_asked_for_as_handled(db):
    emit("tests.unknown", key="it:1")

    assert dispatch() == 1
    assert Event.objects.get().handled_at is not None


def test_dispatch_calls_every_handler_of_a_kind(db, handlers):
    found = []
    for name in ("one", "other"):
        handlers("tests.happened", lambda event, name=name: found.append(name))
    emit("tests.happened", key="it:1")

    dispatch()

    assert found == ["one", "other"]


def test_register_twice_calls_once(db, handlers):
    found = []

    def handler(event):
        found.append(event)

    handlers("tests.happened", handler)
    events.register("tests.happened", handler)
    emit("tests.happened", key="it:1")

    dispatch()

    assert len(found) == 1


def test_dispatch_puts_off_what_fails_and_goes_on_with_the_rest(monday, db, handlers, seen):
    def fail(event):
        raise ValueError("not for the log of the database")

    handlers("tests.poisoned", fail)
    emit("tests.poisoned", key="bad:1")
    emit("tests.happened", key="good:1", number=1)

    assert dispatch() == 1

    poisoned = Event.objects.get(key="bad:1")
    assert (poisoned.handled_at, poisoned.attempts, poisoned.last_error) == (None, 1, "ValueError")
    assert poisoned.due_at == clock.now() + dt.timedelta(seconds=10)
    assert seen == [{"number": 1}]


def test_dispatch_waits_twice_as_long_after_each_failure_up_to_an_hour(monday, db, handlers):
    def fail(event):
        raise ValueError

    handlers("tests.poisoned", fail)
    emit("tests.poisoned", key="bad:1")

    waits = []
    for _attempt in range(12):
        dispatch()
        due_at = Event.objects.get().due_at
        waits.append((due_at - clock.now()).total_seconds())
        monday.move_to(due_at)

    assert waits[:4] == [10, 20, 40, 80]
    assert waits[-1] == 3600


def test_dispatch_takes_back_what_a_failing_handler_wrote(db, handlers):
    def write_and_fail(event):
        emit("tests.consequence", key="it:2")
        raise ValueError

    handlers("tests.poisoned", write_and_fail)
    emit("tests.poisoned", key="bad:1")

    dispatch()

    assert not Event.objects.filter(kind="tests.consequence").exists()


def test_dispatch_recovers_when_the_fault_is_mended(monday, db, handlers):
    faults = [ValueError, None]

    def fail_at_first(event):
        if fault := faults.pop(0):
            raise fault

    handlers("tests.poisoned", fail_at_first)
    emit("tests.poisoned", key="bad:1")
    dispatch()
    monday.shift(dt.timedelta(seconds=11))

    assert dispatch() == 1
    assert Event.objects.get().last_error == ""


def test_dispatch_survives_a_handler_that_breaks_the_transaction(db, handlers, seen):
    def divide(event):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    handlers("tests.poisoned", divide)
    emit("tests.poisoned", key="bad:1")
    emit("tests.happened", key="good:1", number=1)

    assert dispatch() == 1
    assert seen == [{"number": 1}]


@pytest.mark.django_db(transaction=True)
def test_dispatch_by_two_workers_hands_each_event_on_once(handlers):
    found, guard = [], threading.Lock()

    def note(event):
        with guard:
            found.append(event.key)

    handlers("tests.happened", note)
    for number in range(20):
        emit("tests.happened", key=f"it:{number}")

    handled = at_once(dispatch, dispatch)

    assert sum(handled) == 20
    assert sorted(found) == sorted(f"it:{number}" for number in range(20))


def test_purge_forgets_events_after_90_days_and_keys_after_30(monday, db):
    emit("tests.happened", key="it:1")
    dispatch()
    emit("tests.happened", key="it:2")
    once("user:1", "a-key", "verb", {}, lambda: None)

    monday.shift(dt.timedelta(days=31))
    assert (purge(clock.now()), Request.objects.count()) == (0, 0)

    monday.shift(dt.timedelta(days=60))
    assert purge(clock.now()) == 1
    assert [one.key for one in Event.objects.all()] == ["it:2"], "what nobody handled is never forgotten"

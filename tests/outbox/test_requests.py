"""The same request twice gets the same answer and changes nothing."""

import pytest
from django.db import IntegrityError

from milanolib import clock
from milanolib.errors import DomainError, RequestKeyReused
from outbox.models import Event, Request
from outbox.requests import once
from tests.story import at_once


class Counter:
    """An act that can be told how often it was done."""

    def __init__(self):
        self.done = 0

    def __call__(self):
        self.done += 1
        return {"number": self.done}


def test_once_acts_once_and_repeats_its_answer(db):
    act = Counter()

    answers = [once("user:7", "key", "reserve", {"title": 3}, act) for _time in range(3)]

    assert answers == [{"number": 1}] * 3
    assert act.done == 1


def test_once_repeats_an_empty_answer_too(db):
    act = Counter()
    done = []

    def silent():
        done.append(act())

    assert [once("user:7", "key", "cancel", {}, silent) for _time in range(2)] == [None, None]
    assert act.done == 1


def test_once_takes_the_order_of_a_payload_for_nothing(db):
    act = Counter()
    once("user:7", "key", "reserve", {"title": 3, "place": 4}, act)

    assert once("user:7", "key", "reserve", {"place": 4, "title": 3}, act) == {"number": 1}


@pytest.mark.parametrize(("verb", "payload"), [("reserve", {"title": 4}), ("cancel", {"title": 3})])
def test_once_refuses_a_key_that_came_with_something_else(db, verb, payload):
    once("user:7", "key", "reserve", {"title": 3}, Counter())
    act = Counter()

    with pytest.raises(RequestKeyReused):
        once("user:7", "key", verb, payload, act)
    assert act.done == 0


def test_once_tells_clients_apart(db):
    act = Counter()

    assert once("user:7", "key", "v", {}, act) != once("user:8", "key", "v", {}, act)


def test_once_leaves_the_key_free_when_the_act_refuses(db):
    def refuse():
        raise DomainError

    with pytest.raises(DomainError):
        once("user:7", "key", "reserve", {}, refuse)

    assert once("user:7", "key", "reserve", {}, Counter()) == {"number": 1}


def test_once_takes_back_what_a_failing_act_wrote(db):
    def write_and_fail():
        Event.objects.create(key="it", kind="tests.happened", occurred_at=clock.now(), due_at=clock.now())
        raise DomainError

    with pytest.raises(DomainError):
        once("user:7", "key", "reserve", {}, write_and_fail)

    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_once_by_two_at_the_same_time_acts_once():
    act = Counter()

    answers = at_once(*[lambda: once("user:7", "key", "reserve", {"title": 3}, act)] * 2)

    assert answers == [{"number": 1}] * 2


@pytest.mark.django_db(transaction=True)
def test_once_by_two_lets_the_second_act_when_the_first_is_refused():
    acts = []

    def refuse_the_first():
        acts.append(len(acts))
        if acts[-1] == 0:
            raise DomainError
        return "done"

    outcomes = at_once(*[lambda: once("user:7", "key", "reserve", {}, refuse_the_first)] * 2)

    assert sorted(str(type(one).__name__) for one in outcomes) == ["DomainError", "str"]


def test_a_key_stands_once_for_each_client(db):
    values = {"client": "user:7", "key": "1", "verb": "v", "payload_hash": "0", "created_at": clock.now()}
    Request.objects.create(**values)

    with pytest.raises(IntegrityError, match="request_key_once_per_client"):
        Request.objects.create(**values)

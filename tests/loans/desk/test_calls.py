"""Whom a branch calls: readers without a channel, what is still true, and how calls end."""

import pytest

from accounts.models import StaffView
from loans.call_list import calls_of
from loans.holds import cancel_hold
from loans.reminders import remind
from notifications.calls import note_call
from notifications.delivery import deliver
from notifications.models import Call, CallOutcome
from outbox.events import dispatch
from tests.factories import ReaderFactory, UserFactory


def work():
    dispatch()
    deliver()


@pytest.fixture
def silent(story):
    """A reader without any address, for whom something is ready in the south."""
    reader = ReaderFactory(phone="02 884 6455", given_name="Rosa")
    copy = story.copies(1, home=story.network.south)[0]
    hold, _copy = story.ready(copy.title, reader=reader, pickup=story.network.south)
    work()
    return reader, hold


def names(place):
    return [line.reader.given_name for line in calls_of(place)]


def test_readers_without_a_channel_are_called_by_the_branch_where_they_collect(story, silent):
    _reader, hold = silent
    told = ReaderFactory(user=UserFactory())
    story.ready(story.copies(1, home=story.network.south)[0].title, reader=told, pickup=story.network.south)
    work()

    (line,) = calls_of(story.network.south)
    assert line.reader.given_name == "Rosa"
    assert hold.pickup_code in line.says[0]
    assert calls_of(story.network.north) == []


def test_what_is_no_longer_true_is_not_called_about(story, silent):
    _reader, hold = silent
    cancel_hold(hold, actor=None)

    assert calls_of(story.network.south) == []


def test_second_reminder_is_worth_a_call_and_the_first_is_not(story, network):
    reader = ReaderFactory(given_name="Ugo")
    story.lent(story.copies(1, home=network.south)[0], reader=reader)
    story.later(days=32)
    remind()
    work()
    assert names(network.south) == []

    story.later(days=7)
    remind()
    work()
    assert names(network.south) == ["Ugo"]


@pytest.mark.parametrize(("outcome", "stays"), [("told", False), ("no_answer", True), ("wrong_number", False)])
def test_call_that_reached_nobody_stays_on_the_list(story, silent, desk, outcome, stays):
    reader, _hold = silent
    answer = desk.post("desk_called", reader.pk, htmx=True, outcome=outcome)

    assert answer.status_code == 200
    assert Call.objects.get().outcome == outcome
    assert (names(story.network.south) == ["Rosa"]) == stays


def test_call_pressed_twice_is_one(story, silent, desk):
    reader, _hold = silent
    (line,) = calls_of(story.network.south)

    first = note_call(reader, line.messages, CallOutcome.NO_ANSWER, actor=desk.user)
    second = note_call(reader, line.messages, CallOutcome.NO_ANSWER, actor=desk.user)

    assert (len(first), len(second)) == (1, 0)
    story.later(minutes=5)
    assert note_call(reader, line.messages, CallOutcome.TOLD, actor=desk.user)
    assert note_call(reader, line.messages, CallOutcome.TOLD, actor=desk.user) == []
    assert Call.objects.count() == 2


def test_two_who_tell_at_once_are_one_call(rivals, story, silent, desk):
    reader, _hold = silent
    (line,) = calls_of(story.network.south)

    def tell():
        return note_call(reader, line.messages, CallOutcome.TOLD, actor=desk.user)

    rivals(tell, tell)

    assert Call.objects.count() == 1


def test_call_list_is_the_desks_own_and_writes_down_whom_it_showed(silent, desk, other_desk, operator):
    reader, hold = silent
    page = desk.get("desk_calls").content.decode()
    desk.get("desk_calls")

    assert "Rosa" in page
    assert "02 884 6455" in page
    assert (hold.title or hold.work).title not in page
    assert StaffView.objects.filter(reader=reader, staff=desk.user, page="calls").count() == 1
    assert "Rosa" not in other_desk.get("desk_calls").content.decode()
    assert other_desk.post("desk_called", reader.pk, outcome="told").status_code == 404
    assert desk.post("desk_called", reader.pk, outcome="nonsense").status_code == 404
    assert not Call.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_call_list_asks_as_often_for_three_as_for_one(story, network, count, django_assert_num_queries):
    for _number in range(count):
        story.ready(story.copies(1, home=network.south)[0].title, reader=ReaderFactory(), pickup=network.south)
    work()

    with django_assert_num_queries(3):
        assert len(calls_of(network.south)) == count

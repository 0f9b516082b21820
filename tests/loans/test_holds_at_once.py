"""Reservations under pressure: what the database itself refuses, and several people at the same moment."""

import datetime as dt

import pytest
from django.db import IntegrityError

from catalog.states import CopyStatus
from loans.holds import cancel_hold
from loans.models import Assignment, Hold
from loans.picking import pick_copy
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from tests.factories import (
    AssignmentFactory,
    CopyFactory,
    HoldFactory,
    ReaderFactory,
)
from tests.story import fresh

# --- The constraints themselves


@pytest.mark.parametrize(
    ("level", "extra", "constraint"),
    [
        (HoldLevel.TITLE, {}, "hold_one_open_per_reader_and_title"),
        (HoldLevel.WORK, {"title": None}, "hold_one_open_per_reader_and_work"),
        (HoldLevel.VOLUME, {"volume": "2"}, "hold_one_open_per_reader_and_volume"),
        (HoldLevel.COPY, {"copy": True}, "hold_one_open_per_reader_and_copy"),
    ],
)
def test_one_open_hold_for_each_reader_and_target(db, level, extra, constraint):
    copy, reader = CopyFactory(), ReaderFactory()
    fields = {"title": copy.title, "work": copy.title.work, "reader": reader, "level": level} | extra
    if "copy" in extra:
        fields["copy"] = copy
    HoldFactory(**fields)

    with pytest.raises(IntegrityError, match=constraint):
        HoldFactory(**fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"volume": "1"}, "hold_level_says_what_is_reserved"),
        ({"level": HoldLevel.COPY}, "hold_level_says_what_is_reserved"),
        ({"status": HoldStatus.READY}, "hold_ready_has_time_last_day_and_code"),
        ({"status": HoldStatus.CANCELLED}, "hold_ended_exactly_when_not_open"),
        ({"ended_at": dt.datetime(2026, 3, 2, tzinfo=dt.UTC)}, "hold_ended_exactly_when_not_open"),
        ({"reader": None}, "hold_open_has_a_reader"),
        ({"pickup_code": "ABCD1234"}, "hold_code_only_while_ready"),
    ],
)
def test_a_hold_that_contradicts_itself_cannot_be_stored(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        HoldFactory(**fields)


def test_no_two_ready_holds_share_a_code(db):
    ready = {"status": HoldStatus.READY, "ready_at": clock.now(), "keep_until": clock.today(), "pickup_code": "A" * 8}
    HoldFactory(**ready)

    with pytest.raises(IntegrityError, match="hold_pickup_code_once_while_valid"):
        HoldFactory(**ready)


@pytest.mark.parametrize(("shared", "constraint"), [("copy", "one_open_per_copy"), ("hold", "one_open_per_hold")])
def test_a_copy_and_a_hold_have_one_open_assignment(db, shared, constraint):
    first = AssignmentFactory()

    with pytest.raises(IntegrityError, match=f"assignment_{constraint}"):
        AssignmentFactory(**{shared: getattr(first, shared)})


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_place_hold_gives_the_last_copy_to_one_of_two_readers(story, rivals):
    copy = story.copies(1)[0]
    readers = ReaderFactory.create_batch(2)

    holds = rivals(*(lambda reader=reader: story.hold(copy.title, reader=reader) for reader in readers))

    assert sorted(fresh(hold).status for hold in holds) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]


@pytest.mark.django_db(transaction=True)
def test_place_hold_twice_at_once_makes_one_reservation(story, rivals):
    title = story.copies(2)[0].title
    reader = ReaderFactory()

    outcomes = rivals(*[lambda: story.hold(title, reader=reader)] * 2)

    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyReserved", "Hold"]


@pytest.mark.django_db(transaction=True)
def test_place_hold_at_once_for_two_works_fills_the_last_room_once(story, rivals):
    titles = [story.copies(1)[0].title for _number in range(2)]
    point = story.network.small_newsstand

    holds = rivals(*(lambda title=title: story.hold(title, pickup=point) for title in titles))

    assert sorted(fresh(hold).status for hold in holds) == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]
    assert Assignment.objects.open().count() == 1


@pytest.mark.django_db(transaction=True)
def test_place_hold_at_once_never_passes_the_limit(story, rivals):
    reader = ReaderFactory(provisional=True)
    titles = [story.copies(1)[0].title for _number in range(4)]

    rivals(*(lambda title=title: story.hold(title, reader=reader) for title in titles))

    assert Hold.objects.open().filter(reader=reader).count() == 2


@pytest.mark.django_db(transaction=True)
def test_cancel_and_pick_at_once_leave_no_copy_astray(story, rivals):
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.newsstand)
    copy = story.copy_of(hold)

    rivals(lambda: cancel_hold(hold, actor=None), lambda: pick_copy(copy, copy.place, actor=None))

    assert fresh(hold).status == HoldStatus.CANCELLED
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_place_hold_serves_an_earlier_one_first_for_which_room_has_come_back(story):
    other, copy = story.copies(1)[0], story.copies(1)[0]
    _hold, _copy, parcel = story.at_the_point(other.title, pickup=story.network.small_newsstand)
    passed = story.hold(copy.title, pickup=story.network.small_newsstand)
    story.hand_over(parcel)

    later = story.hold(copy.title)

    assert (fresh(passed).status, fresh(later).status) == (HoldStatus.ASSIGNED, HoldStatus.QUEUED)

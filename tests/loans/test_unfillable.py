"""Reservations that no copy can fill: marked, told once to the reader and to the library, taken back."""

import pytest
from django.db import IntegrityError

from catalog.models import Copy
from catalog.states import CopyStatus
from loans.hold_changes import suspend_hold
from loans.holds import cancel_hold
from loans.keeping import add_copy, correct_copy, mark_missing, withdraw_copy
from loans.lending import check_in
from loans.models import Task, TaskKind
from loans.settling import close_task
from loans.states import HoldLevel, HoldStatus
from loans.unfillable import look_at_unfillable, mark_unfillable, unmark_unfillable
from loans.works import join_works
from milanolib import clock
from outbox.models import Event
from tests.factories import LibrarianFactory, StopFactory, TitleFactory, WorkFactory
from tests.story import fresh


def waiting_in_vain(story, **hold):
    """A reservation whose only copy has been withdrawn."""
    copy = story.copies(1)[0]
    hold = story.hold(copy.title, **hold)
    withdraw_copy(copy, reason="torn", although_waited_for=True, actor=None)
    return fresh(hold), fresh(copy)


def test_look_at_unfillable_marks_tells_and_leaves_a_task_once(story):
    hold, _copy = waiting_in_vain(story, pickup=story.network.newsstand)
    key = hold.order_key

    assert [look_at_unfillable() for _hour in range(3)] == [1, 0, 0]

    assert fresh(hold).unfillable_since == clock.now()
    assert (fresh(hold).status, fresh(hold).order_key) == (HoldStatus.QUEUED, key)
    assert Event.objects.filter(kind="loans.hold_unfillable").count() == 1
    task = Task.objects.get(kind=TaskKind.UNFILLABLE, closed_at=None)
    assert (task.place, task.work) == (story.network.south, hold.work), "the library that serves the point"


def test_one_task_for_all_who_wait_at_a_library_for_the_same_work(story):
    title = story.copies(1)[0].title
    for pickup in (story.network.north, story.network.north, story.network.newsstand):
        story.hold(title, pickup=pickup)
    withdraw_copy(Copy.objects.get(), reason="torn", although_waited_for=True, actor=None)

    look_at_unfillable()

    places = Task.objects.filter(kind=TaskKind.UNFILLABLE).order_by("pk").values_list("place__code", flat=True)
    assert sorted(places) == ["north", "south"]


def test_the_task_of_a_stop_is_its_vehicle_s(story):
    hold, _copy = waiting_in_vain(story, pickup=StopFactory(vehicle=story.network.bus))

    look_at_unfillable()

    assert Task.objects.get().place == hold.pickup_place.vehicle


@pytest.mark.parametrize(
    ("level", "fields"),
    [
        (HoldLevel.TITLE, {}),
        (HoldLevel.WORK, {}),
        (HoldLevel.VOLUME, {"volume": "2"}),
        (HoldLevel.COPY, {"copy": True}),
    ],
)
def test_each_level_is_looked_at(story, level, fields):
    copy = story.copies(1, volume="2")[0]
    fields = {"copy": copy} if "copy" in fields else fields
    story.lent(copy)
    hold = story.hold(copy.title, level=level, **fields)
    assert look_at_unfillable() == 0, "lent, so it may come back"

    Copy.objects.filter(pk=copy.pk).update(is_lendable=False)

    assert look_at_unfillable() == 1
    assert fresh(hold).unfillable_since is not None


def test_a_copy_of_another_edition_or_volume_fills_nothing(story):
    work = WorkFactory()
    title, other = TitleFactory.create_batch(2, work=work)
    copy = story.copies(1, title=title, volume="1")[0]
    story.copies(1, title=other)
    story.copies(1, title=title, volume="2")
    for_volume, for_any = story.hold(title, level=HoldLevel.VOLUME, volume="1"), story.hold(title, level=HoldLevel.WORK)
    withdraw_copy(copy, reason="torn", although_waited_for=True, actor=None)

    assert look_at_unfillable() == 1
    assert fresh(for_volume).unfillable_since is not None
    assert fresh(for_any).unfillable_since is None


def test_a_suspended_one_is_told_too(story):
    copy = story.copies(1)[0]
    hold = story.hold(copy.title)
    suspend_hold(hold, clock.today().replace(month=5), actor=None)
    mark_missing(copy, story.network.north, since=clock.now(), actor=None)

    assert look_at_unfillable() == 1


@pytest.mark.parametrize("comes", ["added", "found", "lendable", "joined"])
def test_it_is_taken_back_when_a_copy_comes_however_it_comes(story, comes):
    hold, copy = waiting_in_vain(story, level=HoldLevel.WORK)
    look_at_unfillable()
    if comes == "added":
        add_copy(copy.title, story.network.north, actor=None)
    elif comes == "found":
        check_in(copy, story.network.north, actor=None)
    elif comes == "lendable":
        another = story.copies(1, title=copy.title, is_lendable=False)[0]
        correct_copy(another, shelf_mark="", size="M", is_lendable=True, actor=None)
    else:
        join_works(copy.title.work, story.copies(1)[0].title.work, actor=None)
    story.later(hours=1)

    assert look_at_unfillable() == 0

    assert fresh(hold).unfillable_since is None
    task = Task.objects.get()
    assert (task.closed_at, task.answer) == (clock.now(), Task.SETTLED)


def test_it_is_told_again_when_it_happens_again(story):
    hold, copy = waiting_in_vain(story)
    look_at_unfillable()
    Copy.objects.filter(pk=copy.pk).update(status=CopyStatus.ON_LOAN)
    look_at_unfillable()
    Copy.objects.filter(pk=copy.pk).update(status=CopyStatus.WITHDRAWN)
    story.is_broken = True  # the copy was moved behind the verbs' backs
    story.later(hours=1)

    assert look_at_unfillable() == 1
    assert Event.objects.filter(kind="loans.hold_unfillable", payload__hold_id=hold.pk).count() == 2


def test_the_task_closes_when_the_last_one_gives_up(story):
    hold, _copy = waiting_in_vain(story)
    look_at_unfillable()
    cancel_hold(hold, actor=None)

    look_at_unfillable()

    assert Task.objects.get().closed_at is not None


def test_a_task_that_a_librarian_closed_is_not_opened_again(story):
    waiting_in_vain(story)
    look_at_unfillable()
    close_task(Task.objects.get(), answer="ordered", actor=LibrarianFactory(desk=story.network.north))

    look_at_unfillable()

    assert Task.objects.filter(closed_at=None).count() == 0


def test_mark_and_unmark_look_again_under_the_lock(story):
    hold = story.hold(story.copies(1)[0].title)
    assert not mark_unfillable(hold), "it has a copy"
    marked, _copy = waiting_in_vain(story)
    assert mark_unfillable(marked)
    assert not mark_unfillable(marked)
    assert not unmark_unfillable(marked), "still nothing"


def test_two_tasks_about_one_work_at_one_library_cannot_be_stored(story):
    hold = story.hold(story.copies(1)[0].title)
    task = {"kind": TaskKind.UNFILLABLE, "place": hold.pickup_place, "work": hold.work, "opened_at": clock.now()}
    Task.objects.create(**task)

    with pytest.raises(IntegrityError, match="task_one_open_per_work_place_and_kind"):
        Task.objects.create(**task)
    story.is_broken = True


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_it_once(story, rivals):
    title = story.copies(1)[0].title
    for _number in range(3):
        story.hold(title)
    withdraw_copy(Copy.objects.get(), reason="torn", although_waited_for=True, actor=None)

    assert sum(rivals(look_at_unfillable, look_at_unfillable)) == 3
    assert Event.objects.filter(kind="loans.hold_unfillable").count() == 3
    assert Task.objects.filter(kind=TaskKind.UNFILLABLE).count() == 1

"""Volunteers say that the books of a deposit are ready to go: they leave by that, once, on the day that was said."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from loans.deposit_errors import StayNotReceived
from loans.deposit_leaving import let_ready_go, say_ready
from loans.deposit_moves import bring_home
from loans.errors import DayTooEarly, DayTooLate
from loans.models import Crate, DepositStay, Task, TaskKind, Transit
from loans.policy import READY_WITHIN_DAYS
from loans.states import CrateStatus, DepositStatus, TransitReason
from milanolib import clock
from tests.story import fresh

A_DAY = dt.timedelta(days=1)


@pytest.fixture
def stay(story):
    return story.deposit_in_place(2)


def ready_tasks():
    return Task.objects.filter(kind=TaskKind.DEPOSIT_READY, closed_at=None)


def test_say_ready_today_brings_it_home_in_a_sealed_crate(network, stay):
    for _time in range(2):
        say_ready(stay, from_on=clock.today(), counted=1)

    crate = Crate.objects.get(origin=stay.place)
    assert (crate.destination, crate.status, crate.parcels_declared) == (network.north, CrateStatus.SEALED, 2)
    assert {one.reason for one in Transit.objects.filter(crate=crate)} == {TransitReason.HOME}
    assert (fresh(stay).counted_out, fresh(stay.deposit).status) == (1, DepositStatus.ENDED)
    assert Task.objects.get().kind == TaskKind.DEPOSIT_DIFFERS


def test_say_ready_sends_it_to_the_next_house_where_one_is_planned(story, stay):
    following = story.stay(stay.deposit, after=91)

    say_ready(stay, from_on=clock.today(), counted=2)

    assert fresh(following).sent_at is not None
    assert fresh(stay.deposit).status == DepositStatus.ON_WAY


def test_say_ready_for_later_leaves_a_task_and_the_last_word_counts(story, network, stay):
    day = clock.today() + 3 * A_DAY
    for said in (day + A_DAY, day, day):
        say_ready(stay, from_on=said, counted=2)

    task = ready_tasks().get()
    assert (task.place, task.point) == (network.north, stay.place)
    assert (fresh(stay).ready_from, fresh(stay).left_at) == (day, None)
    assert let_ready_go() == 0

    story.later(days=3)
    assert [let_ready_go() for _time in range(2)] == [1, 0]
    assert fresh(stay).left_at is not None
    assert not ready_tasks().exists()


def test_bring_home_by_a_librarian_before_that_day_closes_the_task(stay):
    say_ready(stay, from_on=clock.today() + A_DAY, counted=2)
    bring_home(stay.deposit, actor=None)

    assert not ready_tasks().exists()
    assert let_ready_go() == 0


def test_say_ready_of_a_set_that_left_book_by_book_ends_it(story, stay):
    for copy in story.copies_in(stay.deposit):
        story.given_back(copy)
    say_ready(stay, from_on=clock.today(), counted=0)

    assert fresh(stay.deposit).status == DepositStatus.ENDED


def test_say_ready_refuses_what_has_not_come_and_days_that_nobody_means(story, stay):
    today = clock.today()
    with pytest.raises(StayNotReceived):
        say_ready(story.deposit_sent(1), from_on=today, counted=1)
    with pytest.raises(DayTooEarly):
        say_ready(stay, from_on=today - A_DAY, counted=2)
    with pytest.raises(DayTooLate):
        say_ready(stay, from_on=today + (READY_WITHIN_DAYS + 1) * A_DAY, counted=2)


def test_ready_without_a_count_or_before_it_came_cannot_be_written(story, stay):
    with pytest.raises(IntegrityError, match="depositstay_ready_was_received_and_counted"), transaction.atomic():
        DepositStay.objects.filter(pk=stay.pk).update(ready_from=clock.today())
    coming = story.deposit_sent(1)
    with pytest.raises(IntegrityError, match="depositstay_ready_was_received_and_counted"), transaction.atomic():
        DepositStay.objects.filter(pk=coming.pk).update(ready_from=clock.today(), ready_count=1)


@pytest.mark.django_db(transaction=True)
def test_say_ready_from_two_phones_at_once_sends_it_once(rivals, story):
    stay = story.deposit_in_place(2)
    story.stay(stay.deposit, after=91)
    act = lambda: say_ready(DepositStay.objects.get(pk=stay.pk), from_on=clock.today(), counted=2)  # noqa: E731

    outcomes = rivals(act, act)

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert Crate.objects.filter(origin=stay.place).count() == 1
    assert fresh(stay.deposit).status == DepositStatus.ON_WAY

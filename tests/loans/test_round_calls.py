"""Both sides count a handover, each when it can; what differs is left to a librarian."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from branches.models import Closure, Round, RoundStop
from branches.rounds import cancel_round
from loans.carrying import carry_crate, leave_crate, runs_on, take_along
from loans.crate_errors import CrateForAnother
from loans.crates import receive_crate, seal_crate
from loans.models import Crate, RoundCall, Task, TaskKind
from loans.records import CRATE_OUT
from loans.round_calls import RoundOver, Scanned, count_call, scanned_at, settle_calls
from milanolib import clock
from tests.factories import VehicleFactory
from tests.story import fresh


@pytest.fixture
def van(network):
    """The van, whose round of today calls everywhere."""
    network.van(weekdays=[clock.today().weekday()])
    return VehicleFactory(code="van")


@pytest.fixture
def driver(story, van):
    return story.phone(van)


@pytest.fixture
def crate(story, network, driver):
    """A sealed crate with a parcel for the newsstand, with the driver."""
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    return take_along(seal_crate(story.crated(copy), network.north, actor=None), network.north, device=driver)


def stop_at(place):
    return RoundStop.objects.get(place=place, round__on=clock.today())


def test_count_call_keeps_the_last_word(network, driver, van):
    for left in (1, 2):
        call = count_call(stop_at(network.newsstand), left=left, taken=0, device=driver)

    assert RoundCall.objects.get() == call
    assert (call.left_counted, call.taken_counted, call.vehicle, call.counted_by) == (2, 0, van, driver)


def test_count_call_refuses_a_round_that_does_not_run_today(story, network, driver):
    stop = stop_at(network.newsstand)
    cancel_round(Round.objects.get(pk=stop.round_id), reason="snow", actor=None)
    with pytest.raises(RoundOver):
        count_call(stop, left=0, taken=0, device=driver)
    Round.objects.update(cancelled_at=None)
    story.later(days=1)
    with pytest.raises(RoundOver):
        count_call(stop, left=0, taken=0, device=driver)


def test_settle_calls_is_content_when_the_point_confirms_what_was_left(story, network, driver, crate):
    leave_crate(crate, network.newsstand, device=driver)
    count_call(stop_at(network.newsstand), left=1, taken=0, device=driver)
    count_call(stop_at(network.north), left=0, taken=1, device=driver)
    assert settle_calls() == 0, "the day is not over"
    story.later(days=1)
    receive_crate(fresh(crate), network.newsstand, actor=None)

    assert settle_calls() == 2
    assert settle_calls() == 0
    assert not Task.objects.exists()
    assert RoundCall.objects.get(place=network.newsstand).left_confirmed == 1


def test_settle_calls_makes_a_task_of_what_was_left_and_never_confirmed(story, network, driver, crate):
    leave_crate(crate, network.newsstand, device=driver)
    count_call(stop_at(network.newsstand), left=1, taken=0, device=driver)
    story.later(days=2)

    assert settle_calls() == 1
    task = Task.objects.get()
    assert (task.kind, task.place, task.round_call.left_confirmed) == (
        TaskKind.HANDOVER_DIFFERS,
        network.south,
        0,
    )


def test_settle_calls_waits_for_a_point_that_was_closed(story, network, driver, crate):
    """Closed for three days: it can confirm on the fourth."""
    today = clock.today()
    Closure.objects.create(place=network.newsstand, starts_on=today, ends_on=today + dt.timedelta(days=2))
    leave_crate(crate, network.newsstand, device=driver)
    count_call(stop_at(network.newsstand), left=1, taken=0, device=driver)

    story.later(days=3)
    assert settle_calls() == 0
    story.later(days=1)
    assert settle_calls() == 1


def test_settle_calls_finds_a_crate_that_the_driver_did_not_scan_when_it_came_to_the_library(story, network, driver):
    """The partner sealed it, the driver took it without a scan, the library received it."""
    _hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)
    story.hand_over(parcel)
    story.take_back(copy)
    code = story.report(network.newsstand, CRATE_OUT, "1").receipt
    count_call(stop_at(network.newsstand), left=0, taken=1, device=driver)
    receive_crate(Crate.objects.get(code=code), network.south, actor=None)
    story.later(days=1)

    assert settle_calls() == 1
    assert not Task.objects.exists()


def test_scanned_at_counts_the_crates_of_this_van_only(story, network, driver, van, crate):
    leave_crate(crate, network.newsstand, device=driver)
    today = clock.today()

    assert scanned_at(network.newsstand.pk, today, van.pk) == Scanned(1, 0, 0)
    assert scanned_at(network.north.pk, today, van.pk) == Scanned(0, 0, 1)
    assert scanned_at(network.newsstand.pk, today, VehicleFactory(code="van2").pk) == Scanned(0, 0, 0)


def test_carry_crate_takes_what_is_filled_there_and_leaves_what_goes_there(story, network, driver):
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    crate = seal_crate(story.crated(copy), network.north, actor=None)

    assert carry_crate(crate, network.north, device=driver)[0] == "take"
    with pytest.raises(CrateForAnother):
        carry_crate(crate, network.south, device=driver)
    assert carry_crate(crate, network.newsstand, device=driver)[0] == "leave"


def test_runs_on_shows_a_van_its_own_rounds_and_crates_only(story, network, driver, van, crate):
    other = VehicleFactory(code="van2")
    route = Round.objects.get(on=clock.today()).route
    assert len(runs_on(clock.today(), other)) == 1, "of a route that names no van"
    route.vehicle = van
    route.save()

    assert runs_on(clock.today(), other) == []
    [run] = runs_on(clock.today(), van)
    assert [halt.to_leave for halt in run.halts if halt.stop.place == network.newsstand] == [[crate]]
    route.vehicle = None
    route.save()
    [run] = runs_on(clock.today(), other)
    assert not any(halt.to_leave for halt in run.halts), "another van has it"


def test_a_call_is_counted_once_per_van_place_and_day_and_settled_with_both_numbers(network, driver):
    call = count_call(stop_at(network.newsstand), left=1, taken=0, device=driver)
    with pytest.raises(IntegrityError, match="roundcall_settled_says"), transaction.atomic():
        RoundCall.objects.update(settled_at=clock.now())
    call.pk = None
    with pytest.raises(IntegrityError, match="roundcall_once_per_van"), transaction.atomic():
        call.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_count_call_from_two_phones_of_a_van_is_one_call(rivals, story, network):
    network.van(weekdays=[clock.today().weekday()])
    driver = story.phone(VehicleFactory(code="van"))
    stop = stop_at(network.newsstand)

    rivals(*[lambda left=left: count_call(stop, left=left, taken=0, device=driver) for left in (1, 2)])

    assert RoundCall.objects.get().left_counted in (1, 2)

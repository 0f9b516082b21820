"""Crates for a point that closes: those on the road turn round, those at a library stay; nobody's turn is lost."""

import pytest
from django.db import IntegrityError, transaction

from branches.models import RoundStop
from loans.carrying import carry_crate, leave_crate, runs_on, stopped_elsewhere, take_along
from loans.clearing import clear_point
from loans.closings import apply_closure
from loans.crate_errors import CrateComesBack, CrateStays
from loans.crate_reads import crates_stopped
from loans.crates import load_crate, open_crate, put_in_crate, receive_crate, seal_crate, unpack_all
from loans.hold_changes import change_pickup
from loans.lending import NextStep, check_in
from loans.models import Crate, Task, TaskKind, Transit
from loans.records import RECEIVE
from loans.round_calls import Scanned, scanned_at
from loans.settling import close_task
from loans.shut import shut_points
from loans.states import OPEN_TRANSIT, CrateStatus, HoldStatus, ParcelStatus, TransitStatus
from loans.tasks import carry_on_closures
from loans.turning import empty_crate, turn_back_crate, turn_back_crates
from milanolib import clock
from notifications.models import Message
from outbox.events import dispatch
from tests.factories import ReaderFactory, VehicleFactory
from tests.loans.test_clearing import shut
from tests.story import fresh


@pytest.fixture
def driver(story):
    return story.phone(VehicleFactory(code="van"))


@pytest.fixture
def packed(story):
    """A hold, its copy and its parcel for the newsstand, packed at the north library."""
    return story.packed(story.copies(1)[0].title, reader=ReaderFactory(signs_in=True))


@pytest.fixture
def sealed(story, network, packed):
    return seal_crate(story.crated(packed[1]), network.north, actor=None)


@pytest.fixture
def riding(sealed, network, driver):
    """The crate with the driver."""
    return take_along(sealed, network.north, device=driver)


# --- Shut


@pytest.mark.parametrize(("days", "is_shut"), [(1, False), (3, False), (4, True), (None, True)])
def test_a_point_is_shut_when_a_crate_would_stand_there_for_more_than_three_nights(network, days, is_shut):
    shut(network.newsstand, days=days)

    assert bool(shut_points([network.newsstand.pk], clock.today())) == is_shut


def test_a_library_is_never_shut_for_crates(network):
    shut(network.north)

    assert shut_points([network.north.pk], clock.today()) == {}


# --- On the road


def test_turn_back_crate_brings_it_to_the_library_that_serves_the_point(riding, packed, network):
    hold, copy, parcel = packed
    shut(network.newsstand, days=7)

    assert [turn_back_crate(riding, actor=None) for _time in range(2)] == [True, False]

    crate = fresh(riding)
    assert (crate.destination, crate.turned_from, crate.status) == (
        network.south,
        network.newsstand,
        CrateStatus.ON_ROAD,
    )
    first, onward = Transit.objects.filter(copy=copy).order_by("pk")
    assert (first.status, first.crate) == (TransitStatus.CANCELLED, None)
    assert (onward.previous, onward.status, onward.crate) == (first, TransitStatus.LOADED, crate)
    assert (fresh(parcel).status, fresh(parcel).crate) == (ParcelStatus.IN_CRATE, crate)
    assert (fresh(hold).status, fresh(hold).pickup_place) == (HoldStatus.IN_TRANSIT, network.newsstand)
    task = Task.objects.get(kind=TaskKind.CRATE_TURNED)
    assert (task.place, task.crate) == (network.south, crate)


def test_turn_back_crate_does_nothing_while_the_point_opens_soon(riding, network):
    assert turn_back_crate(riding, actor=None) is False
    shut(network.newsstand, days=3)
    assert turn_back_crate(riding, actor=None) is False
    assert not Task.objects.exists()


def test_turn_back_crate_ends_where_it_was_filled_when_that_library_serves_the_point(story, network, driver):
    """The usual way: the library fills it, the van takes it, the newsstand has closed, the van brings it home."""
    _hold, copy, parcel = story.packed(story.copies(1, home=network.south)[0].title)
    crate = take_along(seal_crate(story.crated(copy), network.south, actor=None), network.south, device=driver)
    shut(network.newsstand, days=7)
    turn_back_crates()

    assert fresh(crate).destination == fresh(crate).origin == network.south
    act, left = carry_crate(fresh(crate), network.south, device=driver)
    assert (act, left.left_by) == ("leave", driver)
    receive_crate(left, network.south, actor=None)
    assert Task.objects.get().answer == Task.TURNED_UP
    unpack_all(left, network.south, actor=None)
    assert (fresh(left).status, fresh(left).parcels_found) == (CrateStatus.UNPACKED, 1)
    assert (fresh(parcel).place, fresh(parcel).status) == (network.south, ParcelStatus.PACKED)
    assert Transit.objects.get(copy=copy, status__in=OPEN_TRANSIT).destination == network.newsstand


def test_crate_turned_back_in_a_short_pause_waits_for_the_point_to_open(story, network, riding, packed):
    hold, copy, parcel = packed
    shut(network.newsstand, days=5)
    turn_back_crates()
    receive_crate(fresh(riding), network.south, actor=None)
    unpack_all(fresh(riding), network.south, actor=None)
    following = open_crate(network.south, network.newsstand, actor=None)
    put_in_crate(copy, following, network.south, actor=None)
    seal_crate(following, network.south, actor=None)
    with pytest.raises(CrateStays):
        load_crate(following, network.south, actor=None)

    story.later(days=5)
    load_crate(following, network.south, actor=None)
    story.receive(parcel)
    assert fresh(hold).status == HoldStatus.READY


def test_clear_point_readdresses_what_is_on_the_road_and_tells_once(network, riding, packed):
    hold, copy, parcel = packed
    key = hold.order_key
    closure = shut(network.newsstand)

    cleared = [clear_point(closure, actor=None) for _time in range(2)]
    dispatch()

    assert [(one.moved, one.on_the_way, one.turned) for one in cleared] == [(1, 0, 1), (0, 0, 0)]
    assert (fresh(hold).pickup_place, fresh(hold).order_key) == (network.south, key)
    assert fresh(hold).status == HoldStatus.IN_TRANSIT
    assert (fresh(parcel).destination, fresh(parcel).crate) == (network.south, riding)
    assert fresh(parcel).has_old_label
    assert Message.objects.filter(reader=hold.reader, kind="hold_held_back").count() == 1

    receive_crate(fresh(riding), network.south, actor=None)
    [found] = unpack_all(fresh(riding), network.south, actor=None)
    assert found.step == NextStep.HOLD_SHELF
    assert fresh(hold).status == HoldStatus.READY
    assert fresh(copy).place == network.south


def test_reader_of_a_crate_that_turned_back_may_choose_another_point(story, network, riding, packed):
    hold, copy, parcel = packed
    clear_point(shut(network.newsstand), actor=None)

    change_pickup(fresh(hold), network.small_newsstand, actor=None)
    receive_crate(fresh(riding), network.south, actor=None)
    assert check_in(copy, network.south, actor=None).destination == network.small_newsstand

    assert (fresh(parcel).destination, fresh(parcel).place) == (network.small_newsstand, network.south)
    assert fresh(parcel).has_old_label
    story.receive(fresh(parcel))
    assert fresh(hold).status == HoldStatus.READY


def test_cancelled_reservation_in_a_crate_that_turned_back_goes_home_from_there(story, network, riding, packed):
    hold, copy, _parcel = packed
    clear_point(shut(network.newsstand), actor=None)
    story.cancelled(fresh(hold))
    receive_crate(fresh(riding), network.south, actor=None)

    assert check_in(copy, network.south, actor=None).destination == network.north


# --- Before the closed door


@pytest.fixture
def standing(riding, network, driver):
    """The crate stood before the newsstand when that closed."""
    network.van(weekdays=[clock.today().weekday()])
    leave_crate(riding, network.newsstand, device=driver)
    shut(network.newsstand)
    turn_back_crates()
    return fresh(riding)


def test_crate_that_stands_before_the_door_is_fetched_and_brought_back(standing, network, driver):
    assert (standing.is_to_be_fetched, standing.left_at) == (True, None)
    assert stop(driver, network.newsstand).stopped == [standing]
    assert stop(driver, network.south).to_leave == []

    assert carry_crate(standing, network.newsstand, device=driver)[0] == "take"
    assert fresh(take_along(standing, network.newsstand, device=driver)).fetched_at == standing.fetched_at
    assert stop(driver, network.south).to_leave == [standing]
    with pytest.raises(CrateComesBack):
        leave_crate(standing, network.newsstand, device=driver)
    assert leave_crate(standing, network.south, device=driver).left_by == driver
    assert receive_crate(standing, network.south, actor=None).status == CrateStatus.RECEIVED


def test_crate_before_the_door_is_shown_though_no_round_calls_there_any_more(standing, network, driver):
    runs = runs_on(clock.today(), driver.place)
    assert stopped_elsewhere(runs, driver.place) == []
    RoundStop.objects.filter(place=network.newsstand).delete()  # as in the plan of the days after
    runs = runs_on(clock.today(), driver.place)

    [crate] = stopped_elsewhere(runs, driver.place)
    assert (crate, crate.goes_to) == (standing, network.south)
    assert stopped_elsewhere(runs, VehicleFactory(code="van2")) == []


def test_counts_at_the_closed_door_agree_without_a_scan_there(standing, network, driver):
    take_along(standing, network.newsstand, device=driver)

    assert scanned_at(network.newsstand.pk, clock.today(), driver.place_id) == Scanned(left=1, received=1, taken=1)


def test_crate_that_stands_before_the_door_can_be_received_by_whoever_fetches_it(standing, network):
    assert receive_crate(standing, network.south, actor=None).received_at is not None


def test_partner_who_scans_it_all_the_same_leaves_a_task(story, standing, packed, network):
    hold, _copy, parcel = packed

    assert story.report(network.newsstand, RECEIVE, standing.code).detail == "crate_for_another"
    assert Task.objects.filter(kind=TaskKind.WRONG_CRATE).exists()
    assert fresh(hold).status == HoldStatus.IN_TRANSIT
    assert story.receive(parcel).detail == "received", "it is in the partner's hand: its reader can have it"
    assert fresh(parcel).place == network.newsstand
    assert fresh(hold).status == HoldStatus.READY


def test_parcel_readdressed_on_the_road_and_scanned_at_the_closed_point_goes_on(story, standing, packed, network):
    hold, copy, parcel = packed
    clear_point(network.newsstand.closures.get(), actor=None)

    assert story.receive(parcel, network.newsstand).detail == "wrong_point"
    assert fresh(parcel).place == network.newsstand
    assert check_in(copy, network.south, actor=None).step == NextStep.HOLD_SHELF
    assert fresh(hold).status == HoldStatus.READY


# --- At a library


def test_sealed_crate_for_a_shut_point_is_neither_loaded_nor_taken_along(sealed, network, driver):
    network.van(weekdays=[clock.today().weekday()])
    shut(network.newsstand, days=5)

    for refused in (
        lambda: load_crate(sealed, network.north, actor=None),
        lambda: take_along(sealed, network.north, device=driver),
    ):
        with pytest.raises(CrateStays), transaction.atomic():
            refused()
    assert (stop(driver, network.north).to_take, stop(driver, network.north).stopped) == ([], [sealed])
    assert crates_stopped(network.north) == [sealed]
    assert fresh(sealed).status == CrateStatus.SEALED


@pytest.mark.parametrize("is_sealed", [False, True])
def test_clear_point_takes_out_of_crates_what_has_not_left(story, network, packed, driver, is_sealed):
    hold, copy, parcel = packed
    crate = story.crated(copy)
    if is_sealed:
        seal_crate(crate, network.north, actor=None)

    cleared = clear_point(shut(network.newsstand), actor=None)

    assert (cleared.moved, cleared.on_the_way, cleared.emptied) == (1, 0, 1)
    assert (fresh(parcel).place, fresh(parcel).crate) == (network.north, None)
    assert (fresh(parcel).destination, fresh(parcel).has_old_label) == (network.south, True)
    assert (fresh(hold).pickup_place, fresh(copy).place) == (network.south, network.north)
    assert fresh(crate).status == CrateStatus.OPEN
    assert Task.objects.get(kind=TaskKind.CRATE_STOPPED).place == network.north
    with pytest.raises(CrateStays):
        take_along(crate, network.north, device=driver)


def test_empty_crate_leaves_a_sealed_one_as_it_is_beside_an_open_one(story, network, sealed):
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    other = story.crated(copy)

    assert empty_crate(sealed, actor=None)
    assert [empty_crate(other, actor=None) for _time in range(2)] == [True, False]
    assert (fresh(sealed).status, fresh(other).status) == (CrateStatus.SEALED, CrateStatus.OPEN)


# --- Deposits


def test_crate_of_a_deposit_is_left_to_the_librarian(story, network, driver):
    stay = story.deposit_sent(2)
    [crate] = Crate.objects.all()
    take_along(crate, network.north, device=driver)
    shut(stay.place)

    assert turn_back_crates() == 0
    assert (fresh(crate).destination, fresh(crate).turned_from) == (stay.place, None)
    assert Task.objects.get(kind=TaskKind.CRATE_TURNED).crate == crate
    with pytest.raises(CrateComesBack):
        leave_crate(crate, stay.place, device=driver)
    assert not empty_crate(crate, actor=None)


def test_librarian_who_has_answered_about_the_crate_of_a_deposit_is_not_asked_again(story, network, driver):
    stay = story.deposit_sent(2)
    [crate] = Crate.objects.all()
    take_along(crate, network.north, device=driver)
    shut(stay.place)
    turn_back_crates()

    close_task(Task.objects.get(kind=TaskKind.CRATE_TURNED), answer="It goes to the next house.", actor=None)
    turn_back_crates()

    assert not Task.objects.filter(kind=TaskKind.CRATE_TURNED, closed_at=None).exists()


# --- At once


def test_apply_closure_and_the_job_turn_crates_back(story, network, riding):
    closure = shut(network.newsstand, days=7)
    apply_closure(closure, actor=None)
    assert fresh(riding).turned_from == network.newsstand

    _hold, copy, _parcel = story.packed(story.copies(1)[0].title, pickup=network.small_newsstand)
    crate = story.sent(copy)
    shut(network.small_newsstand, days=7)
    carry_on_closures()
    assert fresh(crate).turned_from == network.small_newsstand


def test_a_crate_turned_back_that_never_left_cannot_be_written(sealed, riding, network):
    with pytest.raises(IntegrityError, match="crate_turned_back_was_on_the_road"), transaction.atomic():
        Crate.objects.filter(pk=riding.pk).update(turned_from=network.south)
    with pytest.raises(IntegrityError, match="crate_turned_back_was_on_the_road"), transaction.atomic():
        Crate.objects.filter(pk=riding.pk).update(turned_from=network.newsstand, turned_at=clock.now())
    with pytest.raises(IntegrityError, match="crate_fetched_had_stood_there"), transaction.atomic():
        Crate.objects.filter(pk=riding.pk).update(fetched_at=clock.now())
    with pytest.raises(IntegrityError, match="crate_goes_somewhere_else"), transaction.atomic():
        Crate.objects.filter(pk=riding.pk).update(destination=network.north)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rival", ["receive", "leave", "scan", "clear", "turn"])
def test_crate_turns_back_while_somebody_has_it_in_hand(rivals, story, network, rival):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    driver = story.phone(VehicleFactory(code="van"))
    crate = take_along(seal_crate(story.crated(copy), network.north, actor=None), network.north, device=driver)
    closure = shut(network.newsstand)
    acts = {
        "receive": lambda: story.report(network.newsstand, RECEIVE, crate.code),
        "leave": lambda: leave_crate(fresh(crate), network.newsstand, device=driver),
        "scan": lambda: story.receive(parcel),
        "clear": lambda: clear_point(closure, actor=None),
        "turn": turn_back_crates,
    }

    outcomes = rivals(turn_back_crates, acts[rival])

    assert all(isinstance(one, CrateComesBack) for one in outcomes if isinstance(one, Exception))
    assert fresh(crate).turned_from in (None, network.newsstand)
    assert Transit.objects.filter(copy=copy, status__in=OPEN_TRANSIT).count() <= 1


def stop(driver, place):
    """Return the stop of today's round at a place."""
    [run] = runs_on(clock.today(), driver.place)
    return next(halt for halt in run.halts if halt.stop.place == place)

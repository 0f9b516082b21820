"""Crates: what is put in, counted, sealed, sent, received and found; nothing is ever nowhere."""

import re

import pytest
from django.db import IntegrityError

from accounts.models import Act
from catalog.states import CopyStatus
from loans.crate_errors import (
    AnotherCrateOpen,
    CrateElsewhere,
    CrateEmpty,
    CrateForAnother,
    CrateGoesNowhere,
    CrateHasLeft,
    CrateNotReceived,
    CrateNotSealed,
    CrateSealed,
    CrateUnknown,
    GoesElsewhere,
    InAnotherCrate,
    NotTravelling,
)
from loans.crates import (
    crate_by_code,
    finish_crate,
    inside,
    load_crate,
    open_crate,
    put_in_crate,
    receive_crate,
    reopen_crate,
    seal_crate,
    take_out_of_crate,
    unpack,
    unpack_all,
)
from loans.errors import CopyElsewhere
from loans.hold_changes import change_pickup
from loans.holds import cancel_hold
from loans.journeys import give_up_journey
from loans.lending import NextStep, check_in, check_out
from loans.models import Crate, Handover, LastAct, Task, TaskKind, Transit
from loans.records import MISSING, RECEIVE
from loans.states import CrateStatus, HoldStatus, ParcelStatus, TransitStatus
from loans.troubles import mark_damaged
from loans.undoing import SomethingFollowed, undo_last_act, undoably
from milanolib import clock
from outbox.models import Event
from tests.factories import BranchFactory, CopyFactory, LibrarianFactory
from tests.story import fresh


@pytest.fixture
def copy(story):
    """A copy as it is, on its way from the north to the south library."""
    return story.on_its_way()


@pytest.fixture
def crate(story, network):
    """An open crate from the north to the south library."""
    return open_crate(network.north, network.south, actor=None)


@pytest.fixture
def librarian(network):
    return LibrarianFactory(desk=network.north)


@pytest.fixture
def arrived(story, network, copy):
    """A crate with two copies that its library has scanned; `copy` is one of them."""
    crate = story.sent(copy, story.on_its_way())
    return receive_crate(crate, network.south, actor=None)


def journey(copy):
    return Transit.objects.filter(copy=copy).latest("pk")


def tasks():
    return set(Task.objects.filter(closed_at=None).values_list("kind", "place__code", "copy"))


# --- Begin


def test_open_crate_has_a_short_code_and_the_next_round(story, network):
    network.van()

    crate = open_crate(network.north, network.south, actor=None)

    assert re.fullmatch(r"C[0-9A-Z]{5}", crate.code)
    assert str(crate.round.on) == "2026-03-05"
    assert crate_by_code(f" {crate.code.lower()} ") == crate


def test_open_crate_again_returns_the_one_that_stands_open(story, network, librarian):
    begun = [open_crate(network.north, network.south, actor=librarian) for _time in range(2)]

    assert begun[0] == begun[1] == Crate.objects.get()
    assert Act.objects.filter(verb="open_crate").count() == 1


def test_open_crate_for_a_stop_goes_to_its_vehicle(story, network):
    assert open_crate(network.north, network.stop, actor=None).destination == network.bus


def test_open_crate_refuses_the_same_place(story, network):
    with pytest.raises(CrateGoesNowhere):
        open_crate(network.north, network.north, actor=None)


def test_crate_by_code_refuses_a_code_that_no_crate_has(db):
    with pytest.raises(CrateUnknown):
        crate_by_code("C0000")


# --- Put in, take out


def test_put_in_crate_twice_does_no_harm(story, network, librarian, copy, crate):
    for _time in range(2):
        put_in_crate(copy, crate, network.north, actor=librarian)

    assert (journey(copy).crate, journey(copy).status) == (crate, TransitStatus.REQUESTED)
    assert fresh(copy).place is None
    assert Act.objects.filter(verb="put_in_crate").count() == 1


def test_put_in_crate_takes_a_parcel_with_its_journey(story, network):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)

    crate = story.crated(copy)

    parcel = fresh(parcel)
    assert (parcel.status, parcel.place, parcel.crate) == (ParcelStatus.IN_CRATE, None, crate)
    assert journey(copy).crate == crate
    assert Handover.objects.latest("pk").status == ParcelStatus.IN_CRATE


def test_put_in_crate_says_where_a_thing_for_another_place_goes(story, network, crate):
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)

    with pytest.raises(GoesElsewhere, match=str(network.newsstand)):
        put_in_crate(copy, crate, network.north, actor=None)
    assert fresh(copy).place == network.north


def test_put_in_crate_refuses_what_does_not_travel(story, network, crate):
    with pytest.raises(NotTravelling):
        put_in_crate(story.copies(1)[0], crate, network.north, actor=None)


def test_put_in_crate_refuses_what_lies_elsewhere(story, network, copy, crate):
    check_in(copy, network.bus, actor=None)

    with pytest.raises(CopyElsewhere):
        put_in_crate(copy, crate, network.north, actor=None)


def test_put_in_crate_refuses_what_is_in_another_one(story, network, copy):
    first = story.crated(copy)
    seal_crate(first, network.north, actor=None)
    second = open_crate(network.north, network.south, actor=None)

    with pytest.raises(InAnotherCrate, match=first.code):
        put_in_crate(copy, second, network.north, actor=None)


def test_put_in_crate_and_take_out_refuse_another_desk(story, network, copy):
    crate = story.crated(copy)

    for verb in (put_in_crate, take_out_of_crate):
        with pytest.raises(CrateElsewhere, match=str(network.north)):
            verb(copy, crate, network.south, actor=None)


def test_put_in_crate_and_take_out_refuse_a_sealed_one_and_one_that_left(story, network, copy):
    crate = seal_crate(story.crated(copy), network.north, actor=None)
    for verb in (put_in_crate, take_out_of_crate):
        with pytest.raises(CrateSealed):
            verb(copy, crate, network.north, actor=None)
    load_crate(crate, network.north, actor=None)
    for verb in (put_in_crate, take_out_of_crate):
        with pytest.raises(CrateHasLeft):
            verb(copy, crate, network.north, actor=None)


def test_take_out_of_crate_twice_leaves_it_where_it_was(story, network, librarian):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    crate = story.crated(copy)

    for _time in range(2):
        take_out_of_crate(copy, crate, network.north, actor=librarian)

    parcel = fresh(parcel)
    assert (parcel.status, parcel.place, parcel.crate) == (ParcelStatus.PACKED, network.north, None)
    assert (journey(copy).crate, journey(copy).status) == (None, TransitStatus.REQUESTED)
    assert Act.objects.filter(verb="take_out_of_crate").count() == 1


# --- Seal, open again, load


def test_seal_crate_keeps_how_much_is_in_it(story, network, librarian, copy):
    crate = story.crated(copy, story.on_its_way())

    for _time in range(2):
        seal_crate(crate, network.north, actor=librarian)

    crate = fresh(crate)
    assert (crate.status, crate.parcels_declared, crate.sealed_at) == (CrateStatus.SEALED, 2, clock.now())
    assert Act.objects.filter(verb="seal_crate").count() == 1


def test_seal_crate_refuses_an_empty_one(story, network, crate):
    with pytest.raises(CrateEmpty):
        seal_crate(crate, network.north, actor=None)


@pytest.mark.parametrize("verb", [seal_crate, reopen_crate, load_crate])
def test_crate_is_sealed_opened_and_loaded_where_it_stands(story, network, copy, verb):
    with pytest.raises(CrateElsewhere):
        verb(story.crated(copy), network.south, actor=None)


@pytest.mark.parametrize("verb", [seal_crate, reopen_crate])
def test_crate_that_has_left_is_neither_sealed_nor_opened(story, network, copy, verb):
    with pytest.raises(CrateHasLeft):
        verb(story.sent(copy), network.north, actor=None)


def test_load_crate_refuses_an_open_one_and_repeats(story, network, copy):
    crate = story.crated(copy)
    with pytest.raises(CrateNotSealed):
        load_crate(crate, network.north, actor=None)
    seal_crate(crate, network.north, actor=None)

    for _time in range(2):
        load_crate(crate, network.north, actor=None)

    assert (journey(copy).status, journey(copy).loaded_at) == (TransitStatus.LOADED, clock.now())
    assert Event.objects.filter(kind="loans.crate_loaded").count() == 1


def test_reopen_crate_takes_more_and_is_counted_anew(story, network, copy):
    crate = seal_crate(story.crated(copy), network.north, actor=None)
    for _time in range(2):
        reopen_crate(crate, network.north, actor=None)
    assert fresh(crate).parcels_declared is None

    put_in_crate(story.on_its_way(), crate, network.north, actor=None)

    assert seal_crate(crate, network.north, actor=None).parcels_declared == 2


def test_reopen_crate_refuses_while_another_is_being_filled(story, network, copy):
    crate = seal_crate(story.crated(copy), network.north, actor=None)
    other = open_crate(network.north, network.south, actor=None)

    with pytest.raises(AnotherCrateOpen, match=other.code):
        reopen_crate(crate, network.north, actor=None)


# --- Receive


def test_receive_crate_at_the_wrong_place_is_told_and_changes_nothing(story, network, copy):
    crate = story.sent(copy)

    for place in (network.north, network.bus):
        with pytest.raises(CrateForAnother, match=str(network.south)):
            receive_crate(crate, place, actor=None)

    assert fresh(crate).status == CrateStatus.ON_ROAD
    assert journey(copy).status == TransitStatus.LOADED


def test_receive_crate_that_nobody_sealed_counts_what_it_had(story, network, copy):
    crate = receive_crate(story.crated(copy), network.south, actor=None)

    assert (crate.status, crate.parcels_declared) == (CrateStatus.RECEIVED, 1)
    assert list(inside(crate)) == [journey(copy)]


def test_receive_crate_refuses_one_with_nothing_in_it(story, network, crate):
    with pytest.raises(CrateEmpty):
        receive_crate(crate, network.south, actor=None)


def test_receive_crate_twice_is_one_arrival(story, network, arrived):
    story.later(minutes=5)

    receive_crate(arrived, network.south, actor=None)

    assert fresh(arrived).received_at < clock.now()
    assert Event.objects.filter(kind="loans.crate_received").count() == 1


def test_unpack_makes_a_reservation_ready_and_repeats(story, network, copy, arrived):
    found = [unpack(copy, arrived, network.south, actor=None) for _time in range(2)]

    assert [(one.outcome.step, one.is_on_list) for one in found] == [(NextStep.HOLD_SHELF, True)] * 2
    assert found[0].outcome.hold.status == HoldStatus.READY
    assert (journey(copy).status, journey(copy).crate) == (TransitStatus.ARRIVED, arrived)
    assert not tasks()


def test_unpack_opens_a_parcel_that_comes_back(story, network):
    hold, copy, parcel = story.at_the_point(CopyFactory(home=network.north).title)
    cancel_hold(hold, actor=None)
    crate = open_crate(network.newsstand, network.south, actor=None)
    put_in_crate(copy, crate, network.newsstand, actor=None)
    receive_crate(crate, network.south, actor=None)

    found = unpack(copy, crate, network.south, actor=None)

    assert (found.outcome.step, found.outcome.destination) == (NextStep.CRATE, network.north)
    assert fresh(parcel).status == ParcelStatus.OPENED


def test_unpack_takes_in_what_was_not_on_the_list_and_leaves_a_task_where_it_was_filled(story, network, arrived):
    stranger = CopyFactory(home=network.south, place=network.north)

    for _time in range(2):
        found = unpack(stranger, arrived, network.south, actor=None)

    assert (found.outcome.step, found.is_on_list) == (NextStep.SHELF, False)
    assert tasks() == {(TaskKind.NOT_ON_LIST, "north", stranger.pk)}


def test_unpack_finds_what_was_in_another_crate(story, network, arrived):
    stranger = story.on_its_way()
    other = seal_crate(story.crated(stranger), network.north, actor=None)

    assert not unpack(stranger, arrived, network.south, actor=None).is_on_list
    assert not inside(other).exists()


@pytest.mark.parametrize("verb", [unpack_all, finish_crate])
def test_crate_is_unpacked_where_it_goes_and_when_it_has_come(story, network, copy, verb):
    crate = story.sent(copy)

    with pytest.raises(CrateNotReceived):
        verb(crate, network.south, actor=None)
    with pytest.raises(CrateNotReceived):
        unpack(copy, crate, network.south, actor=None)
    receive_crate(crate, network.south, actor=None)
    with pytest.raises(CrateForAnother):
        verb(crate, network.north, actor=None)
    with pytest.raises(CrateForAnother):
        unpack(copy, crate, network.north, actor=None)


def test_unpack_all_takes_everything_in(story, network, copy, arrived):
    for count in (2, 0):
        assert len(unpack_all(arrived, network.south, actor=None)) == count

    crate = fresh(arrived)
    assert (crate.status, crate.parcels_found, crate.unpacked_at) == (CrateStatus.UNPACKED, 2, clock.now())
    assert set(Transit.objects.values_list("status", flat=True)) == {TransitStatus.ARRIVED}
    assert not tasks()


def test_finish_crate_has_both_ends_look_for_what_is_missing_until_it_turns_up(story, network, copy, arrived):
    [lost] = inside(arrived).exclude(copy=copy)
    unpack(copy, arrived, network.south, actor=None)

    for _time in range(2):
        finish_crate(arrived, network.south, actor=None)

    assert (fresh(arrived).parcels_declared, fresh(arrived).parcels_found) == (2, 1)
    missing = {(TaskKind.NOT_IN_CRATE, place, lost.copy_id) for place in ("north", "south")}
    assert tasks() == missing
    check_in(lost.copy, network.north, actor=None)
    assert tasks() == set()
    assert set(Task.objects.values_list("answer", flat=True)) == {Task.TURNED_UP}


def test_what_was_missing_is_found_later_in_its_crate(story, network, copy, arrived):
    finish_crate(arrived, network.south, actor=None)

    assert unpack(copy, arrived, network.south, actor=None).is_on_list
    assert {copy for _kind, _place, copy in tasks()} == {inside(arrived).get().copy_id}


def test_give_up_journey_of_what_was_not_in_its_crate(story, network, copy, arrived):
    finish_crate(arrived, network.south, actor=None)

    give_up_journey(journey(copy), place=network.south, actor=None)

    assert journey(copy).crate is None
    assert copy.pk not in {pk for _kind, _place, pk in tasks()}


# --- What else happens to what is in a crate


@pytest.mark.parametrize("status", [CrateStatus.OPEN, CrateStatus.ON_ROAD])
@pytest.mark.parametrize("place", ["north", "bus", "south"])
def test_check_in_takes_out_of_a_crate_wherever_it_is_scanned(story, network, copy, status, place):
    crate = story.crated(copy) if status == CrateStatus.OPEN else story.sent(copy)

    check_in(copy, getattr(network, place), actor=None)

    assert not inside(crate).exists()
    assert fresh(copy).place == getattr(network, place)


def test_check_out_takes_out_of_a_crate(story, network, copy):
    crate = story.sent(copy)

    check_out(copy, journey(copy).assignment.hold.reader, network.bus, actor=None)

    assert (journey(copy).status, journey(copy).crate) == (TransitStatus.CANCELLED, None)
    assert not inside(crate).exists()


def test_hold_that_ends_leaves_its_copy_in_the_crate(story, network, copy):
    crate = story.sent(copy)
    cancel_hold(journey(copy).assignment.hold, actor=None)

    receive_crate(crate, network.south, actor=None)
    found = unpack(copy, crate, network.south, actor=None)

    assert (found.outcome.step, found.outcome.destination) == (NextStep.CRATE, network.north)


def test_change_pickup_of_what_was_taken_out_again(story, network, copy):
    crate = story.crated(copy)
    take_out_of_crate(copy, crate, network.north, actor=None)

    change_pickup(journey(copy).assignment.hold, network.stop, actor=None)

    with pytest.raises(GoesElsewhere, match=str(network.bus)):
        put_in_crate(copy, crate, network.north, actor=None)


@pytest.mark.parametrize("place", ["newsstand", "small_newsstand"])
def test_receive_of_a_parcel_by_its_point_takes_it_out_of_the_crate(story, network, place):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    crate = story.sent(copy)

    story.receive(parcel, place=getattr(network, place))

    assert not inside(crate).exists()
    assert fresh(parcel).crate is None


def test_receive_of_a_crate_by_its_point_takes_in_all_its_parcels(story, network):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)
    ended, other, unwanted = story.packed(story.copies(1)[0].title)
    crate = story.sent(copy, other)
    story.cancelled(ended)

    outcomes = [story.report(network.newsstand, RECEIVE, crate.code.lower()).detail for _time in range(2)]

    assert outcomes == ["crate_received"] * 2
    assert (fresh(crate).status, fresh(crate).parcels_found) == (CrateStatus.UNPACKED, 2)
    assert (fresh(hold).status, fresh(parcel).place) == (HoldStatus.READY, network.newsstand)
    assert fresh(unwanted).place == network.newsstand
    assert [story.receive(one).detail for one in (parcel, unwanted)] == ["already_received", "goes_back"]
    assert not Task.objects.exists()


def test_receive_of_a_crate_names_its_exception_afterwards(story, network):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)
    crate = story.sent(copy)
    story.report(network.newsstand, RECEIVE, crate.code)

    applied = story.report(network.newsstand, MISSING, parcel.tag)

    assert (applied.detail, fresh(copy).status) == ("parcel_missed", CopyStatus.MISSING)
    assert fresh(hold).status == HoldStatus.QUEUED
    assert tasks() == {(TaskKind.PARCEL_MISSING, "south", copy.pk)}


def test_receive_of_a_crate_whose_parcels_were_scanned_first_is_no_fault(story, network):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    crate = story.sent(copy)
    story.receive(parcel)

    assert story.report(network.newsstand, RECEIVE, crate.code).detail == "crate_received"


def test_receive_of_a_crate_by_another_point_leaves_a_task(story, network):
    crate = story.sent(story.packed(story.copies(1)[0].title)[1])

    applied = story.report(network.small_newsstand, RECEIVE, crate.code)

    assert applied.detail == "crate_for_another"
    assert tasks() == {(TaskKind.WRONG_CRATE, "south", None)}
    assert fresh(crate).status == CrateStatus.ON_ROAD


def test_undo_puts_back_into_the_crate_unless_it_went_on(story, network, copy, librarian):
    other = story.on_its_way()
    crate = story.crated(copy, other)

    def take_in():
        story.later(seconds=1)
        what = {"about": "Opera", "place": network.north, "actor": librarian}
        undoably("check_in", f"copy:{copy.pk}", lambda: check_in(copy, network.north, actor=librarian), **what)
        return LastAct.objects.get().number

    undo_last_act(take_in(), actor=librarian, place=network.north)
    assert inside(crate).count() == 2
    number = take_in()
    story.later(seconds=1)
    seal_crate(crate, network.north, actor=None)
    with pytest.raises(SomethingFollowed):
        undo_last_act(number, actor=librarian, place=network.north)


# --- Check-in says which crate


def test_check_in_names_the_crate_that_stands_open(story, network):
    copy = CopyFactory(home=network.north, place=network.south)
    assert check_in(copy, network.south, actor=None).crate is None
    crate = open_crate(network.south, network.north, actor=None)

    assert check_in(copy, network.south, actor=None).crate == crate
    put_in_crate(copy, crate, network.south, actor=None)
    seal_crate(crate, network.south, actor=None)
    assert check_in(copy, network.south, actor=None).crate is None


# --- Constraints


def test_transit_cut_short_is_in_no_crate(story, copy):
    story.is_broken = True
    story.crated(copy)

    with pytest.raises(IntegrityError, match="transit_cut_short_is_in_no_crate"):
        Transit.objects.update(status=TransitStatus.CANCELLED, ended_at=clock.now())


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"status": CrateStatus.SEALED}, "crate_sealed_says_when_and_how_many"),
        ({"status": CrateStatus.SEALED, "parcels_declared": 0}, "crate_sealed_says_when_and_how_many"),
        ({"parcels_declared": 1}, "crate_sealed_says_when_and_how_many"),
        ({"status": CrateStatus.ON_ROAD, "parcels_declared": 1}, "crate_on_road_says_when"),
        ({"status": CrateStatus.RECEIVED, "parcels_declared": 1}, "crate_received_says_when"),
        ({"status": CrateStatus.UNPACKED, "parcels_declared": 1}, "crate_received_says_when"),
        (
            {"status": CrateStatus.UNPACKED, "parcels_declared": 1, "parcels_found": 2},
            "crate_unpacked_says_when_and_how_many",
        ),
    ],
)
def test_crate_says_when_and_how_many(story, crate, change, constraint):
    story.is_broken = True
    times = {"sealed_at": clock.now()} if change.get("parcels_declared") is not None and "status" in change else {}
    if "parcels_found" in change:
        times |= {"received_at": clock.now(), "unpacked_at": clock.now()}

    with pytest.raises(IntegrityError, match=constraint):
        Crate.objects.update(**change, **times)


def test_crate_one_open_per_way(story, network, crate):
    story.is_broken = True

    with pytest.raises(IntegrityError, match="crate_one_open_per_way"):
        Crate.objects.create(code="C2", origin=network.north, destination=network.south, opened_at=clock.now())


# --- Damaged


def test_damaged_copy_comes_home_in_a_crate_as_it_is(story, network):
    [copy] = story.copies(1)
    mark_damaged(copy, network.south, reason="torn", actor=None)

    crate = receive_crate(story.sent(copy), network.north, actor=None)
    [found] = unpack_all(crate, network.north, actor=None)

    assert (found.step, fresh(copy).status, fresh(copy).place) == (NextStep.ASIDE, CopyStatus.DAMAGED, network.north)
    assert (journey(copy).status, fresh(crate).parcels_found) == (TransitStatus.ARRIVED, 1)


def test_damaged_copy_scanned_at_another_library_is_in_its_crate_no_more(story, network):
    third = BranchFactory(code="third")
    [copy] = story.copies(1)
    mark_damaged(copy, network.south, reason="torn", actor=None)
    crate = story.crated(copy)

    assert check_in(copy, third, actor=None).step == NextStep.CRATE

    assert (fresh(copy).place, journey(copy).origin, inside(crate).exists()) == (third, third, False)

"""Deposits: a set of copies is put together, sent, counted, sent on, brought home; what becomes of a single copy."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from catalog.states import CopyStatus
from loans.crates import load_crate, receive_crate, reopen_crate, take_out_of_crate, unpack_all
from loans.deposit_errors import (
    DepositAtCondominiumsOnly,
    DepositEmpty,
    DepositHasLeft,
    DepositMoveRefused,
    DepositNamedAlready,
    DepositOfAnotherLibrary,
    DepositThereAlready,
    InAnotherDeposit,
    NotFreeForDeposit,
    NotInDeposit,
    NotTheNextStay,
    StayBackwards,
    StayHasBegun,
    StayNotSent,
    StaysOverlap,
)
from loans.deposit_moves import bring_home, call_back_copy, receive_deposit, report_fault, send_deposit
from loans.deposits import (
    add_to_deposit,
    cancel_stay,
    change_stay,
    compose_deposit,
    plan_stay,
    take_out_of_deposit,
)
from loans.errors import CopyElsewhere, CopyNotLendable
from loans.invariants import disagreements
from loans.journeys import give_up_journey, look_for_late_journeys
from loans.lending import check_in
from loans.models import Crate, Deposit, DepositCopy, DepositStay, Task, TaskKind, Transit
from loans.states import CrateStatus, DepositStatus, HoldStatus, LeftDeposit, TransitReason
from loans.troubles import mark_damaged, miss_copy, report_missing
from milanolib import clock
from tests.factories import CondominiumFactory, NewsstandFactory
from tests.story import fresh


@pytest.fixture
def house(network):
    """A condominium library that the south library serves."""
    return CondominiumFactory(code="house", parent=network.south)


@pytest.fixture
def deposit(story):
    """A set of three copies of the north library, still there."""
    return story.deposit(3)


def why_left(copy):
    return DepositCopy.objects.get(copy=copy).left_because


# --- Put together


def test_compose_deposit_refuses_a_name_that_another_one_has_until_it_ends(story, deposit):
    north = story.network.north
    with pytest.raises(DepositNamedAlready):
        compose_deposit(north, f" {deposit.name} ", actor=None)
    assert compose_deposit(story.network.south, deposit.name, actor=None)

    bring_home(deposit, actor=None)

    assert compose_deposit(north, deposit.name, actor=None)


def test_add_to_deposit_twice_is_one_copy(story, deposit):
    [copy] = story.copies(1)
    add_to_deposit(deposit, copy, story.network.north, actor=None)
    add_to_deposit(deposit, copy, story.network.north, actor=None)

    assert len(story.copies_in(deposit)) == 4
    assert fresh(copy).status == CopyStatus.ON_DISPLAY


def test_add_to_deposit_refuses_what_is_not_the_librarys_own_and_free(story, deposit):
    north, south = story.network.north, story.network.south
    [reference] = story.copies(1, is_lendable=False)
    meant = story.copy_of(story.hold(story.copies(1)[0].title))
    lent = story.lent(story.copies(1)[0]).copy
    sought = story.hold(story.copies(1)[0].title).assignments.select_related("copy").get()
    missed = miss_copy(sought, north, actor=None)
    for copy, place, refusal in (
        (story.copies(1, home=south)[0], north, DepositOfAnotherLibrary),
        (story.copies_in(story.deposit(1))[0], north, InAnotherDeposit),
        (story.copies(1)[0], south, CopyElsewhere),
        (reference, north, CopyNotLendable),
        (meant, north, NotFreeForDeposit),
        (missed, north, NotFreeForDeposit),
        (lent, north, NotFreeForDeposit),
    ):
        with pytest.raises(refusal):
            add_to_deposit(deposit, copy, place, actor=None)
    assert len(story.copies_in(deposit)) == 3


def test_a_deposit_that_has_left_is_neither_filled_nor_emptied(story):
    deposit = story.deposit_sent(1).deposit
    for verb, copy in ((add_to_deposit, story.copies(1)[0]), (take_out_of_deposit, story.copies_in(deposit)[0])):
        with pytest.raises(DepositHasLeft):
            verb(deposit, copy, story.network.north, actor=None)


def test_take_out_of_deposit_serves_who_waits(story, deposit):
    copy = story.copies_in(deposit)[0]
    hold = story.hold(copy.title)
    assert hold.status == HoldStatus.QUEUED

    take_out_of_deposit(deposit, copy, story.network.north, actor=None)

    assert fresh(hold).status == HoldStatus.READY
    assert why_left(copy) == LeftDeposit.TAKEN_OUT
    with pytest.raises(NotInDeposit):
        take_out_of_deposit(deposit, copy, story.network.north, actor=None)


def test_a_copy_is_in_one_set_at_a_time_by_constraint(story, deposit):
    other = story.deposit(0)
    with pytest.raises(IntegrityError, match="depositcopy_in_one_set_at_a_time"), transaction.atomic():
        DepositCopy.objects.create(deposit=other, copy=story.copies_in(deposit)[0], added_at=clock.now())


# --- Planned


def test_plan_stay_refuses_days_on_which_the_set_is_elsewhere(story, deposit, house):
    stay = story.stay(deposit, place=house, days=10)
    assert story.stay(deposit, place=house, days=10) == stay

    with pytest.raises(StaysOverlap):
        story.stay(deposit, after=10)
    with pytest.raises(IntegrityError, match="depositstay_one_at_a_time"), transaction.atomic():
        DepositStay.objects.create(deposit=deposit, place=house, from_on=stay.until_on, until_on=stay.until_on)
    assert story.stay(deposit, after=11)
    assert story.stay(story.deposit(0), place=house, days=10)


def test_plan_stay_refuses_other_places_past_days_and_sets_that_have_ended(story, deposit, house):
    today, yesterday = clock.today(), clock.today() - dt.timedelta(days=1)
    with pytest.raises(DepositAtCondominiumsOnly):
        plan_stay(deposit, NewsstandFactory(), from_on=today, until_on=today, actor=None)
    with pytest.raises(StayBackwards):
        plan_stay(deposit, house, from_on=today, until_on=yesterday, actor=None)
    with pytest.raises(StayBackwards):
        plan_stay(deposit, house, from_on=yesterday, until_on=yesterday, actor=None)
    bring_home(deposit, actor=None)
    with pytest.raises(DepositMoveRefused):
        plan_stay(deposit, house, from_on=today, until_on=today, actor=None)


def test_change_stay_moves_the_last_day_of_one_that_has_begun(story, house):
    stay = story.deposit_in_place(1, place=house, days=10)
    following = story.stay(stay.deposit, after=30)
    day = dt.timedelta(days=1)

    change_stay(stay, from_on=stay.from_on, until_on=stay.until_on + day, actor=None)

    assert fresh(stay).until_on == clock.today() + 11 * day
    with pytest.raises(StayHasBegun):
        change_stay(stay, from_on=stay.from_on + day, until_on=stay.until_on, actor=None)
    with pytest.raises(StayBackwards):
        change_stay(stay, from_on=stay.from_on, until_on=clock.today() - day, actor=None)
    with pytest.raises(StaysOverlap):
        change_stay(stay, from_on=stay.from_on, until_on=following.from_on, actor=None)


def test_cancel_stay_only_before_it_begins(story, deposit):
    first, second = story.stay(deposit, days=5), story.stay(deposit, after=10)
    cancel_stay(second, actor=None)
    cancel_stay(second, actor=None)
    send_deposit(first, actor=None)

    with pytest.raises(StayHasBegun):
        cancel_stay(first, actor=None)
    assert list(deposit.stays.all()) == [first]


# --- On the move


def test_send_deposit_puts_all_into_one_sealed_crate(story, deposit, house):
    stay = send_deposit(story.stay(deposit, place=house), actor=None)
    assert send_deposit(stay, actor=None).sent_at == stay.sent_at

    crate = Crate.objects.get()
    assert (crate.status, crate.parcels_declared, crate.destination) == (CrateStatus.SEALED, 3, house)
    assert (fresh(deposit).status, stay.copies_sent) == (DepositStatus.ON_WAY, 3)
    assert {transit.reason for transit in Transit.objects.all()} == {TransitReason.DEPOSIT}


def test_send_deposit_refuses_an_empty_set_a_later_stay_and_the_place_where_it_is(story, deposit, house):
    empty = story.stay(story.deposit(0))
    with pytest.raises(DepositEmpty):
        send_deposit(empty, actor=None)
    first = story.stay(deposit, place=house, days=5)
    second = story.stay(deposit, place=house, after=10, days=5)
    with pytest.raises(NotTheNextStay):
        send_deposit(second, actor=None)
    send_deposit(first, actor=None)
    with pytest.raises(DepositMoveRefused):
        send_deposit(story.stay(deposit, after=6, days=1), actor=None)
    cancel_stay(DepositStay.objects.get(from_on=clock.today() + dt.timedelta(days=6)), actor=None)
    receive_deposit(first, counted=3, actor=None)
    with pytest.raises(DepositThereAlready):
        send_deposit(second, actor=None)


def test_receive_deposit_ends_its_journeys_and_its_crate(story, house):
    stay = story.deposit_sent(3, place=house)
    load_crate(Crate.objects.get(), story.network.north, actor=None)

    received = receive_deposit(stay, counted=3, actor=None)
    assert receive_deposit(stay, counted=2, actor=None).counted_in == 3

    assert (received.deposit.status, Crate.objects.get().status) == (DepositStatus.IN_PLACE, CrateStatus.UNPACKED)
    assert {copy.place for copy in story.copies_in(stay.deposit)} == {house}
    assert not Task.objects.exists()


def test_receive_deposit_refuses_what_nobody_has_sent(story, deposit):
    with pytest.raises(StayNotSent):
        receive_deposit(story.stay(deposit), counted=3, actor=None)


def test_another_count_becomes_one_task_of_the_library_that_lends(story, house):
    stay = receive_deposit(story.deposit_sent(3, place=house), counted=2, actor=None)
    send_deposit(story.stay(stay.deposit, after=91), counted=1, actor=None)

    task = Task.objects.get()
    assert (task.kind, task.place, task.point) == (TaskKind.DEPOSIT_DIFFERS, story.network.north, house)
    assert (fresh(stay).counted_in, fresh(stay).counted_out) == (2, 1)


def test_send_deposit_takes_it_from_one_house_to_the_next(story, house):
    stay = story.deposit_in_place(2, place=house)
    following = story.stay(stay.deposit, after=91)

    send_deposit(following, counted=2, actor=None)

    crate = Crate.objects.get(origin=house)
    assert crate.destination == following.place
    receive_deposit(following, counted=2, actor=None)
    assert {copy.place for copy in story.copies_in(stay.deposit)} == {following.place}
    assert fresh(stay).left_at is not None


def test_receive_deposit_taken_out_of_its_crate_by_a_librarian(story, house):
    stay = story.deposit_sent(1, place=house)
    crate, north = Crate.objects.get(), story.network.north
    reopen_crate(crate, north, actor=None)
    take_out_of_crate(story.copies_in(stay.deposit)[0], crate, north, actor=None)

    assert receive_deposit(stay, counted=1, actor=None).deposit.status == DepositStatus.IN_PLACE


def test_bring_home_sends_all_in_a_crate_that_is_unpacked_like_any_other(story, house):
    stay, north = story.deposit_in_place(2, place=house), story.network.north
    copies = story.copies_in(stay.deposit)

    ended = bring_home(stay.deposit, counted=2, actor=None)
    assert bring_home(stay.deposit, actor=None).ended_at == ended.ended_at

    crate = Crate.objects.get(origin=house)
    receive_crate(crate, north, actor=None)
    unpack_all(crate, north, actor=None)
    assert {(fresh(copy).status, fresh(copy).place) for copy in copies} == {(CopyStatus.AVAILABLE, north)}
    assert {why_left(copy) for copy in copies} == {LeftDeposit.HOME}


def test_bring_home_of_a_set_that_never_left_puts_it_back_on_the_shelf(story, deposit):
    copies = story.copies_in(deposit)
    bring_home(deposit, actor=None)

    assert {fresh(copy).status for copy in copies} == {CopyStatus.AVAILABLE}
    assert not Transit.objects.exists()


def test_bring_home_refuses_a_set_on_its_way(story):
    with pytest.raises(DepositMoveRefused):
        bring_home(story.deposit_sent(1).deposit, actor=None)


# --- A single copy


def test_a_hold_on_a_copy_of_a_deposit_waits_until_it_is_called_back(story, house):
    stay = story.deposit_in_place(2, place=house)
    copy = story.copies_in(stay.deposit)[0]
    hold = story.hold(copy.title, pickup=story.network.south)
    assert hold.status == HoldStatus.QUEUED

    call_back_copy(copy, actor=None)
    call_back_copy(copy, actor=None)

    transit = Transit.objects.get(copy=copy, ended_at=None)
    assert (transit.origin, transit.destination) == (house, story.network.south)
    check_in(copy, story.network.south, actor=None)
    assert fresh(hold).status == HoldStatus.READY
    assert len(story.copies_in(stay.deposit)) == 1


def test_call_back_copy_refuses_on_the_way_and_what_is_in_no_deposit(story):
    stay = story.deposit_sent(1)
    with pytest.raises(DepositHasLeft):
        call_back_copy(story.copies_in(stay.deposit)[0], actor=None)
    with pytest.raises(NotInDeposit):
        call_back_copy(story.copies(1)[0], actor=None)


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lambda copy, place: check_in(copy, place, actor=None), CopyStatus.IN_TRANSIT),
        (lambda copy, place: report_missing(copy, place, actor=None), CopyStatus.MISSING),
        (lambda copy, place: mark_damaged(copy, place, reason="torn", actor=None), CopyStatus.DAMAGED),
    ],
)
def test_a_copy_of_a_deposit_that_goes_another_way_leaves_its_set(story, house, act, status):
    stay = story.deposit_in_place(2, place=house)
    copy = story.copies_in(stay.deposit)[0]

    act(copy, story.network.south)

    assert (fresh(copy).status, why_left(copy)) == (status, LeftDeposit.ELSEWHERE)
    assert bring_home(stay.deposit, counted=1, actor=None)
    assert not Task.objects.filter(kind=TaskKind.DEPOSIT_DIFFERS).exists()


@pytest.mark.parametrize(
    "act",
    [
        lambda copy, place: check_in(copy, place, actor=None),
        lambda copy, place: mark_damaged(copy, place, reason="torn", actor=None),
    ],
)
def test_a_copy_that_turns_up_while_its_set_is_on_its_way_leaves_it(story, house, act):
    stay = story.deposit_sent(2, place=house)
    copy = story.copies_in(stay.deposit)[0]

    act(copy, story.network.south)

    assert why_left(copy) == LeftDeposit.ELSEWHERE
    receive_deposit(stay, counted=1, actor=None)
    assert len(story.copies_in(stay.deposit)) == 1


def test_a_copy_given_up_on_its_way_leaves_its_set(story, house):
    stay = story.deposit_sent(1, place=house)
    copy = story.copies_in(stay.deposit)[0]
    story.later(days=30)
    look_for_late_journeys()

    give_up_journey(Transit.objects.get(copy=copy), place=story.network.north, actor=None)

    assert why_left(copy) == LeftDeposit.ELSEWHERE
    assert receive_deposit(stay, counted=0, actor=None).deposit.status == DepositStatus.IN_PLACE
    assert bring_home(stay.deposit, actor=None).status == DepositStatus.ENDED


def test_a_copy_of_a_deposit_on_its_way_that_a_newsstand_scans_goes_on_with_its_set(story, house):
    stay = story.deposit_sent(1, place=house)
    copy = story.copies_in(stay.deposit)[0]

    story.take_back(copy)

    assert disagreements() == []


def test_report_fault_is_one_task_of_the_library_that_lends(story, house):
    stay = story.deposit_in_place(1, place=house)
    copy = story.copies_in(stay.deposit)[0]
    for _twice in range(2):
        report_fault(stay.deposit, copy, TaskKind.DEPOSIT_DAMAGED)

    task = Task.objects.get()
    assert (task.kind, task.place, task.copy) == (TaskKind.DEPOSIT_DAMAGED, story.network.north, copy)
    with pytest.raises(NotInDeposit):
        report_fault(story.deposit(0), copy, TaskKind.DEPOSIT_DAMAGED)


def test_the_rows_of_a_deposit_say_the_same_or_it_is_told(story, house):
    stay = story.deposit_in_place(1, place=house)
    story.is_broken = True
    Deposit.objects.update(status=DepositStatus.ON_WAY)
    DepositStay.objects.filter(pk=stay.pk).update(received_at=clock.now())

    told = disagreements()

    assert any("its stays do not say" in line for line in told)
    assert any("is not where its set is" in line for line in told)


@pytest.mark.parametrize(
    ("rows", "constraint"),
    [
        ({"sent_at": None, "copies_sent": None}, "depositstay_received_was_sent"),
        ({"copies_sent": 0}, "depositstay_sent_says_how_many"),
        ({"from_on": dt.date(2027, 1, 1)}, "range lower bound|depositstay_ends_after_it_begins"),
    ],
)
def test_a_stay_says_how_it_went_by_constraint(story, house, rows, constraint):
    story.deposit_in_place(1, place=house)
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        DepositStay.objects.update(**rows)


def test_a_stay_ends_where_it_was_and_one_is_under_way_by_constraint(story, house):
    stay = story.deposit_sent(1, place=house)
    with pytest.raises(IntegrityError, match="depositstay_left_was_received"), transaction.atomic():
        DepositStay.objects.update(left_at=clock.now())
    following = story.stay(stay.deposit, after=91)
    with pytest.raises(IntegrityError, match="depositstay_one_under_way"), transaction.atomic():
        DepositStay.objects.filter(pk=following.pk).update(sent_at=clock.now(), copies_sent=1)


def test_a_deposit_that_ended_says_when_by_constraint(story, deposit):
    with pytest.raises(IntegrityError, match="deposit_ended_says_when"), transaction.atomic():
        Deposit.objects.update(status=DepositStatus.ENDED)

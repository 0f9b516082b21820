"""Copies that are damaged, missing, in repair, on display; and what becomes of who was meant to get them."""

import pytest

from accounts.models import Act
from catalog.states import CopyStatus
from loans.errors import CopyElsewhere, CopyNotHere
from loans.journeys import give_up_journey, look_for_late_journeys
from loans.keeping import CopyKept, CopyLent, CopyTravels, withdraw_copy
from loans.lending import NextStep
from loans.models import Loan, Transit
from loans.routing import free_copies
from loans.states import HoldStatus, LoanStatus, ParcelStatus, TransitStatus
from loans.troubles import (
    NotDamaged,
    NotInStock,
    mark_damaged,
    put_back,
    put_on_display,
    report_missing,
    send_to_repair,
)
from milanolib import clock
from notifications.models import Message
from outbox.events import dispatch
from tests.factories import BranchFactory, CopyFactory, LibrarianFactory, ReaderFactory
from tests.loans.moves.rows import copy_in
from tests.story import fresh


def damage(story, copy, place=None, actor=None):
    return mark_damaged(copy, place or story.network.north, reason="pages torn out", actor=actor)


# --- Damaged


def test_mark_damaged_at_the_desk_ends_the_loan_and_lends_it_to_nobody(story):
    [copy] = story.copies(1)
    loan = story.lent(copy)
    hold = story.hold(copy.title)

    damage(story, copy)

    loan = fresh(loan)
    assert (loan.status, loan.closed_at, loan.checked_in_at) == (LoanStatus.CLOSED, clock.now(), clock.now())
    assert (fresh(copy).status, fresh(hold).status) == (CopyStatus.DAMAGED, HoldStatus.QUEUED)
    assert not free_copies().exists()


def test_mark_damaged_gives_the_reader_another_copy_and_tells_who_was_told_to_come(story):
    hold, copy = story.ready(story.copies(1)[0].title, reader=ReaderFactory(signs_in=True))
    [another] = story.copies(1, title=copy.title, home=story.network.south)

    damage(story, copy)
    dispatch()

    hold = fresh(hold)
    assert (hold.status, hold.pickup_code, hold.ready_at, hold.keep_until) == (HoldStatus.ASSIGNED, "", None, None)
    assert story.copy_of(hold) == another
    assert set(Message.objects.values_list("kind", flat=True)) == {"hold_ready", "hold_set_back"}


def test_mark_damaged_ends_the_journey_and_opens_the_parcel(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    damage(story, copy)

    assert (fresh(parcel).status, fresh(hold).status) == (ParcelStatus.OPENED, HoldStatus.QUEUED)
    assert Transit.objects.get().status == TransitStatus.CANCELLED


def test_mark_damaged_twice_is_written_down_once_with_its_reason(story):
    librarian = LibrarianFactory(desk=story.network.north)
    [copy] = story.copies(1)

    for _time in range(2):
        damage(story, copy, actor=librarian)

    act = Act.objects.get()
    assert (act.verb, act.reason) == ("mark_damaged", "pages torn out")


@pytest.mark.parametrize("status", [CopyStatus.WITHDRAWN, CopyStatus.ON_ORDER])
def test_mark_damaged_refuses_what_is_not_in_the_stock(story, status):
    with pytest.raises(NotInStock):
        damage(story, copy_in(story, status))


def test_mark_damaged_of_a_claimed_copy_ends_the_loan_on_the_day_named(story):
    copy = copy_in(story, CopyStatus.CLAIMED_RETURNED)
    story.later(days=40)

    damage(story, copy)

    assert clock.local(Loan.objects.get().closed_at).date().isoformat() == "2026-03-02"


def test_mark_damaged_away_from_its_library_sends_it_home_as_it_is(story):
    [copy] = story.copies(1)
    story.lent(copy)

    damage(story, copy, place=story.network.south)

    transit = Transit.objects.get()
    assert (transit.origin, transit.destination, transit.reason) == (story.network.south, story.network.north, "home")
    assert fresh(copy).status == CopyStatus.DAMAGED
    assert not free_copies().exists()

    arrived = story.given_back(copy)
    assert (arrived.step, fresh(transit).status) == (NextStep.ASIDE, TransitStatus.ARRIVED)
    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.DAMAGED, story.network.north)


def test_damaged_copy_scanned_on_its_way_goes_on_home(story):
    third = BranchFactory(code="third")
    [copy] = story.copies(1)
    damage(story, copy, place=story.network.south)

    found = story.given_back(copy, third)

    first, second = Transit.objects.order_by("pk")
    assert (found.step, found.destination) == (NextStep.CRATE, story.network.north)
    assert (first.status, second.origin, second.previous) == (TransitStatus.CANCELLED, third, first)


@pytest.mark.parametrize("what", ["mended", "to be mended", "missing", "withdrawn", "lent offline"])
def test_journey_home_of_a_damaged_copy_ends_with_whatever_becomes_of_it(what, story):
    south = story.network.south
    [copy] = story.copies(1)
    damage(story, copy, place=south)
    transit = Transit.objects.get()
    match what:
        case "mended":
            assert put_back(copy, south, actor=None).step == NextStep.CRATE
        case "to be mended":
            send_to_repair(copy, south, actor=None)
        case "missing":
            report_missing(copy, south, actor=None)
        case "withdrawn":
            withdraw_copy(copy, reason="torn to pieces", actor=None)
        case _:
            story.lend_offline(copy, ReaderFactory(), place=south)

    assert fresh(transit).status == TransitStatus.CANCELLED
    assert Transit.objects.filter(ended_at=None).count() == (what == "mended")


def test_damaged_copy_that_never_comes_home_is_missing(story):
    [copy] = story.copies(1)
    damage(story, copy, place=story.network.south)
    story.later(days=30)
    assert look_for_late_journeys() == 1

    give_up_journey(Transit.objects.get(), place=story.network.north, actor=None)

    assert fresh(copy).status == CopyStatus.MISSING


def test_put_back_serves_who_waits_and_says_where_it_goes(story):
    copy = copy_in(story, CopyStatus.DAMAGED)
    hold = story.hold(story.copies(1, title=copy.title)[0].title)
    second = story.hold(copy.title)

    found = put_back(copy, story.network.north, actor=None)

    assert fresh(hold).status == HoldStatus.ASSIGNED
    assert (found.step, found.hold, fresh(second).status) == (NextStep.HOLD_SHELF, second, HoldStatus.READY)


def test_put_back_at_another_library_sends_it_home(story):
    found = put_back(copy_in(story, CopyStatus.DAMAGED), story.network.south, actor=None)

    assert (found.step, found.destination) == (NextStep.CRATE, story.network.north)


def test_put_back_refuses_what_is_not_damaged(story):
    with pytest.raises(NotDamaged):
        put_back(story.copies(1)[0], story.network.north, actor=None)


# --- Missing


def test_report_missing_from_the_hold_shelf_keeps_the_turn(story):
    hold, copy = story.ready(story.copies(1)[0].title)

    for _time in range(2):
        report_missing(copy, story.network.north, actor=None)

    assert (fresh(copy).status, fresh(hold).status) == (CopyStatus.MISSING, HoldStatus.QUEUED)


def test_report_missing_at_a_point_is_said_by_the_library_that_serves_it(story):
    hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)

    report_missing(copy, story.network.south, actor=None)

    assert (fresh(parcel).status, fresh(hold).status) == (ParcelStatus.LOST, HoldStatus.QUEUED)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (CopyStatus.ON_LOAN, CopyLent),
        (CopyStatus.CLAIMED_RETURNED, CopyLent),
        (CopyStatus.LOST, CopyLent),
        (CopyStatus.IN_TRANSIT, CopyTravels),
        (CopyStatus.WITHDRAWN, NotInStock),
    ],
)
def test_report_missing_refuses_what_lies_nowhere(story, status, refusal):
    with pytest.raises(refusal):
        report_missing(copy_in(story, status), story.network.north, actor=None)


def test_report_missing_refuses_at_another_library(story):
    with pytest.raises(CopyElsewhere):
        report_missing(story.copies(1)[0], story.network.south, actor=None)


def test_missing_copy_that_is_scanned_serves_who_waits(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    report_missing(copy, story.network.north, actor=None)

    found = story.given_back(copy, place=story.network.south)

    assert (found.step, fresh(hold).status) == (NextStep.CRATE, HoldStatus.IN_TRANSIT)


# --- In repair, on display


@pytest.mark.parametrize("verb", [send_to_repair, put_on_display])
def test_copy_set_apart_comes_back_by_check_in(story, verb):
    [copy] = story.copies(1)
    for _time in range(2):
        verb(copy, story.network.north, actor=None)
    assert not free_copies().exists()

    assert story.given_back(copy).step == NextStep.SHELF
    assert free_copies().get() == copy


@pytest.mark.parametrize("verb", [send_to_repair, put_on_display])
def test_copy_that_a_reader_is_meant_to_get_is_not_set_apart(story, verb):
    hold = story.hold(story.copies(1)[0].title)

    with pytest.raises(CopyKept):
        verb(story.copy_of(hold), story.network.north, actor=None)


@pytest.mark.parametrize("verb", [send_to_repair, put_on_display])
@pytest.mark.parametrize("status", [CopyStatus.ON_LOAN, CopyStatus.MISSING, CopyStatus.WITHDRAWN])
def test_copy_that_is_not_on_the_shelf_is_not_set_apart(story, verb, status):
    with pytest.raises(CopyNotHere):
        verb(copy_in(story, status), story.network.north, actor=None)


@pytest.mark.parametrize("verb", [send_to_repair, put_on_display])
@pytest.mark.parametrize("is_crated", [False, True])
def test_copy_on_its_way_home_is_not_set_apart(story, verb, is_crated):
    [copy] = story.copies(1)
    story.lent(copy)
    assert story.given_back(copy, place=story.network.south).step == NextStep.CRATE
    if is_crated:
        story.crated(copy)

    with pytest.raises(CopyNotHere):
        verb(copy, story.network.south, actor=None)
    assert fresh(copy).status == CopyStatus.IN_TRANSIT


# --- Two at once


@pytest.mark.django_db(transaction=True)
def test_mark_damaged_and_check_in_at_once_end_with_a_damaged_copy_or_a_served_reader(story, rivals):
    copy = CopyFactory(home=story.network.north)
    story.lent(copy)
    hold = story.hold(copy.title)

    rivals(lambda: damage(story, copy), lambda: story.given_back(copy))

    assert (fresh(copy).status, fresh(hold).status) == (CopyStatus.DAMAGED, HoldStatus.QUEUED)
    assert Loan.objects.get().status == LoanStatus.CLOSED

"""Taking a copy in at a desk, wherever it comes from, and where it goes next."""

import datetime as dt

import pytest

from catalog.models import Copy
from catalog.states import CopyStatus
from loans.claims import declare_lost
from loans.holds import cancel_hold
from loans.lending import NextStep, check_in
from loans.models import Assignment, Loan, Transit
from loans.states import HoldLevel, HoldStatus, LoanStatus, ParcelStatus, TransitReason
from milanolib import clock
from outbox.models import Event
from tests.factories import (
    BranchFactory,
    TitleFactory,
    VisitFactory,
    WorkFactory,
)
from tests.story import fresh


def test_check_in_closes_the_loan_and_puts_the_copy_on_its_shelf(story):
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    story.later(days=3)

    found = story.given_back(copy)

    loan = fresh(loan)
    assert (found.step, found.closed_loan) == (NextStep.SHELF, loan)
    assert (loan.status, loan.closed_at, loan.returned_place) == (LoanStatus.CLOSED, clock.now(), copy.home)
    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.AVAILABLE, copy.home)


def test_check_in_again_says_the_same(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    story.given_back(copy)

    found = story.given_back(copy)

    assert (found.step, found.closed_loan) == (NextStep.SHELF, None)
    assert Event.objects.filter(kind="loans.loan_closed").count() == 1


def test_check_in_at_another_library_sends_the_copy_home(story):
    story.network.van()
    copy = story.copies(1)[0]
    story.lent(copy)

    found = story.given_back(copy, place=story.network.south)

    journey = Transit.objects.get(copy=copy)
    assert (found.step, found.destination) == (NextStep.CRATE, copy.home)
    assert (journey.reason, journey.destination) == (TransitReason.HOME, copy.home)
    assert journey.expected_on == dt.date(2026, 3, 12), "Thursday's round to the hub, next Thursday's from there"


def test_check_in_of_a_journeys_end_puts_the_copy_on_its_shelf(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    story.given_back(copy, place=story.network.south)

    found = story.given_back(copy)

    assert found.step == NextStep.SHELF
    assert Transit.objects.get(copy=copy).status == "arrived"


def test_check_in_takes_the_copy_for_whoever_waits_here(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    hold = story.hold(copy.title)

    found = story.given_back(copy)

    hold = fresh(hold)
    assert (found.step, found.hold) == (NextStep.HOLD_SHELF, hold)
    assert (hold.status, hold.keep_until) == (HoldStatus.READY, dt.date(2026, 3, 9))
    assert len(hold.pickup_code) == 8
    assert fresh(copy).status == CopyStatus.SET_ASIDE
    assert Event.objects.filter(kind="loans.hold_ready", payload__hold_id=hold.pk).count() == 1


def test_check_in_takes_the_copy_for_whoever_waits_at_another_library(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    hold = story.hold(copy.title, pickup=story.network.south)

    found = story.given_back(copy)

    assert (found.step, found.destination) == (NextStep.CRATE, story.network.south)
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.IN_TRANSIT, CopyStatus.IN_TRANSIT)
    assert not Event.objects.filter(kind="loans.hold_ready").exists(), "nobody is told before it can be taken"

    found = story.given_back(copy, place=story.network.south)
    assert (found.step, fresh(hold).status) == (NextStep.HOLD_SHELF, HoldStatus.READY)


def test_check_in_takes_the_copy_for_whoever_waits_at_a_newsstand(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    hold = story.hold(copy.title, pickup=story.network.newsstand)

    found = story.given_back(copy)

    assert (found.step, found.destination) == (NextStep.PACK, story.network.newsstand)
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.PICKED, CopyStatus.PICKED)


def test_check_in_on_the_vehicle_makes_a_hold_for_a_stop_ready(story):
    first, second = dt.date(2026, 3, 4), dt.date(2026, 3, 18)
    VisitFactory(stop=story.network.stop, on=first)
    VisitFactory(stop=story.network.stop, on=second)
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.stop)
    assert (fresh(copy).status, hold.status) == (CopyStatus.IN_TRANSIT, HoldStatus.IN_TRANSIT)

    story.given_back(copy, place=story.network.bus)

    assert (fresh(hold).status, fresh(hold).keep_until) == (HoldStatus.READY, second), "two visits"
    assert fresh(copy).place == story.network.bus


def test_check_in_at_a_stop_puts_the_copy_on_the_vehicle(story):
    copy = story.copies(1, home=story.network.bus)[0]
    loan = story.lent(copy, place=story.network.stop)

    found = story.given_back(copy, place=story.network.stop)

    assert (found.step, fresh(copy).place) == (NextStep.SHELF, story.network.bus)
    assert fresh(loan).returned_place == story.network.stop


def test_check_in_serves_by_a_shift_and_keeps_each_copy_with_its_own_hold(story):
    """The copy in hand goes to whom it suits; the one that suited both goes to the reader who waited."""
    work = WorkFactory()
    first_title, second_title = TitleFactory.create_batch(2, work=work)
    shared = story.copies(1, title=second_title)[0]
    returned = story.copies(1, title=first_title)[0]
    story.lent(returned)
    anything = story.hold(second_title, level=HoldLevel.WORK)
    only_second = story.hold(second_title)
    assert story.copy_of(anything) == shared

    found = story.given_back(returned)

    assert story.copy_of(only_second) == shared
    assert fresh(only_second).status == HoldStatus.ASSIGNED
    assert found.hold == anything
    assert fresh(anything).status == HoldStatus.READY


def test_check_in_of_a_copy_for_use_in_the_library_serves_nobody(story):
    copy = story.copies(2)[0]
    Copy.objects.filter(pk=copy.pk).update(is_lendable=False)
    title = copy.title
    story.lent(Copy.objects.get(title=title, is_lendable=True))
    hold = story.hold(title)

    assert story.given_back(copy).step == NextStep.SHELF
    assert fresh(hold).status == HoldStatus.QUEUED


def test_check_in_of_a_tentatively_assigned_copy_takes_it_for_its_reader(story):
    copy = story.copies(1)[0]
    hold = story.hold(copy.title)

    found = story.given_back(copy)

    assert (found.step, fresh(hold).status) == (NextStep.HOLD_SHELF, HoldStatus.READY)


def test_check_in_of_a_copy_on_its_way_at_another_library_lets_the_journey_go_on(story):
    elsewhere = BranchFactory()
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    found = story.given_back(copy, place=elsewhere)

    assert (found.step, found.destination) == (NextStep.CRATE, story.network.newsstand)
    assert fresh(parcel).place == fresh(copy).place == elsewhere
    assert Transit.objects.get(copy=copy, status="requested").origin == elsewhere
    assert story.receive(parcel).detail == "received"
    assert fresh(hold).status == HoldStatus.READY


def test_check_in_of_a_copy_that_was_ready_elsewhere_begins_anew(story):
    """A parcel that was ready at the newsstand lies on a desk: the reader keeps the turn, and is told again."""
    hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)

    found = story.given_back(copy, place=story.network.south)

    assert found.step == NextStep.PACK
    assert (fresh(hold).status, fresh(hold).pickup_code) == (HoldStatus.PICKED, "")
    assert fresh(parcel).status == ParcelStatus.OPENED
    assert Assignment.objects.open().get(hold=hold).copy == copy


def test_check_in_opens_a_parcel_that_nobody_collected(story):
    hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)

    found = story.given_back(copy, place=story.network.south)

    assert fresh(parcel).status == ParcelStatus.OPENED
    assert (found.step, found.destination) == (NextStep.CRATE, copy.home)


def test_check_in_finds_a_lost_copy_again(story):
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    declare_lost(loan, actor=None)

    story.given_back(copy)

    assert (fresh(loan).status, fresh(copy).status) == (LoanStatus.CLOSED, CopyStatus.AVAILABLE)


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_check_in_of_one_copy_at_two_desks_closes_its_loan_once(story, rivals):
    copy = story.copies(1)[0]
    story.lent(copy)

    rivals(
        *(lambda place=place: check_in(copy, place, actor=None) for place in (story.network.north, story.network.south))
    )

    assert Loan.objects.get(copy=copy).status == LoanStatus.CLOSED
    assert Event.objects.filter(kind="loans.loan_closed").count() == 1

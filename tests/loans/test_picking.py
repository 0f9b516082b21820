"""From the shelf into the parcel."""

import pytest
from django.db import IntegrityError

from catalog.states import CopyStatus
from loans.errors import CopyElsewhere, CopyNotAssigned, NotPicked, PointTakesNoParcels
from loans.holds import cancel_hold
from loans.lending import NextStep
from loans.models import Assignment, Handover, Parcel
from loans.models.custody import Crate
from loans.picking import pack_parcel, pick_copy, pick_list, to_be_packed
from loans.states import HoldStatus, ParcelStatus, TransitReason
from milanolib import clock
from tests.factories import BranchFactory, CopyFactory, LibrarianFactory, ParcelFactory
from tests.story import fresh


def test_pick_list_names_what_is_to_be_taken_in_shelf_order(story):
    for mark in ("853 CAL", "004 PYT"):
        story.hold(story.copies(1, shelf_mark=mark)[0].title)
    story.hold(story.copies(1, home=story.network.south)[0].title)
    story.picked(story.copies(1, shelf_mark="111 ZZZ")[0].title)

    assert [one.copy.shelf_mark for one in pick_list(story.network.north)] == ["004 PYT", "853 CAL"]


def test_pick_copy_for_this_library_is_ready_at_once(story):
    hold = story.hold(story.copies(1)[0].title)
    copy = story.copy_of(hold)

    outcome = pick_copy(copy, story.network.north, actor=None)

    assert (outcome.step, outcome.hold) == (NextStep.HOLD_SHELF, hold)
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.READY, CopyStatus.SET_ASIDE)
    assert Assignment.objects.open().get(hold=hold).committed_at == clock.now()


def test_pick_copy_for_another_library_goes_into_its_crate(story):
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.south)
    copy = story.copy_of(hold)

    outcome = pick_copy(copy, story.network.north, actor=None)

    assert (outcome.step, outcome.destination) == (NextStep.CRATE, story.network.south)
    journey = copy.transits.get()
    assert (journey.reason, journey.destination) == (TransitReason.HOLD, story.network.south)


def test_pick_copy_for_a_stop_goes_to_its_vehicle(story):
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.stop)

    outcome = pick_copy(story.copy_of(hold), story.network.north, actor=None)

    assert (outcome.step, outcome.destination) == (NextStep.CRATE, story.network.bus)


@pytest.mark.parametrize("point", ["newsstand", "locker"])
def test_pick_copy_for_a_point_is_to_be_packed(story, point):
    hold = story.hold(story.copies(1)[0].title, pickup=getattr(story.network, point))
    copy = story.copy_of(hold)

    outcome = pick_copy(copy, story.network.north, actor=None)

    assert (outcome.step, fresh(copy).status) == (NextStep.PACK, CopyStatus.PICKED)
    assert [one.copy for one in to_be_packed(story.network.north)] == [copy]


@pytest.mark.parametrize("point", ["north", "south", "stop", "newsstand"])
def test_pick_copy_again_says_the_same(story, point):
    hold = story.hold(story.copies(1)[0].title, pickup=getattr(story.network, point))
    copy = story.copy_of(hold)

    first, again = (pick_copy(copy, story.network.north, actor=None) for _time in range(2))

    assert (first.step, first.destination, first.hold) == (again.step, again.destination, again.hold)


def test_pick_copy_refuses_a_copy_that_nobody_asks_for(story):
    with pytest.raises(CopyNotAssigned):
        pick_copy(story.copies(1)[0], story.network.north, actor=None)


def test_pick_copy_refuses_a_copy_of_another_library(story):
    hold = story.hold(story.copies(1)[0].title)

    with pytest.raises(CopyElsewhere):
        pick_copy(story.copy_of(hold), story.network.south, actor=None)


def test_pick_copy_refuses_after_the_reader_cancelled(story):
    hold = story.hold(story.copies(1)[0].title)
    copy = story.copy_of(hold)
    cancel_hold(hold, actor=None)

    with pytest.raises(CopyNotAssigned):
        pick_copy(copy, story.network.north, actor=None)


def test_pick_copy_is_written_down_once(story):
    librarian = LibrarianFactory(desk=story.network.north)
    copy = story.copy_of(story.hold(story.copies(1)[0].title))

    for _time in range(2):
        pick_copy(copy, story.network.north, actor=librarian)

    assert librarian.acts.get().verb == "pick_copy"


def test_pack_parcel_makes_a_tag_that_says_nothing(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    assert (len(parcel.tag), parcel.shelf_number) == (8, 1)
    assert (parcel.status, parcel.place, parcel.destination) == (
        ParcelStatus.PACKED,
        story.network.north,
        story.network.newsstand,
    )
    assert (hold.status, copy.status) == (HoldStatus.IN_TRANSIT, CopyStatus.IN_TRANSIT)
    assert Handover.objects.get(parcel=parcel).status == ParcelStatus.PACKED


def test_pack_parcel_again_returns_the_same_parcel(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)

    assert pack_parcel(copy, story.network.north, actor=None) == parcel


def test_pack_parcel_gives_the_smallest_free_number_of_the_shelf(story):
    first, second = (story.packed(story.copies(1)[0].title) for _number in range(2))
    assert [first[2].shelf_number, second[2].shelf_number] == [1, 2]

    story.receive(first[2])
    story.hand_over(first[2])

    assert story.packed(story.copies(1)[0].title)[2].shelf_number == 1


def test_pack_parcel_refuses_a_copy_that_was_not_picked(story):
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.newsstand)

    with pytest.raises(NotPicked):
        pack_parcel(story.copy_of(hold), story.network.north, actor=None)


def test_pack_parcel_refuses_a_copy_that_nobody_asks_for(story):
    with pytest.raises(CopyNotAssigned):
        pack_parcel(story.copies(1)[0], story.network.north, actor=None)


def test_pack_parcel_refuses_what_needs_no_parcel(story):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)

    with pytest.raises(PointTakesNoParcels):
        pack_parcel(copy, story.network.north, actor=None)


def test_pack_parcel_refuses_at_another_library(story):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)

    with pytest.raises(CopyElsewhere):
        pack_parcel(copy, story.network.south, actor=None)


# --- The constraints themselves


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"place": None}, "parcel_has_exactly_one_holder"),
        ({"status": ParcelStatus.IN_CRATE}, "parcel_has_exactly_one_holder"),
        ({"status": ParcelStatus.OPENED, "place": None}, "parcel_has_exactly_one_holder"),
    ],
)
def test_a_parcel_has_exactly_one_holder(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        ParcelFactory(**fields)


def test_two_parcels_do_not_share_a_number_at_one_point(db):
    first = ParcelFactory()

    with pytest.raises(IntegrityError, match="parcel_shelf_number_once_per_point"):
        ParcelFactory(destination=first.destination)


def test_an_assignment_has_one_parcel(db):
    first = ParcelFactory()

    with pytest.raises(IntegrityError, match="parcel_one_per_assignment"):
        ParcelFactory(assignment=first.assignment)


def test_a_sealed_crate_says_when_and_how_many(db):
    with pytest.raises(IntegrityError, match="crate_sealed_says_when_and_how_many"):
        Crate.objects.create(
            code="1", origin=BranchFactory(), destination=BranchFactory(), status="sealed", opened_at=clock.now()
        )


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_pack_parcel_at_two_desks_makes_one_parcel(story, rivals):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)

    parcels = rivals(*[lambda: pack_parcel(copy, story.network.north, actor=None)] * 2)

    assert parcels[0] == parcels[1] == Parcel.objects.get()


@pytest.mark.django_db(transaction=True)
def test_pack_parcel_at_once_gives_each_its_own_number_even_where_room_is_not_counted(story, rivals):
    story.network.newsstand.capacities.all().delete()
    copies = [story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)[1] for _number in range(3)]

    parcels = rivals(*(lambda copy=copy: pack_parcel(copy, story.network.north, actor=None) for copy in copies))

    assert sorted(parcel.shelf_number for parcel in parcels) == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_pick_copy_at_two_desks_is_one_pick(story, rivals):
    hold = story.hold(story.copies(1)[0].title)
    copy = story.copy_of(hold)

    outcomes = rivals(*[lambda: pick_copy(copy, story.network.north, actor=None)] * 2)

    assert [one.step for one in outcomes] == [NextStep.HOLD_SHELF] * 2
    assert CopyFactory._meta.model.objects.get(pk=copy.pk).status == CopyStatus.SET_ASIDE

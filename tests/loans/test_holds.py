"""Reservations: place, move, cancel, and what refuses."""

import datetime as dt

import pytest

from accounts.models import ReaderStatus
from branches.models import PlaceCapacity
from catalog.states import CopyStatus
from loans.errors import (
    AlreadyBorrowed,
    AlreadyReserved,
    CardExpired,
    HoldLimitReached,
    NoCopyCanServe,
    PickupNeedsVerification,
    PickupNotPossible,
    ReaderClosed,
)
from loans.hold_changes import change_pickup
from loans.holds import cancel_hold, place_hold, serve_queue_of
from loans.models import Assignment, HoldPass
from loans.models.hold import HoldMoveRefused
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from outbox.models import Event
from tests.factories import (
    CopyFactory,
    HubFactory,
    LibrarianFactory,
    MetroLibraryFactory,
    ReaderFactory,
    ReturnBoxFactory,
    TitleFactory,
    WorkFactory,
)
from tests.story import fresh


def test_place_hold_assigns_a_free_copy_at_once(story):
    copy = story.copies(1)[0]

    hold = story.hold(copy.title)

    assert hold.status == HoldStatus.ASSIGNED
    assert story.copy_of(hold) == copy
    assert fresh(copy).status == CopyStatus.AVAILABLE, "it stays on the shelf until it is picked"
    assert set(Event.objects.values_list("kind", flat=True)) >= {"loans.hold_placed", "loans.hold_assigned"}


def test_place_hold_waits_when_no_copy_is_free(story):
    copy = story.copies(1)[0]
    story.lent(copy)

    hold = story.hold(copy.title)

    assert hold.status == HoldStatus.QUEUED
    assert story.copy_of(hold) is None


def test_place_hold_of_a_work_takes_any_edition(story):
    work = WorkFactory()
    wanted, other = TitleFactory.create_batch(2, work=work)
    copy = story.copies(1, title=other)[0]

    hold = story.hold(wanted, level=HoldLevel.WORK)

    assert story.copy_of(hold) == copy
    assert hold.title is None


def test_place_hold_of_a_title_does_not_take_another_edition(story):
    work = WorkFactory()
    wanted, other = TitleFactory.create_batch(2, work=work)
    story.lent(story.copies(1, title=wanted)[0])
    story.copies(1, title=other)

    assert story.hold(wanted).status == HoldStatus.QUEUED


def test_place_hold_of_a_copy_waits_for_that_copy(story):
    free, lent = story.copies(2)
    story.lent(lent)

    hold = story.hold(lent.title, level=HoldLevel.COPY, copy=lent)
    story.given_back(lent)

    assert story.copy_of(hold) == lent
    assert fresh(free).status == CopyStatus.AVAILABLE


def test_place_hold_of_two_volumes_is_two_reservations(story):
    title = TitleFactory()
    copies = [story.copies(1, title=title, volume=volume)[0] for volume in ("2", "1")]
    reader = ReaderFactory()

    holds = [story.hold(title, reader=reader, level=HoldLevel.VOLUME, volume=volume) for volume in ("1", "2")]

    assert [story.copy_of(hold) for hold in holds] == copies[::-1]
    with pytest.raises(AlreadyReserved):
        story.hold(title, reader=reader, level=HoldLevel.VOLUME, volume="2")


def test_place_hold_never_assigns_a_copy_in_a_machine(story):
    """What lies in the metro library is lent on the spot: nobody is there to take it from its shelf."""
    copy = CopyFactory(home=MetroLibraryFactory())

    assert story.hold(copy.title).status == HoldStatus.QUEUED


def test_place_hold_refuses_a_closed_card(story):
    copy = story.copies(1)[0]

    with pytest.raises(ReaderClosed):
        story.hold(copy.title, reader=ReaderFactory(status=ReaderStatus.CLOSED))


def test_place_hold_refuses_an_expired_card_from_the_day_after(story):
    title = story.copies(2)[0].title
    today = clock.today()

    assert story.hold(title, reader=ReaderFactory(card_expires_on=today)).status == HoldStatus.ASSIGNED
    with pytest.raises(CardExpired):
        story.hold(title, reader=ReaderFactory(card_expires_on=today - dt.timedelta(days=1)))


@pytest.mark.parametrize(
    "fields",
    [
        {"accepts_pickup": False},
        {"closed_on": dt.date(2026, 3, 2)},
        {"opened_on": dt.date(2026, 3, 3)},
    ],
)
def test_place_hold_refuses_a_point_that_hands_nothing_out(story, fields):
    point = story.network.newsstand
    type(point).objects.filter(pk=point.pk).update(**fields)

    with pytest.raises(PickupNotPossible):
        story.hold(story.copies(1)[0].title, pickup=fresh(point))


@pytest.mark.parametrize("factory", [HubFactory, ReturnBoxFactory])
def test_place_hold_refuses_a_place_without_readers(story, factory):
    with pytest.raises(PickupNotPossible):
        story.hold(story.copies(1)[0].title, pickup=factory())


def test_place_hold_lets_a_provisional_reader_collect_where_a_document_can_be_seen(story):
    title = story.copies(3)[0].title
    reader = ReaderFactory(provisional=True)

    with pytest.raises(PickupNeedsVerification):
        story.hold(title, reader=reader, pickup=story.network.newsstand)
    assert story.hold(title, reader=reader, pickup=story.network.stop).status == HoldStatus.ASSIGNED


@pytest.mark.parametrize(("reader", "allowed"), [({}, 5), ({"provisional": True}, 2)])
def test_place_hold_refuses_more_than_the_rules_allow(story, reader, allowed):
    reader = ReaderFactory(**reader)
    for _number in range(allowed):
        story.hold(story.copies(1)[0].title, reader=reader)

    with pytest.raises(HoldLimitReached, check=lambda refusal: str(allowed) in str(refusal)):
        story.hold(story.copies(1)[0].title, reader=reader)


def test_place_hold_refuses_the_same_twice(story):
    title = story.copies(2)[0].title
    reader = ReaderFactory()
    story.hold(title, reader=reader)

    with pytest.raises(AlreadyReserved):
        story.hold(title, reader=reader, pickup=story.network.south)


def test_place_hold_refuses_what_the_reader_has_at_home(story):
    copy = story.copies(2)[0]
    loan = story.lent(copy)

    with pytest.raises(AlreadyBorrowed):
        story.hold(copy.title, reader=loan.reader)


@pytest.mark.parametrize(
    "fields",
    [
        {"is_lendable": False},
        {"status": CopyStatus.WITHDRAWN, "place": None},
        {"status": CopyStatus.LOST, "place": None},
        {"status": CopyStatus.MISSING, "place": None},
        {"status": CopyStatus.DAMAGED},
    ],
)
def test_place_hold_refuses_when_no_copy_could_ever_serve(story, fields):
    copy = story.copies(1, **fields)[0]
    story.is_broken = copy.status == CopyStatus.LOST  # nobody had it on loan

    with pytest.raises(NoCopyCanServe):
        story.hold(copy.title)


def test_place_hold_refuses_a_copy_of_another_title(story):
    mine, other = story.copies(1)[0], story.copies(1)[0]

    with pytest.raises(NoCopyCanServe):
        story.hold(mine.title, level=HoldLevel.COPY, copy=other)


def test_place_hold_at_a_full_point_waits_and_says_why(story):
    title = story.copies(3)[0].title
    point = story.network.small_newsstand
    story.hold(title, pickup=point)

    second = story.hold(title, pickup=point)

    assert second.status == HoldStatus.QUEUED
    assert HoldPass.objects.get(hold=second).reason == "no_room"


def test_place_hold_by_staff_is_written_down_without_the_reader(story):
    librarian = LibrarianFactory()
    hold = place_hold(ReaderFactory(), story.copies(1)[0].title, story.network.north, actor=librarian)

    act = librarian.acts.get()
    assert (act.verb, act.subject) == ("place_hold", f"hold:{hold.pk}")


def test_change_pickup_keeps_the_turn_and_finds_the_copy_anew(story):
    north = story.copies(1)[0]
    south = story.copies(1, title=north.title, home=story.network.south)[0]
    hold = story.hold(north.title)
    placed_at = hold.placed_at
    story.later(days=1)

    change_pickup(hold, story.network.south, actor=None)

    assert fresh(hold).placed_at == placed_at
    assert story.copy_of(hold) == south, "the copy that is there already"


def test_change_pickup_to_a_full_point_gives_the_copy_to_the_next(story):
    copy = story.copies(1)[0]
    story.hold(story.copies(1)[0].title, pickup=story.network.small_newsstand)
    first, second = story.hold(copy.title), story.hold(copy.title)

    change_pickup(first, story.network.small_newsstand, actor=None)

    assert fresh(first).status == HoldStatus.QUEUED
    assert story.copy_of(second) == copy


def test_change_pickup_again_changes_nothing(story):
    hold = story.hold(story.copies(1)[0].title)
    change_pickup(hold, story.network.south, actor=None)
    before = Assignment.objects.count()

    change_pickup(hold, story.network.south, actor=None)

    assert Assignment.objects.count() == before


def test_change_pickup_refuses_points_as_placing_does(story):
    hold = story.hold(story.copies(1)[0].title, reader=ReaderFactory(provisional=True))

    with pytest.raises(PickupNotPossible):
        change_pickup(hold, HubFactory(), actor=None)
    with pytest.raises(PickupNeedsVerification):
        change_pickup(hold, story.network.locker, actor=None)
    assert fresh(hold).pickup_place == story.network.north


def test_cancel_hold_gives_the_copy_to_the_next(story):
    copy = story.copies(1)[0]
    first, second = story.hold(copy.title), story.hold(copy.title)

    cancel_hold(first, actor=None)

    assert fresh(first).status == HoldStatus.CANCELLED
    assert story.copy_of(second) == copy


def test_cancel_hold_twice_says_the_same(story):
    hold = story.hold(story.copies(1)[0].title)

    assert cancel_hold(hold, actor=None).status == cancel_hold(hold, actor=None).status == HoldStatus.CANCELLED


def test_cancel_hold_refuses_what_was_collected(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    story.lent(copy, reader=hold.reader)

    with pytest.raises(HoldMoveRefused):
        cancel_hold(hold, actor=None)


def test_cancel_hold_takes_a_copy_that_is_ready_back_to_the_shelf(story):
    hold, copy = story.ready(story.copies(1)[0].title)

    cancel_hold(hold, actor=None)

    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.AVAILABLE, story.network.north)
    assert fresh(hold).pickup_code == ""


def test_cancel_hold_sends_a_copy_home_from_another_library(story):
    copy = story.copies(1)[0]
    hold, _copy = story.picked(copy.title, pickup=story.network.south)
    story.given_back(copy, place=story.network.south)
    assert fresh(hold).status == HoldStatus.READY

    cancel_hold(hold, actor=None)

    journey = copy.transits.get(status="requested")
    assert (fresh(copy).status, journey.destination) == (CopyStatus.IN_TRANSIT, copy.home)


def test_cancel_hold_lets_a_parcel_on_the_road_arrive_and_come_back(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    cancel_hold(hold, actor=None)
    applied = story.receive(parcel)

    assert applied.detail == "goes_back"
    assert copy.transits.get(status="requested").destination == story.network.south


def test_cancel_hold_sends_a_parcel_at_a_point_back(story):
    hold, copy, _parcel = story.at_the_point(story.copies(1)[0].title)

    cancel_hold(hold, actor=None)

    assert fresh(copy).status == CopyStatus.IN_TRANSIT
    assert copy.transits.get(status="requested").destination == story.network.south


def test_serve_queue_of_serves_a_hold_when_room_comes_back(story):
    point = story.network.small_newsstand
    another = story.hold(story.copies(1)[0].title, pickup=point)
    title = story.copies(1)[0].title
    hold = story.hold(title, pickup=point)
    assert serve_queue_of(title.work_id) == 0

    cancel_hold(another, actor=None)

    assert serve_queue_of(title.work_id) == 1
    assert fresh(hold).status == HoldStatus.ASSIGNED


def test_serve_queue_of_serves_as_many_as_there_is_room_for(story):
    title = story.copies(5)[0].title
    point = story.network.newsstand
    PlaceCapacity.objects.filter(place=point).update(total=0)
    holds = [story.hold(title, pickup=point) for _number in range(4)]
    PlaceCapacity.objects.filter(place=point).update(total=3)

    assert serve_queue_of(title.work_id) == 3
    assert [fresh(hold).status for hold in holds] == [HoldStatus.ASSIGNED] * 3 + [HoldStatus.QUEUED]

"""Many at once for the last places of a partner's point: no more get one than there are, and no turn is lost."""

import pytest

from loans.errors import PointFull
from loans.hold_changes import change_pickup
from loans.holds import place_hold, retry_passed
from loans.models import Hold, HoldPass, Parcel
from loans.picking import pack_parcel, pick_copy
from loans.room import room_left
from loans.routing import NO_ROOM
from loans.states import PARCEL_WITH_US, WITH_COPY, HoldStatus
from tests.factories import ReaderFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 8


def served_at(point):
    return Hold.objects.filter(pickup_place=point, status__in=WITH_COPY)


@pytest.mark.parametrize("name", ["small_newsstand", "newsstand"])
def test_many_readers_at_once_get_as_many_places_as_there_are(story, rivals, name):
    """Each has a title of their own, with a free copy: only the room at the point is scarce."""
    point = getattr(story.network, name)
    room = room_left([point.pk])[point.pk]
    titles = [story.copies(1)[0].title for _number in range(CLIENTS)]
    readers = ReaderFactory.create_batch(CLIENTS)

    outcomes = rivals(
        *(
            lambda reader=reader, title=title: place_hold(reader, title, point, actor=None)
            for reader, title in zip(readers, titles, strict=True)
        )
    )

    assert {type(one) for one in outcomes} == {Hold}, "nobody is refused: who finds no room waits"
    assert served_at(point).count() == room
    assert room_left([point.pk]) == {point.pk: 0}
    waiting = Hold.objects.filter(status=HoldStatus.QUEUED)
    assert (
        waiting.count() == HoldPass.objects.filter(reason=NO_ROOM).values("hold").distinct().count() == CLIENTS - room
    )


def test_who_reserves_and_who_moves_there_at_once_share_the_last_place(story, rivals):
    point = story.network.small_newsstand
    coming = [story.packed(story.copies(1)[0].title, pickup=story.network.newsstand)[0] for _number in range(2)]
    titles = [story.copies(1)[0].title for _number in range(3)]
    readers = ReaderFactory.create_batch(3)

    outcomes = rivals(
        *(lambda hold=hold: change_pickup(hold, point, actor=None) for hold in coming),
        *(
            lambda reader=reader, title=title: place_hold(reader, title, point, actor=None)
            for reader, title in zip(readers, titles, strict=True)
        ),
    )

    assert served_at(point).count() == 1
    assert {type(one) for one in outcomes} <= {Hold, PointFull}
    assert all(fresh(hold).is_open for hold in coming)


def test_a_place_that_comes_free_goes_to_one_of_many(story, rivals):
    point = story.network.small_newsstand
    holds = [story.hold(story.copies(1)[0].title, pickup=point) for _number in range(4)]
    story.cancelled(holds[0])

    rivals(*[retry_passed] * 4)

    assert [hold.pk for hold in served_at(point)] == [holds[1].pk], "the earliest of those that waited"


def test_parcels_packed_at_once_never_share_a_number_nor_pass_the_room(story, rivals):
    point = story.network.newsstand
    holds = [story.hold(story.copies(1)[0].title, pickup=point) for _number in range(5)]
    copies = [copy for hold in holds if (copy := story.copy_of(hold)) is not None]
    for copy in copies:
        pick_copy(copy, copy.place, actor=None)

    rivals(*(lambda copy=copy: pack_parcel(copy, story.network.north, actor=None) for copy in copies * 2))

    numbers = list(Parcel.objects.filter(destination=point, status__in=PARCEL_WITH_US).values_list("shelf_number"))
    assert sorted(numbers) == [(1,), (2,)]

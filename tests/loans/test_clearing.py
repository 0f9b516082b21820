"""A point that closes for good with parcels inside, on the way and waited for: all goes elsewhere, no turn is lost."""

import datetime as dt

import pytest

from catalog.states import CopyStatus
from loans.clearing import NotClosedForLong, clear_point
from loans.errors import NotHandedOutThere
from loans.holds import expire_holds
from loans.lending import NextStep, check_in
from loans.models import Hold, Parcel, Task, TaskKind
from loans.picking import pack_parcel
from loans.states import GroupKind, HoldStatus
from milanolib import clock
from notifications.models import Message
from outbox.events import dispatch
from tests.factories import ClosureFactory, LibrarianFactory, ReaderFactory
from tests.loans.desk.conftest import Desk
from tests.story import fresh


def shut(place, *, days=None, **fields):
    """The point closes today: for good, or for so many days."""
    today = clock.today()
    ends_on = today + dt.timedelta(days=days - 1) if days else None
    return ClosureFactory(place=place, starts_on=today, ends_on=ends_on, **fields)


def new(story, **hold):
    """A title with one copy of the north library, reserved for the newsstand."""
    return story.hold(story.copies(1)[0].title, **{"pickup": story.network.newsstand, **hold})


def test_clear_point_brings_all_elsewhere_and_tells_each_reader(story):
    """Inside, waiting for the van, in a crate, picked, and in the queue of a copy that is out."""
    network = story.network
    network.newsstand.capacities.all().delete()
    inside, inside_copy, parcel = story.at_the_point(story.copies(1)[0].title, reader=ReaderFactory(signs_in=True))
    packed, packed_copy, label = story.packed(story.copies(1)[0].title)
    on_road, crated_copy, crated = story.packed(story.copies(1)[0].title)
    crate = story.sent(crated_copy)
    picked, picked_copy = story.picked(story.copies(1)[0].title, pickup=network.newsstand)
    [out] = story.copies(1)
    story.lent(out)
    queued = story.hold(out.title, pickup=network.newsstand)
    keys = {hold.pk: hold.order_key for hold in Hold.objects.all()}

    cleared = clear_point(shut(network.newsstand), actor=None)
    dispatch()

    assert (cleared.moved, cleared.on_the_way, cleared.nowhere, cleared.to_fetch) == (5, 0, 0, True)
    for hold in (inside, packed, on_road, picked, queued):
        assert fresh(hold).pickup_place == network.south
        assert fresh(hold).is_open
    assert {hold.pk: hold.order_key for hold in Hold.objects.all()} == keys, "no turn is lost"
    assert fresh(label).has_old_label
    told = Message.objects.get(reader=inside.reader, kind="hold_held_back")
    assert told.params["place"] == network.south.pk

    task = Task.objects.get(kind=TaskKind.FETCH_FROM_POINT)
    assert (task.place, task.point) == (network.south, network.newsstand)
    assert check_in(inside_copy, network.south, actor=None).step == NextStep.HOLD_SHELF
    assert fresh(inside).status == HoldStatus.READY
    assert fresh(parcel).place is None

    assert fresh(crate).destination == network.south
    assert (fresh(crated).crate, fresh(crated).has_old_label) == (crate, True)
    assert fresh(packed_copy).status == fresh(crated_copy).status == CopyStatus.IN_TRANSIT
    assert fresh(picked_copy).status == CopyStatus.PICKED


def test_clear_point_prefers_who_stands_in_as_long_as_there_is_room(story):
    """The other newsstand has room for one."""
    network = story.network
    first, second = new(story), new(story)

    clear_point(shut(network.newsstand, substitute=network.small_newsstand), actor=None)

    assert fresh(first).pickup_place == network.small_newsstand
    assert {fresh(one).pickup_place for one in (first, second)} <= {network.small_newsstand, network.south}
    assert fresh(second).is_open


def test_clear_point_of_a_ready_parcel_with_the_substitute_full_goes_to_the_library(story):
    network = story.network
    story.at_the_point(story.copies(1)[0].title, pickup=network.small_newsstand)
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title)

    clear_point(shut(network.newsstand, substitute=network.small_newsstand), actor=None)

    assert fresh(hold).pickup_place == network.south


def test_clear_point_does_not_send_a_reader_where_they_may_not_collect(story):
    from loans.models import ReaderRule

    hold = new(story)
    ReaderRule.objects.update(pickup_kinds=["branch", "stop"])

    clear_point(shut(story.network.newsstand, substitute=story.network.small_newsstand), actor=None)

    assert fresh(hold).pickup_place == story.network.south


def test_clear_point_again_does_nothing_twice(story):
    librarian = LibrarianFactory(desk=story.network.south)
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title, reader=ReaderFactory(signs_in=True))
    closure = shut(story.network.newsstand)

    assert [clear_point(closure, actor=librarian).moved for _time in range(2)] == [1, 0]
    dispatch()

    assert Message.objects.filter(reader=hold.reader, kind="hold_held_back").count() == 1
    assert librarian.acts.filter(verb="change_pickup").count() == 1
    assert Task.objects.filter(kind=TaskKind.FETCH_FROM_POINT).count() == 1


def test_clear_point_moves_a_set_as_a_whole(story):
    titles = [story.copies(1)[0].title for _number in range(2)]
    _group, holds = story.group(titles, GroupKind.SET, pickup=story.network.newsstand)

    assert clear_point(shut(story.network.newsstand), actor=None).moved == 2
    assert {fresh(hold).pickup_place for hold in holds} == {story.network.south}


@pytest.mark.parametrize("days", [1, 14])
def test_clear_point_refuses_a_short_closure(story, days):
    with pytest.raises(NotClosedForLong):
        clear_point(shut(story.network.newsstand, days=days), actor=None)


def test_clear_point_refuses_before_the_first_closed_day(story):
    closure = ClosureFactory(
        place=story.network.newsstand, starts_on=clock.today() + dt.timedelta(days=1), ends_on=None
    )
    with pytest.raises(NotClosedForLong):
        clear_point(closure, actor=None)


def test_clear_point_says_what_found_no_other_point(story):
    hold = new(story)
    type(story.network.south).objects.exclude(pk=story.network.newsstand.pk).update(accepts_pickup=False)

    assert clear_point(shut(story.network.newsstand), actor=None).nowhere == 1
    assert (fresh(hold).pickup_place, fresh(hold).is_open) == (story.network.newsstand, True)


def test_a_pause_lets_nothing_expire(story):
    """Twenty days of illness: what is ready there is kept, nothing leaves for it, and all goes on afterwards."""
    hold, _copy, parcel = story.at_the_point(story.copies(1)[0].title)
    _waiting, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)
    shut(story.network.newsstand, days=20)
    with pytest.raises(NotHandedOutThere):
        pack_parcel(copy, story.network.north, actor=None)

    story.later(days=19)
    expire_holds()
    assert fresh(hold).status == HoldStatus.READY
    story.later(days=1)
    assert pack_parcel(copy, story.network.north, actor=None)
    assert story.hand_over(parcel).detail == "handed_over"


@pytest.mark.django_db(transaction=True)
def test_clear_point_by_two_librarians_at_once_moves_each_once(story, rivals):
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title, reader=ReaderFactory(signs_in=True))
    closure = shut(story.network.newsstand)

    rivals(*[lambda: clear_point(closure, actor=None)] * 2)
    dispatch()

    assert fresh(hold).pickup_place == story.network.south
    assert Message.objects.filter(reader=hold.reader, kind="hold_held_back").count() == 1
    assert Parcel.objects.get().destination == story.network.south


def test_closure_page_brings_all_elsewhere_for_who_keeps_the_point(story, network):
    hold = new(story)
    closure = shut(network.newsstand)
    own, other = (Desk(LibrarianFactory(desk=place), place) for place in (network.south, network.north))
    assert "Bring everything elsewhere" in own.get("desk_closure", closure.pk).content.decode()

    assert other.post("desk_closure_clear", closure.pk, sure="on").status_code == 404
    assert own.said(own.post("desk_closure_clear", closure.pk))[0].startswith("Nothing was moved")
    assert fresh(hold).pickup_place == network.newsstand
    said = own.said(own.post("desk_closure_clear", closure.pk, sure="on"))
    assert said == ["1 reservation goes elsewhere; its reader is told."]
    assert fresh(hold).pickup_place == network.south

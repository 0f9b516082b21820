"""Two desks and one crate at the same moment."""

import pytest

from loans.crate_errors import CrateSealed, GoesElsewhere, InAnotherCrate
from loans.crates import (
    finish_crate,
    inside,
    load_crate,
    open_crate,
    put_in_crate,
    receive_crate,
    reopen_crate,
    seal_crate,
    unpack,
)
from loans.lending import check_in
from loans.models import Crate, Handover, Transit
from loans.states import CrateStatus, ParcelStatus, TransitStatus
from outbox.models import Event
from tests.story import fresh

pytestmark = pytest.mark.django_db(transaction=True)


def test_open_crate_at_once_begins_one(rivals, story, network):
    outcomes = rivals(*[lambda: open_crate(network.north, network.south, actor=None)] * 2)

    assert outcomes[0] == outcomes[1] == Crate.objects.get()


def test_parcel_scanned_at_two_desks_at_once_is_put_in_once(rivals, story, network):
    """A second crate for its way cannot stand open, and one for another way refuses it."""
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    crate, another = (
        open_crate(network.north, place, actor=None) for place in (network.newsstand, network.small_newsstand)
    )

    *put, refused = rivals(
        lambda: put_in_crate(copy, fresh(crate), network.north, actor=None),
        lambda: put_in_crate(copy, fresh(crate), network.north, actor=None),
        lambda: put_in_crate(copy, fresh(another), network.north, actor=None),
    )

    assert put == [Transit.objects.get()] * 2
    assert isinstance(refused, GoesElsewhere | InAnotherCrate)
    assert fresh(parcel).crate == crate
    assert Handover.objects.filter(status=ParcelStatus.IN_CRATE).count() == 1


def test_copy_is_put_in_while_its_crate_is_sealed(rivals, story, network):
    crate, late = story.crated(story.on_its_way()), story.on_its_way()

    put, sealed = rivals(
        lambda: put_in_crate(late, fresh(crate), network.north, actor=None),
        lambda: seal_crate(fresh(crate), network.north, actor=None),
    )

    assert sealed.status == CrateStatus.SEALED
    assert inside(crate).count() == sealed.parcels_declared == (1 if isinstance(put, CrateSealed) else 2)


def test_crate_is_opened_again_while_it_is_given_to_the_van(rivals, story, network):
    crate = seal_crate(story.crated(story.on_its_way()), network.north, actor=None)

    rivals(
        lambda: reopen_crate(fresh(crate), network.north, actor=None),
        lambda: load_crate(fresh(crate), network.north, actor=None),
    )

    expected = {
        CrateStatus.OPEN: TransitStatus.REQUESTED,
        CrateStatus.ON_ROAD: TransitStatus.LOADED,
    }
    assert Transit.objects.get().status == expected[fresh(crate).status]


def test_copy_is_checked_in_while_its_crate_is_given_to_the_van(rivals, story, network):
    copy = story.on_its_way()
    crate = seal_crate(story.crated(copy, story.on_its_way()), network.north, actor=None)

    rivals(
        lambda: check_in(copy, network.north, actor=None),
        lambda: load_crate(fresh(crate), network.north, actor=None),
    )

    assert list(inside(crate).values_list("status", flat=True)) == [TransitStatus.LOADED]


def test_crate_is_received_twice_at_once(rivals, story, network):
    crate = story.sent(story.on_its_way())

    rivals(*[lambda: receive_crate(fresh(crate), network.south, actor=None)] * 2)

    assert fresh(crate).status == CrateStatus.RECEIVED
    assert Event.objects.filter(kind="loans.crate_received").count() == 1


def test_copy_is_unpacked_while_its_crate_is_said_to_be_empty(rivals, story, network):
    copy = story.on_its_way()
    crate = receive_crate(story.sent(copy), network.south, actor=None)

    found, finished = rivals(
        lambda: unpack(copy, fresh(crate), network.south, actor=None),
        lambda: finish_crate(fresh(crate), network.south, actor=None),
    )

    assert found.is_on_list
    assert finished.status == CrateStatus.UNPACKED
    assert not inside(crate).exists()

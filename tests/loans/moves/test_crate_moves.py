"""Each row of the table of crates, and what a crate moves among the rows of copies and journeys."""

import pytest

from catalog.states import CopyStatus
from loans.crates import (
    finish_crate,
    load_crate,
    open_crate,
    put_in_crate,
    receive_crate,
    reopen_crate,
    seal_crate,
    take_out_of_crate,
)
from loans.models import Transit
from loans.states import CrateStatus, TransitStatus
from loans.troubles import mark_damaged
from loans.turning import empty_crate, turn_back_crate
from milanolib import clock
from tests.factories import ClosureFactory
from tests.loans.moves.rows import ROWS, along, origins
from tests.story import fresh


@pytest.fixture
def copy(story):
    return story.on_its_way()


def crate_in(story, copy, status):
    """Return a crate with a copy in it from the north to the south library, in a state."""
    crate = story.crated(copy)
    if status != CrateStatus.OPEN:
        seal_crate(crate, story.network.north, actor=None)
    if status == CrateStatus.ON_ROAD:
        load_crate(crate, story.network.north, actor=None)
    return fresh(crate)


def sent_home_damaged(story):
    """Return a copy of the north library that was found damaged at the south one."""
    [copy] = story.copies(1)
    return mark_damaged(copy, story.network.south, reason="torn", actor=None)


def test_K1_open_crate(story, network):
    assert open_crate(network.north, network.south, actor=None).status == ROWS["K1"].target == CrateStatus.OPEN


def test_K2_seal_crate(story, network, copy):
    crate = story.crated(copy)

    with along("K2", crate):
        seal_crate(crate, network.north, actor=None)


def test_K3_reopen_crate(story, network, copy):
    crate = crate_in(story, copy, CrateStatus.SEALED)

    with along("K3", crate):
        reopen_crate(crate, network.north, actor=None)


def test_K4_load_crate(story, network, copy):
    crate = crate_in(story, copy, CrateStatus.SEALED)

    with along("K4", crate):
        load_crate(crate, network.north, actor=None)


def test_T5_load_crate(story, network, copy):
    crate, transit = crate_in(story, copy, CrateStatus.SEALED), Transit.objects.get()

    with along("T5", transit):
        load_crate(crate, network.north, actor=None)
    assert fresh(transit).loaded_at == fresh(crate).loaded_at


@origins("K5")
def test_K5_receive_crate(story, network, copy, origin):
    crate = crate_in(story, copy, origin)

    with along("K5", crate):
        receive_crate(crate, network.south, actor=None)


def test_K6_finish_crate(story, network, copy):
    crate = story.sent(copy)
    receive_crate(crate, network.south, actor=None)

    with along("K6", crate):
        finish_crate(crate, network.south, actor=None)
    assert fresh(Transit.objects.get()).status == TransitStatus.LOADED


def for_the_newsstand(story):
    """Return the copy of a parcel for the newsstand, which closes for good as soon as its crate is on the way."""
    return story.packed(story.copies(1)[0].title)[1]


def test_K7_turn_back_crate(story, network):
    crate = story.sent(for_the_newsstand(story))
    ClosureFactory(place=network.newsstand, starts_on=clock.today(), ends_on=None)

    with along("K7", crate):
        turn_back_crate(crate, actor=None)
    assert fresh(crate).destination == network.south


def test_T8_turn_back_crate_cuts_its_journeys_short(story, network):
    crate, transit = story.sent(for_the_newsstand(story)), Transit.objects.get()
    ClosureFactory(place=network.newsstand, starts_on=clock.today(), ends_on=None)

    with along("T8", transit):
        turn_back_crate(crate, actor=None)


def test_T9_turn_back_crate_begins_them_anew_on_the_van(story, network):
    crate = story.sent(for_the_newsstand(story))
    ClosureFactory(place=network.newsstand, starts_on=clock.today(), ends_on=None)
    turn_back_crate(crate, actor=None)

    assert Transit.objects.get(crate=crate).status == ROWS["T9"].target == TransitStatus.LOADED


def test_K8_empty_crate(story, network):
    crate = crate_in(story, for_the_newsstand(story), CrateStatus.SEALED)

    with along("K8", crate):
        empty_crate(crate, actor=None)


def test_C63_put_in_crate(story, network, copy):
    crate = open_crate(network.north, network.south, actor=None)

    with along("C63", copy):
        put_in_crate(copy, crate, network.north, actor=None)
    assert fresh(copy).place is None


def test_C64_take_out_of_crate(story, network, copy):
    crate = story.crated(copy)

    with along("C64", copy):
        take_out_of_crate(copy, crate, network.north, actor=None)
    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.IN_TRANSIT, network.north)


def test_C65_put_a_damaged_copy_in_crate(story, network):
    damaged = sent_home_damaged(story)
    crate = open_crate(network.south, network.north, actor=None)

    for _time in range(2):
        with along("C65", damaged):
            put_in_crate(damaged, crate, network.south, actor=None)
    assert (fresh(damaged).place, Transit.objects.get(copy=damaged).crate) == (None, crate)


def test_C66_take_a_damaged_copy_out_of_crate(story, network):
    damaged = sent_home_damaged(story)
    crate = story.crated(damaged)

    with along("C66", damaged):
        take_out_of_crate(damaged, crate, network.south, actor=None)
    assert (fresh(damaged).place, Transit.objects.get(copy=damaged).crate) == (network.south, None)

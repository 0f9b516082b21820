"""Copies that are not as the records say."""

import pytest
from django.db import IntegrityError

from accounts.models import Act
from catalog.models import Availability, Copy
from catalog.states import CopyStatus
from loans.availability import follow_copies
from loans.errors import CopyElsewhere, CopyNotAssigned
from loans.keeping import NotMissing, correct_copy, relocate_copy
from loans.lending import NextStep, check_out
from loans.models import Hold, Task
from loans.picking import pick_copy, pick_list
from loans.routing import free_copies
from loans.states import HoldStatus
from loans.stocktakes import begin_stocktake, scan_copy
from loans.troubles import NOT_FOUND, find_copy, miss_again, miss_copy, to_search_again
from tests.factories import CopyFactory, LibrarianFactory, ReaderFactory
from tests.story import fresh


@pytest.fixture
def missed(story):
    """A copy of the north library that was not found on its shelf, and the hold that waits because of it."""
    hold = story.hold(story.copies(1)[0].title)
    return miss_copy(hold.assignments.get(), story.network.north, actor=None), fresh(hold)


# --- Not found once


def test_miss_copy_serves_the_reader_with_another_copy_at_once(story):
    [near] = story.copies(1)
    hold = story.hold(near.title)
    [far] = story.copies(1, title=near.title, home=story.network.south)

    miss_copy(hold.assignments.get(), story.network.north, actor=None)

    assert story.copy_of(hold) == far
    assert hold.assignments.get(copy=near).release_reason == NOT_FOUND
    assert [held.copy for held in pick_list(story.network.south)] == [far]


def test_miss_copy_keeps_the_turn_and_offers_the_copy_to_nobody(missed, story):
    copy, hold = missed
    later = story.hold(copy.title)

    assert (hold.status, later.status) == (HoldStatus.QUEUED, HoldStatus.QUEUED)
    assert not free_copies().exists()
    assert list(to_search_again(story.network.north)) == [copy]
    assert Task.objects.get(closed_at=None).place == story.network.north


def test_miss_copy_twice_by_a_double_click_is_one_miss(story):
    first, _second = story.copies(2)
    held = story.hold(first.title).assignments.get()

    for _time in range(2):
        miss_copy(held, story.network.north, actor=None)

    assert Copy.objects.filter(missed_at__isnull=False).count() == 1
    assert Task.objects.count() == 1


def test_miss_copy_is_written_down_and_names_no_reader(story):
    librarian = LibrarianFactory(desk=story.network.north)
    hold = story.hold(story.copies(1)[0].title)

    miss_copy(hold.assignments.get(), story.network.north, actor=librarian)

    act = Act.objects.get()
    assert (act.verb, act.subject, act.place_code) == ("miss_copy", f"copy:{hold.assignments.get().copy_id}", "north")


def test_miss_copy_refuses_what_was_picked_meanwhile(story):
    hold = story.hold(story.copies(1)[0].title)
    held = hold.assignments.get()
    pick_copy(held.copy, story.network.north, actor=None)

    with pytest.raises(CopyNotAssigned):
        miss_copy(held, story.network.north, actor=None)
    assert fresh(hold).status == HoldStatus.READY


def test_miss_copy_refuses_what_was_cancelled_meanwhile(story):
    hold = story.hold(story.copies(1)[0].title)
    held = hold.assignments.get()
    story.cancelled(hold)

    with pytest.raises(CopyNotAssigned):
        miss_copy(held, story.network.north, actor=None)


def test_miss_copy_refuses_at_another_library(story):
    held = story.hold(story.copies(1)[0].title).assignments.get()

    with pytest.raises(CopyElsewhere):
        miss_copy(held, story.network.south, actor=None)


def test_missed_copy_is_not_free_for_search_and_is_again_when_found(missed, story):
    copy, hold = missed
    story.cancelled(hold)
    follow_copies()
    assert not Availability.objects.filter(title=copy.title).exists()

    find_copy(copy, story.network.north)
    follow_copies()

    assert Availability.objects.get(title=copy.title).free == 1


# --- Found again


def test_check_in_of_a_missed_copy_takes_it_for_who_waits(missed, story):
    copy, hold = missed

    found = story.given_back(copy)

    assert (found.step, found.hold) == (NextStep.HOLD_SHELF, fresh(hold))
    assert fresh(copy).missed_at is None
    assert Task.objects.get().answer == Task.TURNED_UP


def test_pick_copy_of_a_missed_copy_finds_it(missed, story):
    copy, hold = missed

    assert pick_copy(copy, story.network.north, actor=None).step == NextStep.HOLD_SHELF
    assert fresh(hold).status == HoldStatus.READY


def test_check_out_of_a_missed_copy_finds_it(missed, story):
    copy, hold = missed

    check_out(copy, hold.reader, story.network.north, actor=None)

    assert (fresh(copy).missed_at, fresh(hold).status) == (None, HoldStatus.COLLECTED)
    assert Task.objects.get().answer_in_words == "È ricomparsa."


def test_scan_of_a_stocktake_finds_a_missed_copy_and_moves_nothing(missed, story):
    copy, hold = missed
    stocktake = begin_stocktake(story.network.north, actor=None)

    scanned = scan_copy(stocktake, copy.barcode)

    assert scanned.finding == "in_order"
    assert (fresh(copy).status, fresh(copy).missed_at) == (CopyStatus.AVAILABLE, None)
    assert fresh(hold).status == HoldStatus.ASSIGNED, "on the pick list again"


def test_scan_of_a_stocktake_elsewhere_leaves_it_to_check_in(missed, story):
    copy, _hold = missed

    scan_copy(begin_stocktake(story.network.south, actor=None), copy.barcode)

    assert fresh(copy).missed_at is not None


def test_find_copy_twice_says_nothing_new(missed, story):
    copy, hold = missed

    for _time in range(2):
        find_copy(copy, story.network.north)

    assert hold.assignments.filter(released_at=None).count() == 1


# --- What else is done with a missed copy


def test_missed_copy_that_may_be_borrowed_again_is_not_offered(missed, story):
    copy, _hold = missed
    fields = {"shelf_mark": "", "size": "M", "actor": None}

    correct_copy(copy, is_lendable=False, **fields)
    correct_copy(copy, is_lendable=True, **fields)

    assert not free_copies().exists()
    assert fresh(copy).missed_at is not None


def test_missed_copy_that_is_relocated_does_not_set_out(missed, story):
    copy, _hold = missed

    relocate_copy(copy, story.network.south, actor=None)

    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.AVAILABLE, story.network.north)


def test_only_a_copy_on_a_shelf_is_missed(db):
    with pytest.raises(IntegrityError, match="copy_missed_only_while_available"):
        CopyFactory(status=CopyStatus.DAMAGED, missed_at="2026-03-02T08:00Z")


# --- Not found again


def test_miss_again_makes_it_missing_and_ends_the_search(missed, story):
    copy, hold = missed

    for _time in range(2):
        miss_again(copy, story.network.north, actor=None)

    assert (fresh(copy).status, fresh(copy).place, fresh(copy).missed_at) == (CopyStatus.MISSING, None, None)
    assert Task.objects.get().answer == Task.GIVEN_UP
    assert fresh(hold).status == HoldStatus.QUEUED


def test_miss_again_refuses_what_was_found_meanwhile(missed, story):
    copy, _hold = missed
    find_copy(copy, story.network.north)

    with pytest.raises(NotMissing):
        miss_again(copy, story.network.north, actor=None)


def test_miss_again_refuses_at_another_library_and_of_what_was_never_missed(missed, story):
    with pytest.raises(NotMissing):
        miss_again(missed[0], story.network.south, actor=None)
    with pytest.raises(NotMissing):
        miss_again(story.copies(1)[0], story.network.north, actor=None)


# --- Two at once


@pytest.mark.django_db(transaction=True)
def test_miss_copy_and_pick_copy_at_once_end_as_one_of_them(story, rivals):
    hold = story.hold(story.copies(1)[0].title)
    held = hold.assignments.get()
    copy = held.copy

    rivals(
        lambda: miss_copy(held, story.network.north, actor=None),
        lambda: pick_copy(copy, story.network.north, actor=None),
    )

    assert fresh(hold).status == HoldStatus.READY, "whoever was first: it is in somebody's hand"


@pytest.mark.django_db(transaction=True)
def test_miss_copy_and_check_out_at_once_leave_one_truth(story, rivals):
    hold = story.hold(story.copies(1)[0].title)
    held = hold.assignments.get()

    rivals(
        lambda: miss_copy(held, story.network.north, actor=None),
        lambda: check_out(held.copy, hold.reader, story.network.north, actor=None),
    )

    assert Hold.objects.get().status == HoldStatus.COLLECTED
    assert ReaderFactory._meta.model.objects.count() == 1

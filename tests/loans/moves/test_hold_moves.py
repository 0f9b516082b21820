"""Each row of the table of holds, reached by its verb."""

import datetime as dt

from loans.another_way import send_another_way
from loans.claims import disown_loan
from loans.hold_changes import change_pickup, resume_hold, set_not_needed_after, suspend_hold, undo_cancel
from loans.holds import cancel_hold, expire_hold, lapse_hold
from loans.journeys import give_up_journey
from loans.lending import check_in, check_out
from loans.models import Loan
from loans.picking import pack_parcel, pick_copy
from loans.states import HoldStatus
from loans.troubles import mark_damaged, miss_copy, report_missing
from milanolib import clock
from outbox.models import Event
from tests.factories import ReaderFactory
from tests.loans.moves.rows import ROWS, along, origins, too_long_on_the_road
from tests.loans.test_leaving import suspend
from tests.story import fresh


def waiting(story):
    """Return a reservation that waits, and the copy that another reader has."""
    [copy] = story.copies(1)
    story.lent(copy)
    return story.hold(copy.title), copy


def meant(story, **hold):
    """Return a reservation for which a copy was found, and the copy."""
    hold = story.hold(story.copies(1)[0].title, **hold)
    return hold, story.copy_of(hold)


def hold_in(story, status):
    """Return a reservation in a state, and its copy."""
    match status:
        case HoldStatus.PICKED:
            return story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)
        case HoldStatus.IN_TRANSIT:
            return story.packed(story.copies(1)[0].title)[:2]
        case HoldStatus.READY:
            return story.ready(story.copies(1)[0].title)
        case HoldStatus.ASSIGNED:
            return meant(story)
    return waiting(story)


def test_H1_place_hold_waits_while_nothing_is_free(story):
    hold, _copy = waiting(story)

    assert hold.status == ROWS["H1"].target == HoldStatus.QUEUED


def test_H2_place_hold_finds_a_free_copy(story):
    hold, copy = meant(story)

    assert hold.status == ROWS["H2"].target == HoldStatus.ASSIGNED
    assert hold.assignments.get().copy == copy


def test_H3_cancel_hold_that_waits(story):
    hold, _copy = waiting(story)

    with along("H3", hold):
        cancel_hold(hold, actor=None)


def test_H4_lapse_hold_past_the_reader_s_own_day(story):
    hold, _copy = meant(story)
    set_not_needed_after(hold, clock.today(), actor=None)
    story.later(days=1)

    with along("H4", hold):
        assert lapse_hold(hold)


def test_H5_not_found_puts_it_back_with_its_turn(story):
    hold, _copy = meant(story)
    before = hold.order_key

    with along("H5", hold):
        miss_copy(hold.assignments.get(), story.network.north, actor=None)
    assert fresh(hold).order_key == before


def test_H6_change_pickup_to_a_full_point_waits_anew(story):
    story.hold(story.copies(1)[0].title, pickup=story.network.small_newsstand)
    hold, _copy = meant(story)

    with along("H6", hold):
        change_pickup(hold, story.network.small_newsstand, actor=None)


def test_H7_pick_copy(story):
    hold, copy = meant(story, pickup=story.network.newsstand)

    with along("H7", hold):
        pick_copy(copy, story.network.north, actor=None)


def test_H8_check_out_of_another_copy_that_serves_as_well(story):
    hold, copy = meant(story)
    [another] = story.copies(1, title=copy.title)

    with along("H8", hold):
        check_out(another, hold.reader, story.network.north, actor=None)
    assert Loan.objects.get().hold == hold


def test_H9_cancel_hold_before_picking(story):
    hold, _copy = meant(story)

    with along("H9", hold):
        cancel_hold(hold, actor=None)


def test_H10_pack_parcel(story):
    hold, copy = hold_in(story, HoldStatus.PICKED)

    with along("H10", hold):
        pack_parcel(copy, story.network.north, actor=None)


def test_H11_check_in_at_its_own_point_makes_it_ready_by_way_of_picked(story):
    hold, copy = waiting(story)

    check_in(copy, story.network.north, actor=None)

    assert fresh(hold).status == ROWS["H11"].target == HoldStatus.READY


def test_H12_check_out_of_what_was_picked(story):
    hold, copy = hold_in(story, HoldStatus.PICKED)

    with along("H12", hold):
        check_out(copy, hold.reader, story.network.north, actor=None)


@origins("H13")
def test_H13_cancel_hold_after_picking(story, origin):
    hold, _copy = hold_in(story, origin)

    with along("H13", hold):
        cancel_hold(hold, actor=None)


def test_H15_scanned_in_at_its_point(story):
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)

    with along("H15", hold):
        story.receive(parcel)
    assert Event.objects.filter(kind="loans.hold_ready").count() == 1


def test_H16_handed_out_before_its_arrival_was_told(story):
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)

    with along("H16", hold):
        story.hand_over(parcel, place=story.network.small_newsstand)


def test_H17_check_out_of_what_was_ready(story):
    hold, copy = hold_in(story, HoldStatus.READY)

    with along("H17", hold):
        check_out(copy, hold.reader, story.network.north, actor=None)


def test_H18_expire_hold(story):
    hold, _copy = hold_in(story, HoldStatus.READY)
    story.later(days=10)

    with along("H18", hold):
        assert expire_hold(hold)


def test_H19_check_in_of_what_was_ready_elsewhere_means_a_copy_anew(story):
    hold, copy, _parcel = story.at_the_point(story.copies(1)[0].title)
    before = hold.assignments.get()

    check_in(copy, story.network.north, actor=None)

    assert fresh(hold).status == HoldStatus.PICKED, "by way of queued"
    assert fresh(before).released_at is not None
    assert story.copy_of(hold) == copy


@origins("H25")
def test_H25_its_copy_was_lent_without_network(story, origin):
    hold, copy = hold_in(story, origin)
    story.later(hours=1)

    with along("H25", hold):
        story.lend_offline(copy, ReaderFactory())


def test_H26_undo_cancel_gives_the_old_turn_back(story):
    hold, _copy = waiting(story)
    before = hold.order_key
    cancel_hold(hold, actor=None)

    with along("H26", hold):
        undo_cancel(hold, actor=None)
    assert fresh(hold).order_key == before


def test_H30_disown_loan_gives_the_old_turn_back(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    before = hold.order_key
    loan = story.lent(copy, reader=hold.reader)

    with along("H30", hold):
        disown_loan(loan, reason="another parcel was handed out", actor=None)
    assert fresh(hold).order_key == before


def test_H40_suspend_hold_for_which_a_copy_was_found(story):
    hold, _copy = meant(story)

    with along("H40", hold):
        suspend_hold(hold, clock.today() + dt.timedelta(days=9), actor=None)


def test_H41_resume_hold_of_an_earlier_one_takes_a_later_one_s_copy(story):
    earlier, copy = meant(story)
    suspend_hold(earlier, clock.today() + dt.timedelta(days=9), actor=None)
    later = story.hold(copy.title)

    with along("H41", later):
        resume_hold(earlier, actor=None)
    assert story.copy_of(earlier) == copy


def test_H42_change_pickup_to_where_its_copy_waits(story):
    hold, _copy = hold_in(story, HoldStatus.IN_TRANSIT)

    with along("H42", hold):
        change_pickup(hold, story.network.north, actor=None)


@origins("H29")
def test_H29_its_copy_is_damaged(story, origin):
    hold, copy = hold_in(story, origin)

    with along("H29", hold):
        mark_damaged(copy, story.network.north, reason="torn", actor=None)
    assert Event.objects.filter(kind="loans.hold_set_back").count() == (origin == HoldStatus.READY)


@origins("H27")
def test_H27_its_copy_is_not_there(story, origin):
    hold, copy = hold_in(story, origin)

    with along("H27", hold):
        report_missing(copy, story.network.north, actor=None)
    assert Event.objects.filter(kind="loans.hold_set_back").count() == (origin == HoldStatus.READY)


@origins("H43")
def test_H43_its_reader_is_suspended_before_it_leaves(story, origin):
    hold, copy = hold_in(story, origin)
    suspend(story, hold.reader, 10)

    with along("H43", hold):
        send_another_way(copy, story.network.north, actor=None)


def test_H28_its_copy_never_arrives(story):
    hold, _copy, transit = too_long_on_the_road(story)

    with along("H28", hold):
        give_up_journey(transit, place=story.network.south, actor=None)

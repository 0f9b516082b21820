"""Each row of the table of copies, reached by its verb."""

from catalog.states import CopyStatus
from loans.claims import (
    age_loan,
    claim_returned,
    declare_lost,
    disown_loan,
    give_up_claim,
    settle_lost,
    withdraw_claim,
)
from loans.hold_changes import change_pickup
from loans.holds import cancel_hold, expire_hold
from loans.journeys import give_up_journey, look_for_late_journeys
from loans.keeping import add_copy, mark_missing, relocate_copy, withdraw_copy
from loans.lending import NextStep, check_in, check_out
from loans.models import Loan, Task, TaskKind, Transit
from loans.picking import pack_parcel, pick_copy
from loans.records import LEND
from loans.reminders import unlink_ended
from loans.states import HoldStatus, LoanStatus, TransitStatus
from loans.troubles import (
    mark_damaged,
    miss_again,
    miss_copy,
    put_back,
    put_on_display,
    report_missing,
    send_to_repair,
)
from milanolib import clock
from tests.factories import ReaderFactory, TitleFactory
from tests.loans.moves.rows import along, copy_in, missed, origins, too_long_on_the_road
from tests.story import fresh


def report_missing_parcel(story, copy):
    """The parcel of a copy never arrives, and is given up."""
    story.later(days=30)
    look_for_late_journeys()
    give_up_journey(Transit.objects.get(copy=copy), place=story.network.south, actor=None)


def test_C1_add_copy_that_is_ready_serves_who_waits(story):
    [lent] = story.copies(1)
    story.lent(lent)
    hold = story.hold(lent.title)

    copy = add_copy(lent.title, story.network.north, actor=None)

    assert copy.status == CopyStatus.AVAILABLE
    assert story.copy_of(hold) == copy


def test_C2_add_copy_that_is_not_ready(story):
    assert add_copy(TitleFactory(), story.network.north, is_ready=False, actor=None).status == CopyStatus.IN_PROCESS


@origins("C3")
def test_C3_check_in_puts_it_on_the_shelf(story, origin):
    copy = copy_in(story, origin)

    with along("C3", copy):
        assert check_in(copy, story.network.north, actor=None).step == NextStep.SHELF
    assert fresh(copy).place == story.network.north


@origins("C4")
def test_C4_check_in_ends_the_loan(story, origin):
    copy = copy_in(story, origin)

    with along("C4", copy):
        check_in(copy, story.network.north, actor=None)
    assert Loan.objects.get(copy=copy).status == LoanStatus.CLOSED


def test_C5_check_in_finds_what_was_missed(story):
    copy = missed(story)

    with along("C5", copy):
        check_in(copy, story.network.north, actor=None)
    assert fresh(copy).missed_at is None
    assert Task.objects.get().answer == Task.TURNED_UP


def test_C6_pick_copy_for_a_point(story):
    copy = story.copy_of(story.hold(story.copies(1)[0].title, pickup=story.network.newsstand))

    with along("C6", copy):
        pick_copy(copy, story.network.north, actor=None)


def test_C7_pick_copy_for_this_library(story):
    copy = story.copy_of(story.hold(story.copies(1)[0].title))

    with along("C7", copy):
        pick_copy(copy, story.network.north, actor=None)


def test_C8_not_found_gives_the_reader_another_copy(story):
    first, second = story.copies(2)
    hold = story.hold(first.title)
    copy = story.copy_of(hold)

    with along("C8", copy):
        miss_copy(hold.assignments.get(), story.network.north, actor=None)
    assert story.copy_of(hold) == ({first, second} - {copy}).pop()
    assert fresh(copy).missed_at == clock.now()
    assert Task.objects.get().kind == TaskKind.NOT_ON_SHELF


def test_C9_not_found_again_is_missing(story):
    copy = missed(story)

    with along("C9", copy):
        miss_again(copy, story.network.north, actor=None)
    assert Task.objects.get().answer == Task.GIVEN_UP


def test_C10_mark_missing_after_a_stocktake(story):
    [copy] = story.copies(1)

    with along("C10", copy):
        mark_missing(copy, story.network.north, since=clock.now(), actor=None)


def test_C11_check_out_from_the_shelf(story):
    [copy] = story.copies(1)

    with along("C11", copy):
        check_out(copy, ReaderFactory(), story.network.north, actor=None)


def test_C12_relocate_copy_sends_it_home(story):
    [copy] = story.copies(1)

    with along("C12", copy):
        relocate_copy(copy, story.network.south, actor=None)
    assert Transit.objects.get(copy=copy).destination == story.network.south


@origins("C13")
def test_C13_report_missing(story, origin):
    copy = copy_in(story, origin)

    with along("C13", copy):
        report_missing(copy, story.network.north, actor=None)


def test_C14_pick_copy_again_says_the_same(story):
    copy = copy_in(story, CopyStatus.PICKED)

    with along("C14", copy):
        assert pick_copy(copy, story.network.north, actor=None).step == NextStep.PACK


def test_C15_pack_parcel(story):
    copy = copy_in(story, CopyStatus.PICKED)

    with along("C15", copy):
        pack_parcel(copy, story.network.north, actor=None)


def test_C16_cancel_hold_after_picking(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)

    with along("C16", copy):
        cancel_hold(hold, actor=None)


def test_C17_check_out_of_what_was_picked_to_its_own_reader(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)

    with along("C17", copy):
        check_out(copy, hold.reader, story.network.north, actor=None)


def test_C18_check_in_at_the_end_of_a_journey(story):
    [copy] = story.copies(1)
    story.lent(copy)
    story.given_back(copy, place=story.network.south)

    with along("C18", copy):
        check_in(copy, story.network.north, actor=None)
    assert Transit.objects.get(copy=copy).status == TransitStatus.ARRIVED


def test_C19_check_in_where_its_reader_collects_it(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)

    with along("C19", copy):
        check_in(copy, story.network.south, actor=None)
    assert fresh(hold).status == HoldStatus.READY


def test_C20_check_in_at_the_wrong_place_begins_a_new_leg(story):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.stop)

    with along("C20", copy):
        check_in(copy, story.network.south, actor=None)
    assert Transit.objects.filter(copy=copy).count() == 2


def test_C21_check_out_of_what_is_on_the_road(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)

    with along("C21", copy):
        check_out(copy, hold.reader, story.network.south, actor=None)
    assert Transit.objects.get(copy=copy).status == TransitStatus.ARRIVED


def test_C22_handed_out_before_it_was_scanned_in(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)

    with along("C22", copy):
        story.hand_over(parcel, place=story.network.small_newsstand)
    assert Loan.objects.get(copy=copy).reader == hold.reader
    assert Task.objects.get().kind == TaskKind.PARCEL_GONE


def test_C23_give_up_journey(story):
    hold, copy, transit = too_long_on_the_road(story)

    with along("C23", copy):
        give_up_journey(transit, place=story.network.south, actor=None)
    assert fresh(hold).status == HoldStatus.QUEUED


def test_C24_handed_out_when_nobody_knows_to_whom(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)
    story.later(days=9)
    unlink_ended()

    with along("C24", copy):
        story.hand_over(parcel)


def test_C25_check_out_of_what_was_kept(story):
    hold, copy = story.ready(story.copies(1)[0].title)

    with along("C25", copy):
        check_out(copy, hold.reader, story.network.north, actor=None)


def test_C26_expire_hold_puts_it_back_on_the_shelf(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    story.later(days=10)

    with along("C26", copy):
        expire_hold(hold)


def test_C27_cancel_hold_at_a_partner_s_sends_it_back(story):
    hold, copy, _parcel = story.at_the_point(story.copies(1)[0].title)

    with along("C27", copy):
        cancel_hold(hold, actor=None)
    assert Transit.objects.get(copy=copy, status=TransitStatus.REQUESTED).destination == story.network.south


def test_C28_check_in_of_what_was_ready_elsewhere(story):
    hold, copy, _parcel = story.at_the_point(story.copies(1)[0].title)

    with along("C28", copy):
        check_in(copy, story.network.north, actor=None)
    assert fresh(hold).status == HoldStatus.PICKED


@origins("C30")
def test_C30_given_back_at_a_point(story, origin):
    copy = copy_in(story, origin)

    with along("C30", copy):
        story.take_back(copy)
    assert Loan.objects.get(copy=copy).status == LoanStatus.CLOSED


@origins("C31")
def test_C31_claim_returned(story, origin):
    copy = copy_in(story, origin)

    with along("C31", copy):
        claim_returned(Loan.objects.get(copy=copy), returned_on=clock.today(), place=None, actor=None)
    assert Task.objects.get().kind == TaskKind.CLAIMED_RETURNED


@origins("C32")
def test_C32_declare_lost(story, origin):
    copy = copy_in(story, origin)

    with along("C32", copy):
        declare_lost(Loan.objects.get(copy=copy), actor=None)


def test_C33_age_loan(story):
    copy = copy_in(story, CopyStatus.ON_LOAN)
    story.later(days=30 + 1 + 60 + 3)

    with along("C33", copy):
        age_loan(Loan.objects.get(copy=copy))


def test_C34_give_up_claim(story):
    copy = copy_in(story, CopyStatus.CLAIMED_RETURNED)

    with along("C34", copy):
        give_up_claim(Loan.objects.get(copy=copy), actor=None)
    assert set(Task.objects.values_list("answer", flat=True)) == {Task.GIVEN_UP}


def test_C35_withdraw_claim(story):
    copy = copy_in(story, CopyStatus.CLAIMED_RETURNED)

    with along("C35", copy):
        withdraw_claim(Loan.objects.get(copy=copy), actor=None)
    assert not Task.objects.filter(closed_at=None).exists()


@origins("C36")
def test_C36_disown_loan(story, origin):
    copy = copy_in(story, origin)

    with along("C36", copy):
        disown_loan(Loan.objects.get(copy=copy), reason="another card was scanned", actor=None)
    assert Task.objects.get(closed_at=None).kind == TaskKind.NEVER_BORROWED


def test_C37_settle_lost(story):
    copy = copy_in(story, CopyStatus.LOST)

    with along("C37", copy):
        settle_lost(Loan.objects.get(copy=copy), reason="bought anew", actor=None)


def test_C40_lost_parcel_turns_up_at_a_point(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    report_missing_parcel(story, copy)

    with along("C40", copy):
        story.receive(parcel)
    assert Transit.objects.get(copy=copy, status=TransitStatus.REQUESTED).destination == story.network.south


@origins("C41")
def test_C41_mark_damaged(story, origin):
    copy = copy_in(story, origin)

    with along("C41", copy):
        mark_damaged(copy, story.network.south, reason="torn", actor=None)
    assert fresh(copy).place == story.network.south


def test_C42_check_in_leaves_it_damaged(story):
    copy = copy_in(story, CopyStatus.DAMAGED)

    with along("C42", copy):
        assert check_in(copy, story.network.north, actor=None).step == NextStep.ASIDE
    with along("C42", copy):
        assert check_in(copy, story.network.south, actor=None).step == NextStep.CRATE
    assert fresh(copy).place == story.network.south


def test_C43_put_back(story):
    copy = copy_in(story, CopyStatus.DAMAGED)

    with along("C43", copy):
        assert put_back(copy, story.network.north, actor=None).step == NextStep.SHELF


@origins("C44")
def test_C44_send_to_repair(story, origin):
    copy = copy_in(story, origin)

    with along("C44", copy):
        send_to_repair(copy, story.network.north, actor=None)


def test_C45_put_on_display(story):
    copy = copy_in(story, CopyStatus.AVAILABLE)

    with along("C45", copy):
        put_on_display(copy, story.network.north, actor=None)


@origins("C48")
def test_C48_withdraw_copy(story, origin):
    copy = copy_in(story, origin)

    with along("C48", copy):
        withdraw_copy(copy, reason="worn out", actor=None)


@origins("C49")
def test_C49_lent_without_network_while_on_loan(story, origin):
    copy, reader = copy_in(story, origin), ReaderFactory()
    story.later(days=1)

    with along("C49", copy):
        story.lend_offline(copy, reader)
    assert Loan.objects.standing().get(copy=copy).reader == reader
    assert Loan.objects.filter(copy=copy, status=LoanStatus.CLOSED).count() == 1
    assert TaskKind.LOAN_CONTRADICTED in Task.objects.values_list("kind", flat=True)


@origins("C50")
def test_C50_lent_without_network_though_it_is_not_for_lending_now(story, origin):
    copy, reader = copy_in(story, origin), ReaderFactory()
    story.later(days=1)

    with along("C50", copy):
        story.lend_offline(copy, reader)
    assert Loan.objects.standing().get(copy=copy).reader == reader
    assert TaskKind.LENT_ANYWAY in Task.objects.values_list("kind", flat=True)


@origins("C51")
def test_C51_lent_without_network_to_nobody_knows_whom(story, origin):
    copy = copy_in(story, origin)
    story.later(days=1)

    with along("C51", copy):
        story.at_desk(LEND, copy, card="ML00000000")
    assert not Loan.objects.standing().filter(copy=copy).exists()
    assert TaskKind.UNKNOWN_CARD in Task.objects.values_list("kind", flat=True)


def test_C60_change_pickup_to_where_it_waits(story):
    hold, copy, _parcel = story.packed(story.copies(1)[0].title)

    with along("C60", copy):
        change_pickup(hold, story.network.north, actor=None)


def test_C61_change_pickup_from_a_point_that_closes(story):
    hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)
    type(parcel.destination).objects.filter(pk=parcel.destination_id).update(accepts_pickup=False)

    with along("C61", copy):
        change_pickup(hold, story.network.south, actor=None)


def test_C62_scanned_again_where_its_reader_collects_it_after_all(story):
    hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)
    change_pickup(hold, story.network.north, actor=None)

    with along("C62", copy):
        pick_copy(copy, story.network.north, actor=None)

"""Before a parcel leaves: whoever could not have it at a point without staff is seen to, and keeps the turn."""

import datetime as dt

import pytest

from accounts.models import Act, ReaderCategory, ReaderStatus
from catalog.states import CopyStatus
from loans.another_way import MayLeave, send_another_way
from loans.crates import open_crate, put_in_crate
from loans.errors import CopyElsewhere, CopyNotAssigned, NotHandedOutThere, PickupNotPossible
from loans.hold_changes import resume_holds, set_not_needed_after
from loans.lending import NextStep
from loans.models import Loan, LoanRule, Parcel, ReaderRule, Transit
from loans.picking import pack_parcel, pick_copy
from loans.states import GroupKind, HoldStatus, ParcelStatus
from milanolib import clock
from notifications.models import Message
from outbox.events import dispatch
from tests.factories import LibrarianFactory, ReaderFactory
from tests.story import fresh


def suspend(story, reader, days):
    """Something was given back late: nothing is lent for so many days, today among them."""
    [copy] = story.copies(1)
    loan = story.lent(copy, reader=reader)
    story.given_back(copy)
    Loan.objects.filter(pk=loan.pk).update(suspended_until=clock.today() + dt.timedelta(days=days - 1))


def expire_card(reader):
    reader.card_expires_on = clock.today() - dt.timedelta(days=1)
    reader.save()


def let_loans_be_late(reader, story, count):
    for copy in (story.copies(1)[0] for _number in range(count)):
        story.lent(copy, reader=reader)
    Loan.objects.filter(reader=reader).update(due_on=clock.today() - dt.timedelta(days=1))


def picked(story, **hold):
    """A copy of the north library in a librarian's hand there, for a reader of the newsstand."""
    return story.picked(story.copies(1)[0].title, **{"pickup": story.network.newsstand, **hold})


def another_way(story, copy, place=None):
    return send_another_way(copy, place or story.network.north, actor=None)


# --- What must not leave


def test_pack_parcel_refuses_what_is_against_the_card_since_it_was_reserved(story, english):
    hold, copy = picked(story)
    expire_card(hold.reader)

    with pytest.raises(NotHandedOutThere) as refused:
        pack_parcel(copy, story.network.north, actor=None)

    assert story.network.newsstand.name in str(refused.value)
    assert "This card has expired" in str(refused.value)
    assert not Parcel.objects.exists()
    assert fresh(hold).status == HoldStatus.PICKED


def test_pack_parcel_refuses_while_too_much_is_late(story, english):
    hold, copy = picked(story)
    let_loans_be_late(hold.reader, story, 4)

    with pytest.raises(NotHandedOutThere) as refused:
        pack_parcel(copy, story.network.north, actor=None)
    assert "past their date" in str(refused.value)


def test_pack_parcel_refuses_a_medium_that_is_not_for_such_a_young_reader_at_that_kind_of_point(story):
    """The rule came after the reservation, and holds for newsstands only."""
    born = clock.today() - dt.timedelta(days=10 * 365)
    _hold, copy = picked(story, reader=ReaderFactory(born_on=born))
    rule = LoanRule.objects.get(material="", reader_category="", branch=None, place_kind="")
    rule.pk, rule.material, rule.place_kind, rule.min_age = None, copy.title.material, "newsstand", 14
    rule.save(force_insert=True)

    with pytest.raises(NotHandedOutThere):
        pack_parcel(copy, story.network.north, actor=None)
    assert another_way(story, copy).destination == story.network.south


def test_pack_parcel_refuses_a_kind_of_card_that_collects_elsewhere(story, english):
    hold, copy = picked(story, reader=ReaderFactory(category=ReaderCategory.INSTITUTION))
    rule = ReaderRule.objects.get(reader_status=ReaderStatus.VERIFIED, reader_category="")
    rule.pk, rule.reader_category, rule.pickup_kinds = None, ReaderCategory.INSTITUTION, ["branch", "stop"]
    rule.save(force_insert=True)

    with pytest.raises(NotHandedOutThere) as refused:
        pack_parcel(copy, story.network.north, actor=None)
    assert "With this card" in str(refused.value)
    assert another_way(story, copy).hold == hold


def test_pack_parcel_refuses_a_point_that_has_left_the_network(story):
    _hold, copy = picked(story)
    type(story.network.newsstand).objects.filter(pk=story.network.newsstand.pk).update(accepts_pickup=False)

    with pytest.raises(NotHandedOutThere):
        pack_parcel(copy, story.network.north, actor=None)
    assert another_way(story, copy).destination == story.network.south


def test_pack_parcel_lets_go_what_a_full_card_can_bear_again_by_then(story):
    """So many loans as are allowed: one may be given back until then."""
    hold, copy = picked(story)
    ReaderRule.objects.update(max_loans=1)
    story.lent(story.copies(1)[0], reader=hold.reader)

    assert pack_parcel(copy, story.network.north, actor=None).status == ParcelStatus.PACKED


def test_pack_parcel_lets_go_what_comes_after_the_suspension(story):
    """The van comes on Thursday; on Wednesday the suspension ends."""
    story.network.van()
    hold, copy = picked(story)
    suspend(story, hold.reader, 3)

    assert pack_parcel(copy, story.network.north, actor=None).destination == story.network.newsstand


def test_pack_parcel_refuses_a_card_that_expires_before_the_van_comes(story):
    story.network.van()
    hold, copy = picked(story)
    hold.reader.card_expires_on = clock.today() + dt.timedelta(days=1)
    hold.reader.save()

    with pytest.raises(NotHandedOutThere):
        pack_parcel(copy, story.network.north, actor=None)


def test_put_in_crate_refuses_a_parcel_whose_reader_was_blocked_after_it_was_wrapped(story):
    hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    crate = open_crate(story.network.north, story.network.newsstand, actor=None)
    expire_card(hold.reader)

    with pytest.raises(NotHandedOutThere):
        put_in_crate(copy, crate, story.network.north, actor=None)
    assert Transit.objects.get().crate is None


def test_put_in_crate_takes_what_goes_home_whoever_is_blocked(story):
    """Nobody is meant to get it there."""
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    story.cancelled(parcel.assignment.hold)
    crate = open_crate(story.network.north, story.network.newsstand, actor=None)

    assert put_in_crate(copy, crate, story.network.north, actor=None).crate == crate


# --- Another way


def test_send_another_way_brings_it_to_the_library_that_serves_the_point_and_tells_the_reader(story):
    librarian = LibrarianFactory(desk=story.network.north)
    hold, copy = picked(story, reader=ReaderFactory(signs_in=True))
    expire_card(hold.reader)

    for _time in range(2):
        outcome = send_another_way(copy, story.network.north, actor=librarian)
        assert (outcome.step, outcome.destination) == (NextStep.CRATE, story.network.south)
    dispatch()

    hold = fresh(hold)
    assert (hold.pickup_place, hold.status, story.copy_of(hold)) == (story.network.south, HoldStatus.IN_TRANSIT, copy)
    assert Message.objects.get(kind="hold_held_back").params["why"] == "card_expired"
    assert Act.objects.get(verb="change_pickup").reason == "card_expired"


def test_send_another_way_keeps_it_here_where_the_desk_itself_serves_the_point(story):
    [copy] = story.copies(1, home=story.network.south)
    hold, copy = story.picked(copy.title, pickup=story.network.newsstand)
    expire_card(hold.reader)

    outcome = another_way(story, copy, story.network.south)

    assert outcome.step == NextStep.HOLD_SHELF
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.READY, CopyStatus.SET_ASIDE)


def test_send_another_way_of_a_wrapped_parcel_addresses_it_anew(story):
    hold, copy, parcel = story.packed(story.copies(1)[0].title)
    expire_card(hold.reader)

    assert another_way(story, copy).step == NextStep.CRATE
    parcel = fresh(parcel)
    assert (parcel.destination, parcel.has_old_label, parcel.status) == (
        story.network.south,
        True,
        ParcelStatus.PACKED,
    )


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_send_another_way_lets_it_rest_while_lateness_suspends_and_serves_the_next(story, is_wrapped):
    [copy] = story.copies(1)
    reader = ReaderFactory(signs_in=True)
    hold, copy = story.picked(copy.title, pickup=story.network.newsstand, reader=reader)
    if is_wrapped:
        pack_parcel(copy, story.network.north, actor=None)
    later = story.hold(copy.title)
    suspend(story, reader, 10)

    outcome = another_way(story, fresh(copy))
    dispatch()

    hold = fresh(hold)
    assert (hold.status, hold.suspended_until) == (HoldStatus.QUEUED, clock.today() + dt.timedelta(days=10))
    assert hold.pickup_place == story.network.newsstand
    assert (outcome.step, outcome.hold) == (NextStep.HOLD_SHELF, later)
    assert not Parcel.objects.filter(status=ParcelStatus.PACKED).exists()
    assert Message.objects.filter(reader=reader, kind="hold_held_back").exists()


def test_who_was_held_back_is_the_first_again_when_the_suspension_is_over(story):
    [copy] = story.copies(1)
    hold, copy = story.picked(copy.title, pickup=story.network.newsstand)
    suspend(story, hold.reader, 2)
    another_way(story, copy)
    later = story.hold(copy.title, pickup=story.network.newsstand)
    assert story.copy_of(later) == copy

    story.later(days=2)
    resume_holds()

    assert story.copy_of(hold) == copy
    assert story.copy_of(later) is None
    pick_copy(fresh(copy), story.network.north, actor=None)
    assert pack_parcel(fresh(copy), story.network.north, actor=None).assignment.hold == hold


def test_send_another_way_does_not_let_rest_what_would_be_needed_no_more(story):
    [copy] = story.copies(1)
    hold = story.hold(copy.title, pickup=story.network.newsstand)
    set_not_needed_after(hold, clock.today() + dt.timedelta(days=5), actor=None)
    pick_copy(copy, story.network.north, actor=None)
    suspend(story, hold.reader, 10)

    assert another_way(story, fresh(copy)).destination == story.network.south


def test_send_another_way_takes_one_of_a_set_by_itself_when_the_others_have_gone_ahead(story):
    titles = [story.copies(1)[0].title for _number in range(2)]
    _group, holds = story.group(titles, GroupKind.SET, pickup=story.network.newsstand)
    copies = [story.copy_of(hold) for hold in holds]
    for copy in copies:
        pick_copy(copy, story.network.north, actor=None)
    story.receive(pack_parcel(copies[0], story.network.north, actor=None))
    expire_card(holds[1].reader)

    assert another_way(story, fresh(copies[1])).destination == story.network.south
    assert [fresh(hold).status for hold in holds] == [HoldStatus.READY, HoldStatus.IN_TRANSIT]


def test_send_another_way_moves_a_set_as_a_whole(story):
    titles = [story.copies(1)[0].title for _number in range(2)]
    _group, holds = story.group(titles, GroupKind.SET, pickup=story.network.newsstand)
    copies = [story.copy_of(hold) for hold in holds]
    for copy in copies:
        pick_copy(copy, story.network.north, actor=None)
    expire_card(holds[0].reader)

    another_way(story, fresh(copies[0]))

    assert {fresh(hold).pickup_place for hold in holds} == {story.network.south}


def test_send_another_way_refuses_what_may_leave_what_nobody_asks_for_and_elsewhere(story):
    hold, copy = picked(story)
    with pytest.raises(MayLeave):
        another_way(story, copy)
    with pytest.raises(CopyNotAssigned):
        another_way(story, story.copies(1)[0])
    expire_card(hold.reader)
    with pytest.raises(CopyElsewhere):
        another_way(story, copy, story.network.south)


def test_send_another_way_says_when_there_is_no_library(story):
    hold, copy = picked(story)
    expire_card(hold.reader)
    type(story.network.south).objects.filter(kind="branch").update(accepts_pickup=False)

    with pytest.raises(PickupNotPossible):
        another_way(story, copy)
    assert fresh(hold).status == HoldStatus.PICKED


# --- What has left


@pytest.mark.parametrize("is_at_the_point", [False, True])
def test_what_left_before_is_handed_out_whatever_has_come_since(story, is_at_the_point):
    """The partner cannot know; the loan begins, and the block forbids the next one."""
    hold, copy, parcel = story.packed(story.copies(1)[0].title)
    if is_at_the_point:
        story.receive(parcel)
    suspend(story, hold.reader, 10)
    expire_card(hold.reader)
    if not is_at_the_point:
        story.receive(parcel)

    assert story.hand_over(parcel).detail == "handed_over"
    assert Loan.objects.get(copy=copy).reader == hold.reader


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_send_another_way_at_two_desks_tells_the_reader_once(story, rivals):
    hold, copy = picked(story, reader=ReaderFactory(signs_in=True))
    expire_card(hold.reader)

    outcomes = rivals(*[lambda: send_another_way(fresh(copy), story.network.north, actor=None)] * 2)
    dispatch()

    assert [one.step for one in outcomes] == [NextStep.CRATE] * 2
    assert Message.objects.count() == 1

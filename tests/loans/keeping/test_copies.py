"""Copies are added, corrected, given to another library, withdrawn; nobody who waits for one is forgotten."""

import pytest
from django.urls import reverse

from branches.models import Posting
from catalog.barcodes import BarcodesUsedUp, BarcodeUnreadable, BarcodeWrong, next_barcode, tidy_barcode
from catalog.models import Copy
from catalog.states import CopyStatus
from loans import keeping
from loans.models import Assignment, Transit
from loans.picking import pick_copy
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from tests.factories import CopyFactory, NewsstandFactory, TitleFactory

pytestmark = pytest.mark.django_db


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_next_barcode_follows_the_last_of_ours_with_its_check_digit(db):
    assert next_barcode() == "MI000000018"
    CopyFactory(barcode="MI000001016")
    CopyFactory(barcode="MIX")
    assert next_barcode() == "MI000001024"


def test_when_numbers_are_used_up_a_label_is_asked_for(db):
    CopyFactory(barcode="MI999999990")
    with pytest.raises(BarcodesUsedUp):
        next_barcode()


def test_scanned_barcodes_are_checked():
    assert tidy_barcode(" mi 000001016 ") == "MI000001016"
    assert tidy_barcode("ABC-1") == "ABC-1"
    with pytest.raises(BarcodeWrong):
        tidy_barcode("MI000001017")
    for text in ("x", "a\tb;c", "è" * 5, "x" * 41):
        with pytest.raises(BarcodeUnreadable):
            tidy_barcode(text)


def test_add_copy_lies_at_its_library_and_serves_who_waits(story, network):
    lent = story.copies(1)[0]
    story.lent(lent)
    hold = story.hold(lent.title)

    copy = keeping.add_copy(lent.title, network.south, actor=None, shelf_mark="N CAL")

    assert (copy.home, copy.place, copy.shelf_mark) == (network.south, network.south, "N CAL")
    assert story.copy_of(hold) == copy


def test_a_copy_being_prepared_serves_nobody_until_it_is_checked_in(story, network):
    lent = story.copies(1)[0]
    story.lent(lent)
    hold = story.hold(lent.title)

    copy = keeping.add_copy(lent.title, network.south, actor=None, is_ready=False)
    assert (copy.status, story.copy_of(hold)) == (CopyStatus.IN_PROCESS, None)

    story.given_back(copy, network.south)
    assert story.copy_of(hold) == copy


def test_add_copy_refuses_a_taken_barcode_and_a_place_that_owns_nothing(story, network):
    copy = story.copies(1)[0]
    with pytest.raises(keeping.BarcodeTaken):
        keeping.add_copy(TitleFactory(), network.south, barcode=copy.barcode, actor=None)
    with pytest.raises(keeping.NotAnOwner):
        keeping.add_copy(TitleFactory(), NewsstandFactory(), actor=None)
    merged = TitleFactory(merged_into=copy.title)
    with pytest.raises(keeping.TitleGone):
        keeping.add_copy(merged, network.south, actor=None)


def test_a_copy_that_may_not_be_borrowed_any_more_goes_to_nobody(story):
    first, second = story.copies(2)
    hold = story.hold(first.title)
    meant = story.copy_of(hold)
    other = second if meant == first else first

    keeping.correct_copy(meant, shelf_mark="X", size="L", is_lendable=False, actor=None)

    assert story.copy_of(hold) == other
    assert (fresh(meant).shelf_mark, fresh(meant).size) == ("X", "L")


def test_a_copy_on_its_way_to_a_reader_is_refused(story):
    _hold, copy = story.picked(story.copies(1)[0].title)
    with pytest.raises(keeping.CopyKept):
        keeping.correct_copy(copy, shelf_mark="", size="M", is_lendable=False, actor=None)
    with pytest.raises(keeping.CopyKept):
        keeping.withdraw_copy(copy, reason="rotto", actor=None)


def test_a_copy_that_becomes_another_volume_goes_to_who_waits_for_that(story):
    title = TitleFactory()
    first, lent = (story.copies(1, title=title, volume=volume)[0] for volume in ("1", "2"))
    story.lent(lent)
    had, waits = (story.hold(title, level=HoldLevel.VOLUME, volume=volume) for volume in ("1", "2"))
    assert story.copy_of(had) == first

    keeping.correct_copy(first, shelf_mark="", size="M", is_lendable=True, volume="2", actor=None)

    assert (fresh(had).status, story.copy_of(waits)) == (HoldStatus.QUEUED, first)
    pick_copy(first, story.network.north, actor=None)
    with pytest.raises(keeping.CopyKept):
        keeping.correct_copy(first, shelf_mark="", size="M", is_lendable=True, volume="1", actor=None)


def test_a_volume_does_not_matter_to_who_reserved_the_edition(story):
    hold, copy = story.picked(story.copies(1)[0].title)

    keeping.correct_copy(copy, shelf_mark="", size="M", is_lendable=True, volume=" 1 ", actor=None)

    assert (fresh(copy).volume, story.copy_of(hold)) == ("1", copy)


def test_becoming_lendable_serves_who_waits(story):
    copy = story.copies(1, is_lendable=False)[0]
    lent = story.copies(1, title=copy.title)[0]
    story.lent(lent)
    hold = story.hold(copy.title)

    keeping.correct_copy(copy, shelf_mark="", size="M", is_lendable=True, actor=None)

    assert story.copy_of(hold) == copy


def test_a_free_copy_sets_out_for_its_new_library(story, network):
    copy = story.copies(1, home=network.north)[0]

    keeping.relocate_copy(copy, network.south, shelf_mark="S 1", actor=None)

    copy = fresh(copy)
    assert (copy.home, copy.status, copy.shelf_mark) == (network.south, CopyStatus.IN_TRANSIT, "S 1")
    assert Transit.objects.get(copy=copy).destination == network.south


def test_a_lent_or_promised_copy_changes_library_and_stays_what_it_is(story, network):
    lent, promised = story.copies(1)[0], story.copies(1)[0]
    story.lent(lent)
    hold = story.hold(promised.title)

    for copy in (lent, promised):
        keeping.relocate_copy(copy, network.south, actor=None)

    assert (fresh(lent).home, fresh(lent).status) == (network.south, CopyStatus.ON_LOAN)
    assert story.copy_of(hold) == promised
    assert fresh(promised).status == CopyStatus.AVAILABLE


def test_withdraw_gives_the_turn_to_the_next_copy(story):
    first, second = story.copies(2)
    hold = story.hold(first.title)
    meant = story.copy_of(hold)

    keeping.withdraw_copy(meant, reason="rovinato", actor=None)
    keeping.withdraw_copy(meant, reason="rovinato", actor=None)

    assert (fresh(meant).status, fresh(meant).place) == (CopyStatus.WITHDRAWN, None)
    assert story.copy_of(hold) == (second if meant == first else first)


def test_the_last_copy_that_readers_wait_for_goes_only_when_confirmed(story):
    copy = story.copies(1)[0]
    hold = story.hold(copy.title)

    with pytest.raises(keeping.ReadersWait, match="wait for this title: 1"):
        keeping.withdraw_copy(copy, reason="perso", actor=None)
    keeping.withdraw_copy(copy, reason="perso", although_waited_for=True, actor=None)

    assert fresh(hold).status == HoldStatus.QUEUED
    assert not Assignment.objects.open().exists()


def test_withdraw_refuses_what_is_lent_on_the_road_or_reserved_itself(story, network):
    lent, wanted = story.copies(1)[0], story.copies(1)[0]
    story.lent(lent)
    reserved = story.copies(2, title=wanted.title)[0]
    story.hold(wanted.title, level=HoldLevel.COPY, copy=reserved)
    travelling = story.copies(1, home=network.north)[0]
    keeping.relocate_copy(travelling, network.south, actor=None)

    for copy, refusal in (
        (lent, keeping.CopyLent),
        (reserved, keeping.CopyReserved),
        (travelling, keeping.CopyTravels),
    ):
        with pytest.raises(refusal):
            keeping.withdraw_copy(copy, reason="x", actor=None)


def test_mark_missing_gives_the_turn_to_the_next_and_spares_what_moved(story, network):
    first, second = story.copies(2)
    hold = story.hold(first.title)
    meant = story.copy_of(hold)
    since = clock.now()
    keeping.mark_missing(meant, meant.place, since=since, actor=None)
    assert fresh(meant).status == CopyStatus.MISSING
    assert story.copy_of(hold) == (second if meant == first else first)

    other = story.copies(1)[0]
    story.later(minutes=1)
    story.lent(other)
    with pytest.raises(keeping.NotMissing):
        keeping.mark_missing(other, network.north, since=since, actor=None)


# --- pages


def test_a_copy_is_added_at_the_active_desk(desk, network):
    title = TitleFactory()

    answer = desk.post(
        "title_copies", title.pk, barcode="", shelf_mark="N VER", size="S", is_lendable="on", is_ready="1"
    )

    copy = Copy.objects.get()
    assert answer.status_code == 302
    assert (copy.home, copy.barcode, copy.size) == (network.south, "MI000000018", "S")
    assert copy.barcode in desk.get("title_copies", title.pk).content.decode()


def test_a_wrong_barcode_is_refused_in_words(desk):
    title = TitleFactory()

    answer = desk.post("title_copies", title.pk, barcode="MI000001017", size="M", is_lendable="on", is_ready="1")

    assert answer.status_code == 422
    assert "last digit does not fit" in answer.content.decode()
    assert not Copy.objects.exists()


def test_a_scan_leads_to_the_copy_and_its_acts(desk, network):
    copy = CopyFactory(home=network.south)

    found = desk.post("copy_find", scan=copy.barcode)
    unknown = desk.post("copy_find", scan="nothing")
    desk.post("copy_correct", copy.pk, shelf_mark="Z 9", size="L", is_lendable="on")
    moved = desk.post("copy_relocate", copy.pk, **{"to-home": network.north.pk, "to-shelf_mark": "A 1"})

    assert found["Location"] == reverse("admin:copy_edit", args=[copy.pk])
    assert unknown.status_code == 422
    assert moved.status_code == 302
    assert (fresh(copy).size, fresh(copy).home, fresh(copy).shelf_mark) == ("L", network.north, "A 1")
    assert "on the road" in desk.get("copy_edit", copy.pk).content.decode()


def test_a_copy_of_another_library_is_neither_given_away_nor_withdrawn(desk, other_desk, network):
    copy = CopyFactory(home=network.north, place=network.north)

    moved = desk.post("copy_relocate", copy.pk, **{"to-home": network.south.pk})
    gone = desk.post("copy_withdraw", copy.pk, **{"out-reason": "rotto"})

    for answer in (moved, gone):
        assert answer.status_code == 422
        assert f"This copy belongs to {network.north}" in answer.content.decode()
    assert (fresh(copy).home, fresh(copy).status) == (network.north, CopyStatus.AVAILABLE)
    assert other_desk.post("copy_withdraw", copy.pk, **{"out-reason": "rotto"}).status_code == 302
    assert fresh(copy).status == CopyStatus.WITHDRAWN


def test_all_postings_count_not_only_the_active_desk(desk, network):
    Posting.objects.create(user=desk.user, place=network.north)
    copy = CopyFactory(home=network.north, place=network.north)

    assert desk.post("copy_withdraw", copy.pk, **{"out-reason": "rotto"}).status_code == 302


def test_managers_give_away_and_withdraw_copies_of_every_library(manager, network):
    copy = CopyFactory(home=network.north, place=network.north)

    assert manager.post("copy_relocate", copy.pk, **{"to-home": network.south.pk}).status_code == 302
    assert fresh(copy).home == network.south

    other = CopyFactory(home=network.north, place=network.north)
    assert manager.post("copy_withdraw", other.pk, **{"out-reason": "rotto"}).status_code == 302
    assert fresh(other).status == CopyStatus.WITHDRAWN


def test_withdrawing_the_last_copy_asks_once_more(desk, story, network):
    copy = story.copies(1, home=network.south)[0]
    story.hold(copy.title)

    asked = desk.post("copy_withdraw", copy.pk, **{"out-reason": "rotto"})
    done = desk.post("copy_withdraw", copy.pk, **{"out-reason": "rotto", "out-although_waited_for": "on"})

    assert asked.status_code == 422
    assert 'name="out-although_waited_for"' in asked.content.decode()
    assert 'name="out-although_waited_for"' not in desk.get("copy_edit", copy.pk).content.decode()
    assert done.status_code == 302
    assert fresh(copy).status == CopyStatus.WITHDRAWN


def test_only_librarians_change_copies(desk, clerk):
    copy = CopyFactory()
    for name in ("copy_correct", "copy_relocate", "copy_withdraw"):
        assert clerk.post(name, copy.pk, **{"out-reason": "x"}).status_code == 403
    assert clerk.get("copy_edit", copy.pk).status_code == 403
    assert clerk.get("title_copies", copy.title_id).status_code == 403
    assert desk.get("copy_edit", copy.pk).status_code == 200
    assert fresh(copy).status == CopyStatus.AVAILABLE


@pytest.mark.parametrize("count", [1, 3])
def test_copies_of_a_title_take_as_many_queries_for_one_as_for_three(count, desk, django_assert_num_queries):
    title = TitleFactory()
    CopyFactory.create_batch(count, title=title)

    with django_assert_num_queries(7):
        desk.get("title_copies", title.pk)

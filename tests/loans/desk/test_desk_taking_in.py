"""A copy that is scanned with nobody at the desk: where it goes, what became of its loan, what must be seen."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.models import Loan, Task, TaskKind
from loans.states import LoanStatus
from tests.factories import CopyFactory, ReaderFactory


def test_copy_with_nobody_at_the_desk_is_taken_in_and_its_shelf_named(desk, story, network):
    copy = CopyFactory(home=network.south, shelf_mark="N CAL")
    loan = story.lent(copy)

    answer = desk.scan("desk_counter", copy.barcode).content.decode()

    loan.refresh_from_db()
    assert loan.status == LoanStatus.CLOSED
    assert "Back to its shelf" in answer
    assert "N CAL" in answer
    assert "The loan ended now." in answer
    assert 'data-sound="shelf"' in answer
    assert "data-alert" not in answer


def test_copy_given_back_at_a_point_says_where_and_when(desk, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)
    story.later(days=3, hours=1)
    story.take_back(copy, network.newsstand)
    story.later(days=1)

    first = desk.scan("desk_counter", copy.barcode).content.decode()
    again = desk.scan("desk_counter", copy.barcode).content.decode()

    expected = f"The loan had ended on 5 March, 10:00 at {network.newsstand}."
    assert expected in first
    assert expected in again


def test_copy_for_a_waiting_reader_says_whose_without_the_name_and_asks_to_be_confirmed(desk, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)
    reader = ReaderFactory(given_name="Alda", family_name="Merini")
    story.hold(copy.title, reader=reader, pickup=network.south)

    answer = desk.scan("desk_counter", copy.barcode).content.decode()

    assert "To the shelf of reservations" in answer
    assert f"Reserved: to the hold shelf, A.M. {reader.card_number[-4:]}" in answer
    assert 'hx-swap-oob="beforeend:#alerts"' in answer
    assert 'data-sound="hold alert"' in answer
    assert "Merini" not in answer


def test_copy_of_another_library_says_crate(desk, network):
    copy = CopyFactory(home=network.north)

    answer = desk.scan("desk_counter", copy.barcode).content.decode()

    assert "Into the crate" in answer
    assert f"for {network.north}" in answer
    assert f"Not for here: into the crate for {network.north}" in answer


def test_copy_for_a_partners_point_offers_to_pack(desk, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)
    story.hold(copy.title, pickup=network.newsstand)

    answer = desk.scan("desk_counter", copy.barcode).content.decode()

    assert "Pack it as a parcel" in answer
    assert f"Reserved for another point: {network.newsstand}" in answer
    assert 'action="/gestione/banco/pacchi/"' in answer


def test_parcel_that_comes_back_unopened_is_taken_in_by_its_tag(desk, story, network):
    _hold, copy, parcel = story.packed(CopyFactory(home=network.south).title)

    answer = desk.scan("desk_counter", f"{parcel.tag[:4]}-{parcel.tag[4:].lower()}").content.decode()

    assert copy.barcode in answer
    assert f"for {network.newsstand}" in answer


def test_without_javascript_a_message_says_the_same(desk, story, network):
    copy = CopyFactory(home=network.south, shelf_mark="N CAL")
    story.lent(copy)

    assert desk.told("desk_counter", copy.barcode) == [f"{copy.title}: Back to its shelf · N CAL. The loan ended now."]
    assert desk.told("desk_counter", "000") == ["No copy has this barcode. Scan it again, or type the number below it."]


def test_any_copy_of_the_network_is_taken_in_where_it_is_scanned(desk, story, network):
    loan = story.lent(CopyFactory(home=network.north))

    desk.scan("desk_counter", loan.copy.barcode)

    assert Loan.objects.get(pk=loan.pk).returned_place == network.south


@pytest.mark.parametrize("moment", ["taken in", "lent"])
def test_other_parts_of_a_copy_are_asked_for(moment, desk, story, network):
    copy = CopyFactory(home=network.south, parts_note="2 CDs and a map")
    visit = ""
    if moment == "lent":
        visit = desk.greets(ReaderFactory())

    answer = desk.scan("desk_counter", copy.barcode, visit=visit).content.decode()

    assert "Are all its parts there? 2 CDs and a map" in answer


def test_missing_parts_become_one_task_of_the_library(desk, story, network):
    copy = CopyFactory(home=network.south, parts_note="2 CDs")

    first = desk.scan("desk_parts", copy.barcode)
    desk.scan("desk_parts", copy.barcode)

    task = Task.objects.get()
    assert (task.kind, task.copy, task.place) == (TaskKind.PARTS_MISSING, copy, network.south)
    assert "parts are missing" in first.content.decode()
    assert desk.scan("desk_parts", "000").status_code == 422


def stacked(desk):
    """Return the piles at the side as they are named there: step, destination, what is written beside each copy."""
    piles = desk.get("desk_counter").context["piles"]
    return [(pile.step.value, pile.destination, [row.mark for row in pile.rows]) for pile in piles]


def test_stack_is_sorted_by_where_each_copy_goes(desk, story, network):
    reader = ReaderFactory(given_name="Ada", family_name="Negri")
    held, wrapped, home, again, foreign = (
        CopyFactory(home=place, shelf_mark=mark)
        for place, mark in zip([network.south] * 4 + [network.north], ["A", "B", "N CAL", "N PAV", "C"], strict=True)
    )
    for copy in (held, wrapped):
        story.lent(copy)
    story.hold(held.title, reader=reader, pickup=network.south)
    story.hold(wrapped.title, pickup=network.newsstand)

    for copy in (home, held, wrapped, foreign, again, home):
        desk.scan("desk_counter", copy.barcode)
        story.later(seconds=1)

    assert stacked(desk) == [
        ("shelf", "", ["N PAV", "N CAL"]),
        ("hold_shelf", "", [f"A.N. {reader.card_number[-4:]}"]),
        ("pack", network.newsstand.name, [""]),
        ("crate", network.north.name, [""]),
    ]


def test_what_has_left_the_desk_leaves_the_stack(desk, other_desk, story, network):
    copy, lent = CopyFactory.create_batch(2, home=network.south)
    for one in (copy, lent):
        desk.scan("desk_counter", one.barcode)
    story.lent(lent)

    assert [row.copy for pile in desk.get("desk_counter").context["piles"] for row in pile.rows] == [copy]
    assert stacked(other_desk) == []


def test_new_stack_begins_empty(desk, story, network):
    first, second = CopyFactory.create_batch(2, home=network.south)
    desk.scan("desk_counter", first.barcode)
    story.later(seconds=1)

    desk.post("desk_stack", htmx=True)
    story.later(seconds=1)
    assert stacked(desk) == []
    desk.scan("desk_counter", second.barcode)

    assert [row.copy for pile in desk.get("desk_counter").context["piles"] for row in pile.rows] == [second]


def test_scan_into_a_stack_takes_as_many_statements_however_high_it_is(desk, story, network):
    def scans(barcode):
        with CaptureQueriesContext(connection) as seen:
            desk.scan("desk_counter", barcode)
        return len(seen)

    def one_of_each():
        held = CopyFactory(home=network.south)
        story.lent(held)
        story.hold(held.title, pickup=network.south)
        return [held, CopyFactory(home=network.south), CopyFactory(home=network.north)]

    first, second = [story.lent(CopyFactory(home=network.south)).copy for _number in range(2)]
    for copy in one_of_each():
        scans(copy.barcode)
    low = scans(first.barcode)
    for copy in (*one_of_each(), *one_of_each()):
        scans(copy.barcode)
    high = scans(second.barcode)

    assert low == high <= 30

"""Boxes and bags at the desk: which one, when, and scan by scan what lay in it."""

import datetime as dt

import pytest

from loans.models import Emptying
from milanolib import clock
from tests.factories import CopyFactory, NewsstandFactory, ReturnBoxFactory


@pytest.fixture
def box(network):
    return ReturnBoxFactory(parent=network.south)


def wall(instant):
    """Return what a browser sends of a time."""
    return clock.local(instant).strftime("%Y-%m-%dT%H:%M")


def test_box_that_was_emptied_leads_to_its_contents(desk, story, box):
    answer = desk.post("desk_boxes", place=box.pk, emptied_at=wall(clock.now()))

    emptying = Emptying.objects.get()
    assert answer["Location"] == f"/gestione/banco/cassette/{emptying.pk}/"
    assert (emptying.place, emptying.emptied_at, emptying.by) == (box, clock.now(), desk.user)
    assert "for the first time" in desk.get("desk_box", emptying.pk).content.decode()


def test_what_lay_in_the_box_ends_its_loan_and_says_when_and_where_to(desk, story, network, box):
    copy = CopyFactory(home=network.south, shelf_mark="N CAL")
    loan = story.lent(copy)
    story.later(days=2)
    desk.post("desk_boxes", place=box.pk, emptied_at=wall(clock.now()))
    story.later(days=3)
    desk.post("desk_boxes", place=box.pk, emptied_at=wall(clock.now()))
    emptying = Emptying.objects.order_by("pk").last()

    answers = [desk.scan("desk_box", copy.barcode, emptying.pk).content.decode() for _time in range(2)]

    loan.refresh_from_db()
    assert clock.local(loan.closed_at) == dt.datetime(2026, 3, 4, 9, 0, 1, tzinfo=clock.ROME)
    for answer in answers:
        assert "Back to its shelf" in answer
        assert f"The loan had ended on 4 March, 09:00 at {box}." in answer


def test_what_lay_in_the_box_without_javascript_is_told_on_the_page(desk, story, network, box):
    copy = CopyFactory(home=network.north)
    desk.post("desk_boxes", place=box.pk, emptied_at=wall(clock.now()))
    emptying = Emptying.objects.get()

    assert desk.told("desk_box", copy.barcode, emptying.pk) == [f"{copy.title}: Into the crate · for {network.north}. "]
    assert desk.told("desk_box", "404", emptying.pk) == [
        "No copy has this barcode. Scan it again, or type the number below it."
    ]


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        ({"hours": -1}, "This time has not come yet."),
        ({"days": 2}, "It was emptied again on 2 March, 09:00."),
    ],
)
def test_time_that_cannot_be_is_refused_beside_its_field(desk, story, box, ago, words):
    desk.post("desk_boxes", place=box.pk, emptied_at=wall(clock.now()))

    answer = desk.post("desk_boxes", place=box.pk, emptied_at=wall(clock.now() - dt.timedelta(**ago)))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Emptying.objects.count() == 1


@pytest.mark.parametrize("emptied_at", ["", "yesterday", "2026-03-29T02:30"])
def test_time_that_is_none_is_refused(desk, story, box, emptied_at):
    assert desk.post("desk_boxes", place=box.pk, emptied_at=emptied_at).status_code == 422


def test_boxes_are_those_that_come_to_this_library(desk, other_desk, story, box):
    elsewhere = NewsstandFactory()
    desk.post("desk_boxes", place=box.pk, emptied_at=wall(clock.now()))
    emptying = Emptying.objects.get()

    assert desk.post("desk_boxes", place=elsewhere.pk, emptied_at=wall(clock.now())).status_code == 422
    assert other_desk.get("desk_box", emptying.pk).status_code == 404
    assert str(box) not in other_desk.get("desk_boxes").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_boxes_take_as_many_queries_for_one_row_as_for_three(count, desk, story, box, django_assert_num_queries):
    for _number in range(count):
        story.later(days=1)
        desk.post("desk_boxes", place=box.pk, emptied_at=wall(clock.now()))

    with django_assert_num_queries(7):
        desk.get("desk_boxes")

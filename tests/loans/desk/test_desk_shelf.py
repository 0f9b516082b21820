"""The hold shelf."""

import pytest

from loans.holds import cancel_hold, expire_holds
from loans.models import Hold
from tests.factories import CopyFactory, ReaderFactory


def ready(story, place, count=1, **hold):
    """Copies kept on the hold shelf of a library; returns the holds."""
    return [story.ready(CopyFactory(home=place).title, pickup=place, **hold)[0] for _number in range(count)]


def test_shelf_shows_initials_card_end_title_and_last_day_of_the_own_branch(desk, other_desk, story, network):
    reader = ReaderFactory(given_name="Carlo", family_name="Porta")
    [hold] = ready(story, network.south, reader=reader)
    [foreign] = ready(story, network.north)

    page = desk.get("desk_shelf").content.decode()

    assert f"C.P. {reader.card_number[-4:]}" in page
    assert "Porta" not in page
    assert hold.title.title in page
    assert "until Monday 9 March" in page
    assert foreign.title.title not in page
    assert foreign.title.title in other_desk.get("desk_shelf").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_shelf_takes_as_many_queries_for_one_row_as_for_three(count, desk, story, network, django_assert_num_queries):
    ready(story, network.south, count)
    for hold in ready(story, network.south, count):
        cancel_hold(hold, actor=None)

    with django_assert_num_queries(7):
        desk.get("desk_shelf")


def test_shelf_shows_what_is_past_its_last_day_first(desk, story, network):
    [late] = ready(story, network.south)
    story.later(days=4)
    [fresh] = ready(story, network.south)
    story.later(days=4)

    page = desk.get("desk_shelf")

    assert [held.hold for held in page.context["kept"]] == [late, fresh]
    assert page.content.decode().count("past its last day") == 1


@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_copy_whose_reservation_ended_leaves_the_shelf_once_it_is_scanned(end, desk, story, network):
    [hold] = ready(story, network.south)
    copy = story.copy_of(hold)
    story.later(days=8)
    if end == "expired":
        expire_holds()
    else:
        cancel_hold(hold, actor=None)
    story.later(minutes=5)

    before = desk.get("desk_shelf").context
    desk.scan("desk_counter", copy.barcode)
    after = desk.get("desk_shelf").context

    assert [held.copy for held in before["leaving"]] == [copy]
    assert list(before["kept"]) == list(after["kept"]) == list(after["leaving"]) == []


def test_copy_of_an_ended_reservation_that_another_reader_waits_for_leaves_the_shelf_too(desk, story, network):
    [hold] = ready(story, network.south)
    copy = story.copy_of(hold)
    story.hold(copy.title, pickup=network.north)
    cancel_hold(hold, actor=None)

    assert [held.copy for held in desk.get("desk_shelf").context["leaving"]] == [copy]


def test_reservation_cancelled_before_it_was_ready_has_nothing_on_the_shelf(desk, story, network):
    hold, _copy = story.picked(CopyFactory(home=network.south).title, pickup=network.newsstand)
    cancel_hold(hold, actor=None)

    assert Hold.objects.get().status == "cancelled"
    assert not desk.get("desk_shelf").context["leaving"]


def test_copy_is_taken_off_the_shelf_by_scanning_it_there(desk, story, network):
    [hold] = ready(story, network.south)
    [kept] = ready(story, network.south)
    copy = story.copy_of(hold)
    cancel_hold(hold, actor=None)

    gone = desk.scan("desk_shelf", copy.barcode).content.decode()
    stays = desk.scan("desk_shelf", story.copy_of(kept).barcode).content.decode()
    unknown = desk.scan("desk_shelf", "000")

    assert "Back to its shelf" in gone
    assert f'id="leaving-{copy.pk}" hx-swap-oob="delete"' in gone
    assert "To the shelf of reservations" in stays
    assert unknown.status_code == 422

"""Titles of which we have no copy but in a deposit: the library of the set is asked, once, until nobody waits."""

import datetime as dt

import pytest

from loans.claims import declare_lost
from loans.deposit_moves import bring_home, call_back_copy
from loans.deposit_wants import look_at_wants
from loans.expectations import Outlook, expected_for
from loans.hold_changes import resume_hold, suspend_hold
from loans.lending import check_in
from loans.models import Task, TaskKind
from loans.settling import close_task
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from tests.factories import LibrarianFactory, TitleFactory
from tests.loans.desk.conftest import Desk
from tests.story import fresh


@pytest.fixture
def stay(story):
    """A set of two books of the north library at a house."""
    return story.deposit_in_place(2)


@pytest.fixture
def copy(story, stay):
    return story.copies_in(stay.deposit)[0]


@pytest.fixture
def hold(story, network, copy):
    return story.hold(copy.title, pickup=network.newsstand)


def wants():
    return Task.objects.filter(kind=TaskKind.DEPOSIT_WANTED, closed_at=None)


def test_look_at_wants_asks_the_library_of_the_set_once(network, copy, hold):
    assert [look_at_wants() for _time in range(2)] == [1, 0]

    task = wants().get()
    assert (task.place, task.copy, task.work) == (network.north, copy, copy.title.work)
    assert expected_for([hold])[hold.pk].outlook == Outlook.UNKNOWN, "no day is promised that a set would break"


def test_call_back_copy_closes_the_task_and_serves_the_reader(network, copy, hold):
    look_at_wants()
    call_back_copy(copy, actor=None)
    assert wants().count() == 0
    assert look_at_wants() == 0, "it is on its way"

    check_in(copy, network.south, actor=None)
    assert fresh(hold).status == HoldStatus.PICKED


def test_look_at_wants_is_silent_while_another_copy_may_come(story, copy):
    [other] = story.copies(1, title=copy.title)
    loan = story.lent(other)
    hold = story.hold(copy.title)
    assert look_at_wants() == 0

    declare_lost(loan, actor=None)
    assert look_at_wants() == 1
    story.given_back(other)
    assert look_at_wants() == 0
    assert wants().count() == 0
    assert fresh(hold).status == HoldStatus.READY


def test_look_at_wants_knows_what_is_asked_for(story, network, copy):
    """Any edition of the work can be had from the shelf, this one cannot."""
    edition = TitleFactory(work=copy.title.work)
    [lent] = story.copies(1, title=edition)
    story.lent(lent)
    story.hold(edition, pickup=network.north, level=HoldLevel.WORK)
    assert look_at_wants() == 0

    story.hold(copy.title, pickup=network.north, level=HoldLevel.TITLE)
    assert look_at_wants() == 1
    assert wants().get().copy == copy


@pytest.mark.parametrize("way", ["cancelled", "brought home"])
def test_look_at_wants_closes_what_nobody_needs_any_more(story, stay, hold, way):
    look_at_wants()
    if way == "cancelled":
        story.cancelled(hold)
    else:
        bring_home(stay.deposit, actor=None)

    assert look_at_wants() == 0
    assert wants().count() == 0


def test_look_at_wants_waits_while_the_reservation_rests(story, hold):
    suspend_hold(hold, clock.today() + dt.timedelta(days=9), actor=None)
    assert look_at_wants() == 0
    resume_hold(hold, actor=None)
    assert look_at_wants() == 1


def test_look_at_wants_does_not_ask_again_what_a_librarian_has_closed(hold):
    look_at_wants()
    close_task(wants().get(), answer="not worth the trip", actor=None)

    assert look_at_wants() == 0


@pytest.mark.django_db(transaction=True)
def test_look_at_wants_twice_at_once_asks_once(rivals, story, network):
    stay = story.deposit_in_place(1)
    story.hold(story.copies_in(stay.deposit)[0].title, pickup=network.newsstand)

    rivals(look_at_wants, look_at_wants)

    assert wants().count() == 1


# --- The page


def test_tasks_page_names_set_and_house_and_calls_back_with_one_button(story, network, stay, copy, hold):
    look_at_wants()
    desk = Desk(LibrarianFactory(desk=network.north), network.north)
    page = " ".join(desk.get("desk_tasks").content.decode().split())
    assert str(stay.deposit) in page
    assert f"at {stay.place} until" in page
    assert "Call it back for the reader" in page
    assert hold.reader.card_number not in page

    desk.post("desk_deposit_act", stay.deposit_id, "richiamo", scan=copy.barcode)
    assert wants().count() == 0
    other = Desk(LibrarianFactory(desk=network.south), network.south)
    assert str(stay.deposit) not in other.get("desk_tasks").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_tasks_page_takes_as_many_queries_for_one_row_as_for_three(count, story, network, django_assert_num_queries):
    deposits = [story.deposit_in_place(1) for _number in range(count)]
    for one in deposits:
        story.hold(story.copies_in(one.deposit)[0].title, pickup=network.north)
    look_at_wants()
    desk = Desk(LibrarianFactory(desk=network.north), network.north)

    with django_assert_num_queries(10):
        desk.get("desk_tasks")

"""What a branch has to look for, and readers' problems: lists and buttons."""

import pytest

from catalog.states import CopyStatus
from loans.claims import claim_returned, declare_lost, disown_loan
from loans.journeys import look_for_late_journeys
from loans.models import Transit
from loans.states import HoldStatus
from milanolib import clock
from tests.factories import CopyFactory, ReaderFactory, UserFactory
from tests.loans.desk.conftest import Desk
from tests.story import fresh


def on_the_road(story, origin, pickup):
    """Return a copy that set out from a library a month ago and never arrived, with its journey."""
    _hold, copy = story.picked(CopyFactory(home=origin).title, pickup=pickup)
    story.later(days=30)
    look_for_late_journeys()
    return copy, Transit.objects.get(copy=copy)


# --- To look for


def test_searches_are_those_of_the_own_branch(desk, other_desk, story, network):
    late, _journey = on_the_road(story, network.north, network.south)
    claimed = story.lent(CopyFactory(home=network.south))
    claim_returned(claimed, returned_on=clock.today(), place=None, actor=None)
    never = story.lent(CopyFactory(home=network.south))
    disown_loan(never, reason="another card", actor=None)

    here, there = desk.get("desk_searches"), other_desk.get("desk_searches")

    assert {task.copy for task in here.context["wanted"]} == {claimed.copy, never.copy}
    assert [one.copy for one in here.context["late"]] == [one.copy for one in there.context["late"]] == [late]
    assert there.context["wanted"] == []


def test_searches_stand_in_a_list_of_their_own_and_not_among_the_tasks(desk, story, network):
    copy, _journey = on_the_road(story, network.north, network.south)

    assert copy.barcode not in desk.get("desk_tasks").content.decode()
    assert copy.barcode in desk.get("desk_searches").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_searches_take_as_many_queries_for_one_row_as_for_three(count, desk, story, network, django_assert_num_queries):
    for _number in range(count):
        claim_returned(story.lent(CopyFactory(home=network.south)), returned_on=clock.today(), place=None, actor=None)
        story.picked(CopyFactory(home=network.north).title, pickup=network.south)
    story.later(days=30)
    look_for_late_journeys()

    with django_assert_num_queries(7):
        desk.get("desk_searches")


def test_scan_of_what_was_found_takes_it_in_and_takes_its_line_away(desk, story, network):
    copy, _journey = on_the_road(story, network.north, network.south)

    answer = desk.scan("desk_searches", copy.barcode).content.decode()

    assert "To the shelf of reservations" in answer
    assert f'id="late-{copy.pk}" hx-swap-oob="delete"' in answer
    assert fresh(copy).status == CopyStatus.SET_ASIDE


def test_scan_of_what_was_claimed_says_that_its_reader_was_right(desk, story, network):
    loan = story.lent(CopyFactory(home=network.south))
    claim_returned(loan, returned_on=clock.today(), place=None, actor=None)

    assert "Its reader was right" in desk.told("desk_searches", loan.copy.barcode)[0]


def test_scan_of_what_nobody_knows_is_refused(desk):
    assert desk.scan("desk_searches", "nonsense").status_code == 422


def test_not_arrived_makes_it_missing_and_serves_its_reader_anew(desk, story, network):
    copy, journey = on_the_road(story, network.north, network.south)
    [another] = CopyFactory.create_batch(1, title=copy.title, home=network.north)

    answer = desk.post("desk_not_arrived", journey.pk, htmx=True)

    assert answer.status_code == 200
    assert fresh(copy).status == CopyStatus.MISSING
    assert fresh(another).assignments.filter(released_at=None).get().hold.status == HoldStatus.ASSIGNED


def test_not_arrived_of_what_has_arrived_meanwhile_is_refused(desk, story, network):
    copy, journey = on_the_road(story, network.north, network.south)
    story.given_back(copy, place=network.south)

    assert desk.post("desk_not_arrived", journey.pk, htmx=True).status_code == 422
    assert fresh(copy).status == CopyStatus.SET_ASIDE


def test_not_arrived_of_a_journey_between_others_is_not_found(desk, story, network):
    _copy, journey = on_the_road(story, network.north, network.stop)

    assert desk.post("desk_not_arrived", journey.pk).status_code == 404


# --- Claims and losses


def test_problems_are_those_that_concern_the_branch_and_name_no_reader(desk, other_desk, story, network):
    reader = ReaderFactory(given_name="Ada", family_name="Negri")
    mine = story.lent(CopyFactory(home=network.south), reader=reader)
    declare_lost(mine, actor=None)
    named = story.lent(CopyFactory(home=network.north))
    claim_returned(named, returned_on=clock.today(), place=network.newsstand, actor=None)

    page = desk.get("desk_problems")

    assert set(page.context["loans"]) == {mine, named}
    assert list(other_desk.get("desk_problems").context["loans"]) == [named]
    assert f"A.N. {reader.card_number[-4:]}" in page.content.decode()
    assert "Negri" not in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_problems_take_as_many_queries_for_one_row_as_for_three(count, desk, story, network, django_assert_num_queries):
    for _number in range(count):
        declare_lost(story.lent(CopyFactory(home=network.south)), actor=None)
        claim_returned(
            story.lent(CopyFactory(home=network.south)),
            returned_on=clock.today(),
            place=network.newsstand,
            actor=None,
        )

    with django_assert_num_queries(6):
        desk.get("desk_problems")


# --- Who may


@pytest.mark.parametrize("listed", ["desk_searches", "desk_problems"])
def test_only_who_works_at_a_desk_may_look(listed, network, db):
    nobody = Desk(UserFactory(is_staff=True), network.south)

    assert nobody.get(listed).status_code == 403

"""Who may collect for whom."""

import datetime as dt

import pytest
from django.db import IntegrityError

from accounts.models import ReaderStatus
from loans.delegations import (
    DelegateIsOneself,
    DelegateUnknown,
    DelegationDaysWrong,
    DelegatorRefused,
    TooManyDelegations,
    collecting_at,
    collectors_of,
    collects_for,
    find_delegate,
    forget_old_delegations,
    hand_out,
    let_collect,
    ready_through,
    revoke_delegation,
)
from loans.errors import CardExpired, CopyKeptForAnother
from loans.models import Delegation, Loan
from loans.states import HoldStatus
from milanolib import clock
from tests.factories import LibrarianFactory, ReaderFactory
from tests.story import fresh

DAY = dt.timedelta(days=1)


def given(reader, delegate=None, name="Bruno Neri", days=(0, 30), actor=None):
    today = clock.today()
    return let_collect(
        reader,
        delegate=delegate,
        name=name,
        valid_from=today + days[0] * DAY,
        valid_until=today + days[1] * DAY,
        actor=actor,
    )


@pytest.fixture
def anna(db):
    return ReaderFactory(given_name="Anna", family_name="Neri")


@pytest.fixture
def bruno(db):
    return ReaderFactory(given_name="Bruno", family_name="D'Aragò")


def test_let_collect_is_seen_when_the_card_is_scanned(monday, anna, bruno):
    delegation = given(anna, bruno)

    (found,) = collects_for(bruno)
    assert (found, found.reader) == (delegation, anna)
    assert list(collects_for(anna)) == []


def test_let_collect_for_a_person_without_a_card_is_seen_on_the_readers_card(monday, anna):
    delegation = given(anna, name="Marie Curie")

    (found,) = collectors_of(anna)
    assert (found, found.delegate_name, found.delegate) == (delegation, "Marie Curie", None)


@pytest.mark.parametrize("name", ["Marie Curie", "marie curie"])
def test_let_collect_again_changes_the_days(monday, anna, name):
    first = given(anna, name="Marie Curie", days=(0, 1))

    second = given(anna, name=name, days=(0, 90))

    assert first.pk == second.pk
    assert fresh(first).valid_until == clock.today() + 90 * DAY


@pytest.mark.parametrize(("days", "is_valid"), [((0, 0), True), ((1, 3), False), ((-9, 0), True)])
def test_collects_for_asks_for_the_day(monday, anna, bruno, days, is_valid):
    given(anna, bruno, days=days)

    assert collects_for(bruno).exists() == is_valid


def test_collects_for_ends_with_the_last_day_and_with_a_closed_card(monday, anna, bruno):
    given(anna, bruno, days=(0, 1))
    other = ReaderFactory()
    given(other, bruno)
    type(other).objects.filter(pk=other.pk).update(status=ReaderStatus.CLOSED)
    assert [one.reader for one in collects_for(bruno)] == [anna]

    monday.shift(2 * DAY)

    assert not collects_for(bruno).exists()


def test_revoke_delegation_ends_it_at_once(monday, anna, bruno):
    delegation = given(anna, bruno)

    for _press in range(2):
        revoke_delegation(delegation, actor=None)

    assert not collects_for(bruno).exists()
    assert given(anna, bruno).pk != delegation.pk, "given again it is another one"


@pytest.mark.parametrize("days", [(2, 1), (-3, -1), (0, 367)])
def test_let_collect_refuses_days_that_make_no_sense(monday, anna, bruno, days):
    with pytest.raises(DelegationDaysWrong):
        given(anna, bruno, days=days)


def test_let_collect_refuses_oneself(monday, anna):
    with pytest.raises(DelegateIsOneself):
        given(anna, anna)


def test_let_collect_refuses_a_sixth_person(monday, anna, bruno):
    for number in range(5):
        given(anna, name=f"Persona {number}")

    with pytest.raises(TooManyDelegations, check=lambda refusal: "5" in str(refusal)):
        given(anna, bruno)
    revoke_delegation(Delegation.objects.first(), actor=None)
    given(anna, bruno)


def test_let_collect_by_staff_is_written_down_without_the_reader(monday, anna, bruno, network):
    librarian = LibrarianFactory(desk=network.north)

    delegation = given(anna, bruno, actor=librarian)
    revoke_delegation(delegation, actor=librarian)

    assert set(librarian.acts.values_list("verb", "subject")) == {
        ("let_collect", f"delegation:{delegation.pk}"),
        ("revoke_delegation", f"delegation:{delegation.pk}"),
    }


@pytest.mark.parametrize("name", ["Bruno D'Aragò", "bruno", "d'arago", "D'ARAGÒ Bruno"])
def test_find_delegate_compares_the_name(bruno, name):
    assert find_delegate(f" {bruno.card_number[:4]} {bruno.card_number[4:].lower()}", name) == bruno


@pytest.mark.parametrize("name", ["Carla", "Bru", "", " ", "'"])
def test_find_delegate_refuses_another_name_as_an_unknown_card(bruno, name):
    with pytest.raises(DelegateUnknown):
        find_delegate(bruno.card_number, name)
    with pytest.raises(DelegateUnknown):
        find_delegate("ML99999999", "Bruno")


def test_find_delegate_refuses_a_closed_card(bruno):
    type(bruno).objects.update(status=ReaderStatus.CLOSED)

    with pytest.raises(DelegateUnknown):
        find_delegate(bruno.card_number, "Bruno")


def test_ready_through_counts_by_point(story, anna, bruno, django_assert_num_queries):
    delegation = given(anna, bruno)
    for _number in range(2):
        story.ready(story.copies(1)[0].title, reader=anna)
    story.at_the_point(story.copies(1)[0].title, reader=anna)
    story.hold(story.copies(1)[0].title, reader=anna)

    with django_assert_num_queries(3):
        ready = ready_through(bruno)[delegation.pk]

    assert {(one.place, one.count) for one in ready} == {(story.network.north, 2), (story.network.newsstand, 1)}
    assert {one.first_until for one in ready} == {dt.date(2026, 3, 9)}


def test_forget_old_delegations_a_month_after_they_ended(monday, anna, bruno):
    ended, taken_back = given(anna, bruno, days=(0, 1)), given(anna, name="Marie Curie", days=(0, 300))
    valid = given(anna, name="Pierre Curie", days=(0, 300))
    revoke_delegation(taken_back, actor=None)
    monday.shift(30 * DAY)
    assert forget_old_delegations() == 0

    monday.shift(2 * DAY)

    assert forget_old_delegations() == 2
    assert list(Delegation.objects.all()) == [valid]
    assert not Delegation.objects.filter(pk=ended.pk).exists()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        (lambda one: {"delegate_name": ""}, "delegation_names_somebody"),
        (lambda one: {"delegate": one.reader}, "delegation_to_somebody_else"),
        (lambda one: {"scope": "all"}, "delegation_is_for_collecting"),
        (lambda one: {"valid_until": one.valid_from - DAY}, "delegation_valid_forward"),
        (lambda one: {"revoked_at": one.given_at - DAY}, "delegation_taken_back_after_it_was_given"),
    ],
)
def test_a_delegation_that_contradicts_itself_cannot_be_stored(monday, anna, bruno, change, constraint):
    delegation = given(anna, bruno)

    with pytest.raises(IntegrityError, match=constraint):
        Delegation.objects.filter(pk=delegation.pk).update(**change(delegation))


@pytest.mark.parametrize(
    ("has_card", "name", "constraint"),
    [(True, "X", "delegation_open_once_per_card"), (False, "MARIE CURIE", "delegation_open_once_per_name")],
)
def test_one_person_has_one_open_delegation(monday, anna, bruno, has_card, name, constraint):
    whom = bruno if has_card else None
    one = given(anna, whom, name="Marie Curie")

    with pytest.raises(IntegrityError, match=constraint):
        Delegation.objects.create(
            reader=anna,
            delegate=whom,
            delegate_name=name,
            valid_from=one.valid_from,
            valid_until=one.valid_until,
            given_at=one.given_at,
        )


@pytest.mark.django_db(transaction=True)
def test_let_collect_at_the_same_moment_never_passes_the_limit(monday, rivals):
    anna = ReaderFactory()
    for number in range(4):
        given(anna, name=f"Persona {number}")

    outcomes = rivals(lambda: given(anna, name="Uno"), lambda: given(anna, name="Due"))

    assert sorted(type(one).__name__ for one in outcomes) == ["Delegation", "TooManyDelegations"]


def ready_for(story, reader, **hold):
    """Something that its reader, or who collects for them, can take at the north library."""
    return story.ready(story.copies(1)[0].title, reader=reader, **hold)


def test_hand_out_lends_what_is_ready_to_its_reader(story, anna, bruno):
    given(anna, bruno)
    hold, copy = ready_for(story, anna)
    librarian = LibrarianFactory(desk=story.network.north)

    loan = hand_out(copy, bruno, story.network.north, actor=librarian)

    assert (loan.reader, loan.hold, fresh(hold).status) == (anna, hold, HoldStatus.COLLECTED)
    assert set(librarian.acts.values_list("verb", "subject")) == {
        ("check_out", f"loan:{loan.pk}"),
        ("hand_to_delegate", f"loan:{loan.pk}"),
    }


def test_hand_out_lends_everything_else_to_who_is_there(story, anna, bruno):
    given(anna, bruno)
    (copy,) = story.copies(1)

    assert hand_out(copy, bruno, story.network.north, actor=None).reader == bruno


@pytest.mark.parametrize("why", ["none", "over", "not begun", "taken back", "the other way", "a name only"])
def test_hand_out_refuses_what_is_kept_for_another_without_a_delegation(why, story, anna, bruno):
    _hold, copy = ready_for(story, anna)
    if why == "over":
        given(anna, bruno, days=(-3, 0))
        story.later(days=1)
    elif why == "not begun":
        given(anna, bruno, days=(1, 3))
    elif why == "taken back":
        revoke_delegation(given(anna, bruno), actor=None)
    elif why == "the other way":
        given(bruno, anna)
    elif why == "a name only":
        given(anna, name="Bruno D'Aragò")

    with pytest.raises(CopyKeptForAnother):
        hand_out(copy, bruno, story.network.north, actor=None)
    assert not Loan.objects.exists()


def test_hand_out_refuses_what_is_not_ready_yet(story, anna, bruno):
    given(anna, bruno)
    _hold, copy = story.picked(story.copies(1)[0].title, reader=anna, pickup=story.network.newsstand)

    with pytest.raises(CopyKeptForAnother):
        hand_out(copy, bruno, story.network.north, actor=None)


def test_hand_out_refuses_a_closed_card_of_either(story, anna, bruno):
    given(anna, bruno)
    _hold, copy = ready_for(story, anna)
    type(bruno).objects.filter(pk=bruno.pk).update(status=ReaderStatus.CLOSED)

    with pytest.raises(CopyKeptForAnother):
        hand_out(copy, fresh(bruno), story.network.north, actor=None)


def test_hand_out_says_why_it_cannot_be_lent_to_whom_it_is_kept_for(story, anna, bruno):
    given(anna, bruno)
    _hold, copy = ready_for(story, anna)
    type(anna).objects.filter(pk=anna.pk).update(card_expires_on=clock.today() - DAY)

    with pytest.raises(DelegatorRefused) as refused:
        hand_out(copy, bruno, story.network.north, actor=None, override="The new card is being printed.")

    assert f"…{anna.card_number[-4:]}" in str(refused.value)
    assert isinstance(refused.value.__cause__, CardExpired)
    assert str(CardExpired()) in str(refused.value)
    assert anna.full_name not in str(refused.value)


def test_hand_out_goes_by_the_days_of_the_one_it_is_lent_to_and_not_by_the_others_blocks(story, anna, bruno):
    given(anna, bruno)
    _hold, copy = ready_for(story, anna)
    type(bruno).objects.filter(pk=bruno.pk).update(card_expires_on=clock.today() - DAY)

    assert hand_out(copy, fresh(bruno), story.network.north, actor=None).reader == anna


def test_hand_out_and_revoke_delegation_at_once_agree(rivals, story, anna, bruno):
    delegation = given(anna, bruno)
    _hold, copy = ready_for(story, anna)

    lent, _revoked = rivals(
        lambda: hand_out(copy, bruno, story.network.north, actor=None),
        lambda: revoke_delegation(delegation, actor=None),
    )

    assert isinstance(lent, (Loan, CopyKeptForAnother))
    assert Loan.objects.filter(reader=anna).exists() == isinstance(lent, Loan)


def test_collecting_at_counts_what_is_ready_at_that_desk(story, anna, bruno, django_assert_num_queries):
    assert collecting_at(bruno, story.network.north) == []
    given(anna, bruno)
    given(ReaderFactory(), bruno, days=(0, 60))
    for _number in range(2):
        ready_for(story, anna)
    story.at_the_point(story.copies(1)[0].title, reader=anna)

    with django_assert_num_queries(2):
        first, second = collecting_at(bruno, story.network.north)

    assert (first.reader, first.count, first.first_until) == (anna, 2, dt.date(2026, 3, 9))
    assert (second.count, second.first_until) == (0, None)

"""Two people and one deposit at the same moment."""

import pytest

from loans.deposit_errors import DepositMoveRefused, InAnotherDeposit, StaysOverlap
from loans.deposit_moves import bring_home, call_back_copy, receive_deposit, send_deposit
from loans.deposits import add_to_deposit
from loans.lending import check_in
from loans.models import Crate, DepositCopy, DepositStay, Task
from tests.story import fresh

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_copy_added_to_two_deposits_at_once_is_in_one(rivals, story, network):
    one, other, [copy] = story.deposit(0), story.deposit(0), story.copies(1)

    outcomes = rivals(
        lambda: add_to_deposit(one, fresh(copy), network.north, actor=None),
        lambda: add_to_deposit(other, fresh(copy), network.north, actor=None),
    )

    assert sum(isinstance(outcome, InAnotherDeposit) for outcome in outcomes) == 1
    assert DepositCopy.objects.count() == 1


def test_two_stays_planned_at_once_for_the_same_days_are_one(rivals, story):
    deposit = story.deposit(0)

    outcomes = rivals(lambda: story.stay(fresh(deposit)), lambda: story.stay(fresh(deposit)))

    assert sum(isinstance(outcome, StaysOverlap) for outcome in outcomes) == 1
    assert DepositStay.objects.count() == 1


def test_send_deposit_tapped_twice_at_once_sends_it_once(rivals, story):
    stay = story.stay(story.deposit(2))

    sent = rivals(*[lambda: send_deposit(fresh(stay), actor=None)] * 2)

    assert [one.copies_sent for one in sent] == [2, 2]
    assert Crate.objects.get().parcels_declared == 2


def test_receive_deposit_counted_by_two_volunteers_at_once_keeps_the_first(rivals, story):
    stay = story.deposit_sent(2)

    counts = rivals(*[lambda count=count: receive_deposit(fresh(stay), counted=count, actor=None) for count in (2, 2)])

    assert [one.counted_in for one in counts] == [2, 2]
    assert not Task.objects.exists()


def test_sent_on_and_brought_home_at_once_one_of_them_happens(rivals, story):
    stay = story.deposit_in_place(2)
    following = story.stay(stay.deposit, after=91)

    outcomes = rivals(
        lambda: send_deposit(fresh(following), actor=None), lambda: bring_home(fresh(stay.deposit), actor=None)
    )

    assert sum(isinstance(outcome, DepositMoveRefused) for outcome in outcomes) == 1
    assert Crate.objects.filter(origin=stay.place).count() == 1


def test_a_copy_called_back_while_its_set_leaves_is_in_one_of_the_two(rivals, story, network):
    stay = story.deposit_in_place(2)
    copy, following = story.copies_in(stay.deposit)[0], story.stay(stay.deposit, after=91)

    rivals(lambda: send_deposit(fresh(following), actor=None), lambda: call_back_copy(fresh(copy), actor=None))

    assert fresh(following).copies_sent == len(story.copies_in(stay.deposit))


def test_a_copy_checked_in_while_its_set_is_received_leaves_it(rivals, story, network):
    stay = story.deposit_sent(2)
    copy = story.copies_in(stay.deposit)[0]

    rivals(
        lambda: receive_deposit(fresh(stay), counted=1, actor=None),
        lambda: check_in(fresh(copy), network.south, actor=None),
    )

    assert len(story.copies_in(stay.deposit)) == 1

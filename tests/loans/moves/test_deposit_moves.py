"""Each row of the table of copies that a deposit makes, reached by its verb."""

from catalog.states import CopyStatus
from loans.deposit_moves import bring_home, call_back_copy, receive_deposit, send_deposit
from loans.deposits import add_to_deposit, take_out_of_deposit
from loans.lending import NextStep
from tests.loans.moves.rows import along
from tests.story import fresh


def test_C70_add_to_deposit(story):
    deposit, [copy] = story.deposit(0), story.copies(1)

    with along("C70", copy):
        add_to_deposit(deposit, copy, story.network.north, actor=None)


def test_C71_take_out_of_deposit(story):
    deposit = story.deposit(1)
    [copy] = story.copies_in(deposit)

    with along("C71", copy):
        assert take_out_of_deposit(deposit, copy, story.network.north, actor=None).step == NextStep.SHELF


def test_C72_send_deposit(story):
    stay = story.stay(story.deposit(1))
    [copy] = story.copies_in(stay.deposit)

    with along("C72", copy):
        send_deposit(stay, actor=None)
    assert fresh(copy).place is None


def test_C73_receive_deposit(story):
    stay = story.deposit_sent(1)
    [copy] = story.copies_in(stay.deposit)

    with along("C73", copy):
        receive_deposit(stay, counted=1, actor=None)
    assert fresh(copy).place == stay.place


def test_C74_bring_home(story):
    stay = story.deposit_in_place(1)
    [copy] = story.copies_in(stay.deposit)

    with along("C74", copy):
        bring_home(stay.deposit, actor=None)
    assert story.copies_in(stay.deposit) == []


def test_C75_call_back_copy(story):
    stay = story.deposit_in_place(1)
    [copy] = story.copies_in(stay.deposit)

    with along("C75", copy):
        call_back_copy(copy, actor=None)
    assert fresh(copy).status == CopyStatus.IN_TRANSIT

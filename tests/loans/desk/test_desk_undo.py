"""Undo at the counter: what was done last by this librarian, in words."""

import pytest

from accounts.models import Act
from loans.models import Hold, LastAct, Loan
from loans.states import LoanStatus
from tests.factories import CopyFactory, ReaderFactory
from tests.story import fresh


def undoes(desk, **fields):
    return desk.post("desk_undo", htmx=True, number=LastAct.objects.get(staff=desk.user).number, **fields)


def test_loan_is_undone_and_the_reader_stays_at_the_desk(desk, story, network):
    copy = CopyFactory(home=network.south, title__work__title="Il barone rampante")
    key = desk.greets(ReaderFactory(given_name="Ada", family_name="Negri"))
    lent = desk.scan("desk_counter", copy.barcode, visit=key).content.decode()

    undone = undoes(desk, visit=key).content.decode()

    assert "Il barone rampante (lent)" in lent
    assert "Undone: lent" in undone
    assert "put the copy back where it was" in undone
    assert "Ada Negri" in undone
    assert 'data-key="F8"' not in undone
    assert not Loan.objects.exists()
    assert Act.objects.get(verb="undo_check_out").subject == f"copy:{copy.pk}"


@pytest.mark.parametrize("act", ["take in", "renew", "renew all", "reserve", "move", "cancel"])
def test_every_act_at_the_counter_can_be_undone(act, desk, story, network):
    reader = ReaderFactory()
    loan = story.lent(CopyFactory(home=network.south), reader=reader)
    hold = story.hold(CopyFactory(home=network.south).title, reader=reader, pickup=network.south)
    other = CopyFactory(home=network.south)
    story.later(days=5)
    key = desk.greets(reader)
    before = (
        fresh(loan).due_on,
        fresh(loan).status,
        fresh(hold).status,
        fresh(hold).pickup_place,
        Hold.objects.count(),
    )
    {
        "take in": lambda: desk.scan("desk_counter", loan.copy.barcode, visit=key, mode="take_in"),
        "renew": lambda: desk.post("desk_renew", key, loan.pk, htmx=True),
        "renew all": lambda: desk.post("desk_renew_all", key, htmx=True),
        "reserve": lambda: desk.post(
            "desk_reserve", key, htmx=True, title=other.title_id, pickup=network.south.code, level="title"
        ),
        "move": lambda: desk.post("desk_move", key, hold.pk, htmx=True, pickup=network.north.code),
        "cancel": lambda: desk.post("desk_cancel", key, hold.pk, htmx=True),
    }[act]()
    after = (fresh(loan).due_on, fresh(loan).status, fresh(hold).status, fresh(hold).pickup_place, Hold.objects.count())

    answer = undoes(desk, visit=key)

    assert answer.status_code == 200
    assert after != before
    assert before == (
        fresh(loan).due_on,
        fresh(loan).status,
        fresh(hold).status,
        fresh(hold).pickup_place,
        Hold.objects.count(),
    )


def test_undo_without_javascript_is_told_on_the_next_page(desk, story, network):
    loan = story.lent(CopyFactory(home=network.south))
    desk.scan("desk_counter", loan.copy.barcode)

    said = desk.said(desk.post("desk_undo", number=LastAct.objects.get().number))

    assert said == ["Undone: taken in · It is as it was before it was taken in. " + f"{loan.copy.title}."]
    assert fresh(loan).status == LoanStatus.OPEN


def test_copy_that_was_taken_in_by_mistake_leaves_the_stack(desk, story, network):
    loan = story.lent(CopyFactory(home=network.south))
    desk.scan("desk_counter", loan.copy.barcode)
    assert desk.get("desk_counter").context["piles"]

    undoes(desk)

    assert not desk.get("desk_counter").context["piles"]


@pytest.mark.parametrize("number", ["", "x", "0", "999999999999999999999"])
def test_undo_of_nothing_is_refused_in_words(number, desk, story):
    answer = desk.post("desk_undo", htmx=True, number=number)

    assert answer.status_code == 422
    assert "nothing to undo" in answer.content.decode()


def test_page_that_was_left_open_undoes_nothing_else(desk, story, network):
    first, second = CopyFactory.create_batch(2, home=network.south)
    key = desk.greets(ReaderFactory())
    desk.scan("desk_counter", first.barcode, visit=key)
    left_open = LastAct.objects.get().number
    desk.scan("desk_counter", second.barcode, visit=key)

    answer = desk.post("desk_undo", htmx=True, number=left_open, visit=key)

    assert answer.status_code == 422
    assert Loan.objects.count() == 2


def test_colleague_does_not_undo(desk, manager, story, network):
    desk.scan("desk_counter", CopyFactory(home=network.south).barcode, visit=desk.greets(ReaderFactory()))

    answer = manager.post("desk_undo", htmx=True, number=LastAct.objects.get().number)

    assert answer.status_code == 422
    assert Loan.objects.exists()

"""Somebody at the desk who collects for others."""

import datetime as dt

import pytest

from accounts.models import StaffView
from loans.delegations import let_collect
from loans.models import Hold, Loan
from loans.states import HoldStatus
from milanolib import clock
from tests.factories import CopyFactory, ReaderFactory
from tests.story import fresh


@pytest.fixture
def bruno(db):
    return ReaderFactory(given_name="Bruno", family_name="Neri")


def lets_collect(delegate, **delegator):
    """A reader who lets another one collect for a month."""
    reader = ReaderFactory(**delegator)
    _delegation(reader, delegate, delegate.full_name)
    return reader


def _delegation(reader, delegate, name):
    today = clock.today()
    let_collect(
        reader,
        name=name,
        valid_from=today,
        valid_until=today + dt.timedelta(days=30),
        actor=None,
        delegate=delegate,
    )


def test_card_of_who_collects_says_how_much_is_ready_and_never_what(desk, story, network, bruno):
    anna = lets_collect(bruno, given_name="Anna", family_name="Porta")
    lets_collect(bruno)
    hold, copy = story.ready(CopyFactory(home=network.south).title, reader=anna, pickup=network.south)

    answer = desk.scan("desk_counter", bruno.card_number)

    page = answer.content.decode()
    assert "Collects for 2 people, too" in page
    assert f"A.P. {anna.card_number[-4:]}" in page
    assert "1 ready here, kept until Monday 9 March" in page
    for hidden in ("Porta", copy.title.title, hold.pickup_code, anna.card_number):
        assert hidden not in page


def test_each_look_at_what_is_ready_for_another_is_written_down_once_a_visit(desk, story, network, bruno):
    anna, other = lets_collect(bruno), lets_collect(bruno)
    story.ready(CopyFactory(home=network.south).title, reader=anna, pickup=network.south)

    key = desk.greets(bruno)
    desk.get("desk_visit", key)
    assert _seen() == [(desk.user, anna)]

    story.ready(CopyFactory(home=network.south).title, reader=other, pickup=network.south)
    desk.get("desk_visit", key)
    assert _seen() == [(desk.user, anna), (desk.user, other)]

    story.later(minutes=1)
    desk.greets(bruno)
    assert len(_seen()) == 4


def _seen():
    views = StaffView.objects.filter(page="desk: somebody collects").order_by("pk")
    return [(view.staff, view.reader) for view in views]


def test_copy_kept_for_another_is_lent_to_that_reader_and_handed_to_who_collects(desk, story, network, bruno):
    anna = lets_collect(bruno, given_name="Anna", family_name="Porta")
    hold, copy = story.ready(CopyFactory(home=network.south).title, reader=anna, pickup=network.south)
    key = desk.greets(bruno)

    lent = desk.scan("desk_counter", copy.barcode, visit=key)
    again = desk.scan("desk_counter", copy.barcode, visit=key)

    label = f"A.P. {anna.card_number[-4:]}"
    assert f"to {label}; hand it to Bruno Neri" in lent.content.decode()
    assert again.status_code == 200
    assert f"to {label}" in again.content.decode()
    assert Loan.objects.get().reader == anna
    assert fresh(hold).status == HoldStatus.COLLECTED
    assert list(desk.get("desk_visit", key).context["loans"]) == []


def test_hand_over_is_undone_like_every_loan(desk, story, network, bruno):
    anna = lets_collect(bruno)
    hold, copy = story.ready(CopyFactory(home=network.south).title, reader=anna, pickup=network.south)
    key = desk.greets(bruno)
    desk.scan("desk_counter", copy.barcode, visit=key)

    number = desk.get("desk_visit", key).context["last_act"].number
    desk.post("desk_undo", visit=key, number=number)

    assert not Loan.objects.exists()
    assert Hold.objects.get(pk=hold.pk).pickup_code == hold.pickup_code


def test_copy_kept_for_who_lets_nobody_collect_is_refused(desk, story, network, bruno):
    _hold, copy = story.ready(CopyFactory(home=network.south).title, pickup=network.south)

    refused = desk.scan("desk_counter", copy.barcode, visit=desk.greets(bruno))

    assert refused.status_code == 422
    assert "kept for another reader" in refused.content.decode()
    assert 'value="take_in"' in refused.content.decode()
    assert not Loan.objects.exists()


def test_card_of_who_lets_others_collect_names_them(desk, story, bruno):
    anna = lets_collect(bruno)
    _delegation(anna, None, "Marie Curie")

    page = desk.get("desk_visit", desk.greets(anna)).content.decode()

    assert "May collect for this reader" in page
    assert "Bruno Neri" in page
    assert bruno.card_number not in page
    assert "Marie Curie" in page
    assert "shows a document" in page


def test_card_without_delegations_says_nothing_of_them(desk, story):
    page = desk.get("desk_visit", desk.greets(ReaderFactory())).content.decode()

    assert "ollects for" not in page
    assert "May collect" not in page

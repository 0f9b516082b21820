"""Deposits at the desk: begun, filled by scanning, planned, sent, called back, brought home."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Act
from catalog.states import CopyStatus
from loans.deposit_errors import CountUnreadable, DepositNamedAlready, NotInDeposit, StayBackwards, StaysOverlap
from loans.deposit_moves import receive_deposit
from loans.models import Crate, Deposit, DepositStay, Transit
from loans.states import DepositStatus
from milanolib import clock
from tests.factories import CondominiumFactory
from tests.story import fresh


@pytest.fixture
def house(network):
    return CondominiumFactory(code="house", name="Casa di via Solari", parent=network.south)


@pytest.fixture
def deposit(story, network):
    """A set of two books of the south library, where the desk is."""
    return story.deposit(2, library=network.south)


def page(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def planned(desk, deposit, house, **fields):
    today = clock.today().isoformat()
    return desk.post(
        "desk_deposit_plan", deposit.pk, **{"place": house.code, "from_on": today, "until_on": today, **fields}
    )


def test_begin_leads_to_the_deposit_and_refuses_a_name_twice(desk):
    answer = desk.post("desk_deposits", name="Noir")

    assert answer["Location"] == reverse("admin:desk_deposit", args=[Deposit.objects.get().pk])
    again = desk.post("desk_deposits", name="Noir")
    assert again.status_code == 422
    assert str(DepositNamedAlready()) in page(again)
    assert desk.post("desk_deposits", name="").status_code == 422


def test_scan_puts_a_book_in_and_takes_it_out(desk, story, network, deposit):
    [copy] = story.copies(1, home=network.south)

    put = page(desk.scan("desk_deposit", copy.barcode, deposit.pk))
    plain = desk.told("desk_deposit", "nothing", deposit.pk)

    assert "3 books in it" in put
    assert 'id="deposit-content"' in put
    assert len(plain) == 1
    assert "2 books in it" in page(desk.scan("desk_deposit", copy.barcode, deposit.pk, mode="out"))
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_plan_shows_what_is_wrong_and_keeps_what_was_written(desk, deposit, house):
    assert desk.said(planned(desk, deposit, house)) == ["Planned."]

    overlapping = planned(desk, deposit, house, until_on="2026-12-01")

    assert overlapping.status_code == 422
    assert str(StaysOverlap()) in page(overlapping)
    assert 'value="2026-12-01"' in page(overlapping)
    assert planned(desk, deposit, house, place="newsstand", from_on="x").status_code == 422


def test_a_whole_life_by_the_buttons(desk, story, deposit, house):
    planned(desk, deposit, house)
    stay = DepositStay.objects.get()
    act = "desk_deposit_act"
    assert "Send it to Casa di via Solari" in page(desk.get("desk_deposit", deposit.pk))

    desk.said(desk.post(act, deposit.pk, "partenza", stay=stay.pk))
    assert fresh(deposit).status == DepositStatus.ON_WAY
    assert desk.said(desk.post(act, deposit.pk, "arrivo", stay=stay.pk, counted="many")) == [str(CountUnreadable())]
    desk.said(desk.post(act, deposit.pk, "arrivo", stay=stay.pk, counted="2"))
    assert "received on 2 March 2026, counted: 2" in page(desk.get("desk_deposit", deposit.pk))
    assert desk.said(desk.post(act, deposit.pk, "giorno", stay=stay.pk, until_on="")) == [str(StayBackwards())]
    desk.said(desk.post(act, deposit.pk, "giorno", stay=stay.pk, until_on="2026-05-31"))
    copy = story.copies_in(deposit)[0]
    story.hold(copy.title)
    assert "Readers wait for this title." in page(desk.get("desk_deposit", deposit.pk))
    desk.said(desk.post(act, deposit.pk, "richiamo", scan=copy.barcode))
    assert Transit.objects.filter(copy=copy, origin=house, ended_at=None).exists()
    desk.said(desk.post(act, deposit.pk, "casa", counted="1"))

    assert fresh(deposit).status == DepositStatus.ENDED
    assert Crate.objects.filter(origin=house, destination=desk.place).exists()
    assert {"send_deposit", "receive_deposit", "call_back_copy", "bring_home"} <= set(
        Act.objects.values_list("verb", flat=True)
    )


def test_stay_is_taken_out_twice_without_harm(desk, deposit, house):
    planned(desk, deposit, house)
    stay = DepositStay.objects.get()

    for _twice in range(2):
        desk.said(desk.post("desk_deposit_act", deposit.pk, "via", stay=stay.pk))

    assert not DepositStay.objects.exists()


def test_acts_that_do_not_exist_are_refused(desk, story, network, deposit):
    stranger = story.deposit_in_place(1).deposit

    assert desk.post("desk_deposit_act", deposit.pk, "altro").status_code == 404
    assert desk.post("desk_deposit_act", deposit.pk, "partenza", stay="x").status_code == 404
    assert desk.post("desk_deposit_act", stranger.pk, "casa").status_code == 404
    assert desk.get("desk_deposit", stranger.pk).status_code == 404
    barcode = story.copies_in(stranger)[0].barcode
    assert desk.said(desk.post("desk_deposit_act", deposit.pk, "richiamo", scan=barcode)) == [str(NotInDeposit())]


def test_lists_ask_the_same_for_one_and_for_three(desk, story, network, house):
    def asked(*address):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(*address).status_code == 200
        return len(queries)

    first = story.deposit(1, library=network.south)
    desk.get("desk_deposits")
    one = asked("desk_deposits")
    three = story.deposit(3, library=network.south)
    story.stay(story.deposit(1, library=network.south), place=house)

    assert asked("desk_deposits") == one
    assert asked("desk_deposit", first.pk) == asked("desk_deposit", three.pk)


def test_received_by_a_volunteer_shows_the_difference(desk, story, network, house):
    stay = story.deposit_sent(2, library=network.south, place=house)
    receive_deposit(stay, counted=1, actor=None)

    assert "counted: 1" in page(desk.get("desk_deposit", stay.deposit_id))
    assert "another number of books than its deposit has" in page(desk.get("desk_tasks"))

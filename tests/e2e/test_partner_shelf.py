"""What a partner says of all that lies at the point, in a browser: what is wrong, the crate, the end of the day."""

import pytest

from loans.models import Loan, Task, TaskKind
from loans.states import HoldStatus, LoanStatus
from tests.e2e.test_partner_day import (  # noqa: F401  fixtures are used by their names
    CLOSE_DAY,
    CRATE_OUT,
    FAULT,
    HAND_OUT,
    HOME,
    TAKE_IN,
    phone,
    ready,
    story,
    title,
    wait_until,
)
from tests.e2e.test_story import town  # noqa: F401  a fixture is used by its name
from tests.story import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_reader_who_is_back_within_the_hour_keeps_the_turn(phone, ready):  # noqa: F811
    hold, _lent, parcel = ready
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts() == [0, 1, 0])
    phone.signal(is_there=False)
    phone.enters(HAND_OUT, "find", hold.pickup_code)
    phone.page.wait_for_selector("[data-found-number]")
    phone.page.click("[data-hand-over]")
    phone.hears("Handed over.")

    phone.opens(FAULT)
    phone.page.click("[data-list=lately] button")
    assert phone.page.input_value("#fault").replace(" ", "") == parcel.tag
    phone.page.press("input[name=act][value=missing]", "ArrowDown")
    phone.page.press("input[name=act][value=wrong]", "Enter")
    phone.hears("What the reader gave back goes with the things for the driver.")
    phone.signal(is_there=True)
    phone.hears("The loan is struck off and the reader keeps the turn.")

    assert not Loan.objects.filter(copy=parcel.assignment.copy, status=LoanStatus.OPEN).exists()
    assert fresh(hold).status in {HoldStatus.QUEUED, HoldStatus.ASSIGNED}
    assert Task.objects.filter(kind=TaskKind.PARCEL_WRONG).exists()


def test_what_is_wrong_must_be_said(phone, ready):  # noqa: F811
    phone.enters(FAULT, "fault", ready[2].tag)
    phone.hears("Say what is wrong with the parcel.")
    assert phone.page.input_value("#fault") == ready[2].tag


def test_the_day_is_closed_with_a_count_that_waits_for_the_signal(phone, ready):  # noqa: F811
    phone.signal(is_there=False)
    phone.enters(CLOSE_DAY, "count", "one")
    phone.hears("Type a number in digits")
    phone.enters(CLOSE_DAY, "count", "1")
    phone.hears("Whether it agrees stands here when it is sent.")
    phone.signal(is_there=True)
    phone.hears("The day is closed")
    assert not Task.objects.exists()

    phone.enters(CLOSE_DAY, "count", "3")
    phone.hears("Count again")
    task = Task.objects.get()
    phone.opens(HOME)
    assert task.kind == TaskKind.SHELF_DIFFERS


def test_a_crate_with_another_number_than_goes_back_is_told_at_once(phone, ready):  # noqa: F811
    phone.enters(CRATE_OUT, "crate_out", "2")
    phone.hears("By our records another number goes back.")
    assert Task.objects.filter(kind=TaskKind.CRATE_DIFFERS).exists()


def test_a_card_opens_the_parcel_of_its_reader_while_there_is_a_signal(phone, ready):  # noqa: F811
    hold, _lent, parcel = ready
    phone.enters(HAND_OUT, "find", hold.reader.card_number)
    phone.page.wait_for_selector("[data-found-number]")
    assert phone.page.inner_text("[data-found-number]") == str(parcel.shelf_number)
    assert hold.reader.card_number not in phone.holds()

    phone.page.click("[data-not-now]")
    assert not phone.page.is_visible("[data-without-signal]")
    phone.signal(is_there=False)
    phone.hears("Cards work with a signal only.")  # said before anybody tries
    phone.enters(HAND_OUT, "find", hold.reader.card_number)
    phone.page.wait_for_selector("[data-told-box].is-bad")
    assert hold.reader.card_number not in phone.holds()


def test_a_crate_is_counted_without_signal_and_the_count_goes_with_it(phone, story, title):  # noqa: F811
    crate = story.sent(story.packed(title)[1])
    phone.opens(TAKE_IN)
    phone.signal(is_there=False)
    phone.page.click("summary:visible")
    phone.page.fill("#receive-counted", "many")
    phone.enters(TAKE_IN, "receive", crate.code)
    phone.hears("Type a number in digits")
    phone.page.fill("#receive-counted", "2")
    phone.enters(TAKE_IN, "receive", crate.code)
    phone.hears("Crate taken in. Parcels: 1.")
    phone.look(phone.page)

    phone.signal(is_there=True)
    phone.hears("another number was sealed in it")
    assert fresh(crate).parcels_counted == 2

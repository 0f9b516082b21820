"""What goes wrong in a hand: the wrong code is scanned, a page is not kept, the day is counted without signal."""

import datetime as dt
import re

import pytest

from branches.devices import revoke_device
from branches.models import Place
from loans.models import Loan, Task
from tests.e2e.conftest import PHONE
from tests.e2e.test_partner_day import (  # noqa: F401  fixtures are used by their names
    CLOSE_DAY,
    CRATE_OUT,
    FAULT,
    HAND_OUT,
    HOME,
    TAKE_BACK,
    TAKE_IN,
    DayPhone,
    phone,
    ready,
    story,
    title,
    wait_until,
)
from tests.e2e.test_story import town  # noqa: F401  a fixture is used by its name
from tests.factories import CondominiumFactory
from tests.story import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISTS = "/partner/elenco.pdf"
SLOW_DISK = """
  const ask = navigator.locks.request.bind(navigator.locks);
  navigator.locks.request = async (...asked) => {
    await new Promise((go) => { setTimeout(go, 1500); });
    document.documentElement.dataset.slow = "over";
    return ask(...asked);
  };
"""
# The finger is still on its way when another button comes to stand below it.
SECOND_PRESS = """() => {
  const found = document.querySelector("[data-found]");
  new MutationObserver(() => {
    if (!found.hidden && !found.dataset.pressed) {
      found.dataset.pressed = "yes";
      document.querySelector("[data-hand-over]").dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
    }
  }).observe(found, { attributes: true });
}"""


def facts(phone):  # noqa: F811
    return [int(one) for one in phone.page.locator(".mp-facts dd").all_inner_texts()]


def test_a_crate_without_signal_is_all_that_is_in_it(phone, story, title):  # noqa: F811
    packed = [story.packed(title) for _number in range(2)]
    story.packed(title)
    crate = story.sent(*(copy for _hold, copy, _parcel in packed))
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts() == [3, 0, 0])
    phone.signal(is_there=False)

    phone.enters(TAKE_IN, "receive", crate.code.lower())

    numbers = ", ".join(str(parcel.shelf_number) for _hold, _copy, parcel in packed)
    phone.hears(f"Crate taken in. Parcels: 2. Put them on the numbers {numbers}.")
    phone.opens(CLOSE_DAY)
    wait_until(phone, lambda: facts(phone) == [2, 0, 0, 2])
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts() == [1, 2, 0])
    phone.look(phone.page)
    phone.signal(is_there=True)
    phone.hears("Everything has been sent.")
    wait_until(phone, lambda: phone.counts() == [1, 2, 0])
    assert not Task.objects.exists()


def test_returns_without_signal_are_counted_for_the_crate_and_the_day(phone, story, ready):  # noqa: F811
    _hold, _copy, parcel = ready
    story.hand_over(parcel)
    phone.opens(HOME)
    phone.signal(is_there=False)

    phone.enters(TAKE_BACK, "return", parcel.assignment.copy.barcode)
    phone.hears("Written down. Put it in the returns bag.")

    phone.opens(CLOSE_DAY)
    wait_until(phone, lambda: facts(phone)[2] == 1)
    phone.opens(CRATE_OUT)
    wait_until(phone, lambda: phone.page.inner_text("[data-number=crate]") == "1")
    phone.enters(CRATE_OUT, "crate_out", "1")
    phone.hears("Give the crate to the driver as it is.")
    assert phone.page.inner_text("[data-number=crate]") == "0"
    phone.signal(is_there=True)
    phone.hears("Everything has been sent.")
    phone.opens(HOME)
    phone.hears(", 1 inside")
    assert not Task.objects.exists()


def test_a_tag_is_neither_a_code_nor_a_barcode_and_stays_to_be_looked_at(phone, ready):  # noqa: F811
    tag = ready[2].tag
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts() == [0, 1, 0])
    phone.signal(is_there=False)
    for _slip in range(6):
        phone.enters(HAND_OUT, "find", tag)
        phone.hears("This is the tag of a parcel. Ask its reader for the code.")
    assert phone.page.input_value("#find") == tag
    assert phone.page.evaluate("getSelection().toString()") == tag  # the next scan takes its place
    phone.enters(HAND_OUT, "find", ready[0].pickup_code)
    phone.page.wait_for_selector("[data-found-number]")

    phone.enters(TAKE_BACK, "return", tag)
    phone.hears("Scan the library's barcode on the item.")
    assert phone.page.input_value("#return") == tag
    assert "not sent" not in phone.told()


def test_a_double_press_finds_a_parcel_and_does_not_hand_it_over(phone, ready):  # noqa: F811
    phone.opens(HAND_OUT)
    phone.page.evaluate(SECOND_PRESS)

    phone.enters(HAND_OUT, "find", ready[0].pickup_code)

    phone.page.wait_for_selector("[data-found][data-pressed]")
    phone.page.wait_for_selector("[data-hand-over]:not([aria-disabled])")
    assert phone.page.inner_text("[data-found-number]") == str(ready[2].shelf_number)
    assert not Loan.objects.filter(reader=ready[0].reader).exists()
    phone.page.click("[data-hand-over]")
    phone.hears("Handed over.")


def test_what_is_wrong_with_a_parcel_is_not_chosen_again_after_a_slip(phone, ready):  # noqa: F811
    phone.opens(FAULT)
    phone.page.check("input[value=damaged]")
    phone.enters(FAULT, "fault", "K7")
    phone.hears("This is not a parcel's tag")
    assert phone.page.is_checked("input[value=damaged]")
    assert phone.page.input_value("#fault") == "K7"


def test_a_page_that_needs_a_signal_says_so_and_whom_to_call(phone, town):  # noqa: F811
    Place.objects.filter(pk=town.south.pk).update(phone="02 8846 5808")
    phone.opens(HOME)
    phone.page.wait_for_selector("text=02 8846 5808")
    assert phone.page.get_attribute("[data-help-phone]", "href") == "tel:0288465808"
    assert not phone.page.is_visible("[data-told-box]")
    phone.signal(is_there=False)

    phone.opens(LISTS)

    phone.hears("That page needs a signal.")
    phone.look(phone.page)


def test_a_condominium_library_with_parcels_has_the_way_to_its_own_page(open_browser, sees_no_barrier, town):  # noqa: F811
    place = CondominiumFactory(parent=town.south, accepts_pickup=True, accepts_returns=True)
    phone = DayPhone.at(fresh(place), open_browser(PHONE, "en-GB"), sees_no_barrier)  # noqa: F811

    phone.page.click("text=The library today")

    phone.page.wait_for_selector("text=Closed today")


def test_a_phone_that_was_cut_off_goes_on_saying_so_when_the_queue_has_nothing_to_send(phone):  # noqa: F811
    revoke_device(phone.device, actor=None)
    phone.page.add_init_script(SLOW_DISK)  # the queue says that it is empty after the portal has said no

    phone.opens(HOME)

    phone.hears("no longer connected")
    phone.page.wait_for_selector("[data-slow=over]")
    phone.page.wait_for_timeout(500)
    assert "no longer connected" in phone.told()
    assert phone.page.is_visible("[data-connect]")


def test_a_list_of_yesterday_says_so(phone):  # noqa: F811
    phone.opens(HOME)
    phone.hears("List of ")
    now = dt.datetime.now(dt.UTC)
    assert re.search(r"List of \d\d:\d\d\.", phone.told())
    phone.signal(is_there=False)

    phone.page.clock.set_fixed_time(now + dt.timedelta(days=1))
    phone.opens(HOME)

    phone.hears("No signal")
    assert re.search(rf"List of .*\b{now.day}\b.*, \d\d:\d\d\.", phone.told())

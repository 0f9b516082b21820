"""The partner's day in a real browser: a whole day without signal, the tab closed, and all of it applied once."""

import json

import pytest

from branches.devices import invite_device, revoke_device
from branches.models import Report
from loans.code_digests import digest_codes
from loans.models import Loan, Task, TaskKind
from loans.states import LoanStatus, ParcelStatus
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Partner
from tests.e2e.test_offline_desk import NARROW, ON_DISK
from tests.e2e.test_story import town  # noqa: F401  a fixture is used by its name
from tests.e2e.test_weight import _sent
from tests.factories import CopyFactory, TitleFactory
from tests.story import Story, fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_BYTES = 60_000
HOME, TAKE_IN, HAND_OUT, TAKE_BACK = "/partner/", "/partner/arrivi/", "/partner/consegna/", "/partner/resi/"
CRATE_OUT, CLOSE_DAY, FAULT = "/partner/cassa/", "/partner/chiusura/", "/partner/guasto/"


class RunningClock:
    """No clock in hand: time passes by itself."""

    def shift(self, step):
        pass


class DayPhone(Partner):
    """A partner before the page of the day."""

    @classmethod
    def at(cls, place, page, look):
        device, code = invite_device(place, name="phone", actor=None)
        phone = cls(page, look).connects(code)
        phone.device = device
        return phone.is_kept()

    def is_kept(self):
        """Wait until the browser keeps the page, and open it from there."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        for _look in range(100):
            if self.page.evaluate("navigator.serviceWorker.controller !== null"):
                break
            self.page.wait_for_timeout(50)
        return self.opens(HOME)

    def opens(self, address):
        self.page.goto(address)
        self.page.wait_for_selector("[data-state]:not(:empty)")
        return self

    def signal(self, *, is_there):
        self.page.context.set_offline(not is_there)

    def enters(self, address, form, what):
        if not self.page.url.endswith(address):
            self.opens(address)
        self.page.fill(f"#{form}", what)
        self.page.press(f"#{form}", "Enter")

    def hears(self, words):
        for _look in range(200):
            if words in self.told():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{words!r} was not said: {self.page.inner_text('main')}")

    def told(self):
        return self.page.inner_text("main")

    def counts(self):
        return [int(one) for one in self.page.locator(".mp-counts strong").all_inner_texts()]

    def holds(self):
        return json.dumps(self.page.evaluate(ON_DISK))


@pytest.fixture
def story(town):  # noqa: F811
    """Steps of the story, while the clock runs by itself."""
    town.newsstand.capacities.update(total=20)
    return Story(town, RunningClock())


@pytest.fixture
def title(town):  # noqa: F811
    return CopyFactory.create_batch(5, home=town.north, title=TitleFactory(title="Storia di un pacco"))[0].title


@pytest.fixture
def phone(open_browser, sees_no_barrier, town):  # noqa: F811
    return DayPhone.at(town.newsstand, open_browser(PHONE, "en-GB"), sees_no_barrier)


@pytest.fixture
def ready(story, title):
    """A parcel that waits at the newsstand, its code digested."""
    made = story.at_the_point(title)
    digest_codes()
    return made


def wait_until(phone, condition):
    for _look in range(200):
        if condition():
            return
        phone.page.wait_for_timeout(50)
    raise AssertionError(f"it did not come to that: {phone.told()}")


def test_a_whole_day_without_signal_is_applied_once(open_browser, sees_no_barrier, town, story, title, ready):  # noqa: F811
    hold, lent, parcel = ready
    _hold, _copy, coming = story.packed(title)
    phone = DayPhone.at(town.newsstand, open_browser(PHONE, "en-GB"), sees_no_barrier)
    wait_until(phone, lambda: phone.counts() == [1, 1, 0])
    phone.signal(is_there=False)

    phone.enters(TAKE_IN, "receive", coming.tag.lower())
    phone.hears(f"Taken in. Put it on shelf number {coming.shelf_number}.")
    phone.enters(TAKE_IN, "receive", coming.tag)
    phone.hears("Taken in already.")
    phone.enters(HAND_OUT, "find", hold.pickup_code.lower())
    phone.page.wait_for_selector("[data-found-number]")
    assert phone.page.inner_text("[data-found-number]") == str(parcel.shelf_number)
    phone.page.click("[data-hand-over]")
    phone.hears("Handed over.")
    page = phone.page.context.new_page()
    page.faults = []
    phone.page.close()

    phone.page = page  # the tab was closed; another one goes on
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts() == [0, 1, 0])
    phone.hears("2 things not sent.")
    phone.enters(TAKE_BACK, "return", lent.barcode)
    phone.hears("Written down. Put it in the returns bag.")
    phone.hears("3 things not sent.")
    assert Report.objects.filter(device=phone.device).count() == 0
    sees_no_barrier(page)

    phone.signal(is_there=True)
    phone.hears("Everything has been sent.")

    loan = Loan.objects.get(copy=lent)
    assert (loan.status, loan.reader) == (LoanStatus.CLOSED, hold.reader)
    assert (fresh(coming).status, fresh(parcel).status) == (ParcelStatus.RECEIVED, ParcelStatus.HANDED_OVER)
    assert list(Report.objects.order_by("seq").values_list("act", flat=True).filter(device=phone.device)) == [
        "receive",
        "hand_over",
        "return",
    ]
    assert not Task.objects.exists()
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts() == [0, 1, 1])


def test_what_is_sent_twice_is_applied_once(phone, story, title):
    _hold, _copy, coming = story.packed(title)
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts()[0] == 1)
    lost = []

    def lose(route):
        if not lost:
            lost.append(route.fetch().status)  # applied, but the answer is lost on the way
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.page.context.route("**/partner/rapporti/**", lose)
    phone.enters(TAKE_IN, "receive", coming.tag)
    phone.hears("1 thing not sent.")
    phone.page.click("[data-send]")
    phone.hears("Everything has been sent.")

    assert lost == [200]
    assert Report.objects.filter(device=phone.device).count() == 1
    assert fresh(coming).handovers.filter(status=ParcelStatus.RECEIVED).count() == 1


def test_what_cannot_be_applied_is_told_in_one_sentence_and_left_to_a_librarian(phone, story, town):  # noqa: F811
    elsewhere = story.packed(CopyFactory(home=town.north).title, pickup=town.small_newsstand)[2]
    phone.signal(is_there=False)
    phone.enters(TAKE_IN, "receive", "Y0Y0Y0Y0")
    phone.hears("put it aside")
    phone.enters(TAKE_IN, "receive", elsewhere.tag)
    phone.hears("2 things not sent.")
    phone.opens(HOME)

    phone.signal(is_there=True)
    phone.hears("This parcel belongs to another point.")
    phone.hears("No parcel has the tag Y0Y0Y0Y0.")

    assert set(Task.objects.values_list("kind", flat=True)) == {TaskKind.UNKNOWN_TAG, TaskKind.WRONG_POINT}
    phone.look(phone.page)
    phone.page.set_viewport_size(NARROW)
    last_act = phone.page.locator("[data-on=home] .mp-acts a").last.bounding_box()
    unread = phone.page.locator("[data-troubles]").bounding_box()
    # who waits at the counter comes first
    assert last_act["y"] + last_act["height"] <= min(NARROW["height"], unread["y"])
    for left in (1, 0):
        phone.page.click("[data-troubles] button >> nth=0")
        wait_until(phone, lambda left=left: phone.page.locator("[data-troubles] button").count() == left)
    phone.opens(HOME)
    phone.hears("Done on this phone")
    assert phone.page.locator("[data-troubles] button").count() == 0


def test_two_phones_at_one_stand_agree(open_browser, sees_no_barrier, phone, town, story, title):  # noqa: F811
    _hold, _copy, coming = story.packed(title)
    other = DayPhone.at(town.newsstand, open_browser(PHONE, "en-GB"), sees_no_barrier)
    for one in (phone, other):
        one.opens(HOME)
        wait_until(one, lambda one=one: one.counts() == [1, 0, 0])
        one.signal(is_there=False)
        one.enters(TAKE_IN, "receive", coming.tag)
        one.hears("Taken in. Put it on shelf number")
    for one in (phone, other):
        one.signal(is_there=True)
        one.hears("Everything has been sent.")
        one.opens(HOME)
        wait_until(one, lambda one=one: one.counts() == [0, 1, 0])

    assert fresh(coming).handovers.filter(status=ParcelStatus.RECEIVED).count() == 1
    assert not Task.objects.exists()


def test_five_wrong_codes_stop_handing_out_until_there_is_a_signal(phone, ready):
    hold = ready[0]
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts()[1] == 1)
    phone.signal(is_there=False)
    for _guess in range(4):
        phone.enters(HAND_OUT, "find", "Y0Y0Y0Y0")
        phone.page.wait_for_selector("[data-told-box].is-bad")
        phone.hears("No parcel here has this code.")
    phone.enters(HAND_OUT, "find", "Y0Y0Y0Y0")
    phone.hears("Five wrong codes")
    phone.opens(HAND_OUT)
    phone.enters(HAND_OUT, "find", hold.pickup_code)  # closing the page does not undo it
    phone.hears("Five wrong codes")

    phone.signal(is_there=True)
    phone.hears("Everything has been sent.")
    phone.enters(HAND_OUT, "find", hold.pickup_code)
    phone.page.wait_for_selector("[data-hand-over]")


def test_a_code_that_the_phone_does_not_know_yet_is_asked_from_the_portal(phone, story, title):
    phone.opens(HAND_OUT)
    hold, _copy, parcel = story.at_the_point(title)
    phone.enters(HAND_OUT, "find", hold.pickup_code)
    phone.page.wait_for_selector("[data-hand-over]")
    assert phone.page.inner_text("[data-found-number]") == str(parcel.shelf_number)


def test_the_phone_holds_no_reader_no_title_and_no_code(phone, ready):
    hold, copy, parcel = ready
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts()[1] == 1)
    phone.signal(is_there=False)
    phone.enters(TAKE_BACK, "return", copy.barcode)
    phone.hears("Written down.")
    phone.signal(is_there=True)
    phone.hears("Everything has been sent.")

    held = phone.holds()

    assert parcel.tag in held
    assert parcel.code_digest.digest in held
    secrets = (hold.pickup_code, hold.reader.given_name, hold.reader.card_number, str(copy.title), copy.barcode)
    assert [secret for secret in secrets if secret in held] == []


def test_a_phone_that_is_cut_off_forgets_its_point_and_keeps_what_it_did(phone, ready):
    parcel = ready[2]
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts()[1] == 1)
    phone.signal(is_there=False)
    phone.enters(TAKE_IN, "receive", "Y0Y0Y0Y0")
    phone.hears("1 thing not sent.")
    revoke_device(phone.device, actor=None)
    phone.signal(is_there=True)
    phone.hears("no longer connected")

    wait_until(phone, lambda: parcel.tag not in phone.holds())
    assert "Y0Y0Y0Y0" in phone.holds()
    phone.look(phone.page)


def test_the_language_is_chosen_without_signal_and_remembered(phone, story, title):
    elsewhere = story.packed(title)[2]
    page = phone.page
    phone.signal(is_there=False)
    page.click("[data-language=it]")
    page.wait_for_selector("html[lang=it]")
    wait_until(phone, lambda: "Ricevi" in phone.told())
    phone.look(page)
    phone.opens(TAKE_IN)  # another page, the same choice
    assert page.get_attribute("html", "lang") == "it"
    phone.enters(TAKE_IN, "receive", elsewhere.tag)
    phone.signal(is_there=True)
    phone.hears("Mettilo al posto numero")  # the portal answers in it too
    page.goto("/partner/telefono/")
    assert page.get_attribute("html", "lang") == "it"

    phone.opens(HOME)
    page.click("[data-language=en]")
    page.wait_for_selector("html[lang=en]")


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_the_pages_of_the_day_put_up_no_barrier(open_browser, sees_no_barrier, town, story, title, ready, viewport):  # noqa: F811
    story.packed(title)
    phone = DayPhone.at(town.newsstand, open_browser(viewport, "en-GB"), sees_no_barrier)
    wait_until(phone, lambda: phone.counts() == [1, 1, 0])
    for address in (HOME, TAKE_IN, HAND_OUT, TAKE_BACK, CRATE_OUT, CLOSE_DAY, FAULT):
        phone.opens(address)
        sees_no_barrier(phone.page)
    phone.signal(is_there=False)
    phone.enters(TAKE_IN, "receive", "Y0")
    phone.hears("not a parcel's tag")
    sees_no_barrier(phone.page)
    phone.enters(HAND_OUT, "find", ready[0].pickup_code)
    phone.page.wait_for_selector("[data-hand-over]")
    sees_no_barrier(phone.page)


def test_hand_out_with_the_keyboard_alone(phone, ready):
    phone.opens(HOME)
    wait_until(phone, lambda: phone.counts()[1] == 1)
    phone.signal(is_there=False)
    phone.opens(HAND_OUT)
    page = phone.page
    page.keyboard.type(ready[0].pickup_code)  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-hand-over]")
    assert page.evaluate("document.activeElement.matches('[data-found-box]')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    phone.hears("Handed over.")
    assert page.evaluate("document.activeElement.id") == "find"


@pytest.mark.parametrize("address", ["/partner/", "/partner/giornata/"])
def test_the_first_load_is_under_60_kilobytes(open_browser, sees_no_barrier, town, address):  # noqa: F811
    _device, code = invite_device(town.newsstand, name="phone", actor=None)
    partner = Partner(open_browser(PHONE, "en-GB", service_workers="block"), sees_no_barrier).connects(code)
    page = partner.page.context.new_page()
    answers = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  Playwright writes a mark on it

    page.goto(address, wait_until="networkidle")

    sizes = {one.url: _sent(one) for one in answers if one.ok and one.url.startswith("http")}
    assert any(url.endswith("/partner.css") for url in sizes)
    assert sum(sizes.values()) < MOST_BYTES, sorted(sizes.items(), key=lambda one: -one[1])

"""The desk without network in a real browser: it goes on while the network is away, and sends once when it is back."""

import datetime as dt
import json

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from accounts.cards import luhn_digit
from catalog.states import CopyStatus
from loans.holds import place_hold
from loans.lending import check_out
from loans.models import Loan, Task, TaskKind
from loans.states import HoldStatus
from milanolib import clock
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, LibrarianFactory, ReaderFactory
from tests.factories.people import PASSWORD
from tests.story import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}
ADDRESS = "/gestione/banco/senza-rete/"
ON_DISK = """async () => {
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => done(request.result);
    });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((done) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => done(request.result);
      });
      found.push({ store, rows });
    }
    database.close();
  }
  const cached = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      cached.push(await (await cache.match(request)).text());
    }
  }
  return { found, cached, local: { ...localStorage }, session: { ...sessionStorage } };
}"""


class OfflineDesk(Librarian):
    """A librarian before the page of the desk without network."""

    def opens(self):
        self.goes_to(ADDRESS)
        self.page.wait_for_selector("[data-work]:not([hidden])")
        self.page.wait_for_selector("[data-ready]:not(:empty)")
        return self

    def network(self, *, is_there):
        self.page.context.set_offline(not is_there)

    def lends(self, reader, *copies):
        self.page.fill("#card", reader if isinstance(reader, str) else reader.card_number)
        self.page.press("#card", "Enter")
        for copy in copies:
            self.scans_into("#lent", copy)
        self.page.click("[data-next-reader]")

    def takes_in(self, *copies):
        self.page.check("[value=take_in]")
        for copy in copies:
            self.scans_into("#taken", copy)
        self.page.check("[value=lend]")

    def renews(self, *copies):
        self.page.check("[value=renew]")
        for copy in copies:
            self.scans_into("#renewed", copy)

    def finds(self, *copies):
        self.page.check("[value=pick]")
        for copy in copies:
            self.scans_into("#found", copy)

    def scans_into(self, field, copy):
        before = self.page.locator(".od-act").count()
        self.page.fill(field, copy.barcode)
        self.page.press(field, "Enter")
        self.page.locator(".od-act").nth(before).wait_for()

    def count_of(self, tone):
        return self.page.locator(f".od-act.is-{tone}").count()

    def waits_for(self, tone, count=1):
        for _look in range(200):
            if self.count_of(tone) == count:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{tone}: {self.count_of(tone)} of {count}; {self.page.inner_text('main')}")

    def says(self):
        return self.page.inner_text("[data-state-box]")

    def holds(self):
        return json.dumps(self.page.evaluate(ON_DISK))


@pytest.fixture
def librarian(town):  # noqa: F811
    return confirmed(LibrarianFactory(desk=town.north))


@pytest.fixture
def desk(open_browser, sees_no_barrier, librarian):
    page = open_browser(DESKTOP, "en-GB")
    return OfflineDesk(page, sees_no_barrier).comes_as(librarian).opens()


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_offline_desk_puts_up_no_barrier(open_browser, sees_no_barrier, town, librarian, viewport):  # noqa: F811
    desk = OfflineDesk(open_browser(viewport), sees_no_barrier).comes_as(librarian).opens()
    reader, lent, unknown = ReaderFactory(), CopyFactory(home=town.north), CopyFactory.build(barcode="404")

    desk.page.fill("#card", "ML12")
    desk.page.press("#card", "Enter")
    sees_no_barrier(desk.page)
    desk.page.fill("#card", reader.card_number)
    desk.page.press("#card", "Enter")
    desk.scans_into("#lent", lent)
    desk.scans_into("#lent", unknown)
    desk.waits_for("bad")
    sees_no_barrier(desk.page)
    desk.network(is_there=False)
    desk.takes_in(lent)
    desk.page.click("[data-end]")
    for mode in ("renew", "pick", "take_in"):
        desk.page.check(f"[value={mode}]")
        sees_no_barrier(desk.page)
    desk.network(is_there=True)
    desk.page.click("[data-send]")
    desk.waits_for("kept", 0)
    desk.page.click("[data-end]")
    desk.page.wait_for_selector("[data-work]", state="hidden")
    sees_no_barrier(desk.page)


def test_renewals_and_finds_without_network_are_there_once_with_what_became_of_them(desk, town):  # noqa: F811
    lent, wanted = CopyFactory.create_batch(2, home=town.north)
    loan = check_out(lent, ReaderFactory(), town.north, actor=None)
    Loan.objects.filter(pk=loan.pk).update(lent_at=clock.now() - dt.timedelta(days=9), due_on=clock.today())
    hold = place_hold(ReaderFactory(), wanted.title, town.north, actor=None)
    desk.network(is_there=False)

    desk.renews(lent)
    desk.finds(wanted)
    assert desk.count_of("kept") == 2
    desk.network(is_there=True)
    desk.waits_for("good", 2)

    assert fresh(loan).due_on > clock.today()
    assert fresh(loan).renewals == 1
    assert fresh(hold).status == HoldStatus.READY
    said = desk.page.inner_text(".od-acts")
    assert f"Renewed {lent.barcode}" in said
    assert f"Found {wanted.barcode} on its shelf" in said
    assert "Taken from its shelf for a reader." in said


def test_what_was_lent_without_network_is_there_once_with_the_time_of_the_act(desk, town):  # noqa: F811
    reader, copies = ReaderFactory(), CopyFactory.create_batch(2, home=town.north)
    desk.network(is_there=False)
    began = clock.now()
    desk.lends(reader, *copies)
    ended = clock.now()
    assert desk.count_of("kept") == 2
    assert not Loan.objects.exists()

    desk.page.wait_for_timeout(1500)
    desk.network(is_there=True)
    desk.waits_for("good", 2)

    loans = Loan.objects.filter(reader=reader, place=town.north)
    assert {loan.copy_id for loan in loans} == {copy.pk for copy in copies}
    slack = dt.timedelta(seconds=1)  # on the way
    assert all(began - slack <= loan.lent_at <= ended + slack for loan in loans)
    assert "everything has been sent" in desk.says()


def test_the_page_opens_without_network_and_goes_on_where_it_was(desk, town):  # noqa: F811
    """The tab is closed while the network is away; a new one holds what was done, though it cannot read it."""
    reader, first, second = ReaderFactory(), CopyFactory(home=town.north), CopyFactory(home=town.north)
    desk.network(is_there=False)
    Session.objects.all().delete()  # the portal would send us to sign in: what opens now comes from the browser
    desk.lends(reader, first)
    page = desk.page.context.new_page()
    page.faults = []
    desk.page.close()

    again = OfflineDesk(page, desk.look).opens()
    assert again.count_of("kept") == 1
    assert first.barcode not in page.inner_text("main")
    again.lends(reader, second)
    again.network(is_there=True)
    page.wait_for_selector("[data-sign-in]:not([hidden])")
    assert "signed out" in again.says()
    assert not Loan.objects.exists()

    page.click("[data-sign-in] a")
    page.fill("[name=login]", confirmed(LibrarianFactory(desk=town.north)).email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form [type=submit]")
    page.wait_for_url(f"**{ADDRESS}")
    again.waits_for("good", 2)
    assert Loan.objects.filter(reader=reader).count() == 2


def test_the_browser_holds_no_card_no_barcode_and_no_name(desk, town, librarian):  # noqa: F811
    reader, copy = ReaderFactory(), CopyFactory(home=town.north, barcode="4711004711")
    desk.network(is_there=False)
    desk.lends(reader, copy)

    held = desk.holds()

    assert '"act": "lend"' in held
    for secret in (reader.card_number, reader.card_number[2:], copy.barcode, librarian.email, librarian.name):
        assert secret not in held


def test_what_contradicts_the_records_becomes_a_task(desk, town):  # noqa: F811
    copy = CopyFactory(home=town.north)
    check_out(copy, ReaderFactory(), town.north, actor=None)
    Loan.objects.update(lent_at=clock.now() - dt.timedelta(days=3))
    desk.network(is_there=False)
    desk.lends(ReaderFactory(), copy)
    desk.takes_in(CopyFactory.build(barcode="404"))

    desk.network(is_there=True)
    desk.waits_for("warn")
    desk.waits_for("bad")

    kinds = set(Task.objects.values_list("kind", flat=True))
    assert kinds == {TaskKind.LOAN_CONTRADICTED, TaskKind.UNKNOWN_BARCODE}
    assert fresh(copy).status == CopyStatus.ON_LOAN
    assert "somebody else still had it" in desk.page.inner_text("[data-acts]")


def test_taken_in_without_network_ends_the_loan(desk, town):  # noqa: F811
    copy = CopyFactory(home=town.north)
    loan = check_out(copy, ReaderFactory(), town.north, actor=None)
    desk.network(is_there=False)
    desk.takes_in(copy)
    desk.network(is_there=True)
    desk.waits_for("good")

    assert fresh(loan).returned_place == town.north
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_the_shift_ends_only_when_all_is_sent_and_leaves_nothing(desk, town):  # noqa: F811
    desk.network(is_there=False)
    desk.lends(ReaderFactory(), CopyFactory(home=town.north))
    desk.page.click("[data-end]")
    desk.page.wait_for_selector("[data-end-told]:not(:empty)")
    assert "nothing was removed" in desk.page.inner_text("[data-end-told]")
    assert '"act": "lend"' in desk.holds()

    desk.network(is_there=True)
    desk.waits_for("good")
    desk.page.click("[data-end]")
    desk.page.wait_for_selector("[data-work]", state="hidden")

    assert "shift is over" in desk.says()
    assert desk.page.locator(".od-act").count() == 0
    stores = {one["store"]: one["rows"] for one in desk.page.evaluate(ON_DISK)["found"]}
    assert stores["acts"] == []
    assert [type(row) for row in stores["facts"]] == [int], "only the last number"


def test_who_signs_out_with_nothing_left_leaves_nothing(desk):
    Session.objects.all().delete()
    desk.network(is_there=False)
    desk.page.reload()
    desk.page.wait_for_selector("[data-work]:not([hidden])")
    desk.network(is_there=True)
    desk.page.wait_for_selector("[data-sign-in]:not([hidden])")

    stores = {one["store"]: one["rows"] for one in desk.page.evaluate(ON_DISK)["found"]}
    assert stores == {"acts": [], "facts": []}


def test_a_desk_that_rests_keeps_its_shift_and_sends_when_it_wakes(desk, town):  # noqa: F811
    session = SessionStore(session_key=Session.objects.get().session_key)
    session["desk_used_at"] = (clock.now() - dt.timedelta(hours=5)).isoformat()
    session.save()
    desk.network(is_there=False)
    desk.network(is_there=True)
    desk.page.wait_for_selector("[data-sign-in]:not([hidden])")
    assert "This desk rests" in desk.says()

    desk.lends(ReaderFactory(), CopyFactory(home=town.north))
    assert desk.count_of("kept") == 1
    desk.page.click("[data-sign-in] a")
    desk.page.wait_for_url("**next=**")
    session["desk_used_at"] = clock.now().isoformat()  # as a badge or the password does
    session.save()
    desk.page.goto(ADDRESS)
    desk.waits_for("good")


def test_a_slip_is_told_and_writes_nothing(desk, town):  # noqa: F811
    reader, copy = ReaderFactory(), CopyFactory(home=town.north)
    page = desk.page
    page.press("#card", "Enter")
    assert "Scan the card" in page.inner_text("#card-told")
    wrong = f"ML1234567{(int(luhn_digit('1234567')) + 1) % 10}"
    page.fill("#card", wrong)
    page.press("#card", "Enter")
    assert "is not a card number of ours" in page.inner_text("#card-told")
    page.press("#card", "Enter")
    page.wait_for_selector("#lent")
    page.fill("#lent", reader.card_number)  # the next reader's card, in the field of the copies
    page.press("#lent", "Enter")
    assert page.inner_text("[data-card-end]") == reader.card_number[-4:]
    desk.scans_into("#lent", copy)
    page.fill("#lent", copy.barcode)  # a scanner that reads twice
    page.press("#lent", "Enter")

    assert "just now already" in page.inner_text("#lent-told")
    desk.waits_for("good")
    assert Loan.objects.get().reader == reader

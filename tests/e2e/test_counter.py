"""The counter with the keyboard alone, as a scanner and a librarian work it."""

import pytest
from playwright.sync_api import expect

from catalog.search import refresh
from loans.availability import follow_copies
from loans.holds import place_hold
from loans.lending import check_out
from loans.models import Hold, Loan
from loans.states import HoldStatus, LoanStatus
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, LibrarianFactory, ReaderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


class Counter(Librarian):
    """A librarian before the counter, who never touches the mouse."""

    def begins(self, town):  # noqa: F811  the town is the test's
        self.comes_as(confirmed(LibrarianFactory(desk=town.north)))
        self.page.goto("/gestione/banco/")
        return self

    def scans(self, *codes):
        """Scan without waiting for any answer, as fast as the keys go."""
        for code in codes:
            self.page.keyboard.type(code)
            self.page.keyboard.press("Enter")
        return self

    def presses(self, key):
        self.page.keyboard.press(key)
        return self

    def is_told(self, words, answers=None):
        """Wait for words in the newest answer; with `answers`, for that many first: it may say the same again."""
        if answers is not None:
            expect(self.page.locator("#answers > li")).to_have_count(answers)
        expect(self.page.locator("#answers > li").first).to_contain_text(words)
        return self

    def has_the_field(self):
        assert self.page.evaluate("document.activeElement.id") == "scan"
        return self


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_reader_comes_borrows_reserves_and_goes(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    reader = ReaderFactory(given_name="Ada", family_name="Negri")
    one, other = CopyFactory.create_batch(2, home=town.north, parts_note="1 CD")
    wanted = CopyFactory(home=town.south, title__work__title="La coscienza di Zeno")
    refresh([wanted.title_id])
    follow_copies()
    desk = Counter(open_browser(viewport, "en-GB"), sees_no_barrier).begins(town)

    desk.scans(reader.card_number, one.barcode, other.barcode, one.barcode)
    expect(desk.page.locator("#answers .is-lent")).to_have_count(3)
    expect(desk.page.locator("[data-alert]")).to_have_count(3)
    desk.has_the_field().look(desk.page)
    desk.presses("F2").presses("F2").presses("F2")
    expect(desk.page.locator("[data-alert]")).to_have_count(0)
    desk.scans("/coscienza").is_told("1 title").look(desk.page)
    desk.scans("1").is_told("Reserved").has_the_field()
    desk.presses("F9").is_told("of 2 loans renewed")
    desk.presses("Escape").is_told("The visit is over").has_the_field().look(desk.page)

    assert Loan.objects.filter(reader=reader).count() == 2
    assert Hold.objects.get(reader=reader).pickup_place == town.north
    assert "Negri" not in desk.page.inner_text("body")


def test_stack_of_twelve_is_taken_in_without_looking_up(open_browser, sees_no_barrier, town):  # noqa: F811
    home = CopyFactory.create_batch(6, home=town.north)
    foreign = CopyFactory.create_batch(3, home=town.south, place=town.north)
    for copy in home:
        check_out(copy, ReaderFactory(), town.north, actor=None)
    for copy in home[:2]:
        place_hold(ReaderFactory(), copy.title, town.north, actor=None)
    stack = [copy.barcode for copy in (*home, *foreign)]
    desk = Counter(open_browser(DESKTOP, "en-GB"), sees_no_barrier).begins(town)

    desk.scans(*stack[:5], stack[4], "nobody-has-this-0", *stack[5:], stack[8])

    expect(desk.page.locator("#answers > li")).to_have_count(12, timeout=30_000)
    expect(desk.page.locator("#answers .is-refused")).to_have_count(1)
    expect(desk.page.locator(".desk-pile")).to_have_count(3)
    assert desk.page.locator(".desk-pile-count").all_inner_texts() == ["4", "2", "3"]
    expect(desk.page.locator("[data-alert]")).to_have_count(6)
    assert Loan.objects.filter(status=LoanStatus.CLOSED).count() == 6
    assert Hold.objects.filter(status=HoldStatus.READY).count() == 2
    desk.has_the_field().look(desk.page)
    for _alert in range(6):
        desk.presses("F2")
    expect(desk.page.locator("[data-alert]")).to_have_count(0)


def test_what_follows_a_card_that_nobody_has_is_not_sent(open_browser, sees_no_barrier, town):  # noqa: F811
    reader, copy = ReaderFactory(), CopyFactory(home=town.north)
    desk = Counter(open_browser(DESKTOP, "en-GB"), sees_no_barrier).begins(town)
    desk.scans(reader.card_number).is_told(reader.full_name)

    desk.page.evaluate(  # both before the answer to the first, however fast that is
        """codes => codes.forEach((code) => {
            const field = document.querySelector("[data-scan-field]");
            field.value = code;
            field.form.requestSubmit();
        })""",
        ["ML00000001", copy.barcode],
    )

    expect(desk.page.locator("[data-scan-unsent-codes]")).to_have_text(copy.barcode)
    assert not Loan.objects.exists()
    desk.look(desk.page)


def test_refused_copy_is_renewed_or_taken_in_by_its_number(open_browser, sees_no_barrier, town):  # noqa: F811
    reader, (own, foreign) = ReaderFactory(), CopyFactory.create_batch(2, home=town.north)
    loan = check_out(own, reader, town.north, actor=None)
    other = check_out(foreign, ReaderFactory(), town.north, actor=None)
    Loan.objects.update(due_on=loan.lent_at)  # so that renewing helps
    desk = Counter(open_browser(DESKTOP, "en-GB"), sees_no_barrier).begins(town)
    desk.scans(reader.card_number).is_told(reader.full_name)

    desk.scans(own.barcode).is_told("Not done").look(desk.page)
    desk.scans("1").is_told("Renewed until")
    desk.scans(foreign.barcode).is_told("Not done").scans("1").is_told("Back to its shelf")
    desk.presses("F4").scans(own.barcode).is_told("Back to its shelf", answers=6).has_the_field()

    for row in (loan, other):
        row.refresh_from_db()
    assert (loan.renewals, loan.status, other.status) == (1, LoanStatus.CLOSED, LoanStatus.CLOSED)


def test_last_act_is_undone_with_a_key(open_browser, sees_no_barrier, town):  # noqa: F811
    reader, copy = ReaderFactory(), CopyFactory(home=town.north)
    desk = Counter(open_browser(DESKTOP, "en-GB"), sees_no_barrier).begins(town)

    desk.scans(reader.card_number, copy.barcode).is_told("Lent until")
    desk.presses("F8").is_told("Undone: lent").has_the_field().look(desk.page)
    desk.presses("F8").scans(copy.barcode).is_told("Lent until", answers=4)

    assert Loan.objects.get().reader == reader


def test_two_windows_keep_their_readers_apart(open_browser, sees_no_barrier, town):  # noqa: F811
    first, second = ReaderFactory(), ReaderFactory()
    one, other = CopyFactory.create_batch(2, home=town.north)
    desk = Counter(open_browser(DESKTOP, "en-GB"), sees_no_barrier).begins(town)
    beside = Counter(desk.page.context.new_page(), sees_no_barrier)
    beside.page.goto("/gestione/banco/")

    desk.scans(first.card_number).is_told(first.full_name)
    beside.scans(second.card_number).is_told(second.full_name)
    desk.scans(one.barcode).is_told("Lent until")
    beside.scans(other.barcode).is_told("Lent until")
    desk.page.reload()

    assert Loan.objects.get(reader=first).copy == one
    assert Loan.objects.get(reader=second).copy == other
    expect(desk.page.locator("#reader-name")).to_have_text(first.full_name)


def test_sounds_are_off_until_wanted_and_differ_by_outcome(open_browser, sees_no_barrier, town):  # noqa: F811
    shelf, crate = CopyFactory(home=town.north), CopyFactory(home=town.south, place=town.north)
    page = open_browser(DESKTOP, "en-GB")
    page.add_init_script(
        "window.heard = []; AudioContext.prototype.createOscillator = new Proxy("
        "AudioContext.prototype.createOscillator, { apply(make, on) { const voice = Reflect.apply(make, on, []);"
        " const start = voice.start.bind(voice);"
        " voice.start = (at) => { window.heard.push(voice.frequency.value); start(at); }; return voice; } })"
    )
    desk = Counter(page, sees_no_barrier).begins(town)

    desk.scans(shelf.barcode).is_told("Back to its shelf")
    assert page.evaluate("window.heard") == []
    page.locator("#sound").check()
    page.locator("#scan").focus()
    heard = {}
    for number, code in enumerate((shelf.barcode, crate.barcode, "nobody-has-this-0"), 2):
        page.evaluate("window.heard = []")
        desk.scans(code).is_told("", answers=number)
        heard[code] = tuple(page.evaluate("window.heard"))

    assert all(heard.values())
    assert len(set(heard.values())) == 3
    page.reload()
    expect(page.locator("#sound")).to_be_checked()

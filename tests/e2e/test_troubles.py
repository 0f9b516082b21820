"""Copies that cannot be found, at the desk: on a telephone's width and on a desk's, with the keyboard."""

import datetime as dt

import pytest

from catalog.states import CopyStatus
from loans.claims import claim_returned
from loans.holds import place_hold
from loans.journeys import look_for_late_journeys
from loans.lending import check_out
from loans.models import Loan, Transit
from loans.picking import pick_copy
from loans.states import LoanStatus
from milanolib import clock
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian
from tests.e2e.test_story import confirmed, town  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, LibrarianFactory, ReaderFactory
from tests.story import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_what_is_lost_is_looked_for_claimed_and_given_up(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    lent, claimed, travels = CopyFactory.create_batch(3, home=town.north)
    check_out(lent, ReaderFactory(), town.north, actor=None)
    other = check_out(claimed, ReaderFactory(), town.north, actor=None)
    claim_returned(other, returned_on=clock.today(), place=town.south, actor=None)
    place_hold(ReaderFactory(), travels.title, town.south, actor=None)
    pick_copy(travels, town.north, actor=None)
    a_month_ago = dt.timedelta(days=30)
    Transit.objects.update(requested_at=clock.now() - a_month_ago, expected_on=clock.today() - a_month_ago)
    look_for_late_journeys()
    desk = Librarian(open_browser(viewport, "en-GB"), sees_no_barrier)
    desk.comes_as(confirmed(LibrarianFactory(desk=town.north)))
    page = desk.page

    desk.goes_to("/gestione/banco/ricerche/")
    desk.swaps(lambda: page.press(f"#late-{travels.pk} button", "Enter"), f"#late-{travels.pk}")
    desk.goes_to("/gestione/banco/problemi/")
    page.click(f"text={claimed.barcode}")
    page.click("summary:has-text('Found nowhere')")
    page.click("details[open] button")
    page.wait_for_url(f"**/copie/{claimed.pk}/")
    desk.look(page)

    desk.goes_to(f"/gestione/catalogo/copie/{lent.pk}/")
    page.focus("summary:has-text('given back')")
    page.keyboard.press("Enter")
    page.click("details[open] button")  # without its day
    page.wait_for_selector("[data-refusal]")
    desk.look(page)
    page.fill("[name=claimed-returned_on]", clock.today().isoformat())
    page.press("[name=claimed-reason]", "Enter")
    page.wait_for_selector("text=late days have stopped")
    desk.look(page)

    assert fresh(travels).status == CopyStatus.MISSING
    assert dict(Loan.objects.values_list("copy", "status")) == {
        claimed.pk: LoanStatus.LOST,
        lent.pk: LoanStatus.CLAIMED,
    }

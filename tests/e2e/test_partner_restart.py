"""A phone that is switched off in the middle of sending, and on again: what it has done is there, and counts once."""

import pytest

from branches.models import Report
from loans.holds import cancel_hold
from loans.invariants import disagreements
from loans.models import Crate, Loan, Task, TaskKind
from loans.states import LoanStatus, ParcelStatus
from tests.e2e.conftest import PHONE
from tests.e2e.test_partner_day import (  # noqa: F401  fixtures are used by their names
    CLOSE_DAY,
    CRATE_OUT,
    FAULT,
    HAND_OUT,
    HOME,
    TAKE_IN,
    DayPhone,
    ready,
    story,
    title,
    wait_until,
)
from tests.e2e.test_story import town  # noqa: F401  a fixture is used by its name
from tests.story import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ACTS = ["receive", "hand_over", "wrong", "missing", "crate_out", "count"]


@pytest.fixture
def switch_on(browser_type, browser_type_launch_args, live_server, tmp_path):
    """Start the phone's browser on the same store as the time before, and open a page."""
    contexts = []

    def switch(*, route=None):
        context = browser_type.launch_persistent_context(
            str(tmp_path), **browser_type_launch_args, viewport=PHONE, locale="en-GB", base_url=live_server.url
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        if route:
            context.route("**/partner/rapporti/**", route)
        page = context.pages[0]
        page.faults = []
        return page

    yield switch
    for context in contexts:
        context.close()


def test_phone_switched_off_in_the_middle_of_a_batch_sends_it_again_and_nothing_counts_twice(
    switch_on,
    sees_no_barrier,
    town,  # noqa: F811
    story,  # noqa: F811
    title,  # noqa: F811
    ready,  # noqa: F811
):
    hold, lent, parcel = ready
    _hold, _copy, coming = story.packed(title)
    _hold, _copy, lost = story.at_the_point(title)
    unwanted, _copy, back = story.at_the_point(title)
    cancel_hold(unwanted, actor=None)
    applied = []

    def lose_the_answer(route):
        applied.append(route.fetch().status)  # all of it was applied, and nobody hears of it
        route.abort("connectionreset")

    phone = DayPhone.at(town.newsstand, switch_on(route=lose_the_answer), sees_no_barrier)
    wait_until(phone, lambda: phone.counts() == [1, 2, 1])
    phone.signal(is_there=False)
    phone.enters(TAKE_IN, "receive", coming.tag)
    phone.hears("Taken in.")
    phone.enters(HAND_OUT, "find", hold.pickup_code)
    phone.page.wait_for_selector("[data-found-number]:visible")
    phone.page.click("[data-hand-over]")
    phone.hears("Handed over.")
    for tag, act in ((parcel.tag, "wrong"), (lost.tag, "missing")):
        phone.opens(FAULT)
        phone.page.check(f"input[name=act][value={act}]")
        phone.enters(FAULT, "fault", tag)
        phone.hears("What the reader gave back")
    phone.enters(CRATE_OUT, "crate_out", "1")
    phone.hears("Give the crate to the driver as it is.")
    phone.enters(CLOSE_DAY, "count", "1")
    phone.hears("6 things not sent.")
    phone.signal(is_there=True)
    wait_until(phone, lambda: applied)
    phone.hears("6 things not sent.")
    phone.page.context.close()  # switched off before it was told

    phone = DayPhone(switch_on(), sees_no_barrier).opens(HOME)
    phone.hears("Everything has been sent.")
    wait_until(phone, lambda: phone.counts() == [0, 1, 1])  # the closed crate waits for the driver

    assert applied[0] == 200
    assert list(Report.objects.filter(device__name="phone", seq__isnull=False).order_by("seq").values_list("act")) == [
        (act,) for act in ACTS
    ]
    assert Loan.objects.get(copy=lent).status == LoanStatus.CLOSED
    assert (fresh(coming).status, fresh(back).status) == (ParcelStatus.RECEIVED, ParcelStatus.IN_CRATE)
    assert Crate.objects.get().parcels_declared == 1
    kinds = sorted(Task.objects.values_list("kind", flat=True))
    assert kinds.count(TaskKind.PARCEL_WRONG) == kinds.count(TaskKind.PARCEL_MISSING) == 1
    assert disagreements() == []

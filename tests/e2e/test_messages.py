"""What readers choose and what staff see of it: without barriers, narrow and wide; a form without JavaScript."""

import pytest

from notifications.delivery import deliver
from notifications.models import Preference
from notifications.preferences import Wishes, choose, unsubscribe_token
from outbox.events import dispatch
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian, Reader
from tests.e2e.test_story import confirmed, town, verified_reader  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, ManagerFactory, ReaderFactory
from tests.story import Story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}


class RealClock:
    """Real time passes by itself."""

    def shift(self, step):
        """Nothing to do."""


def ready(town, *readers):  # noqa: F811
    """Something is ready in the north for each, and told."""
    story = Story(town, RealClock())
    for reader in readers:
        story.ready(CopyFactory(home=town.north).title, reader=reader, pickup=town.north)
    dispatch()
    deliver()


@pytest.mark.parametrize(("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"])
def test_reader_reads_messages_and_chooses_how_to_be_told(open_browser, sees_no_barrier, town, viewport, locale):  # noqa: F811
    anna = verified_reader()
    ready(town, anna)
    reader = Reader(open_browser(viewport, locale), sees_no_barrier).comes_as(anna.user)
    reader.goes_to("/mio/messaggi/")
    reader.page.click("main .ml-row-title a")
    sees_no_barrier(reader.page)

    reader.goes_to("/mio/avvisi/")
    reader.page.select_option("[name=digest_hour]", "18")
    reader.page.click("form.ml-narrow button[type=submit]")
    reader.page.wait_for_selector("[name=digest_hour]")
    sees_no_barrier(reader.page)
    assert Preference.objects.get(reader=anna).digest_hour == 18


def test_unsubscribe_works_without_javascript_and_without_a_sign_in(open_browser, town):  # noqa: F811
    anna = verified_reader()
    page = open_browser(NARROW, "it-IT", java_script_enabled=False)
    page.goto(f"/messaggi/basta/{unsubscribe_token(anna.pk, ['hold_ready'], 'email')}/")
    page.click("main form button[type=submit]")

    page.wait_for_selector(".ml-box.is-good")
    assert anna.kind_choices.get(kind="hold_ready").channels == []


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_staff_see_the_ledger_its_texts_and_whom_to_call(open_browser, sees_no_barrier, town, viewport):  # noqa: F811
    nobody_reaches = ReaderFactory(phone="02 884 6455")
    choose(nobody_reaches, Wishes(has_quiet_hours=False))  # this test may run by night
    ready(town, verified_reader(), nobody_reaches)
    manager = confirmed(ManagerFactory(desk=town.north))
    desk = Librarian(open_browser(viewport), sees_no_barrier).comes_as(manager)
    for address in ("avvisi/", "avvisi/testi/", "avvisi/testi/?kind=hold_ready&language=it", "banco/chiamate/"):
        desk.goes_to(f"/gestione/{address}")

    desk.page.click("button[value=told]")
    desk.page.wait_for_selector("[id^=call-] .is-good")
    assert desk.page.query_selector("button[value=told]") is None

"""The main job in a real browser: reserve online, collect at a newsstand, give back at another."""

import datetime as dt
import email
import email.policy
import os
import re
import uuid
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.test import override_settings

from branches.devices import invite_device
from catalog.models import Agent, Contribution, Copy, Role
from catalog.search import refresh
from loans.models import Hold, Loan, Parcel
from loans.states import HoldStatus, LoanStatus, ParcelStatus
from notifications.delivery import deliver
from notifications.preferences import Wishes, choose
from outbox.events import dispatch
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Librarian, Partner, Reader
from tests.factories import CopyFactory, LibrarianFactory, OpeningHoursFactory, ReaderFactory, TitleFactory, UserFactory
from tests.factories.people import PASSWORD
from tests.story import Network

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(autouse=True)
def real_mail():
    with override_settings(EMAIL_BACKEND=SMTP):
        yield


def work():
    """Do what the worker does after each commit."""
    dispatch()
    deliver()


def letters_to(address):
    found = []
    for path in sorted(Path(os.environ["DEMO_MAIL_DIR"]).glob("*.eml")):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if address in letter["X-Envelope-To"]:
            found.append(letter)
    return found


@pytest.fixture
def town():
    """A small network with hours, and one copy of a famous book in the north library."""
    network = Network.build()
    network.newsstand.name, network.small_newsstand.name = "Edicola di prova 1", "Edicola di prova 2"
    for place in (network.newsstand, network.small_newsstand):
        place.hours_known = True
        place.save()
        for weekday in range(7):
            OpeningHoursFactory(place=place, weekday=weekday, opens=dt.time(6, 30), closes=dt.time(23, 59))
    title = TitleFactory(title="Il barone rampante")
    author = Agent.objects.create(name="Calvino, Italo")
    Contribution.objects.create(title=title, agent=author, role=Role.AUTHOR, position=0)
    refresh([title.pk])
    CopyFactory(title=title, home=network.north, barcode="MI000000018")
    return network


def verified_reader():
    reader = ReaderFactory(user=confirmed(UserFactory(email=f"{uuid.uuid4().hex}@example.org")))
    choose(reader, Wishes(has_quiet_hours=False))  # these tests may run by night
    return reader


def confirmed(user):
    """The address of a user, confirmed."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.mark.parametrize(("viewport", "locale"), [(PHONE, "it-IT"), (DESKTOP, "en-GB")], ids=["phone", "desktop"])
def test_reserve_online_collect_at_a_newsstand_give_back_at_another(  # noqa: PLR0915  the whole story
    open_browser, sees_no_barrier, town, viewport, locale
):
    anna, bruno = verified_reader(), verified_reader()
    librarian = confirmed(LibrarianFactory(desk=town.north))
    copy = Copy.objects.get()

    # A citizen finds the title and what is free, signs in with the card, and reserves; a double click is one hold.
    reader = Reader(open_browser(viewport, locale), sees_no_barrier)
    reader.searches("calvino barone")
    reader.opens_first_result()
    reader.signs_in(anna.card_number, PASSWORD)
    reader.searches("calvino barone")
    reader.opens_first_result()
    reader.reserves_at(town.newsstand, clicks=2)
    hold = Hold.objects.get(reader=anna)
    assert hold.status == HoldStatus.ASSIGNED

    # A second reader sees the place in the queue.
    second = Reader(open_browser(viewport, locale), sees_no_barrier).signs_in(bruno.user.email, PASSWORD)
    second.searches("calvino barone")
    second.opens_first_result()
    second.reserves_at(town.small_newsstand)
    assert "1" in second.page.inner_text("#reserve-panel .ml-box-title")

    # The librarian takes the copy from its shelf and wraps it.
    desk = Librarian(open_browser(DESKTOP, locale), sees_no_barrier).signs_in(librarian, PASSWORD)
    desk.scans("/gestione/banco/prelievi/", copy.barcode)
    tag = desk.packs()
    assert Parcel.objects.get(tag=tag).status == ParcelStatus.PACKED
    work()
    assert letters_to(anna.user.email) == []

    # The newsstand takes the parcel in; only then the reader is told, with code and last day.
    _device, code = invite_device(town.newsstand, name="phone", actor=None)
    newsstand = Partner(open_browser(PHONE, locale, service_workers="block"), sees_no_barrier).connects(code)
    newsstand.scans("/partner/arrivi/", tag)
    work()
    hold.refresh_from_db()
    letter = letters_to(anna.user.email)[0].get_body(("plain",)).get_content()
    assert hold.status == HoldStatus.READY
    assert hold.pickup_code in letter

    # The reader shows the code; the parcel changes hands; the loan begins.
    reader.goes_to("/mio/")
    assert hold.pickup_code in reader.says()
    newsstand.scans("/partner/consegna/", hold.pickup_code.lower())
    newsstand.hands_over()
    loan = Loan.objects.get(reader=anna)
    assert (loan.status, loan.hold_id) == (LoanStatus.OPEN, hold.pk)
    assert Parcel.objects.get(tag=tag).status == ParcelStatus.HANDED_OVER

    # The reader sees the loan; renewing is refused in words, because another reader waits.
    reader.goes_to("/mio/")
    reader.swaps(lambda: reader.page.click(f"#loan-{loan.pk} [type=submit]"), f"#loan-{loan.pk}")
    assert reader.page.locator(f"#loan-{loan.pk} [role=alert]").inner_text()

    # Another newsstand takes it back: the loan ends at that minute, with a receipt.
    _device, code = invite_device(town.small_newsstand, name="phone", actor=None)
    other = Partner(open_browser(PHONE, locale, service_workers="block"), sees_no_barrier).connects(code)
    told = other.scans("/partner/resi/", copy.barcode)
    loan.refresh_from_db()
    assert (loan.status, loan.returned_place) == (LoanStatus.CLOSED, town.small_newsstand)
    assert loan.receipt_number in told
    reader.goes_to("/mio/prestiti/")
    reader.page.click(f"a[href*='/mio/ricevute/{loan.pk}/']")
    reader.look(reader.page)
    assert "Edicola di prova 2" in reader.says()

    # Next morning the branch checks the copy in: it is for the second reader, in a parcel again.
    answer = desk.scans("/gestione/banco/", copy.barcode)
    assert "Edicola di prova 2" in answer
    assert Hold.objects.get(reader=bruno).status == HoldStatus.PICKED
    for page in (newsstand.page, other.page):
        assert "Calvino" not in page.content()
        assert anna.given_name not in page.content()


def test_sign_up_by_a_real_message_makes_a_provisional_reader(open_browser, sees_no_barrier, town):
    address = f"{uuid.uuid4().hex}@example.org"
    reader = Reader(open_browser(PHONE, "it-IT"), sees_no_barrier)
    reader.goes_to("/accesso/iscrizione/")
    reader.page.fill("[name=given_name]", "Nadia")
    reader.page.fill("[name=email]", address)
    reader.page.fill("[name=password1]", "una password lunga")
    reader.page.check("[name=accepts_rules]")
    reader.page.click("main form [type=submit]")
    reader.page.wait_for_url(re.compile("/accesso/conferma/"))
    reader.look(reader.page)
    work()

    (letter,) = letters_to(address)
    link = re.search(r"https?://[^/\s]+(/accesso/conferma/\S+)", letter.get_body(("plain",)).get_content()).group(1)
    reader.goes_to(link)
    reader.page.click("main form [type=submit]")
    reader.page.wait_for_load_state()
    reader.signs_in(address, "una password lunga")
    card = reader.page.locator("main .ml-number").first.inner_text()
    assert re.fullmatch(r"ML\d{8}", card)

    reader.searches("barone")
    reader.opens_first_result()
    reader.page.click("article .btn-primary")
    reader.page.wait_for_selector("#reserve-panel form")
    offered = reader.page.locator("[name=pickup]").evaluate_all("boxes => boxes.map((box) => box.value)")
    assert {town.north.code, town.stop.code} <= set(offered)
    assert town.newsstand.code not in offered
    reader.reserves_at_open_form(town.north)
    assert Hold.objects.get().reader.user.email == address

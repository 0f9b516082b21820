"""The pages for everybody, and those of the desk."""

import dataclasses
import datetime as dt
import json

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from django.utils.text import capfirst

from notifications.delivery import deliver
from outbox.events import dispatch
from registry import bookings, running
from registry.certificates import certificates
from registry.links import token_of
from registry.models import Booking, CertificateCount, Kiosk
from registry.states import BookingStatus
from tests.factories import ClosureFactory, LibrarianFactory, ReaderFactory, UserFactory
from tests.registry.conftest import at, make_kiosk
from tests.story import fresh

ENGLISH = {"headers": {"Accept-Language": "en"}}
KEY = "20260303T0800Z"  # nine o'clock of Tuesday
PAGE = "/anagrafe/prova/?giorno=2026-03-03"


@pytest.fixture(autouse=True)
def _no_counts(settings):
    """Let each test begin without the attempts of the one before."""
    from django.core.cache import cache

    cache.clear()


def book(kiosk, contact="ada@example.org", **options):
    return bookings.book_slot(kiosk, at(9), contact, **{"is_confirmed": True} | options)


def send(client, **fields):
    return client.post(PAGE, {"slot": KEY, "email": "ada@example.org"} | fields, **ENGLISH)


def letters():
    mail.outbox.clear()
    dispatch()
    deliver()
    return mail.outbox


def test_first_page_says_what_is_needed_and_names_the_first_free_slot(client, kiosk):
    Kiosk.objects.create(code="municipio-9", kind="kiosk", name="Anagrafe", municipio=9)
    page = client.get("/anagrafe/", **ENGLISH).content.decode()

    assert page.index("your own SPID") < page.index("next free")
    assert "Library to be confirmed" in page
    assert "Free now" in page
    assert client.get("/anagrafe/municipio-9/").status_code == 404


def test_first_page_puts_the_nearest_first(client, kiosk):
    make_kiosk("lontana")
    kiosk.place.latitude = 45.40
    kiosk.place.save(update_fields=["latitude"])
    near_centre = client.get("/anagrafe/?da=p-library-lontana", **ENGLISH).content.decode()
    near_south = client.get("/anagrafe/?da=p-library-prova", **ENGLISH).content.decode()

    heading = "<h3>"
    assert "lontana" in near_centre.split(heading)[1]
    assert "prova" in near_south.split(heading)[1]


def test_pages_ask_as_often_however_many_kiosks_and_bookings_there_are(client, kiosk):
    def asked(address):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address, **ENGLISH).status_code == 200
        return len(queries)

    client.get("/anagrafe/")
    before = asked("/anagrafe/"), asked(PAGE)
    for number, code in enumerate(("seconda", "terza")):
        bookings.book_slot(make_kiosk(code), at(9), f"persona{number}@example.org")
    for number in range(4):
        bookings.book_slot(kiosk, at(9 + number), f"altra{number}@example.org")

    assert (asked("/anagrafe/"), asked(PAGE)) == before


def test_booking_by_letter_goes_the_whole_way_without_an_account(client, kiosk):
    assert "Which certificate?" in client.get(PAGE, **ENGLISH).content.decode()
    assert send(client, certificate="residence").url == "/anagrafe/inviata/"
    (letter,) = letters()
    address = "/anagrafe/prenotazione/" + letter.body.split("/anagrafe/prenotazione/")[1].split()[0]

    assert "Confirm" in client.get(address, **ENGLISH).content.decode()
    assert Booking.objects.get().status == BookingStatus.REQUESTED  # opening it confirms nothing
    client.post(address, {"act": "confirm"})
    assert Booking.objects.get().status == BookingStatus.CONFIRMED
    assert b"DTSTART;TZID=Europe/Rome:20260303T090000" in client.get(f"{address}turno.ics").content
    assert client.get(f"{address}ricevuta.pdf").content.startswith(b"%PDF")
    moved = client.post(f"{address}sposta/?giorno=2026-03-03", {"slot": "20260303T0830Z"})
    assert moved.status_code == 302
    assert Booking.objects.get().starts == at(9, 30)
    client.post(address, {"act": "cancel"})
    assert Booking.objects.get().status == BookingStatus.CANCELLED
    assert client.get(f"{address}turno.ics").status_code == 404
    assert CertificateCount.objects.values_list("kind", "month", "number").get() == (
        "residence",
        dt.date(2026, 3, 1),
        1,
    )


def test_move_page_leads_to_other_workstations(client, kiosk):
    make_kiosk("altra")
    Kiosk.objects.filter(code="prova").update(services=["print"])
    alike = make_kiosk("uguale", services=["print"])
    booking = book(kiosk)
    page = f"/anagrafe/prenotazione/{token_of(booking)}/sposta/"
    offered = client.get(page).content.decode()

    assert f"{page}uguale/" in offered
    assert f"{page}altra/" not in offered
    assert client.get(f"{page}altra/").status_code == 404
    assert client.post(f"{page}uguale/?giorno=2026-03-03", {"slot": KEY}).status_code == 302
    assert fresh(booking).resource_id == alike.pk


def test_wrong_persons_link_opens_nothing(client, kiosk):
    mine, other = book(kiosk), bookings.book_slot(kiosk, at(9, 30), "bruno@example.org", is_confirmed=True)
    number, _tilde, seal = token_of(mine).partition("~")

    for token in (f"{other.pk}~{seal}", number, f"{number}~", "x~y", f"{number}~{seal[:-1]}"):
        for end in ("", "sposta/", "turno.ics", "ricevuta.pdf"):
            assert client.get(f"/anagrafe/prenotazione/{token}/{end}").status_code == 404
        assert client.post(f"/anagrafe/prenotazione/{token}/", {"act": "cancel"}).status_code == 404
    assert fresh(other).status == BookingStatus.CONFIRMED


def test_second_booking_of_a_contact_answers_as_the_first_and_writes_to_the_contact(client, kiosk):
    first = send(client)
    letters()
    second = send(client, slot="20260303T0830Z")

    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert Booking.objects.count() == 1
    assert [letter.to for letter in letters()] == [["ada@example.org"]]


def test_taken_slot_keeps_what_was_typed_and_offers_the_next(client, kiosk):
    book(kiosk, "bruno@example.org")
    answer = send(client)

    assert answer.status_code == 422
    assert "The next free slot: Tuesday 3 March at 09:30" in " ".join(answer.content.decode().split())
    assert 'value="ada@example.org"' in answer.content.decode()


def test_taken_slot_of_a_full_day_offers_one_of_another_day_without_losing_what_was_typed(client, kiosk):
    kiosk.rules.filter(weekday=1).update(ends=dt.time(11), starts=dt.time(10))
    for number, minute in enumerate((0, 30)):
        bookings.book_slot(kiosk, at(10, minute), f"altra{number}@example.org", is_confirmed=True)
    page = send(client, slot="20260303T0900Z").content.decode()

    assert "Wednesday 4 March, 09:00" in page
    assert 'value="20260304T0800Z"' in page
    assert 'value="ada@example.org"' in page
    assert send(client, slot="20260304T0800Z").status_code == 302
    assert Booking.objects.get(contact="ada@example.org").starts == at(9, day=4)


def test_first_page_says_when_a_librarian_helps(client, kiosk):
    page = " ".join(client.get("/anagrafe/", **ENGLISH).content.decode().split())
    assert "A librarian helps: Monday 10:00–11:00, Tuesday 10:00–11:00" in page


def test_bad_input_is_told_and_books_nothing(client, kiosk):
    for fields in ({"slot": ""}, {"slot": "x"}, {"email": "x"}, {"certificate": "x"}, {"slot": "20260303T0805Z"}):
        assert send(client, **fields).status_code == 422
    assert client.get("/anagrafe/prova/?giorno=x").status_code == 200
    assert not Booking.objects.exists()


def test_who_is_signed_in_has_it_at_once(client, kiosk):
    reader = ReaderFactory(signs_in=True)
    client.force_login(reader.user)
    answer = client.post(PAGE, {"slot": KEY})

    booking = Booking.objects.get()
    assert booking.status == BookingStatus.CONFIRMED
    assert booking.contact == reader.user.email
    assert answer.url.endswith(f"{token_of(booking)}/")
    again = client.post(PAGE, {"slot": "20260303T0830Z"}, **ENGLISH)
    assert again.status_code == 422
    assert token_of(booking) in again.content.decode()


def test_attempts_of_one_contact_are_limited(client, kiosk, settings):
    settings.ACCOUNT_RATE_LIMITS = {"registry": "60/h/ip,5/h/key"}
    answers = [send(client, slot="20260303T0805Z").status_code for _time in range(6)]

    assert answers == [422] * 5 + [429]


def test_who_is_signed_in_is_counted_by_account_and_not_by_address(client, kiosk, settings):
    settings.ACCOUNT_RATE_LIMITS = {"registry": "1/h/ip", "registry_own": "2/h/user"}
    assert [send(client, slot="20260303T0805Z").status_code for _time in range(2)] == [422, 429]
    for _person in range(2):
        client.force_login(ReaderFactory(signs_in=True).user)
        answers = [client.post(PAGE, {"slot": "20260303T0805Z"}).status_code for _time in range(3)]
        assert answers == [422, 422, 429]


@pytest.mark.parametrize("language", ["it", "en"])
def test_guide_tells_of_each_kind_from_the_file(client, kiosk, settings, language):
    told = json.loads((settings.BASE_DIR / "data" / "certificates.json").read_text())
    page = client.get("/anagrafe/", headers={"Accept-Language": language}).content.decode()

    assert len(told["certificates"]) == len(certificates()) == 16
    assert page.count("<details") == 16
    for one in told["certificates"]:
        assert capfirst(one["name"][language]) in page
        assert not one["note"] or escape(one["note"][language]) in page
    assert page.count(escape(capfirst(told["bring"]["sign_in"][language]))) == 16
    assert page.index("SPID") < page.index("<details")


def test_guide_says_what_is_free_and_what_needs_the_certificate(client, kiosk, monkeypatch):
    one = certificates()["residence"]
    free = dataclasses.replace(one, stamp_duty=0, has_self_declaration=False)
    for kind, told in ((one, "stamp duty of 16 euros"), (free, "The certificate, free of charge.")):
        monkeypatch.setattr("registry.views.certificates", lambda kind=kind: {"residence": kind})
        page = " ".join(client.get("/anagrafe/", **ENGLISH).content.decode().split())
        assert told in page
        assert ("your own signed declaration is enough" in page) is kind.has_self_declaration


def test_screen_shows_codes_and_nobody(client, kiosk):
    booking = book(kiosk)
    at_nine = client.get("/anagrafe/prova/schermo/").content.decode()
    assert booking.code not in at_nine  # it is Monday still

    walk_in = running.seat_walk_in(kiosk, actor=None)
    page = client.get("/anagrafe/prova/schermo/").content.decode()
    assert walk_in.code in page
    assert "ada@example.org" not in page


# --- The desk


@pytest.fixture
def desk(client, kiosk):
    client.force_login(LibrarianFactory(desk=kiosk.place))
    return client


def address(name, *parts):
    return reverse(f"admin:desk_registry_{name}", args=["prova", *parts]) + "?giorno=2026-03-03"


def test_desk_is_for_the_librarians_of_the_library(client, kiosk):
    booking = book(kiosk)
    pages = [address("day")]
    acts = [address("step", booking.pk), *(address(name) for name in ("walk_in", "telephone", "block", "move"))]
    for user, status in ((UserFactory(), 302), (LibrarianFactory(), 404), (LibrarianFactory(desk=kiosk.place), None)):
        client.force_login(user)
        for page in pages:
            assert client.get(page).status_code == (status or 200)
        for act in acts:
            assert client.post(act, {"act": "x"}).status_code in ({status} if status else {302, 422})
    assert fresh(booking).status == BookingStatus.CONFIRMED


def test_desk_notes_steps_walk_ins_telephone_and_blocks(desk, kiosk):
    booking = book(kiosk)
    desk.post(address("step", booking.pk), {"act": "arrived"})
    desk.post(address("walk_in"))
    desk.post(address("telephone"), {"slot": "20260303T0830Z", "contact": "02 8846 0000"})
    desk.post(address("block"), {"starts": "12:00", "ends": "13:00"})

    assert fresh(booking).status == BookingStatus.ARRIVED
    assert Booking.objects.filter(is_walk_in=True).count() == 1
    assert Booking.objects.get(contact="0288460000").status == BookingStatus.CONFIRMED
    assert kiosk.blocks.get().during.lower == at(12)
    assert [letter.to for letter in letters()] == []  # arrived before the letter went, and a telephone gets none
    page = desk.get(address("day")).content.decode()
    assert "ada@example.org" not in page
    assert all(
        f'name="{name}"' in page for name in ("slot", "contact", "starts", "ends", "reason", "first", "last", "sure")
    )


def test_desk_moves_a_day_only_when_sure(desk, kiosk):
    booking = book(kiosk)
    days = {"first": "2026-03-03", "last": "2026-03-04"}
    wrong = ({}, days, days | {"sure": "on", "last": "2026-03-02"}, days | {"sure": "on", "first": "0001-01-01"})
    for sent in wrong:
        answer = desk.post(address("move"), sent, **ENGLISH)
        assert answer.status_code == 422
        assert "Something needs your attention" in answer.content.decode()
    assert fresh(booking).starts == at(9)
    assert desk.post(address("move"), days | {"sure": "on"}).status_code == 302

    assert fresh(booking).starts == at(9, day=5)


def test_desk_names_who_finds_no_slot_and_the_days_that_are_closed_now(desk, kiosk):
    booking = book(kiosk)
    ClosureFactory(place=kiosk.place, starts_on=dt.date(2026, 3, 3), ends_on=None)
    page = " ".join(desk.get(address("day"), **ENGLISH).content.decode().split())
    assert "Booked at times that are closed now" in page
    assert "Tuesday 3 March 2026</a>: 1 booking" in page

    sent = {"first": "2026-03-03", "last": "2026-03-09", "sure": "on"}
    page = desk.post(address("move"), sent, follow=True, **ENGLISH).content.decode()
    assert f"1 booking found no free slot and stays. Call: {booking.code}, Tuesday 3 March, 09:00." in page
    assert "0 bookings were moved." in page


def test_desk_keeps_what_was_typed_when_it_cannot_be_booked_or_blocked(desk, kiosk):
    answer = desk.post(address("telephone"), {"slot": "x", "contact": "02 8846 0000"}, **ENGLISH)
    assert answer.status_code == 422
    assert 'value="02 8846 0000"' in answer.content.decode()
    assert 'value="20260303T0800Z"' in answer.content.decode()  # the times to choose from
    answer = desk.post(address("block"), {"starts": "10:00", "ends": "x", "reason": "broken"}, **ENGLISH)
    assert answer.status_code == 422
    assert 'value="broken"' in answer.content.decode()
    assert not Booking.objects.exists()


def test_desk_keeps_what_was_typed_when_a_rule_refuses_it(desk, kiosk):
    bookings.book_slot(kiosk, at(9), "02 8846 0000", is_confirmed=True)
    typed = {"contact": "02 8846 1111", "certificate": "birth"}
    refused = (
        (typed | {"slot": KEY}, "This slot has just been taken."),
        (typed | {"slot": "20260303T0200Z"}, "This slot cannot be booked any more."),
        (typed | {"slot": "20260303T0830Z", "contact": "02 8846 0000"}, "There is an open booking with this contact"),
        (typed | {"slot": "20260303T0830Z", "contact": "by voice"}, "Give an e-mail address or a telephone number"),
    )
    for sent, told in refused:
        answer = desk.post(address("telephone"), sent, **ENGLISH)
        page = answer.content.decode()
        assert (answer.status_code, told in page) == (422, True), sent
        assert f'value="{sent["contact"]}"' in page
        assert 'value="birth" selected' in page
    assert 'value="20260303T0830Z" selected' in page

    answer = desk.post(address("block"), {"starts": "09:00", "ends": "10:00", "reason": "broken"}, **ENGLISH)
    assert answer.status_code == 422
    assert "There are bookings in these hours: 1." in answer.content.decode()
    assert 'value="broken"' in answer.content.decode()
    assert Booking.objects.count() == 1
    assert not CertificateCount.objects.exists()


def test_desk_says_when_the_workstation_is_free_again_to_who_cannot_be_seated(desk, kiosk):
    running.seat_walk_in(kiosk, actor=None)
    page = desk.post(address("walk_in"), follow=True, **ENGLISH).content.decode()
    assert "The workstation is not free now: nobody was seated." in page
    assert "The next free slot: Monday 2 March, 09:30." in page


def test_desk_day_without_a_free_slot_offers_no_booking_by_telephone(desk, kiosk):
    page = desk.get(address("day").replace("2026-03-03", "2026-03-08"), **ENGLISH).content.decode()
    assert "No free slot on this day." in page
    assert 'name="contact"' not in page


def test_page_of_the_slots_tells_of_help_only_where_somebody_helps(client, kiosk):
    assert "with help" in client.get(PAGE, **ENGLISH).content.decode()
    kiosk.rules.filter(is_assisted=True).delete()
    assert "With help" not in client.get(PAGE, **ENGLISH).content.decode()


def test_own_page_says_what_was_done_and_until_when_to_confirm(client, kiosk):
    own = f"/anagrafe/prenotazione/{token_of(book(kiosk, is_confirmed=False))}/"
    assert "Confirm it by 09:30: until then the slot is kept for you." in client.get(own, **ENGLISH).content.decode()
    for address, sent, told in (
        (own, {"act": "confirm"}, "Confirmed: the slot is yours."),
        (f"{own}sposta/?giorno=2026-03-03", {"slot": "20260303T0830Z"}, "Moved: the new time is yours"),
        (own, {"act": "cancel"}, "Cancelled: the slot goes to somebody else."),
    ):
        assert told in client.post(address, sent, follow=True, **ENGLISH).content.decode()


def test_desk_day_of_an_impossible_year_is_today(desk):
    for day in ("0001-01-01", "9999-12-31", "x"):
        assert desk.get(address("day").replace("2026-03-03", day)).status_code == 200


def test_desk_counts_the_certificate_of_who_walks_in_or_calls_and_keeps_it_nowhere_else(desk, kiosk):
    desk.post(address("walk_in"), {"certificate": "residence"})
    desk.post(address("walk_in"), {"certificate": "residence"})  # the slot is taken: nothing is counted
    desk.post(address("telephone"), {"slot": KEY, "contact": "02 8846 0000", "certificate": "birth"})
    slot = "20260303T0830Z"
    answer = desk.post(address("telephone"), {"slot": slot, "contact": "02 1", "certificate": "x"}, **ENGLISH)

    assert answer.status_code == 422
    assert Booking.objects.count() == 2
    assert sorted(CertificateCount.objects.values_list("kind", "number")) == [("birth", 1), ("residence", 1)]
    assert not {field.name for field in Booking._meta.get_fields()} & {"certificate", "kind"}
    file = desk.get(reverse("admin:desk_registry_csv"), **ENGLISH).content.decode()
    assert file.count("certificate;Anagrafe prova;") == 2


def test_desk_sees_a_contact_only_of_whom_it_must_call(desk, kiosk):
    book(kiosk)
    for number, contact in enumerate(("02 8846 0000", "bruno@example.org")):
        bookings.book_slot(kiosk, at(9 + number, 30 * (1 - number)), contact, is_confirmed=True)
    page = desk.get(address("day")).content.decode()
    assert "0288460000" in page
    assert "ada@example.org" not in page

    ClosureFactory(place=kiosk.place, starts_on=dt.date(2026, 3, 3))
    page = desk.get(address("day")).content.decode()
    assert all(contact in page for contact in ("0288460000", "ada@example.org", "bruno@example.org"))
    sent = {"first": "2026-03-03", "last": "2026-03-03", "sure": "on"}
    answer = desk.post(address("move"), sent, follow=True, **ENGLISH).content.decode()
    phone = Booking.objects.get(contact="0288460000")
    assert f"{phone.code} has only a telephone: call." in answer
    assert answer.count("has only a telephone") == 1


def test_figures_count_and_name_nobody(desk, kiosk):
    running.note_step(running.seat_walk_in(kiosk, actor=None), "done", actor=None)
    book(kiosk)
    page = desk.get(reverse("admin:desk_registry_figures")).content.decode()
    file = desk.get(reverse("admin:desk_registry_csv")).content.decode()

    assert "hour;Anagrafe prova;09:00;1" in file
    assert "ada@example.org" not in page + file


def test_desk_day_asks_as_often_for_three_bookings_as_for_one(desk, kiosk):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            desk.get(address("day"))
        return len(queries)

    book(kiosk)
    asked()
    before = asked()
    for number in (1, 2):
        bookings.book_slot(kiosk, at(9 + number), f"altra{number}@example.org", is_confirmed=True)
    assert asked() == before

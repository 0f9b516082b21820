"""Enrol, verify, look up by card, check a PIN."""

import datetime as dt

import pytest
from django.db import IntegrityError

from accounts.cards import is_card_number, luhn_digit, new_card_number, normalised
from accounts.errors import (
    BirthdayImpossible,
    CardIsClosed,
    CardNumberUnknown,
    PinLocked,
    PinWrong,
    TaxCodeInvalid,
    TaxCodeTaken,
)
from accounts.issuing import Document
from accounts.models import Act, Consent, DocumentKind, Guardianship, Reader, ReaderStatus, StaffView, User
from accounts.services import check_pin, enrol, note_act, note_view, reader_by_card, verify_reader
from milanolib import clock
from outbox.models import Event
from tests.factories import GuardianshipFactory, LibrarianFactory, ReaderFactory, UserFactory
from tests.story import fresh

TAX_CODE = "RSSMRA80A01F205X"


# --- Enrolling


def test_enrol_gives_a_provisional_card_for_five_years(monday, db):
    reader = enrol(given_name="Ada", family_name="Negri")

    assert reader.status == ReaderStatus.PROVISIONAL
    assert is_card_number(reader.card_number)
    assert reader.card_expires_on == dt.date(2031, 3, 2)
    assert Event.objects.get().payload == {"reader_id": reader.pk}


def test_enrol_takes_a_single_name_and_nothing_else(db):
    reader = enrol(given_name="Suharto")

    assert (reader.full_name, reader.initials, reader.user) == ("Suharto", "S.", None)


def test_enrol_on_29_february_ends_on_the_28th(monday, db):
    monday.move_to(dt.datetime(2028, 2, 29, 12, tzinfo=dt.UTC))

    assert enrol(given_name="Ada").card_expires_on == dt.date(2033, 2, 28)


def test_enrol_again_returns_the_reader_that_is_there(db):
    user = UserFactory()

    assert enrol(given_name="Ada", user=user) == enrol(given_name="Ada", user=user)
    assert Event.objects.count() == 1


def test_enrol_keeps_the_tax_code_sealed(db):
    reader = enrol(given_name="Mario", tax_code=TAX_CODE)

    row = Reader.objects.values().get(pk=reader.pk)
    assert TAX_CODE not in str(row)
    assert TAX_CODE.encode() not in bytes(row["tax_code_encrypted"])


def test_enrol_refuses_what_is_no_tax_code(db):
    with pytest.raises(TaxCodeInvalid):
        enrol(given_name="Mario", tax_code="12345")
    assert not Reader.objects.exists()


def test_enrol_refuses_the_tax_code_of_another_reader(db):
    enrol(given_name="Mario", tax_code=TAX_CODE)

    with pytest.raises(TaxCodeTaken):
        enrol(given_name="Maria", tax_code=TAX_CODE)


@pytest.mark.django_db(transaction=True)
def test_enrol_at_two_desks_gives_one_tax_code_one_card(rivals):
    outcomes = rivals(*[lambda: enrol(given_name="Mario", tax_code=TAX_CODE)] * 2)

    assert sorted(type(one).__name__ for one in outcomes) == ["Reader", "TaxCodeTaken"]


def test_a_tax_code_stands_once(db):
    code = enrol(given_name="Mario", tax_code=TAX_CODE)
    same = {"tax_code_hash": code.tax_code_hash, "tax_code_encrypted": code.tax_code_encrypted}

    with pytest.raises(IntegrityError, match="reader_tax_code_once"):
        ReaderFactory(**same)


@pytest.mark.parametrize("born_on", [dt.date(2026, 3, 3), dt.date(1905, 3, 1)])
def test_enrol_refuses_a_birthday_of_nobody_alive(monday, db, born_on):
    with pytest.raises(BirthdayImpossible):
        enrol(given_name="Ada", born_on=born_on)


# --- Verifying


def test_verify_reader_says_when_and_how(monday, db):
    reader = enrol(given_name="Ada")
    librarian = LibrarianFactory()

    verify_reader(reader, how="document", actor=librarian)
    verify_reader(reader, how="spid", actor=None)

    assert (reader.status, reader.verified_at, reader.verified_by) == (ReaderStatus.VERIFIED, clock.now(), "document")
    assert Act.objects.get().verb == "verify_reader"


def test_verify_reader_keeps_kind_and_country_of_the_document(db):
    reader = verify_reader(
        enrol(given_name="Suharto"), how="document", document=Document(DocumentKind.PASSPORT, "IDN"), actor=None
    )

    assert (fresh(reader).document_kind, fresh(reader).document_country) == (DocumentKind.PASSPORT, "IDN")


def test_verify_reader_refuses_a_closed_card(db):
    with pytest.raises(CardIsClosed):
        verify_reader(ReaderFactory(status=ReaderStatus.CLOSED), how="document", actor=None)


# --- Cards


def test_card_numbers_have_a_check_digit():
    assert luhn_digit("7992739871") == "3", "the example of the standard's annex"
    for _number in range(50):
        assert is_card_number(new_card_number())


@pytest.mark.parametrize(
    "text", ["", "ML", "ML1234567", "XX12345674", "ML123456789", "ML 1234567", "ml12345674", "ML1234567५"]
)
def test_is_card_number_refuses_what_is_none(text):
    assert not is_card_number(text)


def test_is_card_number_notices_a_wrong_digit_and_two_that_changed_places():
    card = "ML1000009" + luhn_digit("1000009")

    assert is_card_number(card)
    assert not is_card_number(card.replace("9", "8", 1))
    assert not is_card_number("ML0100009" + card[-1])


def test_normalised_takes_what_was_typed_or_scanned():
    assert normalised(" ml 1234-5674 ") == "ML12345674"


def test_reader_by_card_takes_the_exact_number_only(db):
    reader = ReaderFactory()

    assert reader_by_card(reader.card_number) == reader
    for other in ("", reader.card_number[:-1], "ML99999999"):
        with pytest.raises(CardNumberUnknown):
            reader_by_card(other)


# --- PIN


@pytest.fixture
def with_pin(db):
    reader = ReaderFactory()
    reader.set_pin("2468")
    reader.save()
    return reader


def fail(reader, times):
    for _time in range(times):
        with pytest.raises(PinWrong):
            check_pin(reader.card_number, "0000")


def test_check_pin_returns_the_reader(with_pin):
    assert check_pin(with_pin.card_number, "2468") == with_pin


def test_check_pin_of_an_unknown_card_answers_like_a_wrong_pin(with_pin):
    with pytest.raises(PinWrong):
        check_pin("ML00000000", "2468")


def test_check_pin_refuses_a_reader_without_a_pin(db):
    for pin in ("", "0000"):
        with pytest.raises(PinWrong):
            check_pin(ReaderFactory().card_number, pin)


def test_check_pin_locks_after_five_wrong_ones_and_opens_after_half_an_hour(monday, with_pin):
    fail(with_pin, 5)

    with pytest.raises(PinLocked):
        check_pin(with_pin.card_number, "2468")
    monday.shift(dt.timedelta(minutes=30))
    assert check_pin(with_pin.card_number, "2468") == with_pin


def test_check_pin_forgets_wrong_ones_after_a_right_one(with_pin):
    fail(with_pin, 4)
    check_pin(with_pin.card_number, "2468")

    fail(with_pin, 4)

    assert check_pin(with_pin.card_number, "2468") == with_pin


def test_check_pin_counts_a_failure_although_it_refuses(with_pin):
    fail(with_pin, 1)

    assert fresh(with_pin).pin_failures == 1


@pytest.mark.django_db(transaction=True)
def test_check_pin_counts_guesses_sent_all_at_once(rivals):
    reader = ReaderFactory()
    reader.set_pin("2468")
    reader.save()

    outcomes = rivals(*[lambda: check_pin(reader.card_number, "0000")] * 7)

    assert sorted(type(one).__name__ for one in outcomes) == ["PinLocked"] * 2 + ["PinWrong"] * 5


def test_the_pin_is_kept_as_a_hash(with_pin):
    assert "2468" not in with_pin.pin_hash


# --- What staff did and saw


def test_note_act_writes_down_what_staff_did_and_nobody_elses(db):
    for actor in (None, UserFactory(), LibrarianFactory()):
        note_act("check_out", "loan:1", actor=actor, place_code="sormani", reason="r" * 500)

    act = Act.objects.get()
    assert act.staff.is_staff
    assert len(act.reason) == 300
    assert not any("reader" in field.name for field in Act._meta.get_fields())


def test_note_view_writes_down_who_looked_at_whom_and_no_title(db):
    librarian, reader = LibrarianFactory(), ReaderFactory()

    note_view(librarian, reader, "desk")

    assert (StaffView.objects.get().staff, StaffView.objects.get().reader) == (librarian, reader)
    assert not any("title" in field.name or "copy" in field.name for field in StaffView._meta.get_fields())


# --- The constraints themselves


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": ReaderStatus.VERIFIED, "verified_at": None}, "reader_verified_says_when_and_how"),
        ({"verified_by": ""}, "reader_verified_says_when_and_how"),
        ({"tax_code_hash": "0" * 64}, "reader_tax_code_has_its_hash"),
        ({"municipio": 10}, "reader_municipio_one_to_nine"),
        ({"given_name": ""}, "reader_has_a_name"),
        ({"document_kind": "passport"}, "reader_document_has_kind_and_country"),
        ({"document_country": "PER"}, "reader_document_has_kind_and_country"),
        ({"document_kind": "passport", "document_country": "it"}, "reader_document_has_kind_and_country"),
        (
            {"document_kind": "passport", "document_country": "PER", "verified_by": "spid"},
            "reader_document_has_kind_and_country",
        ),
    ],
)
def test_a_reader_who_contradicts_themselves_cannot_be_stored(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        ReaderFactory(**fields)


def test_a_card_number_stands_once(db):
    card = ReaderFactory().card_number

    with pytest.raises(IntegrityError, match="reader_card_number_once"):
        ReaderFactory(card_number=card)


def test_an_address_stands_once_whatever_the_case_and_may_be_missing(db):
    UserFactory(email="Ada@example.org")
    UserFactory.create_batch(2, email=None)

    with pytest.raises(IntegrityError, match="user_email_once_whatever_the_case"):
        UserFactory(email="ADA@EXAMPLE.ORG")


def test_an_address_is_missing_or_something(db):
    with pytest.raises(IntegrityError, match="user_email_is_null_or_something"):
        User.objects.bulk_create([User(email="")])


def test_a_guardianship_stands_open_once(db):
    open_one = GuardianshipFactory()
    GuardianshipFactory(guardian=open_one.guardian, child=open_one.child, ended_at=clock.now() + dt.timedelta(hours=1))
    with pytest.raises(IntegrityError, match="guardianship_open_once"):
        Guardianship.objects.create(guardian=open_one.guardian, child=open_one.child, since=clock.now())


def test_a_consent_stands_open_once_for_each_kind(db):
    values = {"reader": ReaderFactory(), "kind": "history", "wording": "1", "given_at": clock.now()}
    Consent.objects.create(**values, withdrawn_at=clock.now())
    Consent.objects.create(**values)

    with pytest.raises(IntegrityError, match="consent_open_once_per_kind"):
        Consent.objects.create(**values)

"""Register at the desk and correct: any document, any name; a double is shown before it is made."""

import datetime as dt

import pytest

from accounts.encryption import open_tax_code
from accounts.errors import (
    BirthdayImpossible,
    PossibleDouble,
    ReaderMerged,
    TaxCodeInvalid,
    TaxCodeTaken,
)
from accounts.issuing import Document, Person
from accounts.models import Act, DocumentKind, Reader, ReaderStatus
from accounts.registering import correct_reader, possible_doubles, register_reader
from accounts.services import enrol
from tests.factories import LibrarianFactory, ReaderFactory
from tests.story import fresh

TAX_CODE, ANOTHER_CODE = "RSSMRA80A01F205X", "VRDGPP80A01F205C"
BORN = dt.date(1990, 5, 17)
ADA = Person("Ada", "Nègri", BORN)


def test_register_reader_takes_a_single_name_with_a_passport_of_any_country(db):
    librarian = LibrarianFactory()

    reader = register_reader(
        Person("Suharto"), document=Document(DocumentKind.PASSPORT, "IDN"), actor=librarian, place_code="sormani"
    )

    assert (reader.status, reader.document_country, reader.user) == (ReaderStatus.VERIFIED, "IDN", None)
    assert set(Act.objects.values_list("verb", "place_code")) == {
        ("register_reader", "sormani"),
        ("verify_reader", "sormani"),
    }


def test_register_reader_without_a_document_is_provisional(db):
    assert register_reader(ADA, actor=LibrarianFactory()).status == ReaderStatus.PROVISIONAL


@pytest.mark.parametrize(
    ("given", "family", "born_on"),
    [
        ("Ada", "Negri", BORN),
        ("ADA", "NEGRI", BORN),
        ("Negri", "Ada", BORN),
        ("Ada Maria", "Negri", BORN),
        ("Ada", "Negri", None),  # who signed up on the portal told no birthday
    ],
)
def test_register_reader_shows_who_may_have_a_card_already(db, given, family, born_on):
    there = ReaderFactory(given_name=given, family_name=family, born_on=born_on)

    with pytest.raises(PossibleDouble) as refusal:
        register_reader(ADA, actor=LibrarianFactory())

    assert refusal.value.readers == [there]
    assert Reader.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "family", "born_on"),
    [("Ada", "Negri", dt.date(1990, 5, 18)), ("Adamo", "Negri", BORN), ("Ada", "Negrini", BORN)],
)
def test_register_reader_takes_others_for_others(db, given, family, born_on):
    ReaderFactory(given_name=given, family_name=family, born_on=born_on)

    assert register_reader(ADA, actor=LibrarianFactory()).full_name == "Ada Nègri"


def test_register_reader_shows_who_has_the_tax_code_whatever_the_name(db):
    there = enrol(given_name="Mario", tax_code=TAX_CODE)

    with pytest.raises(PossibleDouble) as refusal:
        register_reader(Person("Ada", tax_code=TAX_CODE), actor=None)

    assert refusal.value.readers == [there]


def test_register_reader_does_what_the_librarian_decides_but_never_one_tax_code_twice(db):
    enrol(given_name="Ada", family_name="Negri", born_on=BORN, tax_code=TAX_CODE)

    register_reader(ADA, although_alike=True, actor=None)

    assert Reader.objects.count() == 2
    with pytest.raises(TaxCodeTaken):
        register_reader(Person("Ada", tax_code=TAX_CODE), although_alike=True, actor=None)


def test_register_reader_refuses_what_cannot_be(db):
    with pytest.raises(TaxCodeInvalid):
        register_reader(Person("Ada", tax_code="123"), actor=None)
    with pytest.raises(BirthdayImpossible):
        register_reader(Person("Ada", born_on=dt.date(1700, 1, 1)), actor=None)


def test_possible_doubles_of_a_name_without_letters_are_nobody(db):
    ReaderFactory()

    assert possible_doubles(Person("?!")) == []


# --- Correcting


def test_correct_reader_writes_what_is_new_and_the_act_says_which_fields_only(db):
    reader = ReaderFactory(phone="02 1")

    for _time in range(2):
        correct_reader(
            reader, Person("Ada", "Negri", BORN, 3, "02 2", tax_code=TAX_CODE), actor=LibrarianFactory(), place_code="x"
        )

    stored = fresh(reader)
    assert (stored.full_name, stored.born_on, stored.municipio, stored.phone) == ("Ada Negri", BORN, 3, "02 2")
    assert open_tax_code(stored.tax_code_encrypted) == TAX_CODE
    act = Act.objects.get()
    assert act.reason == "given_name, family_name, born_on, municipio, phone, tax_code_hash"
    assert "Ada" not in act.reason


def test_correct_reader_leaves_the_tax_code_alone_or_takes_it_away(db):
    reader = enrol(given_name="Ada", tax_code=TAX_CODE)

    correct_reader(reader, Person("Ada"), actor=None)
    kept = fresh(reader).tax_code_hash
    correct_reader(reader, Person("Ada"), drops_tax_code=True, actor=None)

    assert kept
    assert (fresh(reader).tax_code_hash, fresh(reader).tax_code_encrypted) == (None, None)


def test_correct_reader_refuses_what_cannot_be_and_changes_nothing(db):
    enrol(given_name="Mario", tax_code=TAX_CODE)
    reader = enrol(given_name="Ada", tax_code=ANOTHER_CODE)

    for person, refusal in (
        (Person("Eva", tax_code=TAX_CODE), TaxCodeTaken),
        (Person("Eva", tax_code="x"), TaxCodeInvalid),
        (Person("Eva", born_on=dt.date(1800, 1, 1)), BirthdayImpossible),
    ):
        with pytest.raises(refusal):
            correct_reader(fresh(reader), person, actor=None)
    assert fresh(reader).given_name == "Ada"


def test_correct_reader_refuses_one_who_is_another_by_now(db):
    reader = ReaderFactory(status=ReaderStatus.CLOSED, merged_into=ReaderFactory())

    with pytest.raises(ReaderMerged):
        correct_reader(reader, ADA, actor=None)


@pytest.mark.django_db(transaction=True)
def test_correct_reader_at_two_desks_gives_one_tax_code_to_one(rivals):
    one, other = enrol(given_name="Ada"), enrol(given_name="Eva")

    outcomes = rivals(
        lambda: correct_reader(one, Person("Ada", tax_code=TAX_CODE), actor=None),
        lambda: correct_reader(other, Person("Eva", tax_code=TAX_CODE), actor=None),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Reader", "TaxCodeTaken"]

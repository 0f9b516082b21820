"""Register and correct at the desk."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import Reader, ReaderStatus, StaffView
from accounts.services import enrol
from tests.factories import ReaderFactory
from tests.story import at_once, fresh

TAX_CODE = "RSSMRA80A01F205X"


def told(**fields):
    return {
        "given_name": "Ada",
        "family_name": "Negri",
        "born_on": "1990-05-17",
        "document_kind": "passport",
        "document_country": "per",
        "category": "person",
        "request_key": "k" * 32,
        **fields,
    }


def test_register_is_for_who_serves_readers(desk, clerk):
    assert desk.get("reader_register").status_code == 200
    assert clerk.get("reader_register").status_code == 403
    assert clerk.post("reader_register", **told()).status_code == 403
    assert not Reader.objects.exists()


def test_register_with_a_passport_of_any_country(desk):
    answer = desk.post("reader_register", **told())

    reader = Reader.objects.get()
    assert answer["Location"] == reverse("admin:reader", args=[reader.pk])
    assert (reader.status, reader.document_country) == (ReaderStatus.VERIFIED, "PER")


def test_register_with_a_single_name_and_no_document(desk):
    desk.post("reader_register", given_name="Suharto", request_key="x")

    reader = Reader.objects.get()
    assert (reader.full_name, reader.status, reader.born_on) == ("Suharto", ReaderStatus.PROVISIONAL, None)


def test_register_sent_twice_makes_one_reader(desk):
    answers = [desk.post("reader_register", **told()) for _time in range(2)]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert Reader.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_register_sent_twice_at_once_makes_one_reader(transactional_db, desk):
    fields = told(although_alike="1")

    answers = at_once(*[lambda: desk.post("reader_register", **fields)] * 2)

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Reader.objects.count() == 1


def test_register_shows_who_may_have_a_card_and_does_what_the_librarian_decides(desk):
    there = ReaderFactory(given_name="Ada", family_name="Negri", born_on=dt.date(1990, 5, 17))

    asked = desk.post("reader_register", **told())
    page = asked.content.decode()

    assert asked.status_code == 422
    assert there.card_number in page
    assert 'value="Negri"' in page
    assert (StaffView.objects.get().reader, StaffView.objects.get().page) == (there, "desk: possible double")
    assert desk.post("reader_register", **told(although_alike="1")).status_code == 302
    assert Reader.objects.count() == 2


def test_register_with_the_codice_fiscale_of_another_is_refused_whatever_is_pressed(desk):
    there = enrol(given_name="Mario", tax_code=TAX_CODE)

    assert there.card_number in desk.post("reader_register", **told(tax_code=TAX_CODE)).content.decode()
    answer = desk.post("reader_register", **told(tax_code=TAX_CODE, although_alike="1"))

    assert answer.status_code == 422
    assert b"Another reader has this codice fiscale" in answer.content
    assert Reader.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"given_name": ""},
        {"given_name": "x" * 101},
        {"given_name": "A\x00da"},
        {"born_on": "2999-01-01"},
        {"born_on": "1800-01-01"},
        {"born_on": "yesterday"},
        {"document_kind": "passport", "document_country": ""},
        {"document_country": "12"},
        {"tax_code": "ABC"},
        {"municipio": "10"},
        {"category": "king"},
        {"request_key": ""},
    ],
)
def test_register_refuses_bad_input_and_loses_nothing(desk, fields):
    answer = desk.post("reader_register", **told(phone="02 1234", **fields))

    assert answer.status_code == 422
    assert 'value="02 1234"' in answer.content.decode()
    assert b"Something needs your attention" in answer.content
    assert not Reader.objects.exists()


def test_correct_shows_what_is_known_and_writes_what_is_right(desk, clerk):
    reader = enrol(given_name="Ada", born_on=dt.date(1990, 5, 17), tax_code=TAX_CODE)

    form = desk.get("reader_correct", reader.pk).content.decode()
    answer = desk.post("reader_correct", reader.pk, **told(family_name="Nègri", phone="02 1", born_on="1990-05-18"))

    assert 'value="1990-05-17"' in form
    assert TAX_CODE not in form
    assert answer["Location"] == reverse("admin:reader", args=[reader.pk])
    stored = fresh(reader)
    assert (stored.full_name, stored.phone, stored.born_on) == ("Ada Nègri", "02 1", dt.date(1990, 5, 18))
    assert stored.tax_code_hash == reader.tax_code_hash
    assert StaffView.objects.get().page == "desk: correct"
    assert clerk.get("reader_correct", reader.pk).status_code == 403


def test_correct_takes_the_codice_fiscale_away_or_refuses_anothers(desk):
    enrol(given_name="Mario", tax_code="VRDGPP80A01F205C")
    reader = enrol(given_name="Ada", tax_code=TAX_CODE)

    refused = desk.post("reader_correct", reader.pk, **told(tax_code="VRDGPP80A01F205C"))
    assert (refused.status_code, fresh(reader).family_name) == (422, "")
    desk.post("reader_correct", reader.pk, **told(drops_tax_code="on"))

    assert fresh(reader).tax_code_hash is None

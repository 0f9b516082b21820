"""Find a reader by card, codice fiscale or name; each search is written down."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection

from accounts.errors import CardNumberUnknown, NameTooShort
from accounts.finding import MOST_FOUND, find_readers
from accounts.models import ReaderSearch, ReaderStatus
from accounts.services import blur, enrol
from milanolib import clock
from tests.factories import LibrarianFactory, ReaderFactory

TAX_CODE = "RSSMRA80A01F205X"


@pytest.fixture
def find(db):
    librarian = LibrarianFactory()
    return lambda text: find_readers(text, actor=librarian, place_code="sormani")


@pytest.mark.parametrize(
    "typed", ["Nicolò D'Angiò", "nicolo", "D ANGIO", "angi nico", "NICOLÒ D’ANG", "  d-angiò  ", "nic"]
)
def test_find_readers_forgives_accents_case_order_and_signs(find, typed):
    reader = ReaderFactory(given_name="Nicolò", family_name="D'Angiò")
    ReaderFactory(given_name="Maria", family_name="Rossi")

    assert find(typed).readers == [reader]


@pytest.mark.parametrize(
    ("given", "family", "typed"),
    [("Suharto", "", "suha"), ("Jin", "Hu", "hu jin"), ("Łukasz", "Żak", "zak luk"), ("Ольга", "Иванова", "ивано")],
)
def test_find_readers_knows_names_of_all_countries(find, given, family, typed):
    reader = ReaderFactory(given_name=given, family_name=family)

    assert find(typed).readers == [reader]


def test_find_readers_looks_at_how_words_begin(find):
    ReaderFactory(given_name="Giovanni", family_name="Rossi")

    assert find("vanni").readers == []


@pytest.mark.parametrize("typed", ["", "ro", "r o", "%%%", "___", "\x00", "' -"])
def test_find_readers_asks_for_three_letters(find, typed):
    ReaderFactory(given_name="Rosa")

    with pytest.raises(NameTooShort):
        find(typed)


def test_find_readers_shows_twenty_and_says_that_there_are_more(find):
    ReaderFactory.create_batch(MOST_FOUND, family_name="Rossi")
    assert not find("rossi").has_more

    ReaderFactory(family_name="Rossi")

    assert len(find("rossi").readers) == MOST_FOUND
    assert find("rossi").has_more


def test_find_readers_leaves_out_who_is_one_with_another(find):
    kept = ReaderFactory(family_name="Rossi")
    ReaderFactory(family_name="Rossi", status=ReaderStatus.CLOSED, merged_into=kept)

    assert find("rossi").readers == [kept]


def test_find_readers_takes_a_whole_card_however_it_is_typed(find):
    reader = ReaderFactory()
    ReaderFactory()

    for typed in (reader.card_number, f" {reader.card_number.lower()} ", reader.card_number[2:]):
        assert find(typed).readers == [reader]


def test_find_readers_refuses_a_card_of_nobody(find):
    for typed in ("ML00000000", "ML1234567", "12345"):
        with pytest.raises(CardNumberUnknown):
            find(typed)
    assert ReaderSearch.objects.filter(by="card", found=0).count() == 3


def test_find_readers_takes_the_codice_fiscale_of_a_health_card(find):
    reader = enrol(given_name="Mario", tax_code=TAX_CODE)

    assert find(TAX_CODE.lower()).readers == [reader]
    assert find("VRDGPP80A01F205C").readers == []
    assert set(ReaderSearch.objects.values_list("by", "name")) == {("tax_code", "")}


def test_find_readers_writes_down_the_search_and_forgets_the_name_after_a_week(monday, find):
    ReaderFactory(given_name="Ada", family_name="Negri")
    find("NEGRI ada")
    search = ReaderSearch.objects.get()
    assert (search.name, search.found, search.place_code, search.at) == ("negri ada", 1, "sormani", clock.now())

    blur(clock.now() + dt.timedelta(seconds=1))

    search.refresh_from_db()
    assert (search.name, search.found) == ("", 1)
    assert (search.at.hour, search.at.minute) == (0, 0)


def test_a_search_keeps_no_card_and_no_codice_fiscale(db):
    with pytest.raises(IntegrityError, match="readersearch_keeps_names_only"):
        ReaderSearch.objects.create(staff=LibrarianFactory(), by="tax_code", name=TAX_CODE, found=1, at=clock.now())


def test_find_readers_looks_into_the_index_of_names(db):
    ReaderFactory.create_batch(3)
    from accounts.models import Reader

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Reader.objects.named_like(["cogn"]).explain()

    assert "reader_by_name" in plan

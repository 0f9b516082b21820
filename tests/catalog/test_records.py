"""Records in a cataloguer's hand: lines and back without a loss, the common fields, what is refused and why."""

import copy
import datetime as dt
import json

import pytest
from django.utils import translation

from catalog.models import Material
from catalog.records import Values, as_lines, blank, changed, check, from_lines
from tests.catalog.marc.build import MARC21_BOOK, MARC21_LEADER, UNIMARC_BOOK, UNIMARC_LEADER, as_json
from tests.catalog.test_import_shared import SHARED

BOOKS = {
    "unimarc": as_json(UNIMARC_BOOK, UNIMARC_LEADER),
    "marc21": as_json(MARC21_BOOK, MARC21_LEADER),
}
DIALECTS = sorted(BOOKS)
ODD = {
    "leader": "short",
    "fields": [
        {"001": "a$b{x}"},
        {"FMT": "BK"},
        {"9": {"ind1": "x", "ind2": "", "subfields": [{"?": " stray "}, {"a": "x  "}, {"$": "5 $ {dollar}"}]}},
        {"245": {"ind1": "0", "ind2": "0", "subfields": [{"a": "T\x98 \x1b\u2028"}, {"a": ""}]}},
        {"500": {"ind1": " ", "ind2": " ", "subfields": []}},
    ],
    "iso2709": "AAAA",
}


@pytest.fixture(autouse=True)
def english():
    """Compare words in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.mark.parametrize("record", [*BOOKS.values(), ODD], ids=[*BOOKS, "odd"])
def test_lines_that_nobody_touched_give_the_same_record_back(record):
    again, lines = from_lines(as_lines(record), record)

    assert json.dumps(again) == json.dumps(record)
    assert all(line.is_kept for line in lines)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_lines_can_be_typed_anew_into_an_empty_record(dialect):
    record = BOOKS[dialect]

    again, _lines = from_lines(as_lines(record), {"leader": record["leader"], "fields": []})

    assert again == record


def test_a_changed_line_changes_its_field_only_and_new_ones_go_to_their_place():
    record = BOOKS["unimarc"]
    lines = as_lines(record)
    place = next(number for number, line in enumerate(lines) if line.startswith("210"))
    lines[place] = "210    $aRoma$cAltra $d1999"

    new, _read = from_lines([*lines, "300 ## $aNota con {dollar} e blank"], record)

    tags = [next(iter(one)) for one in new["fields"]]
    assert new["fields"][place - 1] == {
        "210": {"ind1": " ", "ind2": " ", "subfields": [{"a": "Roma"}, {"c": "Altra"}, {"d": "1999"}]}
    }
    assert tags[tags.index("300") - 1 : tags.index("300") + 2] == ["225", "300", "330"]
    assert [one for one in new["fields"] if one not in record["fields"]] == [
        new["fields"][place - 1],
        {"300": {"ind1": " ", "ind2": " ", "subfields": [{"a": "Nota con $ e blank"}]}},
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("20 1  $aTitolo", "three digits"),
        ("abc 1 $aTitolo", "three digits"),
        ("300 xyz", "subfields"),
        ("300 A! $aNota", "two indicators"),
        ("300    $ANota", "small letter"),
        ("300    $a", "is empty"),
        ("010    $a9788804668238", "is no ISBN"),
        ("101 0  $ait", "three letters here: ita"),
        ("101 0  $aItaliano", "three small letters"),
        ("100    $a20260102d1999", "36 characters"),
        ("100    $a20261122d0099    m  y0itay50      ba", "between 1000 and"),
        ("005", "empty"),
        ("LDR short", "24 characters"),
    ],
)
def test_a_line_is_refused_with_words_beside_it(line, words):
    record = BOOKS["unimarc"]
    sent = [*as_lines(record), line]

    new, lines = from_lines(sent, record)
    faults = check(new, record, lines, "unimarc")

    assert [fault.number for fault in faults] == [len(sent) - 1]
    assert words in faults[0].message


@pytest.mark.parametrize(
    ("tag", "words"), [("001", "Field 001 is missing"), ("100", "Field 100 is missing"), ("200", "has no title")]
)
def test_a_mandatory_field_cannot_be_taken_out(tag, words):
    record = BOOKS["unimarc"]
    new, lines = from_lines([line for line in as_lines(record) if not line.startswith(tag)], record)

    assert any(words in fault.message for fault in check(new, record, lines, "unimarc"))


def test_the_control_number_stays():
    record = BOOKS["unimarc"]
    new, lines = from_lines(["001 other" if line.startswith("001") else line for line in as_lines(record)], record)

    assert "stays as it is" in check(new, record, lines, "unimarc")[0].message


def test_old_sins_are_let_be():
    new, lines = from_lines([*as_lines(ODD), "650  4 $aNuovo"], ODD)

    assert check(new, ODD, lines, "marc21") == []
    assert new["iso2709"] == "AAAA"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_common_fields_that_nobody_touched_leave_the_record_as_it_is(dialect):
    record = BOOKS[dialect]

    new, refused = changed(record, dialect, Values.of(record, dialect))

    assert (json.dumps(new), refused) == (json.dumps(record), [])


NEW = {
    "title": "Il faro di vetro",
    "subtitle": "un'altra storia",
    "original_title": "The glass lighthouse",
    "responsibility": "Ada Verdi ; disegni di Ugo Neri",
    "edition": "3. ed",
    "published_in": "Roma",
    "publisher": "Altra editrice",
    "year": 2003,
    "series": "I mari",
    "series_number": "9",
    "language": "fre",
    "audience": "teen",
    "formats": ["easy_reading", "large_print"],
    "isbns": ["9788804668237"],
    "dewey": "853.92",
    "subjects": ["Fari - Narrativa per ragazzi", "Milano - Storia"],
    "summary": "Uno.\nDue.",
    "people": [("Verdi, Ada", "editor", "person"), ("Comune di Milano", "other", "body")],
}


@pytest.mark.parametrize("name", sorted(NEW))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_common_field_is_written_where_it_is_read_and_nothing_else_changes(dialect, name):
    record = copy.deepcopy(BOOKS[dialect])
    before = Values.of(record, dialect)
    wanted = copy.deepcopy(before)
    setattr(wanted, name, NEW[name])

    new, refused = changed(record, dialect, wanted)
    after = Values.of(new, dialect)

    assert refused == []
    assert record == BOOKS[dialect]
    assert sorted(map(str, [getattr(after, name)])) == sorted(map(str, [NEW[name]])) or sorted(
        getattr(after, name)
    ) == sorted(NEW[name])
    for other in vars(before):
        if other not in (name, "people"):
            assert getattr(after, other) == getattr(before, other), other
    untouched = [one for one in new["fields"] if one in record["fields"]]
    assert untouched == [one for one in record["fields"] if one in untouched]


@pytest.mark.parametrize("material", Material.values)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_material_is_written_and_taken_back(dialect, material):
    record = BOOKS[dialect]
    wanted = Values.of(record, dialect)
    wanted.material = material

    new, refused = changed(record, dialect, wanted)
    back = Values.of(new, dialect)
    back.material = "book"

    assert (refused, changed(new, dialect, back)[1]) == ([], [])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_common_fields_can_be_taken_out_but_the_title(dialect):
    new, refused = changed(BOOKS[dialect], dialect, Values(title="X"))

    assert refused == []
    assert Values.of(new, dialect) == Values(title="X")


def test_who_only_has_another_role_keeps_the_identifier():
    record = BOOKS["unimarc"]
    wanted = Values.of(record, "unimarc")
    wanted.people = [("Verdi, Ada", "editor", "person"), *wanted.people[1:]]

    new, _refused = changed(record, "unimarc", wanted)

    assert "700  1 $aVerdi $b, Ada $3IT\\ICCU\\TSTV\\000001 $4340" in as_lines(new)


def test_what_a_record_keeps_in_another_way_is_told_and_not_half_written():
    record = as_json([("001", "1"), ("200", "1 ", "a", "Titolo", "d", "Title", "e", "sub")], UNIMARC_LEADER)
    wanted = Values.of(record, "unimarc")
    wanted.subtitle = "altro"

    assert changed(record, "unimarc", wanted)[1] == ["subtitle"]


def test_a_new_title_begins_with_a_valid_unimarc_record():
    record, refused = changed(
        blank("LOC1", dt.date(2026, 3, 2)),
        "unimarc",
        Values(title="Nuovo", year=2020, language="ita", people=[("Rossi, Anna", "author", "person")]),
    )

    assert refused == []
    assert as_lines(record) == [
        "LDR      nam0 22        450 ",
        "001 LOC1",
        "100    $a20260302d2020    m  y0itay50      ba",
        "101 0  $aita",
        "200 1  $aNuovo",
        "210    $d2020",
        "700  1 $aRossi $b, Anna $4070",
        "801  0 $aIT $bMILANOLIB $c20260302",
    ]


@pytest.mark.skipif(not SHARED.is_dir(), reason="files of other catalogues are kept beside the project")
def test_real_records_go_through_lines_and_form_without_a_loss(db):
    import_path = SHARED / "good" / "marc.dat"
    if not import_path.is_file():
        pytest.skip("not there")
    from catalog.importing.readers import open_records

    with open_records(import_path, "auto") as reads:
        for read in reads:
            if read.record is None:
                continue
            again, _lines = from_lines(as_lines(read.record), read.record)
            assert again == read.record
            assert changed(read.record, read.dialect, Values.of(read.record, read.dialect)) == (read.record, [])

"""Records come out of their containers whole, in each dialect and character set."""

import io
import json

import pymarc
import pytest

from catalog.importing.readers import open_records
from tests.catalog.marc.build import (
    EXCHANGE,
    GENERAL,
    ITALIAN_SLIM,
    MARC21_BOOK,
    MARC21_LEADER,
    UNIMARC_BOOK,
    UNIMARC_LEADER,
    as_json,
    iso2709,
    marcxml,
    simple,
    simple_unimarc,
    xml_record,
)


@pytest.fixture
def read(tmp_path):
    """Return what is read of some bytes."""

    def reader(data, form="auto"):
        path = tmp_path / "records"
        path.write_bytes(data)
        with open_records(path, form) as records:
            return list(records)

    return reader


def first_title(one, tag="245"):
    return one.fields.first(tag, "a")


# --- containers


def test_iso2709_of_marc21_is_read_as_pymarc_reads_it(read):
    data = iso2709(MARC21_BOOK)
    (one,) = read(data)
    assert one.record == next(pymarc.MARCReader(io.BytesIO(data))).as_dict()
    assert (one.dialect, one.position, one.offset, one.notes) == ("marc21", 1, 0, [])


def test_iso2709_of_unimarc_is_read_as_pymarc_reads_it_when_told_the_encoding(read):
    data = iso2709(UNIMARC_BOOK, UNIMARC_LEADER)
    (one,) = read(data)
    assert one.record == next(pymarc.MARCReader(io.BytesIO(data), force_utf8=True)).as_dict()
    assert (one.dialect, one.notes) == ("unimarc", [])


@pytest.mark.parametrize(
    ("fields", "leader", "dialect"),
    [(MARC21_BOOK, MARC21_LEADER, "marc21"), (UNIMARC_BOOK, UNIMARC_LEADER, "unimarc")],
)
def test_marcxml_is_read_as_it_was_written(read, fields, leader, dialect):
    # XML cannot carry the control characters of non-sorting marks in version 1.0, except these two.
    (one,) = read(marcxml(fields, leader=leader))
    assert one.record == as_json(fields, leader)
    assert one.dialect == dialect


def test_marcxml_is_read_as_pymarc_reads_it(read):
    data = marcxml(MARC21_BOOK, simple("2"))
    assert [one.record for one in read(data)] == [
        record.as_dict() for record in pymarc.parse_xml_to_array(io.BytesIO(data))
    ]


def test_italian_slim_format_with_embedded_fields_becomes_subfields_1(read):
    data = f"""<collection xmlns="{ITALIAN_SLIM}"><rec><lab>{UNIMARC_LEADER}</lab><cf t="001">TST1</cf>
      <df t="200" i1="1" i2=" "><sf c="a">Il faro</sf></df>
      <df t="410" i1=" " i2="0"><s1><cf t="001">TST2</cf></s1>
        <s1><df t="200" i1="1" i2=" "><sf c="a">I fari</sf><sf c="v">7</sf></df></s1></df>
    </rec></collection>""".encode()
    (one,) = read(data)
    expected = [
        ("001", "TST1"),
        ("200", "1 ", "a", "Il faro"),
        ("410", " 0", "1", "001TST2", "1", "2001 ", "a", "I fari", "v", "7"),
    ]
    assert one.record == as_json(expected, UNIMARC_LEADER)
    assert one.dialect == "unimarc"


def test_records_are_found_inside_an_sru_answer(read):
    inner = xml_record(simple_unimarc("B1"), UNIMARC_LEADER, ' type="Bibliographic" format="UNIMARC"')
    inner = inner.replace("<record ", f'<record xmlns="{EXCHANGE}" ')
    data = f"""<srw:r xmlns:srw="http://www.loc.gov/zing/srw/"><srw:records><srw:record><srw:recordData>{inner}
      </srw:recordData></srw:record><srw:record/></srw:records></srw:r>""".encode()
    (one,) = read(data)
    assert one.record == as_json(simple_unimarc("B1"), UNIMARC_LEADER)
    assert data[one.offset :].startswith(b"<record xmlns=")


def test_xml_may_begin_with_a_byte_order_mark_or_be_utf16(read):
    data = marcxml(simple("1", "Città"))
    text = data.decode().replace("UTF-8", "UTF-16")
    assert first_title(read(b"\xef\xbb\xbf" + data)[0]) == "Città"
    assert first_title(read(text.encode("utf-16"))[0]) == "Città"


def test_fillers_between_records_and_at_the_end_are_no_records(read):
    data = b"\r\n" + iso2709(simple("1")) + b"\r\n  " + iso2709(simple("2")) + b"\n\x1a\x00   "
    reads = read(data)
    assert [one.record["fields"][0] for one in reads] == [{"001": "1"}, {"001": "2"}]
    assert [data[one.offset :][:5] for one in reads] == [one.record["leader"][:5].encode() for one in reads]


def test_large_files_are_read_block_by_block(read, tmp_path):
    # More than one block, with record ends on both sides of every block's edge.
    data = b"".join(iso2709(simple(f"N{number}", "x" * (number % 700))) for number in range(1, 2000))
    assert len(data) > 3 * (1 << 18)
    reads = read(data)
    assert [one.fields.controls["001"] for one in reads] == [f"N{number}" for number in range(1, 2000)]
    assert all(data[one.offset :].startswith(one.record["leader"].encode()) for one in reads)


def test_reading_keeps_one_block_in_memory_whatever_the_file(tmp_path):
    import tracemalloc

    def peak(count):
        path = tmp_path / f"{count}.xml"
        path.write_bytes(marcxml(*(simple(f"N{number}", "parola " * 200) for number in range(count))))
        tracemalloc.start()
        with open_records(path, "auto") as records:
            assert sum(1 for _ in records) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(4000) < 1.5 * peak(400)


def test_an_end_mark_inside_the_data_does_not_cut_a_record_whose_length_is_right(read):
    data = iso2709(simple("1", "prima\x1ddopo")) + iso2709(simple("2"))
    assert [first_title(one) for one in read(data)] == ["primadopo", "Titolo"]


# --- dialects


@pytest.mark.parametrize(
    ("forced", "expected"), [("auto", "unimarc"), ("marcxml", "unimarc"), ("marc21", "marc21"), ("unimarc", "unimarc")]
)
def test_the_format_asked_for_wins_over_what_the_record_shows(read, forced, expected):
    (one,) = read(marcxml(simple_unimarc("1"), leader=UNIMARC_LEADER), forced)
    assert one.dialect == expected


def test_dialects_may_be_mixed_in_one_file(read):
    data = iso2709(simple("1")) + iso2709(simple_unimarc("2"), UNIMARC_LEADER) + iso2709(simple("3"))
    assert [one.dialect for one in read(data)] == ["marc21", "unimarc", "marc21"]


@pytest.mark.parametrize(
    ("others", "leader", "expected"),
    [(simple_unimarc("2"), UNIMARC_LEADER, "unimarc"), (simple("2"), MARC21_LEADER, "marc21")],
)
def test_a_doubtful_record_follows_most_of_the_file_even_when_it_comes_first(read, others, leader, expected):
    doubtful = iso2709([("001", "1"), ("300", "  ", "a", "Nota")])
    reads = read(doubtful + iso2709(others, leader) * 3)
    assert reads[0].dialect == expected


def test_a_doubtful_record_alone_is_marc21(read):
    assert read(iso2709([("001", "1"), ("300", "  ", "a", "Nota")]))[0].dialect == "marc21"


# --- character sets


MARC8_LEADER = MARC21_LEADER.replace("nam a", "nam  ")


def test_marc8_with_combining_marks_before_the_letter(read):
    (one,) = read(iso2709(simple("1", b"Perch\xe2e la citt\xe1a"), MARC8_LEADER))
    assert (first_title(one), one.notes) == ("Perché la città", [])


def test_marc8_is_read_as_pymarc_reads_it(read):
    # Latin with marks, Greek, Cyrillic, subscript and East Asian characters, by their escape sequences.
    title = b"\xa1\xe2odz \xc7 \x1b(SAB\x1b(B \x1b(NAB\x1b(B H\x1bb2\x1bsO \x1b$1!PVK7o\x1b(B!"
    data = iso2709(simple("1", title), MARC8_LEADER)
    (one,) = read(data)
    assert one.record == next(pymarc.MARCReader(io.BytesIO(data), hide_utf8_warnings=True)).as_dict()


def test_marc8_keeps_its_non_sorting_marks_in_the_record_and_out_of_the_title(read):
    (one,) = read(iso2709(simple("1", b"\x88Il \x89faro"), MARC8_LEADER))
    assert one.record["fields"][2]["245"]["subfields"] == [{"a": "\x98Il \x9cfaro"}]
    assert first_title(one) == "Il faro"


def test_utf8_that_says_marc8_is_read_as_utf8_and_told(read):
    (one,) = read(iso2709(simple("1", "Perché"), MARC8_LEADER))
    assert first_title(one) == "Perché"
    assert [note.code for note in one.notes] == ["utf8_not_declared"]


def test_unimarc_says_its_character_set_in_field_100(read):
    latin = GENERAL.replace("50      ba", "0103    ba")
    fields = [("001", "1"), ("100", "  ", "a", latin), ("200", "1 ", "a", b"\x88La \x89citt\xc1a e il caff\xc1e \xe1")]
    (one,) = read(iso2709(fields, UNIMARC_LEADER))
    assert first_title(one, "200") == "La città e il caffè Æ"
    assert one.notes == []


def test_unimarc_in_utf8_needs_no_flag_in_the_leader(read):
    (one,) = read(iso2709(simple_unimarc("1", "Perché"), UNIMARC_LEADER))
    assert (first_title(one, "200"), one.notes) == ("Perché", [])


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x98Il \x9cfaro", "Il faro"),
        ("\x98Il\x9c faro", "Il faro"),
        ("\x98L'\x9caltra", "L'altra"),
        ("\x98L\u2019\x9caltra", "L\u2019altra"),
        ("\x88Lo \x89zaino", "Lo zaino"),
        ("<<Il >>faro", "Il faro"),
        ("<<L'>>altra", "L'altra"),
        ("a << b", "a << b"),
        ("due  spazi\ne una riga", "due spazi e una riga"),
        ("e\u0301", "é"),
    ],
)
def test_titles_are_shown_without_non_sorting_marks(read, written, shown):
    (one,) = read(iso2709(simple("1", written)))
    assert first_title(one) == shown


def test_a_record_goes_through_json_unchanged(read):
    (one,) = read(iso2709(MARC21_BOOK))
    assert json.loads(json.dumps(one.record)) == one.record

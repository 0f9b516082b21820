"""Each fault of a file: told with its place and reason, and what is sound around it comes in."""

import base64
import random

import pytest

from catalog.importing import Level, UnreadableFile, import_file
from catalog.importing.drafts import prepare
from catalog.importing.readers import open_records
from catalog.importing.report import Fault
from catalog.models import Title
from tests.catalog.marc.build import (
    MARC21_BOOK,
    MARC21_LEADER,
    SLIM,
    UNIMARC_BOOK,
    UNIMARC_LEADER,
    iso2709,
    marcxml,
    simple,
    simple_unimarc,
    xml_record,
)

pytestmark = pytest.mark.django_db

BEFORE, AFTER = iso2709(simple("before")), iso2709(simple("after"))
MARC8_LEADER = MARC21_LEADER.replace("nam a", "nam  ")


@pytest.fixture
def bring(tmp_path):
    """Import some bytes and return the report."""

    def bringing(data, **options):
        path = tmp_path / "records"
        path.write_bytes(data)
        return import_file(path, **options)

    return bringing


def between(data):
    """Put a damaged record between two sound ones."""
    return BEFORE + data + AFTER


def imported():
    return set(Title.objects.values_list("control_number", flat=True))


def spoil(data, start, by):
    return data[:start] + by + data[start + len(by) :]


# --- ISO 2709: what cannot be taken


@pytest.mark.parametrize(
    ("damaged", "code"),
    [
        (b"00012abc\x1d", "iso_too_short"),
        (b"00026nam a2200025 i 4500\x1e\x1d", "iso_no_fields"),
        (spoil(iso2709(simple("bad")), 6, b"\xe9"), "iso_leader"),
        (spoil(iso2709(simple("bad")), 30, b"x"), "iso_directory"),
        (iso2709(simple("bad")).replace(b"245", b"245\xc3\x89", 1), "iso_directory"),
        (iso2709(simple("bad")).replace(b"2450", b"2450 ", 1), "iso_directory"),
        (iso2709(simple("bad")).replace(b"00\x1faTitolo", b"00\x1faTi\x1eto"), "iso_fields_do_not_fit"),
        (iso2709([("001", "bad"), ("300", "  ", "a", "x")]), "no_title"),
    ],
)
def test_a_damaged_record_is_refused_and_the_rest_comes_in(bring, damaged, code):
    report = bring(between(damaged))
    assert (report.read, report.created, report.refused) == (3, 2, 1)
    assert imported() == {"before", "after"}
    (problem,) = report.problems
    assert (problem.level, problem.code, problem.position, problem.offset) == (Level.REFUSED, code, 2, len(BEFORE))
    assert problem.reason


def test_a_refused_record_is_called_by_its_control_number_where_that_can_be_read(bring):
    assert bring(between(iso2709([("001", "bad"), ("300", "  ", "a", "x")]))).problems[0].control_number == "bad"
    damaged = iso2709(simple("bad")).replace(b"00\x1faTitolo", b"00\x1faTi\x1eto")
    assert bring(between(damaged)).problems[0].control_number == "bad"


@pytest.mark.parametrize("cut", [10, 40, -2, -1])
def test_a_file_cut_off_inside_a_record_keeps_what_came_before(bring, cut):
    report = bring(BEFORE + iso2709(simple("bad"))[:cut])
    assert imported() == {"before"}
    assert [(one.code, one.position, one.offset) for one in report.problems] == [("iso_cut_off", 2, len(BEFORE))]


def test_something_endless_is_skipped_up_to_the_next_end_of_record(bring):
    report = bring(between(b"0" * 9_000_000 + b"\x1d"))
    assert imported() == {"before", "after"}
    assert [(one.code, one.position) for one in report.problems] == [("iso_too_long", 2)]


# --- ISO 2709: what is taken, with a word


@pytest.mark.parametrize("length", [b"00099", b"99999", b"00000", b"     ", b"0012x"])
def test_a_wrong_length_does_not_lose_the_record_nor_the_next(bring, length):
    report = bring(between(spoil(iso2709(simple("bad")), 0, length)))
    assert imported() == {"before", "bad", "after"}
    assert [(one.level, one.code, one.control_number) for one in report.problems] == [
        (Level.WARNING, "iso_length", "bad")
    ]


def test_a_length_that_reaches_over_the_next_record_does_not_swallow_it(bring):
    bad = iso2709(simple("bad"))
    bring(between(spoil(bad, 0, b"%05d" % (len(bad) + len(AFTER)))))
    assert imported() == {"before", "bad", "after"}


@pytest.mark.parametrize("base", [b"99999", b"00000", b"x0061"])
def test_a_wrong_base_address_is_put_right(bring, base):
    report = bring(between(spoil(iso2709(simple("bad")), 12, base)))
    assert imported() == {"before", "bad", "after"}
    assert Title.objects.get(control_number="bad").title == "Titolo"
    assert [one.code for one in report.problems] == ["iso_repaired"]


def test_lengths_counted_in_characters_are_put_right(bring):
    # What a program writes that measures its text before encoding it.
    latin = iso2709(simple("bad", "Perché la città è più in là", ("500", "  ", "a", "Nota")), encoding="latin-1")
    report = bring(between(latin.decode("latin-1").encode()))
    assert Title.objects.get(control_number="bad").title == "Perché la città è più in là"
    assert [one.code for one in report.problems] == ["iso_length", "iso_repaired"]


def test_bad_utf8_is_marked_and_the_bytes_are_kept(bring):
    data = iso2709(simple("bad", b"Perch\xe9", ("500", "  ", "a", "Nota")))
    report = bring(between(data))
    title = Title.objects.get(control_number="bad")
    assert title.title == "Perch\ufffd"
    assert [(one.code, one.params) for one in report.problems] == [("not_utf8", {"tags": "245"})]
    assert base64.b64decode(title.record["iso2709"]) == data


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"Soci\x1b[t\xe2e", "Soci[té"),  # an escape that begins nothing
        (b"fine\x1b", "fine"),  # an escape at the end
        (b"Giappone \x1b$1!PVK", "Giappone 米\ufffd"),  # an East Asian character cut short
        (b"con\xff", "con\ufffd"),  # a byte that is in no table
    ],
)
def test_bad_marc8_is_marked_and_the_bytes_are_kept(bring, raw, shown, capfd):
    report = bring(between(iso2709(simple("bad", raw), MARC8_LEADER)))
    title = Title.objects.get(control_number="bad")
    assert title.title == shown
    assert [one.code for one in report.problems] == ["not_marc8"]
    assert "iso2709" in title.record
    assert capfd.readouterr().err == ""


def test_bad_iso5426_is_marked_and_the_bytes_are_kept(bring):
    fields = simple_unimarc("bad", b"Perch\xe9\xff \xc2e")
    fields[1] = ("100", "  ", "a", fields[1][3].replace("50      ba", "0103    ba"))
    report = bring(iso2709(fields, UNIMARC_LEADER))
    assert Title.objects.get().title == "PerchØ\ufffd é"
    assert [one.code for one in report.problems] == ["not_iso5426"]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ((b"\x1faNota",), "indicators"),
        ((b"1\x1faNota",), "indicators"),
        ((b"1234\x1faNota",), "indicators"),
        ((b"\xc3\xa9 \x1faNota",), "indicators"),
        ((b"  Nota senza sottocampo",), "stray_text"),
        (("  ", "\u00e1", "Nota"), "subfield_code"),
        (("  ", " ", "Nota"), "subfield_code"),
    ],
)
def test_bad_indicators_and_subfield_codes_lose_nothing(bring, field, code):
    report = bring(between(iso2709(simple("bad", "Titolo", ("500", *field)))))
    assert imported() == {"before", "bad", "after"}
    assert code in [one.code for one in report.problems]
    assert "Nota" in str(Title.objects.get(control_number="bad").record["fields"])


def test_an_accented_subfield_code_is_read_as_its_letter(bring):
    bring(iso2709([("001", "1"), ("008", "x" * 40), ("245", "00", "\u00e1", "Titolo")]))
    assert Title.objects.get().title == "Titolo"


def test_a_bad_tag_is_kept_and_told(bring):
    report = bring(iso2709(simple("1", "Titolo", ("5 0", "  ", "a", "Nota"))))
    assert [(one.code, one.params) for one in report.problems] == [("tag", {"tag": "5 0"})]
    assert {"5 0": {"ind1": " ", "ind2": " ", "subfields": [{"a": "Nota"}]}} in Title.objects.get().record["fields"]


def test_nul_characters_are_replaced_and_told(bring):
    report = bring(iso2709(simple("1", "Tito\x00lo", ("500", "  ", "a", "scritto \\u0000"))))
    title = Title.objects.get()
    assert title.title == "Titolo"
    assert title.record["fields"][2]["245"]["subfields"] == [{"a": "Tito\ufffdlo"}]
    assert title.record["fields"][3]["500"]["subfields"] == [{"a": "scritto \\u0000"}]
    assert [(one.code, one.params) for one in report.problems] == [("nul", {"tags": "245"})]


def test_the_same_number_twice_in_a_file_leaves_the_last(bring):
    report = bring(iso2709(simple("1", "Primo")) + iso2709(simple("2")) + iso2709(simple("1", "Ultimo")))
    assert Title.objects.get(control_number="1").title == "Ultimo"
    assert (report.read, report.created, report.superseded) == (3, 2, 1)
    assert [(one.level, one.code, one.position) for one in report.problems] == [(Level.WARNING, "duplicate", 3)]


def test_the_same_number_twice_far_apart_leaves_the_last(bring):
    others = b"".join(iso2709(simple(f"N{number}")) for number in range(600))
    report = bring(iso2709(simple("1", "Primo")) + others + iso2709(simple("1", "Ultimo")))
    assert Title.objects.get(control_number="1").title == "Ultimo"
    assert (report.created, report.updated) == (601, 1)
    assert [(one.code, one.position) for one in report.problems] == [("duplicate", 602)]


# --- XML


def test_broken_xml_keeps_what_came_before_and_says_where(bring):
    data = marcxml(simple("1"), simple("2"))
    cut = data.index(b'<subfield code="a">', data.index(b">2<"))
    report = bring(data[:cut] + b"<subfield code=a>" + data[cut:])
    assert imported() == {"1"}
    (problem,) = report.problems
    assert (problem.level, problem.code, problem.position) == (Level.REFUSED, "xml_broken", 2)
    line = data[:cut].count(b"\n") + 1
    assert problem.params["line"] == line
    assert data[: problem.offset].count(b"\n") + 1 == line


def test_xml_that_ends_too_early_keeps_what_came_before(bring):
    data = marcxml(simple("1"), simple("2"))
    report = bring(data[: data.index(b">2<")])
    assert imported() == {"1"}
    assert [(one.code, one.position) for one in report.problems] == [("xml_broken", 2)]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE c SYSTEM "http://127.0.0.1/c.dtd">',
    ],
)
def test_document_types_and_entities_are_not_read(bring, declaration):
    data = marcxml(simple("1", "X")).decode().replace("<collection", declaration + "<collection", 1).encode()
    report = bring(data)
    assert imported() == set()
    assert [(one.code, one.position) for one in report.problems] == [("xml_doctype", 1)]
    assert report.has_failed


def test_entities_without_declaration_break_the_xml(bring):
    report = bring(marcxml(simple("1", "X")).replace(b">X<", b">X&egrave;<"))
    assert [one.code for one in report.problems] == ["xml_broken"]


def test_an_endless_record_in_xml_is_not_read_to_the_end(bring):
    report = bring(marcxml(simple("1"), simple("2", "x" * 5_000_000)))
    assert imported() == {"1"}
    assert [(one.code, one.position) for one in report.problems] == [("xml_too_long", 2)]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ('<datafield tag="42" ind1=" " ind2=" "><subfield code="a">Nota</subfield></datafield>', "tag"),
        ('<datafield ind1=" " ind2=" "><subfield code="a">Nota</subfield></datafield>', "tag"),
        ('<datafield tag="500" ind1="12" ind2=" "><subfield code="a">Nota</subfield></datafield>', "indicators"),
        ('<datafield tag="500" ind1=" " ind2=" "><subfield code="ab">Nota</subfield></datafield>', "subfield_code"),
        ('<datafield tag="500" ind1=" " ind2=" "><subfield>Nota</subfield></datafield>', "subfield_code"),
        ('<datafield tag="500" ind1=" " ind2=" ">Nota</datafield>', "stray_text"),
    ],
)
def test_bad_fields_in_xml_lose_nothing(bring, field, code):
    data = marcxml(simple("1"), simple("2")).replace(b"</record>", field.encode() + b"</record>", 1)
    report = bring(data)
    assert imported() == {"1", "2"}
    assert [(one.level, one.code, one.position) for one in report.problems] == [(Level.WARNING, code, 1)]
    assert "Nota" in str(Title.objects.get(control_number="1").record["fields"])


def test_an_empty_record_in_xml_is_refused_and_the_rest_comes_in(bring):
    report = bring(marcxml(simple("1"), simple("2")).replace(b"<record>", b"<record/>\n<record>", 1))
    assert imported() == {"1", "2"}
    assert [(one.code, one.position) for one in report.problems] == [("iso_no_fields", 1)]


def test_a_record_that_a_server_could_not_give_or_has_deleted_is_told(bring):
    record = xml_record(simple("1")).replace("<record>", f'<record xmlns="{SLIM}">')
    wrapped = (
        f"<r xmlns='urn:srw'><record><message>fuori servizio</message></record><record>{record}</record>"
        "<record><header status='deleted'/></record><record><header/></record></r>"
    )
    report = bring(wrapped.encode())
    assert imported() == {"1"}
    assert [(one.code, one.position) for one in report.problems] == [("xml_error", 1), ("xml_deleted", 3)]
    assert "fuori servizio" in report.problems[0].reason


# --- files


@pytest.mark.parametrize(
    ("data", "options", "code"),
    [
        (b"", {}, "file_empty"),
        (b" \r\n\x00", {}, "file_empty"),
        (b"id;title\n1;Il faro\n", {}, "file_not_marc"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), {}, "file_not_marc"),
        (b"<html><body>no</body></html>", {}, "file_xml_without_records"),
        (BEFORE, {"format": "marcxml"}, "file_not_asked"),
        (BEFORE, {"branch": "nowhere"}, "branch_unknown"),
        (BEFORE, {"source": "s" * 41}, "source_too_long"),
    ],
)
def test_what_is_no_marc_file_is_told_in_one_sentence(bring, data, options, code):
    with pytest.raises(UnreadableFile) as refusal:
        bring(data, **options)
    assert refusal.value.code == code
    assert "\n" not in str(refusal.value)
    assert imported() == set()


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UnreadableFile) as refusal:
            import_file(path)
        assert refusal.value.code == "file_missing"


def test_a_file_whose_first_leader_is_damaged_is_still_read(bring):
    bring(spoil(iso2709(simple("bad")), 0, b"x0x0x") + AFTER)
    assert imported() == {"bad", "after"}


def test_namespaces_may_have_prefixes_or_be_missing(bring):
    prefixed = xml_record(simple("1")).replace("</", "</m:").replace("<", "<m:").replace("<m:/m:", "</m:")
    bring(prefixed.replace("<m:record>", f'<m:record xmlns:m="{SLIM}">').encode())
    bring(xml_record(simple("2")).encode())
    assert imported() == {"1", "2"}


# --- any damage at all


SOUND = {
    "iso2709": iso2709(MARC21_BOOK) + iso2709(UNIMARC_BOOK, UNIMARC_LEADER) + iso2709(simple("last")),
    "marc8": iso2709(simple("1", b"Perch\xe2e \x1b$1!PVK\x1b(B"), MARC8_LEADER) + iso2709(simple("last"), MARC8_LEADER),
    "marcxml": marcxml(MARC21_BOOK, UNIMARC_BOOK, simple("last")),
}


@pytest.mark.parametrize("container", SOUND)
def test_whatever_is_damaged_the_importer_answers_with_reasons(tmp_path, container):
    # Bytes changed, lost, doubled and put in at random, always the same ones.
    chance = random.Random(1947)
    sound = SOUND[container]
    path = tmp_path / "records"
    for _attempt in range(200):
        data = bytearray(sound)
        for _damage in range(chance.randint(1, 6)):
            place = chance.randrange(len(data))
            length = chance.choice([0, 1, 1, 2, 30])
            data[place : place + length] = chance.choice(
                [
                    b"",
                    bytes([chance.randrange(256)]),
                    b"\x1d",
                    b"\x1e",
                    b"\x1f",
                    b"\x1b",
                    bytes(data[place : place + 9]),
                ]
            )
        path.write_bytes(data)
        for reason in refusals(path):
            assert str(reason)


def refusals(path):
    try:
        with open_records(path, "auto") as records:
            for position, read in enumerate(records, 1):
                assert read.position == position
                try:
                    one = prepare(read, "")
                except Fault as fault:
                    yield fault
                else:
                    one.record.encode()  # no half characters, which the database would refuse
                    assert "\x00" not in one.draft.title + one.control_number
                    yield from one.notes
    except UnreadableFile as fault:
        yield fault

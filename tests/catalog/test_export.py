"""Records go out as they are kept, and come in again as they went."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from catalog.exporting import ISO2709, MARCXML, export_titles
from catalog.importing import import_file
from catalog.models import Contribution, Copy, SearchRow, Title, Work
from catalog.states import CopyStatus
from tests.catalog.marc.build import (
    MARC21_BOOK,
    UNIMARC_BOOK,
    UNIMARC_LEADER,
    iso2709,
    marcxml,
    simple,
    simple_unimarc,
)
from tests.catalog.test_import_shared import BAD, GOOD, shared
from tests.factories import CopyFactory, TitleFactory
from tests.factories.places import BranchFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    """Compare words in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def bring(tmp_path):
    def bringing(data, **options):
        path = tmp_path / "records"
        path.write_bytes(data)
        return import_file(path, **options)

    return bringing


def export(container, **options):
    out, beside = io.BytesIO(), io.BytesIO()
    ids = list(Title.objects.order_by("pk").values_list("pk", flat=True))
    report = export_titles(ids, out, container=container, beside=beside, **options)
    return report, out.getvalue(), beside.getvalue()


def empty():
    for model in (SearchRow, Contribution, Copy, Title, Work):
        model.objects.all().delete()


def kept(*, is_loose):
    """Return the records kept; loosely: without lengths in the leader and the mark of the character set."""

    def plain(record):
        if not is_loose:
            return json.dumps(record, sort_keys=True)
        leader = record["leader"].ljust(24)
        fields = [
            {
                tag: {
                    **field,
                    "subfields": [{c: v[:26] if tag == "100" else v for c, v in s.items()} for s in field["subfields"]],
                }
                if isinstance(field, dict)
                else field
                for tag, field in one.items()
            }
            for one in record["fields"]
        ]
        return json.dumps([leader[5:9], leader[17:], fields, record.get("iso2709")], sort_keys=True)

    return sorted(plain(record) for record in Title.objects.values_list("record", flat=True))


@pytest.mark.parametrize("container", [ISO2709, MARCXML])
def test_a_round_trip_loses_nothing(bring, container):
    BranchFactory(code="norte")
    other = [(*field[:5], "C2", *field[6:]) if field[0] == "995" else field for field in UNIMARC_BOOK]
    bring(iso2709(MARC21_BOOK) + iso2709(other, UNIMARC_LEADER), source="prova")
    before, copies = kept(is_loose=container == ISO2709), sorted(Copy.objects.values_list("barcode", "shelf_mark"))
    _report, first, _beside = export(container)
    empty()

    bring(first, source="prova")
    _report, second, _beside = export(container)

    assert kept(is_loose=container == ISO2709) == before
    assert sorted(Copy.objects.values_list("barcode", "shelf_mark")) == copies
    assert second == first


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_real_files_good_and_bad_come_back_as_they_were(bring, name):
    path = shared("good" if name in GOOD else "bad", name)
    import_file(path)
    before = kept(is_loose=True)
    report, data, beside = export(ISO2709)
    empty()

    for part in filter(None, (data, beside)):
        bring(part)

    again = kept(is_loose=True)
    assert report.changed == [] or name in BAD
    if not report.changed:
        assert again == before


def test_bytes_that_were_no_characters_go_out_as_they_came(bring):
    raw = iso2709(
        [("001", "B1"), ("245", "00", "a", b"Citt\xff"), ("008", "261122s2001    it            000 0 ita d")],
        "00000nam a2200000 i 4500",
    )
    bring(raw)

    assert "iso2709" in Title.objects.get().record
    assert export(ISO2709)[1] == raw


def test_a_record_too_long_for_iso_2709_goes_as_xml_and_is_told(bring):
    long = [("650", " 0", "a", "x" * 400)] * 300
    bring(iso2709(simple("N1")))
    bring(marcxml(simple("N2", "Lungo", *long), simple("N3", "Campo", ("520", "  ", "a", "y" * 10_000))))

    report, data, beside = export(ISO2709)
    empty()
    bring(data)
    bring(beside)

    assert report.as_xml == ["N2", "N3"]
    assert sorted(Title.objects.values_list("control_number", flat=True)) == ["N1", "N2", "N3"]


def test_present_copies_are_named_in_the_dialect_of_the_record(bring):
    south, north = BranchFactory(code="south"), BranchFactory(code="north")
    holdings = [("995", "  ", "b", "south", "f", f"C{number}", "k", "N", "r", "book") for number in range(1, 4)]
    bring(iso2709(simple_unimarc("N1", "T", *holdings, ("995", "  ", "b", "altrove", "f", "X9")), UNIMARC_LEADER))
    bring(iso2709(simple("N2", "M", ("852", "  ", "b", "south", "p", "D1", "h", "A", "i", "B"))))
    Copy.objects.filter(barcode="C2").update(home=north, shelf_mark="R", volume="2")
    Copy.objects.filter(barcode="C3").update(status=CopyStatus.WITHDRAWN, place=None)
    CopyFactory(barcode="C4", home=south, shelf_mark="S", title=Title.objects.get(control_number="N1"))
    CopyFactory(barcode="D2", home=south, shelf_mark="Z", volume="II", title=Title.objects.get(control_number="N2"))

    _report, data, _beside = export(ISO2709)
    empty()
    bring(data)

    records = {
        one.control_number: [
            "".join(f"${code}{value}" for subfield in field["subfields"] for code, value in subfield.items())
            for each in one.record["fields"]
            for tag, field in each.items()
            if tag in ("995", "852")
        ]
        for one in Title.objects.all()
    }
    assert records == {
        "N1": ["$bsouth$fC1$kN$rbook", "$bnorth$fC2$kR$rbook$v2", "$baltrove$fX9", "$bsouth$fC4$kS$rbook"],
        "N2": ["$bsouth$pD1$hA$iB", "$bsouth$pD2$jZ$3II"],
    }
    assert dict(Copy.objects.exclude(volume="").values_list("barcode", "volume")) == {"C2": "2", "D2": "II"}


def test_a_merged_title_goes_with_the_other_and_one_without_a_record_gets_one():
    keep = TitleFactory()
    CopyFactory(title=keep, barcode="C1")
    TitleFactory(merged_into=keep)

    report, data, _beside = export(MARCXML)

    assert report.written == 1
    assert keep.title in data.decode()
    assert "C1" in data.decode()


def test_the_local_mark_stays_with_us(bring):
    bring(iso2709(simple("N1")))
    Title.objects.update(record={**Title.objects.get().record, "local": {"since": "x"}})

    assert b"since" not in export(MARCXML)[1]


def test_command_writes_a_file_of_a_library_or_of_a_search(bring, tmp_path):
    BranchFactory(code="south")
    bring(iso2709(simple_unimarc("N1", "Faro", ("995", "  ", "b", "south", "f", "C1")), UNIMARC_LEADER))
    bring(iso2709(simple("N2", "Nave")))

    def run(*options):
        path = tmp_path / "out.mrc"
        words = io.StringIO()
        call_command("export_marc", str(path), *options, stdout=words)
        return path.read_bytes(), words.getvalue()

    everything, words = run()
    assert b"Faro" in everything
    assert b"Nave" in everything
    assert "2 written" in words
    assert not (tmp_path / "out.mrc.xml").exists()
    assert b"Nave" not in run("--library", "south")[0]
    assert b"Faro" not in run("--search", "nave")[0]
    assert b"Nave" not in run("--dialect", "unimarc", "--container", "marcxml")[0]
    with pytest.raises(CommandError, match="nowhere"):
        run("--library", "nowhere")

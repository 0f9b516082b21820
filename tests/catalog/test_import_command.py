"""`manage.py import_marc`: what it prints and how it ends."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from catalog.models import Title
from tests.catalog.marc.build import UNIMARC_LEADER, iso2709, marcxml, simple, simple_unimarc
from tests.factories.places import BranchFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path):
    """Run the command on some bytes; return what it wrote to standard output and to standard error."""

    def running(data, *options):
        path = tmp_path / "records"
        path.write_bytes(data)
        out, err = io.StringIO(), io.StringIO()
        with translation.override("en"):
            call_command("import_marc", str(path), *options, stdout=out, stderr=err)
        return out.getvalue().splitlines(), err.getvalue().splitlines()

    return running


def test_progress_goes_to_standard_error_and_the_summary_to_standard_output(run):
    out, err = run(b"".join(iso2709(simple(f"N{number}")) for number in range(1100)))
    assert out == [
        "Records: 1100 read, 1100 created, 0 updated, 0 unchanged, 0 refused, 0 repeated; 0 warnings",
        "Copies: 0 created, 0 updated, 0 unchanged, 0 refused",
    ]
    assert [line.split(" records read, ")[0] for line in err] == ["500", "1000", "1100"]
    assert all(line.endswith(" a second") for line in err)


def test_each_problem_is_one_line_with_its_place_and_reason(run):
    good = iso2709(simple("N1"))
    bad = iso2709([("001", "bad"), ("300", "  ", "a", "x")])
    copies = iso2709(simple_unimarc("N3", "T", ("995", "  ", "b", "sud", "f", "C1")), UNIMARC_LEADER)
    out, _err = run(good + bad + iso2709(simple("")) + copies)
    made = Title.objects.get(control_number__startswith="x-").control_number
    third, fourth = len(good + bad), len(good + bad + iso2709(simple("")))
    assert out[:-2] == [
        f"REFUSED: record 2 at byte {len(good)} (bad): it has no title (245 $a)",
        f"warning: record 3 at byte {third} ({made}): no control number; {made} was made from its contents",
        f"COPY REFUSED: record 4 at byte {fourth} (N3): copy C1: no library with the code sud",
    ]
    assert out[-2] == "Records: 4 read, 3 created, 0 updated, 0 unchanged, 1 refused, 0 repeated; 1 warnings"
    assert out[-1] == "Copies: 0 created, 0 updated, 0 unchanged, 1 refused"


def test_options_reach_the_import(run):
    BranchFactory(code="norte")
    data = marcxml(simple_unimarc("N1", "T", ("995", "  ", "f", "C1")), leader=UNIMARC_LEADER)
    out, _err = run(data, "--format", "marcxml", "--branch", "norte", "--source", "prova")
    assert out[-1] == "Copies: 1 created, 0 updated, 0 unchanged, 0 refused"
    assert Title.objects.get().source == "prova"


def test_a_dry_run_says_so_twice_and_writes_nothing(run):
    out, err = run(iso2709(simple("N1")), "--dry-run")
    assert err[0] == "Dry run: nothing will be written."
    assert out[-1] == "Dry run: nothing was written."
    assert out[0].startswith("Records: 1 read, 1 created")
    assert not Title.objects.exists()


def test_it_fails_when_all_records_are_refused(run):
    with pytest.raises(CommandError, match="All records were refused"):
        run(iso2709([("001", "bad"), ("300", "  ", "a", "x")]))


def test_it_succeeds_when_some_come_in_or_nothing_has_changed(run):
    data = iso2709(simple("N1")) + iso2709([("001", "bad"), ("300", "  ", "a", "x")])
    run(data)
    out, _err = run(data)
    assert "1 unchanged, 1 refused" in out[-2]


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        (b"", (), "is empty"),
        (b"plain words", (), "holds no MARC"),
        (iso2709(simple("1")), ("--format", "marcxml"), "is not MARCXML"),
        (iso2709(simple("1")), ("--branch", "nowhere"), "no library, vehicle or metro library with the code nowhere"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(run, data, options, words):
    with pytest.raises(CommandError) as refusal:
        run(data, *options)
    assert str(refusal.value).startswith("Nothing imported: ")
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert refusal.value.returncode == 1


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(CommandError, match=r"none\.mrc"):
        call_command("import_marc", str(tmp_path / "none.mrc"))

"""Records become titles, works, people, subjects and copies; a second import finds nothing to do."""

import io

import pymarc
import pytest
from django.db import connection

from catalog.importing import Level, import_file
from catalog.models import Agent, Contribution, Copy, Subject, Title, Work
from catalog.search import titles_found
from catalog.states import CopyStatus
from milanolib import clock
from tests.catalog.marc.build import (
    MARC21_BOOK,
    UNIMARC_BOOK,
    UNIMARC_LEADER,
    as_json,
    iso2709,
    marcxml,
    simple,
    simple_unimarc,
)
from tests.factories.catalogue import CopyFactory, TitleFactory, WorkFactory
from tests.factories.places import BranchFactory, LockerFactory, MetroLibraryFactory, StopFactory, VehicleFactory

pytestmark = pytest.mark.django_db

WATCHED = (Title, Work, Agent, Subject, Contribution, Copy, Title.subjects.through)


@pytest.fixture
def bring(tmp_path):
    """Import some bytes and return the report."""

    def bringing(data, **options):
        path = tmp_path / "records"
        path.write_bytes(data)
        return import_file(path, **options)

    return bringing


def holding(branch, barcode, shelf_mark="N VER"):
    return ("995", "  ", "b", branch, "f", barcode, "k", shelf_mark, "r", "book")


def with_copies(*holdings, number="1", title="Il faro"):
    return iso2709(simple_unimarc(number, title, *holdings), UNIMARC_LEADER)


def everything():
    return {model: list(model.objects.order_by("pk").values()) for model in WATCHED}


# --- titles


@pytest.mark.parametrize("fields", [MARC21_BOOK, UNIMARC_BOOK], ids=["marc21", "unimarc"])
@pytest.mark.parametrize("container", [iso2709, marcxml])
def test_every_field_of_a_record_can_be_read_back_from_its_title(bring, fields, container):
    BranchFactory(code="norte")
    report = bring(container(fields))
    assert (report.created, report.problems) == (1, [])
    assert Title.objects.get().record["fields"] == as_json(fields)["fields"]


def test_the_record_kept_is_what_pymarc_reads(bring):
    data = iso2709(MARC21_BOOK)
    bring(data)
    assert Title.objects.get().record == next(pymarc.MARCReader(io.BytesIO(data))).as_dict()


def test_a_title_is_written_with_its_work_people_and_subjects(bring):
    bring(iso2709(UNIMARC_BOOK, UNIMARC_LEADER))
    title = Title.objects.get()
    assert (title.source, title.control_number, title.record_format) == ("", "IT\\ICCU\\TST\\0000001", "unimarc")
    assert (title.title, title.year, title.dewey, title.isbns) == (
        "Il faro di carta",
        1999,
        "823.914",
        ["9788800000000", "8800000002"],
    )
    assert (title.work.key, title.work.title) == ("verdi ada/paper lighthouse", "Il faro di carta")
    assert list(title.contributions.values_list("agent__name", "agent__identifier", "role", "position")) == [
        ("Verdi, Ada", "TSTV000001", "author", 0),
        ("Gialli, Eva", "TSTV000002", "translator", 1),
        ("Neri, Ugo", "", "illustrator", 2),
    ]
    assert set(title.subjects.values_list("heading", flat=True)) == {"Fari - Narrativa per ragazzi", "mare", "sorelle"}
    assert title.title_key == title.sort_key == "faro di carta"
    assert titles_found("faro").exists()
    assert title.imported_at is not None


@pytest.mark.parametrize("data", [iso2709(MARC21_BOOK), marcxml(UNIMARC_BOOK, leader=UNIMARC_LEADER)])
def test_a_second_import_changes_nothing(bring, data, monday):
    BranchFactory(code="norte")
    bring(data)
    before = everything()
    monday.shift(3600)
    report = bring(data)
    assert (report.read, report.created, report.updated, report.unchanged) == (1, 0, 0, 1)
    assert (report.copies_created, report.copies_updated, report.copies_unchanged) == (0, 0, 1)
    assert everything() == before


def test_records_without_control_number_do_not_double(bring):
    data = iso2709(simple("", "Primo")) + iso2709(simple("", "Secondo"))
    assert bring(data).created == 2
    report = bring(data)
    assert (report.created, report.unchanged) == (0, 2)
    assert [one.code for one in report.problems] == ["no_control_number"] * 2


def test_a_changed_record_overwrites_what_is_shown_and_keeps_the_title(bring):
    people = [("700", "1 ", "a", "Verdi, Ada"), ("700", "1 ", "a", "Neri, Ugo")]
    bring(iso2709(simple("1", "Il faro", *people, ("650", " 7", "a", "Fari"))))
    title = Title.objects.get()
    report = bring(iso2709(simple("1", "La nave", people[1], ("650", " 7", "a", "Navi"))))
    assert (report.created, report.updated) == (0, 1)
    changed = Title.objects.get()
    assert (changed.pk, changed.title, changed.title_key) == (title.pk, "La nave", "nave")
    assert changed.work_id == title.work_id
    assert [str(one.agent) for one in changed.contributions.all()] == ["Neri, Ugo"]
    assert [str(one) for one in changed.subjects.all()] == ["Navi"]
    assert titles_found("nave").exists()
    assert not titles_found("faro").exists()


def test_the_work_that_staff_have_chosen_stays(bring):
    bring(iso2709(simple("1", "Il faro")))
    chosen = WorkFactory()
    Title.objects.update(work=chosen)
    bring(iso2709(simple("1", "Il faro, nuova edizione")))
    assert Title.objects.get().work == chosen


def test_the_same_number_of_two_sources_is_two_titles(bring):
    data = iso2709(simple("1"))
    bring(data, source="una")
    bring(data, source="altra")
    assert set(Title.objects.values_list("source", "control_number")) == {("una", "1"), ("altra", "1")}


def test_works_people_and_subjects_are_shared(bring):
    more = [("100", "1 ", "a", "Verdi, Ada"), ("650", " 7", "a", "Fari")]
    bring(iso2709(simple("1", "Il faro", *more)) + iso2709(simple("2", "Il faro", *more)))
    bring(iso2709(simple("3", "Il faro", *more)))
    assert (Title.objects.count(), Work.objects.count(), Agent.objects.count(), Subject.objects.count()) == (3, 1, 1, 1)


def test_a_batch_takes_as_many_statements_as_a_single_record(bring, django_assert_max_num_queries):
    BranchFactory(code="norte")

    def data(count):
        return b"".join(
            with_copies(holding("norte", f"C{number}"), number=f"N{number}", title=f"Titolo {number}")
            for number in range(count)
        )

    bring(data(1))
    with django_assert_max_num_queries(30) as one:
        bring(data(3))
    with django_assert_max_num_queries(len(one)):
        bring(data(200))


# --- a record that the database refuses


@pytest.fixture
def poison(db):
    """Make the database refuse one title, as a rule that the importer does not know would."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_title ADD CONSTRAINT no_poison CHECK (title <> 'Veleno')")


def test_one_record_that_the_database_refuses_does_not_lose_its_batch(bring, poison):
    data = b"".join(iso2709(simple(f"N{number}", "Veleno" if number == 5 else "Titolo")) for number in range(1, 21))
    report = bring(data)
    assert (report.read, report.created, report.refused) == (20, 19, 1)
    (problem,) = report.problems
    assert (problem.level, problem.code, problem.position, problem.control_number) == (
        Level.REFUSED,
        "database",
        5,
        "N5",
    )
    assert "no_poison" in problem.reason
    assert Title.objects.count() == 19


# --- dry run


def test_a_dry_run_writes_nothing_and_says_what_would_be(bring):
    BranchFactory(code="norte")
    before = everything()
    data = iso2709(MARC21_BOOK) + with_copies(holding("nowhere", "C9")) + iso2709(simple("2")) + b"00030"
    dry = bring(data, dry_run=True)
    assert everything() == before
    assert dry.dry_run
    real = bring(data)
    for count in ("read", "created", "refused", "copies_created", "copies_refused", "warnings"):
        assert getattr(dry, count) == getattr(real, count)
    assert [one.code for one in dry.problems] == [one.code for one in real.problems]


def test_a_dry_run_meets_what_the_database_would_refuse(bring, poison):
    report = bring(iso2709(simple("1", "Veleno")), dry_run=True)
    assert [one.code for one in report.problems] == ["database"]


# --- copies


def test_copies_come_to_the_shelf_of_the_place_they_belong_to(bring, monday):
    branch, bus, metro = (
        BranchFactory(code="norte"),
        VehicleFactory(code="bibliobus"),
        MetroLibraryFactory(code="metro"),
    )
    report = bring(with_copies(holding("norte", "C1"), holding("BIBLIOBUS", "C2", ""), holding("metro", "C3", "DVD 1")))
    assert (report.copies_created, report.problems) == (3, [])
    assert list(Copy.objects.order_by("barcode").values_list("barcode", "home", "place", "status", "shelf_mark")) == [
        ("C1", branch.pk, branch.pk, CopyStatus.AVAILABLE, "N VER"),
        ("C2", bus.pk, bus.pk, CopyStatus.AVAILABLE, ""),
        ("C3", metro.pk, metro.pk, CopyStatus.AVAILABLE, "DVD 1"),
    ]
    copy = Copy.objects.get(barcode="C1")
    assert copy.is_lendable
    assert copy.status_since == clock.now()
    assert copy.title == Title.objects.get()


@pytest.mark.parametrize(
    ("fields", "barcodes"),
    [
        (simple("1", "T", ("852", "  ", "b", "norte", "p", "C1", "h", "853", "i", "VER")), {"C1": "853 VER"}),
        (simple("1", "T", ("852", "  ", "b", "norte", "p", "C1", "j", "N VER")), {"C1": "N VER"}),
        (simple("1", "T", ("852", "  ", "b", "norte", "h", "853")), {}),
        (simple_unimarc("1", "T", ("950", "  ", "b", "norte", "p", "C1", "d", "N VER")), {"C1": "N VER"}),
        (simple_unimarc("1", "T", ("950", "  ", "a", "Biblioteca", "d", "N VER", "e", "000123")), {}),
        (simple_unimarc("1", "T", ("995", "  ", "b", "norte", "k", "N VER")), {}),
    ],
)
def test_holdings_of_other_fields_count_where_they_carry_a_barcode(bring, fields, barcodes):
    BranchFactory(code="norte")
    assert bring(iso2709(fields)).problems == []
    assert dict(Copy.objects.values_list("barcode", "shelf_mark")) == barcodes


@pytest.mark.parametrize(
    "record",
    [
        simple("1", "T", ("852", "  ", "b", "norte", "p", "C1", "3", "vol. 2")),
        simple_unimarc("1", "T", ("995", "  ", "b", "norte", "f", "C1", "v", "vol. 2")),
    ],
)
def test_a_copy_knows_its_volume_and_a_librarian_s_word_stays(bring, record):
    BranchFactory(code="norte")
    bring(iso2709(record))
    assert Copy.objects.get().volume == "vol. 2"
    Copy.objects.update(volume="3")

    bring(iso2709([*record, ("300", "  ", "a", "altro")]))

    assert Copy.objects.get().volume == "3"
    Copy.objects.update(volume="")
    bring(iso2709([*record, ("300", "  ", "a", "altro ancora")]))
    assert Copy.objects.get().volume == "vol. 2"


@pytest.mark.parametrize(
    ("branch", "code"),
    [("nowhere", "copy_branch_unknown"), ("", "copy_branch_missing"), ("locker", "copy_branch_unknown"),
     ("stop", "copy_branch_unknown")],
)  # fmt: skip
def test_a_copy_of_no_known_library_is_told_and_its_title_comes_in(bring, branch, code):
    LockerFactory(code="locker")
    StopFactory(code="stop")
    report = bring(with_copies(holding(branch, "C1")))
    assert (report.created, report.copies_created, report.copies_refused) == (1, 0, 1)
    assert [(one.level, one.code, one.params["barcode"]) for one in report.problems] == [(Level.COPY, code, "C1")]
    assert not report.has_failed


def test_the_branch_option_takes_copies_of_no_known_library(bring):
    own, default = BranchFactory(code="norte"), BranchFactory(code="sud")
    report = bring(with_copies(holding("norte", "C1"), holding("nowhere", "C2"), holding("", "C3")), branch="sud")
    assert dict(Copy.objects.values_list("barcode", "home")) == {"C1": own.pk, "C2": default.pk, "C3": default.pk}
    assert [(one.level, one.code) for one in report.problems] == [(Level.WARNING, "copy_branch_default")]


def test_a_copy_refused_once_comes_in_when_its_library_is_there_though_the_record_is_unchanged(bring):
    data = with_copies(holding("norte", "C1"))
    bring(data)
    BranchFactory(code="norte")
    report = bring(data)
    assert (report.unchanged, report.copies_created, report.problems) == (1, 1, [])


def test_an_import_never_moves_a_copy_nor_changes_its_status(bring):
    old, new, elsewhere = BranchFactory(code="norte"), BranchFactory(code="sud"), BranchFactory()
    bring(with_copies(holding("norte", "C1"), holding("norte", "C2")))
    Copy.objects.filter(barcode="C1").update(status=CopyStatus.SET_ASIDE, place=elsewhere)
    Copy.objects.filter(barcode="C2").update(status=CopyStatus.ON_LOAN, place=None)
    report = bring(with_copies(holding("sud", "C1", "G VER"), holding("norte", "C2")))
    assert (report.copies_created, report.copies_updated, report.copies_unchanged) == (0, 1, 1)
    assert list(Copy.objects.order_by("barcode").values_list("home", "place", "status", "shelf_mark")) == [
        (new.pk, elsewhere.pk, CopyStatus.SET_ASIDE, "G VER"),
        (old.pk, None, CopyStatus.ON_LOAN, "N VER"),
    ]


def test_a_copy_that_a_record_no_longer_names_stays(bring):
    BranchFactory(code="norte")
    bring(with_copies(holding("norte", "C1")))
    bring(with_copies(title="Il faro, corretto"))
    assert Copy.objects.get().title == Title.objects.get()


def test_a_copy_of_another_title_is_a_conflict_and_is_left_alone(bring):
    copy = CopyFactory(barcode="C1", title=TitleFactory(control_number="OTHER"))
    BranchFactory(code="norte")
    report = bring(with_copies(holding("norte", "C1")))
    assert [(one.level, one.code, one.params) for one in report.problems] == [
        (Level.COPY, "copy_elsewhere", {"barcode": "C1", "title": "OTHER"})
    ]
    assert (Copy.objects.get().title, Copy.objects.get().home) == (copy.title, copy.home)


def test_a_barcode_named_for_two_titles_of_a_file_goes_to_the_first(bring):
    BranchFactory(code="norte")
    report = bring(with_copies(holding("norte", "C1"), number="1") + with_copies(holding("norte", "C1"), number="2"))
    assert Copy.objects.get().title.control_number == "1"
    assert [(one.level, one.code, one.position) for one in report.problems] == [(Level.COPY, "copy_twice", 2)]


def test_copies_of_a_record_repeated_in_the_file_are_kept_from_both(bring):
    BranchFactory(code="norte")
    bring(with_copies(holding("norte", "C1")) + with_copies(holding("norte", "C2")))
    assert set(Copy.objects.values_list("barcode", flat=True)) == {"C1", "C2"}


def test_barcodes_and_shelf_marks_that_do_not_fit_are_told(bring):
    BranchFactory(code="norte")
    report = bring(with_copies(holding("norte", "B" * 41), holding("norte", "C1", "s" * 90)))
    assert [(one.level, one.code) for one in report.problems] == [
        (Level.COPY, "copy_barcode_long"),
        (Level.WARNING, "value_long"),
    ]
    assert Copy.objects.get().shelf_mark == "s" * 79 + "…"

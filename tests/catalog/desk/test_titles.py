"""Adding and correcting titles in the admin: what readers see follows from the record, and imports respect it."""

import pytest

from accounts.models import Act
from catalog.cataloguing import OWN_SOURCE, TitleChanged, give_up_correction
from catalog.importing import import_file
from catalog.models import Title
from catalog.records import as_lines
from catalog.search import titles_found
from tests.catalog.marc.build import MARC21_BOOK, UNIMARC_BOOK, UNIMARC_LEADER, iso2709
from tests.factories import TitleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(tmp_path):
    def bringing(data, **options):
        path = tmp_path / "records"
        path.write_bytes(data)
        return import_file(path, **options)

    return bringing


@pytest.fixture
def book(bring):
    bring(iso2709(UNIMARC_BOOK, UNIMARC_LEADER), source="sbn")
    return Title.objects.get()


def form_of(page):
    """Return what a browser would send of the form on a page."""
    fields = {}
    forms = [page.context["form"], page.context["people"].management_form, *page.context["people"].forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None:
                fields[bound.html_name] = value
    return fields


def test_a_title_is_added_with_a_number_of_ours_and_is_found(desk):
    sent = form_of(desk.get("title_add"))
    sent |= {"title": "Canti  del porto", "year": "2021", "isbns": "9788804668237", "subjects": "Mare\nMilano - Storia"}
    sent |= {"people-0-name": "Rossi, Anna", "people-1-name": "Neri, Ugo", "people-1-role": "illustrator"}

    answer = desk.post("title_add", **sent)

    title = Title.objects.get()
    assert answer["Location"].endswith(f"/titolo/{title.pk}/")
    assert (title.source, title.control_number, title.title, title.year) == (
        OWN_SOURCE, "LOC0000001", "Canti del porto", 2021,
    )  # fmt: skip
    assert title.isbns == ["9788804668237"]
    assert [(one.agent.name, one.role) for one in title.contributions.all()] == [
        ("Rossi, Anna", "author"), ("Neri, Ugo", "illustrator"),
    ]  # fmt: skip
    assert sorted(title.subjects.values_list("heading", flat=True)) == ["Mare", "Milano - Storia"]
    assert list(titles_found("canti porto")) == [title]
    assert Act.objects.get().verb == "add_title"


def test_numbers_of_new_titles_go_on(desk):
    for name in ("Uno", "Due"):
        desk.post("title_add", **form_of(desk.get("title_add")) | {"title": name})

    assert sorted(Title.objects.values_list("control_number", flat=True)) == ["LOC0000001", "LOC0000002"]


def test_a_correction_changes_what_readers_see_and_keeps_all_other_fields(desk, book):
    before = as_lines(book.record)
    sent = form_of(desk.get("title_edit", book.pk))

    answer = desk.post("title_edit", book.pk, **sent | {"publisher": "Altra editrice", "summary": "Nuovo."})

    title = Title.objects.get()
    changed = [line for line in as_lines(title.record) if line not in before]
    assert answer.status_code == 302
    assert (title.publisher, title.summary, title.record_hash) == ("Altra editrice", "Nuovo.", book.record_hash)
    assert changed == ["210    $aMilano $cAltra editrice $d1999", "330    $aNuovo."]
    assert title.imported_at == book.imported_at


def test_saving_without_a_change_marks_nothing(desk, book):
    desk.post("title_edit", book.pk, **form_of(desk.get("title_edit", book.pk)))

    assert Title.objects.get().record == book.record


def test_faults_stand_beside_their_fields_and_nothing_is_lost(desk, book):
    sent = form_of(desk.get("title_edit", book.pk))

    answer = desk.post("title_edit", book.pk, **sent | {"isbns": "9788804668238", "year": "1200", "series": "Mia"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "9788804668238 is no ISBN" in page
    assert "between 1400 and" in page
    assert 'value="Mia"' in page
    assert Title.objects.get().record == book.record


def test_the_second_window_is_told_and_loses_nothing(desk, book):
    first, second = form_of(desk.get("title_edit", book.pk)), form_of(desk.get("title_edit", book.pk))
    desk.post("title_edit", book.pk, **first | {"publisher": "Prima"})

    answer = desk.post("title_edit", book.pk, **second | {"series": "Mia collana"})
    again = desk.post("title_edit", book.pk, **form_of(answer) | {"publisher": "Prima"})

    assert answer.status_code == 422
    assert str(TitleChanged()) in answer.content.decode().replace("&#x27;", "'")
    assert 'value="Mia collana"' in answer.content.decode()
    assert again.status_code == 302
    title = Title.objects.get()
    assert (title.publisher, title.series) == ("Prima", "Mia collana")


def test_all_fields_are_corrected_as_lines(desk, book):
    page = desk.get("title_lines", book.pk)
    lines = [row["text"] for row in page.context["rows"]]
    lines = [line.replace("$cEditrice di Prova", "$cAltra") for line in lines] + ["300 ## $aNota del catalogatore"]

    answer = desk.post("title_lines", book.pk, line=lines, version=page.context["version"])

    title = Title.objects.get()
    assert answer.status_code == 302
    assert title.publisher == "Altra"
    assert "300    $aNota del catalogatore" in as_lines(title.record)


def test_a_bad_line_is_told_beside_it_and_all_lines_stay(desk, book):
    page = desk.get("title_lines", book.pk)
    lines = [row["text"] for row in page.context["rows"]]

    answer = desk.post("title_lines", book.pk, line=[*lines, "20 $aX"], version=page.context["version"])

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "three digits" in text
    assert 'aria-invalid="true"' in text
    assert "20 $aX" in text
    assert Title.objects.get().record == book.record


def test_second_window_of_lines_is_told(desk, book):
    page = desk.get("title_lines", book.pk)
    lines = [row["text"] for row in page.context["rows"]]
    desk.post("title_lines", book.pk, line=[*lines, "300    $aUna"], version=page.context["version"])

    answer = desk.post("title_lines", book.pk, line=[*lines, "300    $aDue"], version=page.context["version"])

    assert answer.status_code == 422
    assert "300    $aDue" in answer.content.decode()
    assert "300    $aDue" not in as_lines(Title.objects.get().record)


def corrected(desk, book):
    desk.post("title_edit", book.pk, **form_of(desk.get("title_edit", book.pk)) | {"publisher": "Nostra"})
    return Title.objects.get()


def test_the_unchanged_source_does_not_undo_a_correction(desk, book, bring):
    corrected(desk, book)

    report = bring(iso2709(UNIMARC_BOOK, UNIMARC_LEADER), source="sbn")

    assert (report.unchanged, report.warnings) == (1, 0)
    assert Title.objects.get().publisher == "Nostra"


def test_a_changed_source_is_told_and_ours_is_kept_until_it_is_given_up(desk, book, bring):
    title = corrected(desk, book)
    newer = iso2709([*UNIMARC_BOOK, ("300", "  ", "a", "Nota della fonte")], UNIMARC_LEADER)

    report = bring(newer, source="sbn")
    assert [problem.code for problem in report.problems if problem.code != "copy_branch_unknown"] == ["local_kept"]
    assert Title.objects.get().publisher == "Nostra"
    assert "corrected here" in desk.get("title_edit", title.pk).content.decode()

    desk.post("title_give_up", title.pk)
    bring(newer, source="sbn")

    title = Title.objects.get()
    assert title.publisher == "Editrice di Prova"
    assert "300    $aNota della fonte" in as_lines(title.record)


def test_a_title_of_ours_has_no_source_to_go_back_to(desk):
    desk.post("title_add", **form_of(desk.get("title_add")) | {"title": "Nostro"})
    title = Title.objects.get()

    give_up_correction(title, actor=None)

    assert Title.objects.get().record == title.record


def test_a_marc21_title_is_corrected_in_its_own_dialect(desk, bring):
    bring(iso2709(MARC21_BOOK))
    title = Title.objects.get()

    desk.post("title_edit", title.pk, **form_of(desk.get("title_edit", title.pk)) | {"publisher": "Altra"})

    title = Title.objects.get()
    assert (title.publisher, title.record_format) == ("Altra", "marc21")
    assert "264  1 $aMilano : $bAltra, $c[1999]" in as_lines(title.record)


def test_a_title_that_came_without_a_record_gets_one(desk):
    title = TitleFactory()

    desk.post("title_edit", title.pk, **form_of(desk.get("title_edit", title.pk)) | {"publisher": "Casa"})

    title = Title.objects.get()
    assert title.publisher == "Casa"
    assert title.record["fields"][0] == {"001": title.control_number}


@pytest.mark.parametrize("name", ["title_add", "title_edit", "title_lines"])
def test_only_cataloguers_open_these_pages(name, desk, clerk, book):
    parts = [] if name == "title_add" else [book.pk]

    assert desk.get(name, *parts).status_code == 200
    assert clerk.get(name, *parts).status_code == 403
    assert clerk.post(name, *parts, title="Preso").status_code == 403
    assert clerk.post("title_give_up", book.pk).status_code == 403
    assert Title.objects.get().title == book.title

"""Covers put up one by one and many at once; files of records to take away."""

import io
import zipfile

import pytest
from PIL import Image

from catalog.desk_views.covers import title_of_file
from catalog.importing import import_file
from catalog.models import Cover, Title
from tests.catalog.marc.build import UNIMARC_LEADER, iso2709, marcxml, simple, simple_unimarc
from tests.factories import CopyFactory, TitleFactory

pytestmark = pytest.mark.django_db


def picture(colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (60, 90), colour).save(out, "PNG")
    return out.getvalue()


def test_a_cover_is_put_up_and_taken_down(desk, upload):
    title = TitleFactory()

    desk.post("title_cover", title.pk, file=upload(picture(), "x.png"))
    up = Cover.objects.get().title
    desk.post("title_cover", title.pk, down="1")

    assert up == title
    assert not Cover.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"), [(b"no picture", "no picture that we can read"), (None, "Choose a picture")]
)
def test_what_is_no_picture_is_told(desk, upload, data, words):
    title = TitleFactory()

    answer = desk.post("title_cover", title.pk, **({"file": upload(data, "x.png")} if data else {}))

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_many_files_find_their_titles_by_name(desk, upload):
    by_isbn = TitleFactory(isbns=["9788804668237"])
    by_number = TitleFactory(control_number="ABC1")
    TitleFactory(control_number="TWICE", source="a")
    TitleFactory(control_number="TWICE", source="b")
    files = [upload(picture(), name) for name in ("978-88-04-66823-7.png", "ABC1.png", "TWICE.png", "nobody.png")] + [
        upload(b"x", "8804668237.png")
    ]

    page = desk.post("covers", files=files)

    assert set(Cover.objects.values_list("title", flat=True)) == {by_isbn.pk, by_number.pk}
    assert [bool(problem) for _name, _title, problem in page.context["rows"]] == [False, False, True, True, True]
    assert title_of_file("") is None


def test_only_librarians_put_covers_up(desk, clerk, upload):
    title = TitleFactory()

    assert desk.get("title_cover", title.pk).status_code == 200
    assert desk.get("covers").status_code == 200
    assert clerk.post("title_cover", title.pk, file=upload(picture(), "x.png")).status_code == 403
    assert clerk.post("covers", files=[upload(picture(), "x.png")]).status_code == 403


@pytest.fixture
def records(tmp_path):
    def bring(data):
        path = tmp_path / "records"
        path.write_bytes(data)
        import_file(path, source="prova")

    return bring


def test_what_a_search_finds_in_a_library_is_exported(desk, records, network):
    records(iso2709(simple_unimarc("N1", "Il faro"), UNIMARC_LEADER) + iso2709(simple("N2", "La nave")))
    CopyFactory(title=Title.objects.get(control_number="N1"), home=network.south)

    found = desk.post("exports", words="faro", container="marcxml")
    ours = desk.post("exports", library=network.south.pk, container="iso2709")
    nothing = desk.post("exports", words="zzz", container="iso2709")

    assert b"faro" in found.content
    assert b"nave" not in found.content
    assert ours["Content-Disposition"] == 'attachment; filename="titles.mrc"'
    assert ours.content[-1:] == b"\x1d"
    assert b"nave" not in ours.content
    assert nothing.status_code == 422


def test_what_iso_2709_cannot_hold_comes_beside_with_a_word(desk, records):
    records(iso2709(simple("N1")))
    records(marcxml(simple("N2", "Lungo", ("520", "  ", "a", "y" * 10_000))))

    answer = desk.post("exports", container="iso2709")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        assert sorted(bundle.namelist()) == ["README.txt", "titles-beside.xml", "titles.mrc"]
        assert "N2" in bundle.read("README.txt").decode()


def test_too_many_titles_are_for_the_command(desk, records, monkeypatch):
    records(iso2709(simple("N1")) + iso2709(simple("N2")))
    monkeypatch.setattr("catalog.desk_views.exports.MOST_TITLES", 1)

    answer = desk.post("exports", container="iso2709")

    assert answer.status_code == 422
    assert "more than 1 titles" in answer.content.decode()


def test_only_who_sees_titles_exports_them(desk, clerk):
    assert desk.get("exports").status_code == 200
    assert clerk.get("exports").status_code == 403

"""Labels: what comes out of the printer is read by a scanner and says what it should."""

import pypdfium2
import pytest
import zxingcpp

from catalog.labels_pdf import LAYOUTS, SPINES, labels_pdf, spine_lines
from milanolib import clock
from tests.factories import CopyFactory, TitleFactory

pytestmark = pytest.mark.django_db


def read(pdf):
    """Return for each page the barcodes that a scanner reads, and the text."""
    document = pypdfium2.PdfDocument(pdf)
    pages = []
    for page in document:
        picture = page.render(scale=4).to_pil()
        text = page.get_textpage().get_text_bounded()
        pages.append((sorted(one.text for one in zxingcpp.read_barcodes(picture)), text))
    return pages


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("barcode", ["MI000001016", "0070700012345", "Ab-12.x/9"])
def test_a_barcode_comes_out_as_it_went_in(layout, barcode):
    copy = CopyFactory(barcode=barcode, shelf_mark="N CAL", title=TitleFactory(title="Il barone rampante"))

    pages = read(labels_pdf([copy], layout=layout))

    assert [code for codes, _text in pages for code in codes] == [barcode]
    text = " ".join(text for _codes, text in pages)
    for words in (barcode, "barone rampante", "N", "CAL", copy.home.name):
        assert words in text


def test_a_sheet_takes_twenty_four_and_begins_where_it_was_left():
    copies = [CopyFactory(barcode=f"MI{number:09d}", shelf_mark="N CAL") for number in range(13)]

    whole = read(labels_pdf(copies[:12], layout="a4-3x8"))
    begun = read(labels_pdf(copies[:12], layout="a4-3x8", start=24))

    assert [len(codes) for codes, _text in whole] == [12]
    assert [len(codes) for codes, _text in begun] == [1, 11]
    assert whole[0][0] == [copy.barcode for copy in copies[:12]]


def test_spine_labels_have_a_word_a_line():
    assert spine_lines("R N VERGAMINI-12") == ("R", "N", "VERGAMIN", "I-12")
    pages = read(labels_pdf([CopyFactory(shelf_mark="R N VER")], layout="roll-60x30", kind=SPINES))
    assert pages[0][0] == []
    assert pages[0][1].split() == ["R", "N", "VER"]


def test_labels_of_today_of_chosen_copies_and_of_a_range(desk, network):
    copies = [
        CopyFactory(barcode=code, home=network.south, added_on=clock.today()) for code in ("MI000000018", "MI000000026")
    ]
    CopyFactory(barcode="MI000000034", home=network.north)
    paper = {"layout": "a4-3x8", "kind": "barcodes", "start": "1"}

    today = desk.post("labels", which="today", **paper)
    chosen = desk.post("labels", which="chosen", barcodes="mi000000034\nMI000000018", **paper)
    ranged = desk.post("labels", which="range", first="MI000000026", last="MI000000034", **paper)

    assert today["Content-Type"] == "application/pdf"
    assert read(today.content)[0][0] == [copy.barcode for copy in copies]
    assert read(chosen.content)[0][0] == ["MI000000018", "MI000000034"]
    assert read(ranged.content)[0][0] == ["MI000000026", "MI000000034"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"which": "today"}, "Nothing was added"),
        ({"which": "chosen", "barcodes": "X1"}, "No copy has these barcodes: X1"),
        ({"which": "chosen", "barcodes": ""}, "at least one"),
        ({"which": "range", "first": "a", "last": "b"}, "No copy has a barcode from"),
    ],
)
def test_what_cannot_be_printed_is_said(desk, sent, words):
    answer = desk.post("labels", layout="a4-3x8", kind="both", start="1", **sent)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_only_librarians_print_labels(desk, clerk):
    assert desk.get("labels").status_code == 200
    assert clerk.get("labels").status_code == 403

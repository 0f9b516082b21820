"""What the desk prints is read by a scanner and says what it should, and nobody's name."""

import pypdfium2
import pytest
import zxingcpp

from loans.slips_pdf import PAPERS, ROLL, SHEET
from tests.factories import CopyFactory, ReaderFactory

WIDTHS = {ROLL: 80, SHEET: 210}


def read(answer):
    """Return for each page its width in millimetres, the codes that a scanner reads, and the text."""
    assert answer["Content-Type"] == "application/pdf"
    pages = []
    for page in pypdfium2.PdfDocument(answer.content):
        codes = zxingcpp.read_barcodes(page.render(scale=4).to_pil())
        text = " ".join(page.get_textpage().get_text_bounded().split())
        pages.append((round(page.get_width() / 72 * 25.4), sorted(code.text for code in codes), text))
    return pages


@pytest.fixture(params=PAPERS)
def paper(request, desk):
    desk.post("desk_paper", paper=request.param)
    return WIDTHS[request.param]


@pytest.fixture
def reader(db):
    return ReaderFactory(given_name="Ada", family_name="Negri")


def test_slip_of_the_hold_shelf_says_label_day_and_barcode(desk, paper, story, network, reader):
    hold, copy = story.ready(CopyFactory(home=network.south).title, pickup=network.south, reader=reader)

    [(width, codes, text)] = read(desk.get("desk_slip", copy.pk))

    assert width == paper
    assert codes == [copy.barcode]
    assert f"A.N. {reader.card_number[-4:]}" in text
    assert "until Monday 9 March" in text
    assert "Negri" not in text
    assert hold.pickup_code not in text


def test_slip_of_a_journey_says_where_to_and_why(desk, paper, network):
    copy = CopyFactory(home=network.north)
    desk.scan("desk_counter", copy.barcode)

    [(width, codes, text)] = read(desk.get("desk_slip", copy.pk))

    assert width == paper
    assert codes == [copy.barcode]
    assert str(network.north) in text
    assert "back to its library" in text


def test_tag_of_a_parcel_is_a_square_with_its_number_and_names_nobody(desk, paper, story, network, reader):
    _hold, copy, parcel = story.packed(
        CopyFactory(home=network.south, title__work__title="Canti orfici").title, reader=reader
    )

    [(width, codes, text)] = read(desk.get("desk_tag_pdf", parcel.tag))
    same = read(desk.get("desk_slip", copy.pk))

    assert width == paper
    assert codes == [parcel.tag]
    assert same == [(width, codes, text)]
    assert str(parcel.shelf_number) in text
    assert str(network.newsstand) in text
    assert not {"Canti", "Negri", reader.card_number[-4:]} & set(text.split())


def test_receipt_says_titles_and_days_and_no_name(desk, paper, story, network, reader):
    copies = CopyFactory.create_batch(9, home=network.south, title__work__title="Il barone rampante")
    for copy in copies:
        story.lent(copy, reader=reader)

    pages = read(desk.get("desk_receipt", desk.greets(reader)))

    text = " ".join(text for _width, _codes, text in pages)
    assert len(pages) == 1
    assert pages[0][0] == paper
    assert text.count("Il barone rampante") == len(copies)
    assert "1 aprile 2026" in text, "in Italian, for a reader who has not chosen another language"
    assert "Negri" not in text


@pytest.mark.parametrize(("paper", "pages"), [(ROLL, 9), (SHEET, 2)])
def test_slips_of_a_stack_come_in_one_print(paper, pages, desk, story, network):
    desk.post("desk_paper", paper=paper)
    for copy in CopyFactory.create_batch(9, home=network.north):
        desk.scan("desk_counter", copy.barcode)
        story.later(seconds=1)
    desk.scan("desk_counter", CopyFactory(home=network.south).barcode)

    printed = read(desk.get("desk_stack_slips"))

    assert len(printed) == pages
    assert sum(len(codes) for _width, codes, _text in printed) == 9


def test_stack_without_slips_says_so(desk, network):
    desk.scan("desk_counter", CopyFactory(home=network.south).barcode)

    assert desk.said(desk.get("desk_stack_slips")) == ["Nothing of this stack needs a slip."]


def test_pick_list_is_printed_in_shelf_order(desk, story, network):
    for mark in ("N PAV", "N CAL"):
        story.hold(CopyFactory(home=network.south, shelf_mark=mark).title, pickup=network.newsstand)

    [(width, _codes, text)] = read(desk.get("desk_pick_pdf"))

    assert width == 210
    assert text.index("N CAL") < text.index("N PAV")
    assert str(network.newsstand) in text


def test_long_names_stay_on_their_slip(desk, story, network):
    network.north.name = "Biblioteca di quartiere con un nome lunghissimo che nessuno ha mai detto per intero"
    network.north.save()
    copy = CopyFactory(home=network.north, barcode="0070700012345678")
    desk.scan("desk_counter", copy.barcode)

    [(_width, codes, text)] = read(desk.get("desk_slip", copy.pk))

    assert codes == [copy.barcode]
    assert "per intero" in text


def test_slips_of_another_desk_are_not_printed_here(desk, other_desk, story, network, reader):
    _hold, copy = story.ready(CopyFactory(home=network.south).title, pickup=network.south)
    _other, _copy, parcel = story.packed(CopyFactory(home=network.south).title)

    assert other_desk.get("desk_slip", copy.pk).status_code == 404
    assert other_desk.get("desk_tag_pdf", parcel.tag).status_code == 404
    assert desk.get("desk_slip", CopyFactory(home=network.south).pk).status_code == 404
    assert desk.get("desk_receipt", "no-visit").status_code == 404


def test_paper_that_is_none_changes_nothing(desk):
    desk.post("desk_paper", paper=SHEET)
    desk.post("desk_paper", paper="papyrus")

    assert desk.get("desk_counter").context["paper"] == SHEET

"""The pass on paper, printed at the desk for who has no phone or no sign-in."""

import datetime as dt
import re

import pypdfium2
import pytest
import zxingcpp
from django.core.cache import cache

from accounts.models import Act, StaffView
from milanolib import clock
from partnerships.errors import CardNotVerified
from partnerships.passes import count_use, print_at_desk
from tests.factories import BranchFactory, LibrarianFactory, ReaderFactory
from tests.loans.desk.conftest import Desk
from tests.partnerships.conftest import make_agreement
from tests.story import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_counts():
    cache.clear()


@pytest.fixture
def desk(db):
    branch = BranchFactory(code="sormani")
    return Desk(LibrarianFactory(desk=branch), branch)


def text_of(answer):
    return " ".join(answer.content.decode().split())


def printed(answer):
    """Return what stands on a sheet, and the codes as a scanner reads them."""
    assert answer["Content-Type"] == "application/pdf"
    (page,) = pypdfium2.PdfDocument(answer.content)
    squares = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    return page.get_textpage().get_text_bounded(), [square.text for square in squares]


def test_sheet_is_printed_for_who_has_no_sign_in_and_each_of_its_codes_counts_once(desk, agreement):
    reader = ReaderFactory()
    page = text_of(desk.get("reader", reader.pk))
    assert f"/lettori/{reader.pk}/pass/" in page
    assert "Print the pass" in text_of(desk.get("reader_pass", reader.pk))

    answer = desk.post("reader_pass", reader.pk)
    text, codes = printed(answer)
    assert "no-store" in answer["Cache-Control"]
    assert len(set(codes)) == 4
    for name in (reader.given_name, reader.family_name, reader.card_number):
        assert name not in text
    for code in codes:
        count_use(agreement, code)
    assert fresh(agreement).uses == 4


def test_sheet_says_the_age_where_it_was_asked_for_and_is_known(desk):
    adults = make_agreement(adults_only=True)
    adult, unknown = ReaderFactory(), ReaderFactory(born_on=None)
    _text, codes = printed(desk.post("reader_pass", adult.pk, age="1"))

    assert count_use(adults, codes[0]).agreement.uses == 1
    assert 'name="age"' in text_of(desk.get("reader_pass", adult.pk))
    assert 'name="age"' not in text_of(desk.get("reader_pass", unknown.pk))


def test_sheet_is_for_who_serves_readers_at_a_desk(desk):
    reader = ReaderFactory()
    clerk = Desk(LibrarianFactory(desk=desk.place), desk.place)
    clerk.user.groups.clear()
    reader_herself = Desk(ReaderFactory(signs_in=True).user, desk.place)
    for one, status in ((desk, 200), (clerk, 403), (reader_herself, 302)):
        assert one.get("reader_pass", reader.pk).status_code == status
        assert one.post("reader_pass", reader.pk).status_code == status
    assert desk.get("reader_pass", 999_999).status_code == 404
    elsewhere = Desk(desk.user, BranchFactory())  # a page that was loaded at another desk
    assert elsewhere.post("reader_pass", reader.pk).status_code == 302
    assert Act.objects.filter(verb="print_pass").count() == 1


def suspended(story):
    """A reader who brought something back late."""
    reader = ReaderFactory()
    (copy,) = story.copies(1)
    story.lent(copy, reader=reader)
    story.later(days=40)
    story.given_back(copy)
    return reader


def test_card_that_gets_no_pass_is_told_why_before_and_after_the_button(desk, story):
    late = suspended(story)
    yesterday = clock.today() - dt.timedelta(days=1)
    for reader, why in (
        (ReaderFactory(provisional=True), "provisional"),
        (ReaderFactory(card_expires_on=yesterday), "expired"),
        (late, "given back late"),
        (ReaderFactory(status="closed"), "closed"),
    ):
        shown, sent = desk.get("reader_pass", reader.pk), desk.post("reader_pass", reader.pk)
        assert (shown.status_code, sent.status_code) == (200, 422)
        for answer in (shown, sent):
            page = text_of(answer)
            assert re.search(rf"No sheet can be printed.+{why}", page)
            assert 'type="submit">' not in page.split('class="desk-page"')[1]
    assert not Act.objects.filter(verb="print_pass").exists()


def test_so_many_sheets_are_printed_for_a_card_a_day(desk):
    reader, other = ReaderFactory(), ReaderFactory()
    answers = [desk.post("reader_pass", reader.pk) for _time in range(7)]

    assert [one.status_code for one in answers] == [200] * 6 + [422]
    assert "6 sheets were printed for this card" in text_of(answers[-1])
    assert desk.post("reader_pass", other.pk).status_code == 200


def test_print_at_desk_writes_down_who_printed_and_not_for_whom(desk):
    reader = ReaderFactory()
    sheet = print_at_desk(reader, actor=desk.user, place_code="sormani")
    with pytest.raises(CardNotVerified):
        print_at_desk(ReaderFactory(provisional=True), actor=desk.user, place_code="sormani")

    (act,) = Act.objects.filter(staff=desk.user)
    assert (act.verb, act.subject, act.place_code, act.reason) == ("print_pass", "pass", "sormani", "")
    desk.get("reader_pass", reader.pk)
    (view,) = StaffView.objects.all()
    assert (view.reader, view.page) == (reader, "desk: pass")
    assert len(sheet.codes) == 4

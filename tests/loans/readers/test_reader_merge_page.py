"""The page on which two cards become one."""

from django.urls import reverse

from accounts.cards_of_readers import report_card_lost
from accounts.models import ReaderStatus, StaffView
from tests.factories import ReaderFactory
from tests.story import fresh


def test_merge_page_is_for_who_serves_readers(desk, clerk):
    reader = ReaderFactory()

    assert desk.get("reader_merge", reader.pk).status_code == 200
    assert clerk.get("reader_merge", reader.pk).status_code == 403
    assert clerk.post("reader_merge", reader.pk, keep=reader.pk).status_code == 403


def test_merge_page_finds_the_other_card_but_never_the_same(desk):
    reader, other = ReaderFactory(family_name="Rossi"), ReaderFactory(family_name="Rossi")

    by_name = desk.post("reader_merge", reader.pk, scan="rossi").content.decode()
    by_card = desk.post("reader_merge", reader.pk, scan=other.card_number).content.decode()

    for page in (by_name, by_card):
        assert f"?with={other.pk}" in page
        assert f"?with={reader.pk}" not in page
    assert b"at least three letters" in desk.post("reader_merge", reader.pk, scan="r").content


def test_merge_page_shows_both_and_what_would_move_and_writes_both_views_down(desk, story):
    reader, other = ReaderFactory(), ReaderFactory()
    story.lent(story.copies(1)[0], reader=other)

    page = desk.client.get(f"{reverse('admin:reader_merge', args=[reader.pk])}?with={other.pk}").content.decode()

    assert reader.card_number in page
    assert other.card_number in page
    assert page.count('name="keep"') == 2
    assert set(StaffView.objects.values_list("reader", flat=True)) == {reader.pk, other.pk}
    assert fresh(other).status == ReaderStatus.VERIFIED


def test_merge_joins_as_chosen_and_again_leads_to_the_kept_one(desk, story):
    reader, other = ReaderFactory(), ReaderFactory()
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=reader)

    answers = [desk.post("reader_merge", reader.pk, **{"with": other.pk, "keep": other.pk}) for _time in range(2)]

    assert [answer["Location"] for answer in answers] == [reverse("admin:reader", args=[other.pk])] * 2
    assert (fresh(loan).reader, fresh(reader).merged_into) == (other, other)


def test_merge_says_on_the_page_why_not(desk):
    reader = ReaderFactory()
    closed = ReaderFactory(status=ReaderStatus.CLOSED)

    answer = desk.post("reader_merge", reader.pk, **{"with": closed.pk, "keep": closed.pk})

    assert answer.status_code == 422
    assert b"This card is closed" in answer.content
    assert fresh(reader).merged_into is None


def test_merge_with_a_card_that_is_gone_changes_nothing(desk):
    reader = ReaderFactory()

    for other in ("", "0", "x", "9" * 30, str(reader.pk)):
        said = desk.said(desk.post("reader_merge", reader.pk, **{"with": other, "keep": reader.pk}))
        assert said == ["This card is no longer there: look for it again."]


def test_merge_page_knows_lost_cards(desk):
    reader = ReaderFactory()
    lost = reader.card_number
    report_card_lost(reader, lost, actor=None)

    assert reader.card_number in desk.post("reader_merge", ReaderFactory().pk, scan=lost).content.decode()

"""A reader's page, and what can be done there."""

import datetime as dt

import pypdfium2
import pytest
import zxingcpp
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.desk_notes import write_desk_note
from accounts.guardians import link_guardian
from accounts.models import Act, DeskNote, Guardianship, ReaderStatus, StaffView
from accounts.services import enrol
from loans.cards_pdf import card_pdf
from tests.factories import GuardianshipFactory, LibrarianFactory, ReaderFactory, UserFactory
from tests.story import fresh

ACTS = [
    "reader_verify",
    "reader_renew",
    "reader_lost",
    "reader_close",
    "reader_reopen",
    "reader_note",
    "reader_guardian",
]
CHILDHOOD = dt.date(2014, 1, 1)


def text_of(answer):
    return " ".join(answer.content.decode().split())


# --- Looking


def test_reader_page_opens_for_who_serves_readers_and_is_written_down(desk, clerk):
    reader = ReaderFactory()

    assert desk.get("reader", reader.pk).status_code == 200
    assert clerk.get("reader", reader.pk).status_code == 403
    assert desk.get("reader", 0).status_code == 404
    view = StaffView.objects.get()
    assert (view.staff, view.reader, view.page) == (desk.user, reader, "desk: reader")


@pytest.mark.parametrize("act", ACTS)
def test_acts_on_a_reader_are_for_who_serves_readers_by_a_form_of_this_desk(desk, clerk, network, act):
    reader = enrol(given_name="Ada")

    assert clerk.post(act, reader.pk).status_code == 403
    assert desk.get(act, reader.pk).status_code == 405
    elsewhere = desk.post(act, reader.pk, desk=network.north.pk)
    assert elsewhere["Location"] == reverse("admin:desk_place")
    assert (fresh(reader).card_number, fresh(reader).status) == (reader.card_number, ReaderStatus.PROVISIONAL)
    assert not Act.objects.exists()


def test_reader_page_shows_what_the_desk_needs_and_never_the_codice_fiscale(desk, story):
    reader = enrol(given_name="Suharto", tax_code="RSSMRA80A01F205X")
    copy = story.copies(1)[0]
    story.lent(copy, reader=reader)
    write_desk_note(reader, "Reads lips", actor=desk.user)

    page = text_of(desk.get("reader", reader.pk))

    for words in ("Suharto", reader.card_number, "Reads lips", "on record", "provisional", "none seen yet"):
        assert words in page
    assert "RSSMRA80A01F205X" not in page
    assert copy.title.title not in page


def test_reader_page_takes_as_many_statements_for_three_as_for_one(desk):
    def statements(number):
        child = ReaderFactory(born_on=CHILDHOOD, signs_in=True)
        for count in range(number):
            GuardianshipFactory(child=child, guardian=ReaderFactory(signs_in=True).user)
            GuardianshipFactory(guardian=child.user)
            write_desk_note(child, f"note {count}", actor=LibrarianFactory())
        with CaptureQueriesContext(connection) as seen:
            desk.get("reader", child.pk)
        return len(seen)

    assert statements(1) == statements(3)


def test_reader_page_of_a_joined_card_leads_to_the_valid_one(desk):
    kept = ReaderFactory()
    reader = ReaderFactory(status=ReaderStatus.CLOSED, merged_into=kept)

    page = text_of(desk.get("reader", reader.pk))

    assert reverse("admin:reader", args=[kept.pk]) in page
    assert "Open the card again" not in page


# --- Doing


def test_verify_takes_a_document_of_any_country(desk):
    reader = enrol(given_name="Ada")

    said = desk.said(
        desk.post(
            "reader_verify", reader.pk, **{"document-document_kind": "passport", "document-document_country": "phl"}
        )
    )

    assert said == ["Verified: every point of the network is open to this reader now."]
    stored = fresh(reader)
    assert (stored.status, stored.document_kind, stored.document_country) == ("verified", "passport", "PHL")


@pytest.mark.parametrize(("kind", "country"), [("", "ITA"), ("passport", ""), ("passport", "1"), ("x", "ITA")])
def test_verify_asks_for_both_and_keeps_what_was_typed(desk, kind, country):
    reader = enrol(given_name="Ada")

    answer = desk.post(
        "reader_verify", reader.pk, **{"document-document_kind": kind, "document-document_country": country}
    )

    assert answer.status_code == 422
    assert f'value="{country}"' in answer.content.decode() or not country
    assert fresh(reader).status == ReaderStatus.PROVISIONAL


def test_renew_says_the_new_last_day(monday, desk):
    reader = ReaderFactory(card_expires_on=dt.date(2025, 1, 1))

    said = desk.said(desk.post("reader_renew", reader.pk))

    assert said == ["The card is valid until 2 March 2031."]


def test_lost_card_pressed_twice_is_replaced_once(desk):
    reader = ReaderFactory()
    lost = reader.card_number

    said = [desk.said(desk.post("reader_lost", reader.pk, card=lost)) for _time in range(2)]

    assert said[0] == said[1]
    assert fresh(reader).card_number in said[0][0]
    assert reader.old_cards.count() == 1
    assert lost in text_of(desk.get("reader", reader.pk))


def test_close_says_on_the_page_itself_what_is_still_open(desk, story):
    reader = ReaderFactory()
    copy = story.copies(1)[0]
    story.lent(copy, reader=reader)

    answer = desk.post("reader_close", reader.pk, **{"close-reason": "moved away"})

    assert answer.status_code == 422
    assert copy.title.title in answer.content.decode()
    assert 'value="moved away"' in answer.content.decode()
    assert copy.title.title not in str(dict(desk.client.session))
    assert copy.title.title not in str(desk.client.cookies)


def test_close_and_reopen(desk):
    reader = ReaderFactory()

    closed = desk.said(desk.post("reader_close", reader.pk, **{"close-reason": "moved away"}))
    assert "Open the card again" in text_of(desk.get("reader", reader.pk))
    opened = desk.said(desk.post("reader_reopen", reader.pk))

    assert closed == ["The card is closed."]
    assert opened == ["The card is open again. Look at its last day."]
    assert Act.objects.get(verb="close_card").reason == "moved away"


def test_notes_are_written_and_removed(desk):
    reader = ReaderFactory()

    desk.post("reader_note", reader.pk, **{"note-text": "Reads lips"})
    note = DeskNote.objects.get()
    desk.post("reader_note_remove", ReaderFactory().pk, note.pk)
    assert DeskNote.objects.exists(), "the page of another reader"
    said = [desk.said(desk.post("reader_note_remove", reader.pk, note.pk))[-1] for _time in range(2)]

    assert said == ["The note is gone."] * 2
    assert not DeskNote.objects.exists()


def test_an_empty_or_endless_note_is_refused(desk):
    reader = ReaderFactory()

    for text in ("", "x" * 301, "\x00"):
        assert desk.post("reader_note", reader.pk, **{"note-text": text}).status_code == 422
    assert not DeskNote.objects.exists()


# --- Guardians


def test_guardians_are_linked_by_card_and_ended(desk):
    child, parent = ReaderFactory(born_on=CHILDHOOD), ReaderFactory(signs_in=True)

    desk.post("reader_guardian", child.pk, **{"guardian-guardian": parent.card_number})
    link = Guardianship.objects.get()
    assert str(parent.user) in text_of(desk.get("reader", child.pk))
    assert child.card_number in text_of(desk.get("reader", parent.pk))
    desk.post("reader_titles", child.pk, link.pk, shows="1")
    assert fresh(link).shows_titles
    desk.post("reader_titles", child.pk, link.pk, shows="0")
    desk.post("reader_guardian_end", child.pk, link.pk)

    assert not fresh(link).shows_titles
    assert fresh(link).ended_at
    assert child.card_number not in text_of(desk.get("reader", parent.pk))


def test_guardian_unknown_is_told_and_stays_in_the_field(desk):
    child = ReaderFactory(born_on=CHILDHOOD)

    answer = desk.post("reader_guardian", child.pk, **{"guardian-guardian": "nobody@example.org"})

    assert answer.status_code == 422
    assert 'value="nobody@example.org"' in answer.content.decode()


def test_guardianship_of_another_child_is_not_found(desk):
    child = ReaderFactory(born_on=CHILDHOOD)
    link = link_guardian(child, UserFactory(), actor=None)

    for page in ("reader_guardian_end", "reader_titles"):
        assert desk.post(page, ReaderFactory().pk, link.pk).status_code == 404
    assert fresh(link).ended_at is None


def test_an_adults_page_asks_for_no_guardian(desk):
    assert "Guardian" not in text_of(desk.get("reader", ReaderFactory().pk))


# --- The card


def test_card_is_printed_with_bars_that_scan(desk, clerk):
    reader = ReaderFactory(given_name="Maria Assunta Immacolata", family_name="de' Liguori Sanseverino di Bisignano")

    answer = desk.get("reader_card", reader.pk)
    document = pypdfium2.PdfDocument(answer.content)
    picture = document[0].render(scale=4).to_pil()
    text = document[0].get_textpage().get_text_bounded()

    assert (answer["Content-Type"], len(document)) == ("application/pdf", 1)
    assert [one.text for one in zxingcpp.read_barcodes(picture)] == [reader.card_number]
    assert reader.card_number in text
    assert "Maria Assunta" in text
    assert [round(side / 72 * 25.4, 1) for side in document[0].get_size()] == [85.6, 54.0]
    assert StaffView.objects.get().page == "desk: card"
    assert clerk.get("reader_card", reader.pk).status_code == 403


def test_card_of_a_single_name_in_other_letters(db):
    text = pypdfium2.PdfDocument(card_pdf(ReaderFactory(given_name="Łukasz", family_name="")))[0].get_textpage()

    assert "Łukasz" in text.get_text_bounded()

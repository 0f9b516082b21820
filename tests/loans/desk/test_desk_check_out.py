"""Check-out: one reader at a time, each visit on its own."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session

from accounts.models import Act, Reader, StaffView
from loans.models import Loan
from tests.factories import CopyFactory, ReaderFactory


def greet(desk, reader):
    """Scan a card and return the key of the visit."""
    return desk.post("desk_check_out", scan=reader.card_number)["Location"].rstrip("/").rpartition("/")[2]


def test_card_opens_the_readers_visit_and_is_written_down(desk, story):
    reader = ReaderFactory(given_name="Ada", family_name="Negri")

    key = greet(desk, reader)
    page = desk.get("desk_reader", key).content.decode()

    view = StaffView.objects.get()
    assert (view.staff, view.reader) == (desk.user, reader)
    assert "Ada Negri" in page
    assert reader.card_number in page


def test_card_may_be_typed_with_spaces_and_small_letters(desk, story):
    reader = ReaderFactory()

    answer = desk.post("desk_check_out", scan=f" {reader.card_number[:4].lower()} {reader.card_number[4:]}")

    assert answer["Location"].startswith("/gestione/banco/prestiti/")


def test_unknown_card_is_refused(desk):
    assert desk.told("desk_check_out", "ML00000000") == [
        "No reader has this card number. Check it, and scan or type it again."
    ]
    assert not StaffView.objects.exists()


def test_scanned_copies_are_lent_with_their_last_day(desk, story, network):
    reader, copy, other = ReaderFactory(), *CopyFactory.create_batch(2, home=network.south)
    key = greet(desk, reader)

    first = desk.scan("desk_reader", copy.barcode, key)
    second = desk.told("desk_reader", other.barcode, key)

    assert "Lent until Wednesday 1 April" in first.content.decode()
    assert second == [f"{other.title}: due on Wednesday 1 April"]
    assert Loan.objects.filter(reader=reader, place=network.south).count() == 2
    assert [loan.copy for loan in desk.get("desk_reader", key).context["lent_now"]] == [other, copy]


def test_copy_read_twice_by_the_scanner_is_lent_once(desk, story, network):
    copy = CopyFactory(home=network.south)
    key = greet(desk, ReaderFactory())
    desk.scan("desk_reader", copy.barcode, key)

    again = desk.scan("desk_reader", copy.barcode, key)

    assert again.status_code == 200
    assert Loan.objects.count() == 1


def test_copy_lent_to_somebody_else_is_refused_in_words(desk, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)

    answer = desk.scan("desk_reader", copy.barcode, greet(desk, ReaderFactory()))

    assert answer.status_code == 422
    assert "still on loan" in answer.content.decode()


def test_ready_reservations_are_shown_with_their_code_and_go_when_lent(desk, story, network):
    hold, copy = story.ready(CopyFactory(home=network.south).title, pickup=network.south)
    elsewhere, _copy = story.ready(CopyFactory(home=network.north).title, reader=hold.reader, pickup=network.north)
    key = greet(desk, hold.reader)

    page = desk.get("desk_reader", key)
    answer = desk.scan("desk_reader", copy.barcode, key)

    assert hold.pickup_code in page.content.decode()
    assert elsewhere.pickup_code not in page.content.decode()
    assert "Nothing is ready here" in answer.content.decode()


def test_document_makes_a_provisional_reader_a_full_one(desk, story):
    reader = ReaderFactory(provisional=True)
    key = greet(desk, reader)

    assert b"I have seen a document" in desk.get("desk_reader", key).content
    desk.post("desk_verify", key)

    reader.refresh_from_db()
    assert (reader.is_verified, reader.verified_by) == (True, "document")
    assert Act.objects.get(verb="verify_reader").staff == desk.user
    assert b"I have seen a document" not in desk.get("desk_reader", key).content


def test_next_card_ends_the_visit_and_begins_the_next(desk, story, network):
    first, second = ReaderFactory.create_batch(2)
    key = greet(desk, first)

    answer = desk.scan("desk_reader", second.card_number, key)

    assert answer["HX-Redirect"].startswith("/gestione/banco/prestiti/")
    assert key not in answer["HX-Redirect"]
    assert desk.get("desk_reader", key)["Location"] == "/gestione/banco/prestiti/"


def test_two_open_windows_never_mix_two_readers_up(desk, story, network):
    first, second = ReaderFactory.create_batch(2)
    one, other = CopyFactory.create_batch(2, home=network.south)
    key, second_key = greet(desk, first), greet(desk, second)

    desk.scan("desk_reader", one.barcode, key)
    desk.scan("desk_reader", other.barcode, second_key)

    assert Loan.objects.get(reader=first).copy == one
    assert Loan.objects.get(reader=second).copy == other


@pytest.mark.parametrize("ending", ["left", "idle", "made up"])
def test_nothing_is_lent_once_the_visit_is_over(ending, desk, story, network):
    copy = CopyFactory(home=network.south)
    key = greet(desk, ReaderFactory())
    if ending == "left":
        desk.post("desk_leave", key)
    elif ending == "idle":
        story.later(minutes=21)
    else:
        key = "abcdef"

    with_htmx = desk.scan("desk_reader", copy.barcode, key)
    plain = desk.told("desk_reader", copy.barcode, key)
    verified = desk.said(desk.post("desk_verify", key))

    assert not Loan.objects.exists()
    assert with_htmx["HX-Redirect"] == "/gestione/banco/prestiti/"
    assert plain == verified == ["This reader's visit to the desk is over. Scan the card again."]


def test_sixth_open_visit_ends_the_first(desk, story):
    keys = []
    for reader in ReaderFactory.create_batch(6):
        keys.append(greet(desk, reader))
        story.later(seconds=1)

    assert desk.get("desk_reader", keys[0]).status_code == 302
    assert desk.get("desk_reader", keys[1]).status_code == 200


def test_session_names_the_reader_while_the_visit_lasts_and_never_a_loan(desk, story, network):
    key = greet(desk, ReaderFactory())
    desk.scan("desk_reader", CopyFactory(home=network.south).barcode, key)
    stored = Session.objects.get(session_key=desk.client.session.session_key)

    during = stored.get_decoded()["desk_readers"]
    desk.post("desk_leave", key)
    stored.refresh_from_db()

    assert set(during[key]) == {"reader", "since", "seen"}
    assert stored.get_decoded()["desk_readers"] == {}


def test_expired_card_is_refused_when_a_copy_is_scanned(desk, story, network):
    reader = ReaderFactory(card_expires_on=dt.date(2026, 3, 1))

    answer = desk.scan("desk_reader", CopyFactory(home=network.south).barcode, greet(desk, reader))

    assert answer.status_code == 422
    assert "expired" in answer.content.decode()
    assert Reader.objects.count() == 1

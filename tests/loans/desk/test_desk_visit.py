"""A reader at the desk: one at a time, each visit on its own."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.cards import new_card_number
from accounts.desk_notes import write_desk_note
from accounts.models import Act, Reader, ReaderSearch, StaffView
from loans.models import Hold, Loan
from loans.states import HoldStatus, LoanStatus
from tests.factories import CopyFactory, ReaderFactory
from tests.story import fresh


def test_card_begins_the_readers_visit_and_is_written_down(desk, story):
    reader = ReaderFactory(given_name="Ada", family_name="Negri")

    page = desk.get("desk_visit", desk.greets(reader)).content.decode()

    view = StaffView.objects.get()
    assert (view.staff, view.reader) == (desk.user, reader)
    assert "Ada Negri" in page
    assert reader.card_number in page


def test_card_swaps_the_reader_in_without_leaving_the_page(desk, story):
    reader = ReaderFactory(given_name="Ada", family_name="Negri")

    answer = desk.scan("desk_counter", reader.card_number)

    assert answer["HX-Push-Url"].startswith("/gestione/banco/lettore/")
    assert answer["HX-Reswap"] == "innerHTML"
    assert "Scan for Ada Negri" in answer.content.decode()


def test_card_may_be_typed_with_spaces_and_small_letters(desk, story):
    reader = ReaderFactory()

    answer = desk.post("desk_counter", scan=f" {reader.card_number[:4].lower()} {reader.card_number[4:]}")

    assert answer["Location"].startswith("/gestione/banco/lettore/")


@pytest.mark.parametrize("card", ["unknown", "misread", "short"])
def test_card_that_nobody_has_ends_the_visit_before(card, desk, story, network):
    copy = CopyFactory(home=network.south)
    reader = ReaderFactory()
    key = desk.greets(reader)
    cards = {"unknown": new_card_number(), "misread": "ML00000001", "short": reader.card_number[:-2]}

    answer = desk.scan("desk_counter", cards[card], visit=key)
    desk.scan("desk_counter", copy.barcode, visit=key)

    assert answer.status_code == 422
    assert "No reader has this card number" in answer.content.decode()
    assert "data-scan-stop" in answer.content.decode()
    assert not Loan.objects.exists()
    assert StaffView.objects.count() == 1


def test_closed_and_expired_cards_are_told_at_once(desk, story):
    closed = ReaderFactory(status="closed")
    expired = ReaderFactory(card_expires_on=dt.date(2026, 3, 1))

    assert "has been closed" in desk.scan("desk_counter", closed.card_number).content.decode()
    assert "has expired" in desk.scan("desk_counter", expired.card_number).content.decode()


def test_note_of_a_colleague_must_be_seen_and_stays_beside_the_reader(desk, story):
    reader = ReaderFactory()
    write_desk_note(reader, "An umbrella was left here.", actor=desk.user)

    answer = desk.scan("desk_counter", reader.card_number).content.decode()

    assert answer.count("An umbrella was left here.") == 2
    assert 'hx-swap-oob="beforeend:#alerts"' in answer


def test_reader_is_found_by_name_and_the_search_is_written_down(desk, story):
    reader = ReaderFactory(given_name="Ada", family_name="Negri")
    ReaderFactory(given_name="Alda", family_name="Merini")

    found = desk.scan("desk_counter", "negri").content.decode()
    without_javascript = desk.post("desk_counter", scan="negri")
    nobody = desk.scan("desk_counter", "Quasimodo")

    assert reader.card_number in found
    assert "Merini" not in found
    assert b"Ada Negri" in without_javascript.content
    assert nobody.status_code == 422
    assert list(ReaderSearch.objects.values_list("staff", "by", "found")) == [
        (desk.user.pk, "name", 1),
        (desk.user.pk, "name", 1),
        (desk.user.pk, "name", 0),
    ]


def test_refusal_is_passed_over_with_a_reason_by_who_may(desk, manager, story, network):
    reader = ReaderFactory(card_expires_on=dt.date(2026, 3, 1))
    copy, wanted = CopyFactory.create_batch(2, home=network.south)
    key, managers = desk.greets(reader), manager.greets(reader)
    reason = "The new card is being printed."
    reserving = {"title": wanted.title_id, "pickup": network.south.code, "level": "title"}

    refused = desk.scan("desk_counter", copy.barcode, visit=key)
    in_vain = desk.scan("desk_counter", copy.barcode, visit=key, override=reason)
    offered = manager.scan("desk_counter", copy.barcode, visit=managers)
    lent = manager.scan("desk_counter", copy.barcode, visit=managers, override=reason)
    also_offered = manager.post("desk_reserve", managers, htmx=True, **reserving)
    reserved = manager.post("desk_reserve", managers, htmx=True, **reserving, override=reason)

    assert 'name="override"' not in refused.content.decode() + in_vain.content.decode()
    assert in_vain.status_code == 422
    assert 'name="override"' in offered.content.decode()
    assert f'name="title" value="{wanted.title_id}"' in also_offered.content.decode()
    assert (lent.status_code, reserved.status_code) == (200, 200)
    assert set(Act.objects.filter(reason__endswith=reason).values_list("verb", flat=True)) == {
        "check_out",
        "place_hold",
    }


def test_refusal_that_stands_is_passed_over_by_nobody(manager, story, network):
    reader = ReaderFactory(status="closed")

    answer = manager.scan("desk_counter", CopyFactory(home=network.south).barcode, visit=manager.greets(reader))

    assert answer.status_code == 422
    assert 'name="override"' not in answer.content.decode()


def test_scanned_copies_are_lent_with_their_last_day(desk, story, network):
    reader, copy, other = ReaderFactory(), *CopyFactory.create_batch(2, home=network.south)
    key = desk.greets(reader)

    first = desk.scan("desk_counter", copy.barcode, visit=key)
    second = desk.told("desk_counter", other.barcode, visit=key)

    assert "Lent until Wednesday 1 April" in first.content.decode()
    assert second == [f"{other.title}: Lent until Wednesday 1 April."]
    assert Loan.objects.filter(reader=reader, place=network.south).count() == 2
    assert {loan.copy for loan in desk.get("desk_visit", key).context["loans"]} == {other, copy}


def test_copy_read_twice_by_the_scanner_is_lent_once(desk, story, network):
    copy = CopyFactory(home=network.south)
    key = desk.greets(ReaderFactory())
    desk.scan("desk_counter", copy.barcode, visit=key)

    again = desk.scan("desk_counter", copy.barcode, visit=key)

    assert again.status_code == 200
    assert Loan.objects.count() == 1


def test_copy_lent_to_somebody_else_is_refused_and_may_be_taken_in(desk, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)
    key = desk.greets(ReaderFactory())

    refused = desk.scan("desk_counter", copy.barcode, visit=key)
    taken = desk.scan("desk_counter", copy.barcode, visit=key, mode="take_in")

    assert refused.status_code == 422
    assert "still on loan" in refused.content.decode()
    assert 'value="take_in"' in refused.content.decode()
    assert 'value="renew"' not in refused.content.decode()
    assert "Back to its shelf" in taken.content.decode()


def test_copy_that_the_reader_has_already_may_be_renewed_or_taken_in(desk, story, network):
    reader, copy = ReaderFactory(), CopyFactory(home=network.south)
    loan = story.lent(copy, reader=reader)
    story.later(days=5)
    key = desk.greets(reader)

    refused = desk.scan("desk_counter", copy.barcode, visit=key).content.decode()
    renewed = desk.scan("desk_counter", copy.barcode, visit=key, mode="renew").content.decode()

    assert 'value="renew"' in refused
    assert "Renewed until" in renewed
    assert fresh(loan).renewals == 1


def test_switch_takes_in_while_a_reader_is_on_the_telephone(desk, story, network):
    copy = CopyFactory(home=network.south)
    loan = story.lent(copy)
    key = desk.greets(ReaderFactory())

    desk.scan("desk_counter", copy.barcode, visit=key, mode="take_in")

    assert fresh(loan).status == LoanStatus.CLOSED
    assert Loan.objects.count() == 1


def test_ready_reservations_are_shown_with_their_code_and_go_when_lent(desk, story, network):
    hold, copy = story.ready(CopyFactory(home=network.south).title, pickup=network.south)
    elsewhere, _copy = story.ready(CopyFactory(home=network.north).title, reader=hold.reader, pickup=network.north)
    key = desk.greets(hold.reader)

    page = desk.get("desk_visit", key)
    answer = desk.scan("desk_counter", copy.barcode, visit=key)

    assert hold.pickup_code in page.content.decode()
    assert elsewhere.pickup_code not in page.content.decode()
    assert "Ready here" not in answer.content.decode()


def test_document_makes_a_provisional_reader_a_full_one(desk, story):
    reader = ReaderFactory(provisional=True)
    key = desk.greets(reader)

    assert b"I have seen a document" in desk.get("desk_visit", key).content
    desk.post("desk_verify", key)

    assert (fresh(reader).is_verified, fresh(reader).verified_by) == (True, "document")
    assert Act.objects.get(verb="verify_reader").staff == desk.user
    assert b"I have seen a document" not in desk.get("desk_visit", key).content


def test_next_card_ends_the_visit_and_begins_the_next(desk, story, network):
    first, second = ReaderFactory.create_batch(2)
    key = desk.greets(first)

    answer = desk.scan("desk_counter", second.card_number, visit=key)

    assert key not in answer["HX-Push-Url"]
    assert desk.get("desk_visit", key)["Location"] == "/gestione/banco/"


def test_two_open_windows_never_mix_two_readers_up(desk, story, network):
    first, second = ReaderFactory.create_batch(2)
    one, other = CopyFactory.create_batch(2, home=network.south)
    key, second_key = desk.greets(first), desk.greets(second)

    desk.scan("desk_counter", one.barcode, visit=key)
    desk.scan("desk_counter", other.barcode, visit=second_key)

    assert Loan.objects.get(reader=first).copy == one
    assert Loan.objects.get(reader=second).copy == other


@pytest.mark.parametrize("ending", ["left", "idle", "made up"])
def test_nothing_is_done_once_the_visit_is_over(ending, desk, story, network):
    copy = CopyFactory(home=network.south)
    lent = story.lent(CopyFactory(home=network.south))
    key = desk.greets(ReaderFactory())
    if ending == "left":
        desk.post("desk_leave", key, htmx=True)
    elif ending == "idle":
        story.later(minutes=21)
    else:
        key = "abcdef"

    with_htmx = desk.scan("desk_counter", copy.barcode, visit=key)
    plain = desk.told("desk_counter", lent.copy.barcode, visit=key)
    verified = desk.said(desk.post("desk_verify", key))

    assert list(Loan.objects.standing()) == [lent]
    assert with_htmx.status_code == 422
    assert "data-scan-stop" in with_htmx.content.decode()
    assert plain == verified == ["This reader's visit to the desk is over. Scan the card again."]


def test_sixth_open_visit_ends_the_first(desk, story):
    keys = []
    for reader in ReaderFactory.create_batch(6):
        keys.append(desk.greets(reader))
        story.later(seconds=1)

    assert desk.get("desk_visit", keys[0]).status_code == 302
    assert desk.get("desk_visit", keys[1]).status_code == 200


def test_session_names_the_reader_while_the_visit_lasts_and_never_a_loan(desk, story, network):
    key = desk.greets(ReaderFactory())
    desk.scan("desk_counter", CopyFactory(home=network.south).barcode, visit=key)
    stored = Session.objects.get(session_key=desk.client.session.session_key)

    during = stored.get_decoded()["desk_readers"]
    desk.post("desk_leave", key)
    stored.refresh_from_db()

    assert set(during[key]) == {"reader", "since", "seen"}
    assert stored.get_decoded()["desk_readers"] == {}


def test_expired_card_is_refused_when_a_copy_is_scanned(desk, story, network):
    reader = ReaderFactory(card_expires_on=dt.date(2026, 3, 1))

    answer = desk.scan("desk_counter", CopyFactory(home=network.south).barcode, visit=desk.greets(reader))

    assert answer.status_code == 422
    assert "expired" in answer.content.decode()
    assert Reader.objects.count() == 1


def test_one_loan_and_all_loans_are_renewed(desk, story, network):
    reader = ReaderFactory()
    loans = [story.lent(copy, reader=reader) for copy in CopyFactory.create_batch(3, home=network.south)]
    story.hold(loans[2].copy.title, pickup=network.south)
    story.later(days=5)
    key = desk.greets(reader)

    one = desk.post("desk_renew", key, loans[0].pk, htmx=True).content.decode()
    everything = desk.post("desk_renew_all", key, htmx=True).content.decode()

    assert "Renewed until" in one
    assert "2 of 3 loans renewed" in everything
    assert f"{loans[2].copy.title}: Another reader waits for this." in everything
    assert [fresh(loan).renewals for loan in loans] == [1, 1, 0]


def test_title_is_found_reserved_moved_and_cancelled_for_the_reader(desk, story, network):
    copy = CopyFactory(home=network.south, title__work__title="Il barone rampante")
    desk.indexes(copy.title)
    key = desk.greets(ReaderFactory())

    found = desk.post("desk_find", key, htmx=True, q="barone").content.decode()
    chosen = {"title": copy.title.pk, "pickup": network.north.code, "level": "work"}
    reserved = desk.post("desk_reserve", key, htmx=True, **chosen).content.decode()
    hold = Hold.objects.get()
    asked = desk.post("desk_move", key, hold.pk, htmx=True).content.decode()
    moved = desk.post("desk_move", key, hold.pk, htmx=True, pickup=network.newsstand.code).content.decode()
    cancelled = desk.post("desk_cancel", key, hold.pk, htmx=True).content.decode()

    assert "free here" in found
    assert 'data-choice="1"' in found
    assert f"for {network.north}" in reserved
    assert hold.level == "work"
    assert network.newsstand.name in asked
    assert f"for {network.newsstand}" in moved
    assert "Reservation cancelled" in cancelled
    assert (fresh(hold).status, fresh(hold).pickup_place) == (HoldStatus.CANCELLED, network.newsstand)
    assert set(Act.objects.values_list("verb", flat=True)) >= {"place_hold", "change_pickup", "cancel_hold"}


def test_words_after_a_stroke_search_the_catalogue_and_ask_for_a_reader_first(desk, story, network):
    copy = CopyFactory(home=network.north, title__work__title="Il barone rampante")
    desk.indexes(copy.title)

    nobody = desk.scan("desk_counter", "/barone")
    found = desk.scan("desk_counter", "/barone", visit=desk.greets(ReaderFactory())).content.decode()

    assert "Scan the reader" in nobody.content.decode()
    assert "free elsewhere" in found


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"q": ""}, "Nothing was found"),
        ({"q": "zzzz"}, "Nothing was found"),
        ({"title": "x"}, "Choose one of the points"),
        ({"title": "1", "pickup": "nowhere", "level": "title"}, "Choose one of the points"),
    ],
)
def test_what_cannot_be_found_or_reserved_is_said(sent, words, desk, story):
    page = "desk_find" if "q" in sent else "desk_reserve"

    answer = desk.post(page, desk.greets(ReaderFactory()), htmx=True, **sent)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_found_titles_are_shown_without_javascript_and_never_in_an_address(desk, story, network):
    copy = CopyFactory(home=network.south, title__work__title="Il barone rampante")
    desk.indexes(copy.title)

    page = desk.post("desk_find", desk.greets(ReaderFactory()), q="barone")

    assert page.status_code == 200
    assert b"Il barone rampante" in page.content


def test_loans_and_reservations_of_other_readers_are_out_of_reach(desk, story, network):
    loan = story.lent(CopyFactory(home=network.south))
    hold = story.hold(loan.copy.title)
    key = desk.greets(ReaderFactory())

    assert desk.post("desk_renew", key, loan.pk).status_code == 404
    assert desk.post("desk_move", key, hold.pk).status_code == 404
    assert desk.post("desk_cancel", key, hold.pk).status_code == 404


def test_scan_that_lends_takes_as_many_statements_however_much_the_reader_has(desk, story, network):
    def statements(count):
        reader = ReaderFactory()
        for copy in CopyFactory.create_batch(count, home=network.south):
            story.lent(copy, reader=reader)
            story.hold(CopyFactory(home=network.north).title, reader=reader, pickup=network.south)
        key = desk.greets(reader)
        with CaptureQueriesContext(connection) as seen:
            desk.scan("desk_counter", CopyFactory(home=network.south).barcode, visit=key)
        return len(seen)

    statements(0)  # the first act of a librarian makes her row
    assert statements(1) == statements(3) <= 44


@pytest.mark.parametrize("address", ["rientri/", "prestiti/", "prestiti/some-key/"])
def test_addresses_of_the_pages_before_lead_to_the_counter(address, desk):
    answer = desk.client.get(f"/gestione/banco/{address}")

    assert answer["Location"].startswith("/gestione/banco/")
    assert "prestiti" not in answer["Location"]

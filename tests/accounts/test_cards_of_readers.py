"""Renew, report lost, close, open again."""

import datetime as dt

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError

from accounts import issuing
from accounts.cards import is_card_number
from accounts.cards_of_readers import close_card, renew_card, reopen_card, report_card_lost
from accounts.errors import CardIsClosed, CardNumberUnknown, CardReplaced, CardStillNeeded, PinWrong, ReaderMerged
from accounts.finding import reader_at_desk
from accounts.models import Act, OldCard, ReaderStatus
from accounts.services import check_pin, enrol, reader_by_card
from loans.errors import ReaderClosed
from loans.lending import check_out
from milanolib import clock
from tests.factories import LibrarianFactory, ReaderFactory
from tests.factories.people import PASSWORD
from tests.story import fresh


@pytest.fixture
def merged(db):
    return ReaderFactory(status=ReaderStatus.CLOSED, merged_into=ReaderFactory())


# --- Renewing


def test_renew_card_makes_it_valid_for_five_years_from_today(monday, db):
    reader = ReaderFactory(card_expires_on=dt.date(2025, 1, 1))

    for _time in range(2):
        renew_card(reader, actor=LibrarianFactory(), place_code="sormani")

    assert fresh(reader).card_expires_on == dt.date(2031, 3, 2)
    assert Act.objects.get().place_code == "sormani"


def test_renew_card_refuses_a_closed_one(merged):
    with pytest.raises(ReaderMerged):
        renew_card(merged, actor=None)
    with pytest.raises(CardIsClosed):
        renew_card(ReaderFactory(status=ReaderStatus.CLOSED), actor=None)


# --- Lost


def test_report_card_lost_gives_a_new_number_and_the_old_one_tells_it_to_staff_only(monday, db):
    reader = ReaderFactory(signs_in=True)
    reader.set_pin("2468")
    reader.save()
    lost = reader.card_number

    report_card_lost(reader, lost.lower(), actor=LibrarianFactory())

    assert reader.card_number == fresh(reader).card_number != lost
    assert is_card_number(reader.card_number)
    with pytest.raises(CardReplaced, match=rf"2 marzo 2026.*{reader.card_number}"):
        reader_at_desk(lost)
    with pytest.raises(CardNumberUnknown):
        reader_by_card(lost)
    with pytest.raises(PinWrong):
        check_pin(lost, "2468")
    assert authenticate(None, card=lost, password=PASSWORD) is None
    assert authenticate(None, card=reader.card_number, password=PASSWORD) == reader.user


def test_report_card_lost_twice_is_once(db):
    reader = ReaderFactory()
    lost = reader.card_number

    new = report_card_lost(reader, lost, actor=None).card_number
    again = report_card_lost(fresh(reader), lost, actor=None).card_number

    assert new == again
    assert OldCard.objects.count() == 1


def test_report_card_lost_refuses_a_number_of_nobody_and_a_closed_card(merged):
    with pytest.raises(CardNumberUnknown):
        report_card_lost(ReaderFactory(), ReaderFactory().card_number, actor=None)
    with pytest.raises(ReaderMerged):
        report_card_lost(merged, merged.card_number, actor=None)


@pytest.mark.django_db(transaction=True)
def test_report_card_lost_at_two_desks_gives_one_new_card(rivals):
    reader = ReaderFactory()
    lost = reader.card_number

    rivals(*[lambda: report_card_lost(fresh(reader), lost, actor=None)] * 3)

    assert OldCard.objects.count() == 1
    assert fresh(reader).card_number != lost


def test_a_new_card_is_never_one_that_was_lost(db, monkeypatch):
    reader = ReaderFactory()
    lost = reader.card_number
    report_card_lost(reader, lost, actor=None)
    free = ReaderFactory.build().card_number
    drawn = iter([lost, reader.card_number, free])
    monkeypatch.setattr(issuing, "new_card_number", lambda: next(drawn))

    assert enrol(given_name="Ada").card_number == free


def test_an_old_card_stands_once(db):
    values = {"number": "ML12345674", "reason": OldCard.Reason.LOST, "replaced_at": clock.now()}
    OldCard.objects.create(reader=ReaderFactory(), **values)

    with pytest.raises(IntegrityError, match="oldcard_number_once"):
        OldCard.objects.create(reader=ReaderFactory(), **values)


# --- Closing and opening


def test_close_card_borrows_nothing_until_it_is_open_again(story):
    reader, copy = ReaderFactory(), story.copies(1)[0]
    librarian = LibrarianFactory()

    for _time in range(2):
        close_card(reader, actor=librarian, reason="moved away")
    with pytest.raises(ReaderClosed):
        check_out(copy, fresh(reader), copy.place, actor=None)
    for _time in range(2):
        reopen_card(reader, actor=librarian)

    assert check_out(copy, fresh(reader), copy.place, actor=None).reader == reader
    assert list(Act.objects.order_by("pk").values_list("verb", "reason")) == [
        ("close_card", "moved away"),
        ("reopen_card", ""),
    ]


def test_close_card_says_which_loans_and_reservations_are_open(story):
    reader = ReaderFactory()
    lent, held = story.copies(1)[0], story.copies(1)[0]
    story.lent(lent, reader=reader)
    story.hold(held.title, reader=reader)

    with pytest.raises(CardStillNeeded) as refusal:
        close_card(reader, actor=None)

    assert lent.title.title in str(refusal.value)
    assert held.title.title in str(refusal.value)
    assert fresh(reader).status == ReaderStatus.VERIFIED


def test_reopen_card_leaves_a_provisional_reader_provisional(db):
    reader = enrol(given_name="Ada")
    close_card(reader, actor=None)

    assert reopen_card(reader, actor=None).status == ReaderStatus.PROVISIONAL


def test_reopen_card_refuses_one_that_was_joined_with_another(merged):
    with pytest.raises(ReaderMerged):
        reopen_card(merged, actor=None)


@pytest.mark.django_db(transaction=True)
def test_close_card_while_a_copy_is_lent_is_one_or_the_other(rivals, story):
    reader, copy = ReaderFactory(), story.copies(1)[0]

    outcomes = rivals(
        lambda: close_card(fresh(reader), actor=None),
        lambda: check_out(copy, fresh(reader), copy.place, actor=None),
    )

    assert sum(isinstance(one, Exception) for one in outcomes) == 1
    assert (fresh(reader).status == ReaderStatus.CLOSED) != reader.loans.exists()

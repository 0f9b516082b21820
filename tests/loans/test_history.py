"""The history of loans: kept only by who wants it, and really forgotten."""

import datetime as dt

import pytest

from accounts.choices import HISTORY, withdraw_consent
from accounts.models import Consent
from loans.history import forget_all, forget_loan, keep_history, remembered, stop_keeping_history
from loans.invariants import disagreements
from loans.models import Hold, Loan, Task
from loans.reminders import unlink_ended
from loans.renewals import renew_loan
from notifications.models import Message
from outbox.events import dispatch
from outbox.models import Event
from tests.factories import ReaderFactory, UserFactory
from tests.story import fresh


@pytest.fixture
def anna(db):
    return ReaderFactory(user=UserFactory())


def given_back(story, reader, count=1):
    """Loans that a reader has given back, each at its own minute."""
    loans = []
    for _number in range(count):
        loans.append(story.lent(story.copies(1)[0], reader=reader))
        story.later(minutes=1)
        story.given_back(loans[-1].copy)
    return loans


def a_week_later(story):
    """The nights between have done their work."""
    dispatch()
    story.later(days=8)
    unlink_ended()


def test_keep_history_writes_the_consent_and_remembers_from_the_last_days_on(story, anna):
    (loan,) = given_back(story, anna)
    for _press in range(2):
        keep_history(anna)
    a_week_later(story)

    assert fresh(anna).keeps_history
    consent = Consent.objects.get(reader=anna)
    assert (consent.kind, consent.wording, consent.withdrawn_at) == ("history", "2026-11", None)
    assert list(remembered(anna)) == [loan]


def test_without_keep_history_nothing_is_remembered(story, anna):
    given_back(story, anna)
    a_week_later(story)

    assert list(remembered(anna)) == []


def test_history_is_the_only_place_that_remembers(story, anna):
    """The reservation that led to the loan, messages and events forget after a week, as everybody's do."""
    keep_history(anna)
    hold, copy = story.ready(story.copies(1)[0].title, reader=anna)
    loan = story.lent(copy, reader=anna)
    story.later(days=3)
    renew_loan(loan, actor=None)
    story.given_back(copy)
    a_week_later(story)

    assert fresh(loan).reader == anna
    assert fresh(hold).reader is None
    assert Message.objects.exists()
    assert not Message.objects.exclude(params={}).exists()
    assert not Event.objects.filter(payload__loan_id=loan.pk).exists()
    assert not Event.objects.filter(key__regex=rf"^loan-[a-z-]+:{loan.pk}\b").exists()


def test_a_message_about_a_remembered_loan_is_found_by_the_invariants(story, anna):
    keep_history(anna)
    (loan,) = given_back(story, anna)
    a_week_later(story)
    Message.objects.update(params={"loan": loan.pk})

    assert any("names a loan" in line for line in disagreements())
    story.is_broken = True


def test_a_history_without_a_consent_is_found_by_the_invariants(story, anna):
    type(anna).objects.update(keeps_history=True)

    assert disagreements() == [f"reader {anna.pk}: a history is kept without a consent"]
    story.is_broken = True


def test_forget_loan_cuts_it_at_once_and_leaves_the_others(story, anna):
    keep_history(anna)
    first, second = given_back(story, anna, 2)
    a_week_later(story)

    assert [forget_loan(first), forget_loan(first)] == [True, False]

    assert (fresh(first).reader, fresh(first).unlinked_at is not None) == (None, True)
    assert list(remembered(anna)) == [second]


def test_forget_loan_of_this_week_leaves_the_history_now_and_is_cut_on_its_day(story, anna):
    """Seven days are the library's, to look into what came back: the receipt stays for so long."""
    keep_history(anna)
    (loan,) = given_back(story, anna)

    assert forget_loan(loan)
    assert (fresh(loan).reader, list(remembered(anna))) == (anna, [])

    a_week_later(story)
    assert fresh(loan).reader is None


def test_forget_loan_in_dispute_leaves_the_history_now_and_is_cut_afterwards(story, anna):
    keep_history(anna)
    (loan,) = given_back(story, anna)
    task = Task.objects.create(
        kind="damaged", place=story.network.north, copy=loan.copy, opened_at=fresh(loan).closed_at
    )
    a_week_later(story)
    forget_loan(loan)
    assert (fresh(loan).reader, list(remembered(anna))) == (anna, [])

    Task.objects.filter(pk=task.pk).update(closed_at=task.opened_at + dt.timedelta(days=9))
    unlink_ended()

    assert fresh(loan).reader is None


def test_forget_loan_that_stands_changes_nothing(story, anna):
    keep_history(anna)
    loan = story.lent(story.copies(1)[0], reader=anna)

    assert not forget_loan(loan)
    assert fresh(loan).is_remembered


def test_forget_all_empties_the_history_and_goes_on_keeping(story, anna, monkeypatch):
    monkeypatch.setattr("loans.history.UNLINK_BATCH", 2)
    keep_history(anna)
    given_back(story, anna, 5)
    a_week_later(story)
    (young,) = given_back(story, anna)

    assert forget_all(anna) == 6

    assert list(remembered(anna)) == []
    assert list(Loan.objects.filter(reader=anna)) == [young]
    (later,) = given_back(story, anna)
    assert list(remembered(anna)) == [later]


def test_stop_keeping_history_forgets_all_at_once_and_withdraws_the_consent(story, anna):
    keep_history(anna)
    old = given_back(story, anna, 3)
    a_week_later(story)
    other = keep_history(ReaderFactory())
    kept = given_back(story, other)

    assert stop_keeping_history(anna) == 3
    assert stop_keeping_history(anna) == 0

    assert not fresh(anna).keeps_history
    assert Consent.objects.get(reader=anna).withdrawn_at is not None
    assert not Loan.objects.filter(pk__in=[loan.pk for loan in old], reader__isnull=False).exists()
    assert list(remembered(other)) == kept


def test_the_night_forgets_what_stopping_did_not_come_to(story, anna):
    """The switch and the consent are committed first: a process killed after that leaves the rest to the night."""
    keep_history(anna)
    (loan,) = given_back(story, anna)
    a_week_later(story)
    withdraw_consent(anna, HISTORY)
    type(anna).objects.update(keeps_history=False)

    unlink_ended()

    assert fresh(loan).reader is None


def test_keep_history_again_after_stopping_is_another_consent(story, anna):
    keep_history(anna)
    stop_keeping_history(anna)
    keep_history(anna)

    assert Consent.objects.filter(reader=anna).count() == 2


@pytest.mark.django_db(transaction=True)
def test_forget_all_while_the_night_unlinks_cuts_each_once(story, rivals, anna):
    keep_history(anna)
    given_back(story, anna, 3)
    given_back(story, ReaderFactory(), 3)
    dispatch()
    story.later(days=8)

    outcomes = rivals(lambda: forget_all(anna), unlink_ended)

    assert outcomes[0] == 3
    assert not Loan.objects.filter(reader__isnull=False).exists()
    assert not Hold.objects.filter(reader__isnull=False).exists()

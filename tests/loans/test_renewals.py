"""Loans last longer: one, all at once, by themselves, a day."""

import datetime as dt

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import ReaderStatus
from catalog.models import Material
from loans.errors import (
    AnotherReaderWaits,
    CardExpired,
    LoanNotOpen,
    ReaderClosed,
    RenewalLimitReached,
    RenewalWouldNotHelp,
)
from loans.hold_changes import suspend_hold
from loans.holds import place_hold
from loans.models import Loan
from loans.renewals import renew_all, renew_loan
from loans.states import HoldLevel
from loans.works import join_works
from outbox.models import Event
from tests.factories import LibrarianFactory, ReaderFactory, TitleFactory, WorkFactory
from tests.story import fresh

# --- One


def test_renew_loan_counts_the_days_again_from_today(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=20)

    renewed = renew_loan(loan, actor=None)

    assert (renewed.due_on, renewed.renewals) == (dt.date(2026, 4, 21), 1)


def test_renew_loan_again_on_the_same_day_changes_nothing(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=20)
    renew_loan(loan, actor=None)

    assert renew_loan(loan, actor=None).renewals == 1
    assert Event.objects.filter(kind="loans.loan_renewed").count() == 1


def test_renew_loan_helps_a_loan_that_is_late(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=40)

    assert renew_loan(loan, actor=None).due_on == dt.date(2026, 5, 11)


def test_renew_loan_refuses_on_the_day_of_lending(story):
    with pytest.raises(RenewalWouldNotHelp):
        renew_loan(story.lent(story.copies(1)[0]), actor=None)


def test_renew_loan_refuses_after_the_last_renewal(story):
    loan = story.lent(story.copies(1)[0])
    for _number in range(3):
        story.later(days=10)
        renew_loan(loan, actor=None)
    story.later(days=10)

    with pytest.raises(RenewalLimitReached, check=lambda refusal: "3" in str(refusal)):
        renew_loan(loan, actor=None)


def test_renew_loan_refuses_when_another_reader_waits(story):
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    story.hold(copy.title)
    story.later(days=10)

    with pytest.raises(AnotherReaderWaits):
        renew_loan(loan, actor=None)


def test_renew_loan_is_not_hindered_by_holds_that_another_copy_serves(story):
    lent, _free = story.copies(2)
    loan = story.lent(lent)
    story.hold(lent.title)
    story.later(days=10)

    assert renew_loan(loan, actor=None).renewals == 1


def test_renew_loan_is_not_hindered_by_a_hold_on_another_edition_or_a_suspended_one(story):
    work = WorkFactory()
    mine, other = TitleFactory.create_batch(2, work=work)
    loan = story.lent(story.copies(1, title=mine)[0])
    story.lent(story.copies(1, title=other)[0])
    story.hold(other)
    resting = story.hold(mine)
    suspend_hold(resting, dt.date(2026, 5, 1), actor=None)
    story.later(days=10)

    assert renew_loan(loan, actor=None).renewals == 1


def test_renew_loan_refuses_a_loan_that_is_over(story):
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    story.given_back(copy)

    with pytest.raises(LoanNotOpen):
        renew_loan(loan, actor=None)


def test_renew_loan_refuses_an_expired_card(story):
    loan = story.lent(story.copies(1)[0], reader=ReaderFactory(card_expires_on=dt.date(2026, 3, 5)))
    story.later(days=10)

    with pytest.raises(CardExpired):
        renew_loan(loan, actor=None)


def test_renew_loan_refuses_a_closed_card(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=10)
    type(loan.reader).objects.filter(pk=loan.reader_id).update(status=ReaderStatus.CLOSED)

    with pytest.raises(ReaderClosed):
        renew_loan(loan, actor=None)


# --- All at once


def lent_to(story, reader, count):
    """Loans of one reader, each of a work of its own; ten of a kind are allowed, so every second one is a film."""
    titles = [TitleFactory(material=(Material.BOOK, Material.DVD)[number % 2]) for number in range(count)]
    return [story.lent(story.copies(1, title=title)[0], reader=reader) for title in titles]


def test_renew_all_renews_each_that_can_be_and_says_why_not(story):
    reader = ReaderFactory()
    good, waited_for, over, used_up = lent_to(story, reader, 4)
    story.hold(waited_for.copy.title)
    story.given_back(over.copy)
    Loan.objects.filter(pk=used_up.pk).update(renewals=F("max_renewals"))
    story.later(days=5)

    outcomes = renew_all([good, waited_for, over, used_up], actor=None)

    assert [type(one.refusal).__name__ for one in outcomes] == [
        "NoneType",
        "AnotherReaderWaits",
        "LoanNotOpen",
        "RenewalLimitReached",
    ]
    assert [one.is_new for one in outcomes] == [True, False, False, False]
    assert (outcomes[0].due_before, fresh(good).due_on) == (dt.date(2026, 4, 1), dt.date(2026, 4, 6))
    assert fresh(waited_for).renewals == 0
    assert Event.objects.filter(key=f"loan-renewed:{good.pk}:1").exists()


def test_renew_all_again_on_the_same_day_changes_nothing(story):
    loans = lent_to(story, ReaderFactory(), 2)
    story.later(days=10)
    renew_all(loans, actor=None)

    outcomes = renew_all(loans, actor=None)

    assert [(one.refusal, one.is_new, fresh(one.loan).renewals) for one in outcomes] == [(None, False, 1)] * 2
    assert Event.objects.filter(kind="loans.loan_renewed").count() == 2


def test_renew_all_of_nothing_is_nothing(story):
    assert renew_all([], actor=None) == []


def test_renew_all_asks_for_each_loan_whether_somebody_waits_for_it(story):
    """One free copy serves one of two who wait for its edition; who waits for any edition hinders both loans."""
    work = WorkFactory()
    first, second = TitleFactory.create_batch(2, work=work)
    one = story.lent(story.copies(1, title=first)[0])
    other = story.lent(story.copies(1, title=second)[0])
    free = story.copies(1, title=first)[0]
    story.hold(first)
    story.hold(free.title)
    story.later(days=10)

    outcomes = renew_all([one, other], actor=None)

    assert [type(each.refusal).__name__ for each in outcomes] == ["AnotherReaderWaits", "NoneType"]
    story.hold(first, level=HoldLevel.WORK)
    story.later(days=1)
    assert isinstance(renew_all([other], actor=None)[0].refusal, AnotherReaderWaits)


def test_renew_all_is_not_hindered_by_ones_own_hold(story):
    reader = ReaderFactory()
    loan = story.lent(story.copies(1)[0], reader=reader)
    other_edition = TitleFactory(work=loan.copy.title.work)
    story.lent(story.copies(1, title=other_edition)[0])
    story.hold(other_edition, reader=reader, level=HoldLevel.WORK)
    story.later(days=10)

    assert renew_all([loan], actor=None)[0].is_new


def test_renew_all_asks_as_much_for_twenty_loans_as_for_two(story):
    asked = []
    for count in (2, 20):
        loans = lent_to(story, ReaderFactory(), count)
        for loan in loans[::2]:
            story.hold(loan.copy.title)
        story.later(days=10)
        with CaptureQueriesContext(connection) as seen:
            renew_all(Loan.objects.filter(pk__in=[loan.pk for loan in loans]), actor=None)
        asked.append(len(seen))

    assert asked[0] == asked[1] <= 18


def test_renew_all_of_hundreds_holds_the_locks_of_a_part_only(story, monkeypatch):
    monkeypatch.setattr("loans.renewals.TOGETHER", 2)
    loans = lent_to(story, ReaderFactory(), 5)
    story.later(days=10)

    outcomes = renew_all(loans, actor=None)

    assert [one.loan for one in outcomes] == loans
    assert all(one.is_new for one in outcomes)


def test_renew_all_by_staff_is_written_down_for_each_loan_without_the_reader(story):
    librarian = LibrarianFactory(desk=story.network.north)
    loans = lent_to(story, ReaderFactory(), 2)
    story.later(days=10)

    renew_all(loans, actor=librarian)

    assert set(librarian.acts.values_list("verb", "subject")) == {("renew_loan", f"loan:{loan.pk}") for loan in loans}


@pytest.mark.django_db(transaction=True)
def test_renew_all_pressed_twice_at_the_same_moment_counts_once(story, rivals):
    reader = ReaderFactory()
    loans = lent_to(story, reader, 3)
    story.later(days=10)

    outcomes = rivals(
        *(lambda: renew_all(Loan.objects.filter(reader=reader).order_by("-pk"), actor=None) for _press in range(2))
    )

    assert sorted(sum(one.is_new for one in each) for each in outcomes) == [0, 3]
    assert [fresh(loan).renewals for loan in loans] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_renew_all_and_a_reservation_at_the_same_moment_follow_one_another(story, rivals):
    loan, other = lent_to(story, ReaderFactory(), 2)
    reader = ReaderFactory()
    story.later(days=10)

    outcomes, hold = rivals(
        lambda: renew_all([other, loan], actor=None),
        lambda: place_hold(reader, loan.copy.title, story.network.north, actor=None),
    )

    assert hold.is_open
    assert outcomes[0].is_new
    assert outcomes[1].is_new or isinstance(outcomes[1].refusal, AnotherReaderWaits)


@pytest.mark.django_db(transaction=True)
def test_renew_all_while_staff_joins_a_work_waits_and_begins_again(story, rivals):
    title = story.copies(1)[0].title
    loan = story.lent(title.copies.get())
    into = TitleFactory()
    story.later(days=10)

    _work, outcomes = rivals(
        lambda: join_works(into.work, title.work, actor=None), lambda: renew_all([loan], actor=None)
    )

    assert outcomes[0].is_new
    assert fresh(title).work_id == into.work_id

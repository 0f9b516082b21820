"""Loans that renew by themselves the day before they are due, and the one more day of 'not today'."""

import datetime as dt

import pytest
from django.db import IntegrityError
from django.db.models import F

from accounts.choices import choose_renewal
from accounts.models import ReaderStatus
from loans.errors import AnotherReaderWaits, CardExpired, LoanNotOpen, NotDueToday, PutOffBefore, ReaderClosed
from loans.holds import cancel_hold
from loans.models import Loan
from loans.reminders import remind
from loans.renewals import put_off_loan, renew_by_themselves, renew_loan
from loans.tasks import daily
from notifications.models import Message
from outbox.events import dispatch
from outbox.models import Event
from tests.factories import (
    ClosureFactory,
    LibrarianFactory,
    LoanFactory,
    OpeningHoursFactory,
    ReaderFactory,
    UserFactory,
)
from tests.story import fresh


@pytest.fixture
def anna(db):
    """A reader with an address who chose that loans renew by themselves."""
    return choose_renewal(ReaderFactory(user=UserFactory()), by_itself=True)


def events(kind):
    return list(Event.objects.filter(kind=f"loans.{kind}").values_list("payload__loan_id", flat=True))


# --- By themselves


def test_renew_by_themselves_renews_the_day_before_and_tells_it_once(story, anna):
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.later(days=28)
    assert renew_by_themselves() == 0, "due in two days"

    story.later(days=1)
    assert (renew_by_themselves(), renew_by_themselves()) == (1, 0)
    dispatch()

    assert (fresh(loan).due_on, fresh(loan).renewals) == (dt.date(2026, 4, 30), 1)
    assert Message.objects.get(kind="loan_renewed_by_itself").params == {"loan": loan.pk, "due_on": "2026-04-30"}


def test_renew_by_themselves_leaves_those_who_did_not_choose_it(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=29)

    assert renew_by_themselves() == 0
    assert fresh(loan).renewals == 0


def test_renew_by_themselves_leaves_those_who_changed_their_mind(story, anna):
    loan = story.lent(story.copies(1)[0], reader=anna)
    choose_renewal(anna, by_itself=False)
    story.later(days=29)

    assert renew_by_themselves() == 0
    assert fresh(loan).renewals == 0


def test_renew_by_themselves_says_once_why_not(story, anna):
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.hold(loan.copy.title)
    for _day in (29, 30):
        story.clock.move_to(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC) + dt.timedelta(days=_day))
        assert renew_by_themselves() == 0
    dispatch()

    message = Message.objects.get()
    assert (message.kind, message.params["why"]) == ("loan_not_renewed", "another_reader_waits")


def test_renew_by_themselves_tries_again_on_the_due_day(story, anna):
    loan = story.lent(story.copies(1)[0], reader=anna)
    hold = story.hold(loan.copy.title)
    story.later(days=29)
    renew_by_themselves()
    cancel_hold(hold, actor=None)
    story.later(days=1)

    assert renew_by_themselves() == 1, "nobody waits any more"
    assert events("renewed_by_itself") == [loan.pk]


def test_remind_leaves_what_renews_by_itself_unless_somebody_waits_or_no_renewal_is_left(story, anna):
    quiet, waited_for, used_up, of_another = (
        story.lent(story.copies(1)[0], reader=reader) for reader in (anna, anna, anna, ReaderFactory())
    )
    Loan.objects.filter(pk=used_up.pk).update(renewals=F("max_renewals"))
    story.hold(waited_for.copy.title)
    story.later(days=28)

    remind()

    assert set(events("due_soon")) == {waited_for.pk, used_up.pk, of_another.pk}
    assert quiet.pk not in events("due_soon")


def test_daily_renews_before_it_reminds(story, anna):
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.later(days=29)

    daily()

    assert fresh(loan).renewals == 1
    assert events("due_soon") == []


@pytest.mark.django_db(transaction=True)
def test_renew_by_themselves_and_by_hand_at_the_same_moment_count_once(story, rivals, anna):
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.later(days=29)

    outcomes = rivals(renew_by_themselves, lambda: renew_loan(fresh(loan), actor=None))

    assert not any(isinstance(one, Exception) for one in outcomes)
    assert fresh(loan).renewals == 1


def test_choose_renewal_again_changes_nothing(anna):
    assert choose_renewal(anna, by_itself=True).renews_by_itself
    assert fresh(anna).renews_by_itself


# --- Not today


def test_put_off_loan_moves_the_due_day_by_one(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=30)

    put_off_loan(loan, actor=None)

    assert (fresh(loan).due_on, fresh(loan).extended_on) == (dt.date(2026, 4, 2), dt.date(2026, 4, 1))
    assert fresh(loan).renewals == 0


def test_put_off_loan_moves_it_to_the_next_open_day(story):
    north = story.network.north
    loan = story.lent(story.copies(1)[0])
    type(north).objects.filter(pk=north.pk).update(hours_known=True)
    for weekday in range(7):
        OpeningHoursFactory(place=north, weekday=weekday)
    ClosureFactory(place=north, starts_on=dt.date(2026, 4, 2), ends_on=dt.date(2026, 4, 7))
    story.later(days=30)

    assert put_off_loan(loan, actor=None).due_on == dt.date(2026, 4, 8)


def test_put_off_loan_twice_on_one_day_is_once(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=30)
    put_off_loan(loan, actor=None)

    assert put_off_loan(fresh(loan), actor=None).due_on == dt.date(2026, 4, 2)
    assert events("loan_put_off") == [loan.pk]


def test_put_off_loan_refuses_a_second_day(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=30)
    put_off_loan(loan, actor=None)
    story.later(days=1)

    with pytest.raises(PutOffBefore):
        put_off_loan(loan, actor=None)


@pytest.mark.parametrize("day", [29, 31])
def test_put_off_loan_refuses_on_any_other_day(story, day):
    loan = story.lent(story.copies(1)[0])
    story.later(days=day)

    with pytest.raises(NotDueToday):
        put_off_loan(loan, actor=None)


def test_put_off_loan_refuses_when_another_reader_waits(story):
    loan = story.lent(story.copies(1)[0])
    story.hold(loan.copy.title)
    story.later(days=30)

    with pytest.raises(AnotherReaderWaits):
        put_off_loan(loan, actor=None)


def test_put_off_loan_refuses_a_loan_that_is_over(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=30)
    story.given_back(loan.copy)

    with pytest.raises(LoanNotOpen):
        put_off_loan(loan, actor=None)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [({"status": ReaderStatus.CLOSED}, ReaderClosed), ({"card_expires_on": dt.date(2026, 3, 31)}, CardExpired)],
)
def test_put_off_loan_refuses_cards_that_are_closed_or_expired(story, fields, refusal):
    loan = story.lent(story.copies(1)[0])
    type(loan.reader).objects.filter(pk=loan.reader_id).update(**fields)
    story.later(days=30)

    with pytest.raises(refusal):
        put_off_loan(fresh(loan), actor=None)


def test_put_off_loan_by_staff_is_written_down(story):
    librarian = LibrarianFactory(desk=story.network.north)
    loan = story.lent(story.copies(1)[0])
    story.later(days=30)

    put_off_loan(loan, actor=librarian)

    assert librarian.acts.get().subject == f"loan:{loan.pk}"


@pytest.mark.django_db(transaction=True)
def test_put_off_loan_pressed_twice_at_the_same_moment_is_one_day(story, rivals):
    loan = story.lent(story.copies(1)[0])
    story.later(days=30)

    rivals(*(lambda: put_off_loan(fresh(loan), actor=None) for _press in range(2)))

    assert fresh(loan).due_on == dt.date(2026, 4, 2)


def test_a_loan_is_put_off_once_whoever_writes_it(story):
    loan = LoanFactory(extended_on=dt.date(2026, 3, 2))

    with pytest.raises(IntegrityError, match="was put off before") as refused:
        Loan.objects.filter(pk=loan.pk).update(extended_on=dt.date(2026, 3, 3))
    assert refused.value.__cause__.diag.constraint_name == "loan_put_off_once"
    story.is_broken = True


def test_a_loan_that_was_put_off_is_due_later(db):
    with pytest.raises(IntegrityError, match="loan_put_off_is_due_later"):
        LoanFactory(due_on=dt.date(2026, 3, 2), extended_on=dt.date(2026, 3, 2))

"""Why a reader may not borrow or reserve now: lateness, too much past its date, reservations left lying."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError

from accounts.models import Act, ReaderStatus
from loans.blocks import blocks_of
from loans.errors import (
    CardExpired,
    CopyNotLendable,
    HoldLimitReached,
    LoanLimitReached,
    NotCollectedBefore,
    NotLentYet,
    ReaderSuspended,
    TooManyOverdue,
    TooYoung,
)
from loans.holds import expire_holds, place_hold
from loans.lending import check_out, lift_suspension
from loans.models import Loan, LoanRule, ReaderRule
from loans.reminders import unlink_ended
from milanolib import clock
from tests.factories import (
    CopyFactory,
    LibrarianFactory,
    LoanFactory,
    OpeningHoursFactory,
    ReaderFactory,
    TitleFactory,
)
from tests.story import fresh


def codes(reader):
    return [block.code for block in blocks_of(reader)]


def returned_late(story, days):
    """A loan given back so many days after its last one; returns its reader and itself."""
    reader, copy = ReaderFactory(), story.copies(1)[0]
    loan = story.lent(copy, reader=reader)
    story.later(days=30 + days)
    story.given_back(copy)
    return reader, fresh(loan)


@pytest.mark.parametrize(("days", "suspended"), [(0, 0), (3, 0), (4, 4), (10, 10), (90, 60)])
def test_lateness_suspends_by_the_day_after_a_grace_and_up_to_a_cap(story, days, suspended):
    reader, loan = returned_late(story, days)

    if not suspended:
        assert loan.suspended_until is None
        assert codes(reader) == []
        return
    assert loan.suspended_until == clock.today() + dt.timedelta(days=suspended)
    assert codes(reader) == ["reader_suspended"]
    story.later(days=suspended)
    assert codes(reader) == ["reader_suspended"], "the last day counts"
    story.later(days=1)
    unlink_ended()
    assert codes(reader) == []


def test_days_on_which_the_lending_library_was_shut_are_not_late(story):
    """Open on Mondays only: due on Monday 6 April (30 days end on a Wednesday); five Mondays later, five days late."""
    OpeningHoursFactory(place=story.network.north, weekday=0)
    type(story.network.north).objects.filter(pk=story.network.north.pk).update(hours_known=True)
    LoanRule.objects.update(grace_days=0)
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    assert loan.due_on == dt.date(2026, 4, 13), "6 April is Easter Monday"
    story.later(days=(dt.date(2026, 5, 18) - clock.today()).days)

    story.given_back(copy)

    assert fresh(loan).suspended_until == clock.today() + dt.timedelta(days=5)


def test_the_values_are_the_loans_own_and_a_rule_changed_since_changes_nothing(story):
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    LoanRule.objects.update(grace_days=0, suspension_per_day=Decimal("2.5"), suspension_most=366)
    story.later(days=40)

    story.given_back(copy)

    assert fresh(loan).suspended_until == clock.today() + dt.timedelta(days=10)


def test_a_suspended_reader_neither_borrows_nor_reserves_and_is_told_until_when(story):
    reader, loan = returned_late(story, 10)
    title = TitleFactory()
    copy = story.copies(1, title=title)[0]

    with pytest.raises(ReaderSuspended) as refused:
        story.lent(copy, reader=reader)
    with pytest.raises(ReaderSuspended):
        story.hold(title, reader=reader)

    assert str(loan.suspended_until.year) in str(refused.value)
    assert not Loan.objects.standing().filter(reader=reader).exists()


def test_lift_suspension_forgives_and_keeps_why(story):
    reader, loan = returned_late(story, 10)
    librarian = LibrarianFactory()

    lift_suspension(loan, reason="the box was full", actor=librarian)
    lift_suspension(loan, reason="again", actor=librarian)

    assert codes(reader) == []
    assert list(Act.objects.values_list("verb", "reason")) == [("lift_suspension", "the box was full")]


def test_a_suspension_keeps_its_loan_linked_until_it_ends_and_no_longer(story):
    reader, loan = returned_late(story, 30)
    story.later(days=10)
    unlink_ended()
    assert fresh(loan).reader == reader
    story.later(days=21)

    unlink_ended()

    assert fresh(loan).reader is None


def test_only_a_closed_loan_suspends(db):
    with pytest.raises(IntegrityError, match="loan_suspends_only_once_given_back"):
        LoanFactory(suspended_until=clock.today())


def test_too_much_past_its_date_blocks_and_giving_one_back_frees(story, english):
    reader, copies = ReaderFactory(), story.copies(3)
    for copy in copies:
        story.lent(copy, reader=reader)
    story.later(days=31)
    assert codes(reader) == ["too_many_overdue"]
    with pytest.raises(TooManyOverdue, match="3 loans"):
        story.lent(story.copies(1)[0], reader=reader)

    story.given_back(copies[0])

    assert codes(reader) == []


def test_reservations_left_lying_forbid_new_ones_for_a_while_but_no_loan(story):
    reader = ReaderFactory()
    for _number in range(2):
        title = TitleFactory()
        story.copies(1, title=title)
        story.ready(title, reader=reader)
    story.later(days=8)
    assert expire_holds() == 2
    assert codes(reader) == ["not_collected_before"]
    title = TitleFactory()
    copy = story.copies(1, title=title)[0]

    with pytest.raises(NotCollectedBefore):
        story.hold(title, reader=reader)
    story.lent(copy, reader=reader)
    story.later(days=14)
    unlink_ended()
    assert codes(reader) == ["not_collected_before"], "the last day counts, and nothing was forgotten before"
    story.later(days=1)
    unlink_ended()
    assert codes(reader) == []


def test_a_rule_for_a_category_beats_the_one_for_any(story):
    ReaderRule.objects.create(reader_status="verified", reader_category="home", max_holds=1, max_loans=1)
    at_home, other = ReaderFactory(category="home"), ReaderFactory()

    for reader in (at_home, other):
        story.lent(story.copies(1)[0], reader=reader)

    with pytest.raises(LoanLimitReached, match="1"):
        story.lent(story.copies(1)[0], reader=at_home)
    story.lent(story.copies(1)[0], reader=other)


def test_blocks_of_a_closed_card_is_that_alone(db):
    assert codes(ReaderFactory(status=ReaderStatus.CLOSED, card_expires_on=dt.date(2020, 1, 1))) == ["reader_closed"]


# --- What a rule says of the copy


def test_films_are_kept_back_for_eighteen_months(story):
    """Of the title only the year is known; the library had it by the day it came."""
    title = TitleFactory(material="dvd", year=2026)
    copy = CopyFactory(title=title, home=story.network.north, added_on=dt.date(2026, 2, 1))
    old = CopyFactory(title=TitleFactory(material="dvd", year=2023), home=story.network.north)

    with pytest.raises(NotLentYet, match="2027"):
        story.lent(copy)
    story.lent(old)


def test_an_age_mark_refuses_who_is_known_to_be_younger(story):
    title = TitleFactory(age_mark=14)
    copy = story.copies(1, title=title)[0]
    child, teen = ReaderFactory(born_on=dt.date(2013, 1, 1)), ReaderFactory(born_on=dt.date(2012, 3, 2))

    with pytest.raises(TooYoung, match="14"):
        story.lent(copy, reader=child)
    with pytest.raises(TooYoung):
        story.hold(title, reader=child)
    assert story.lent(copy, reader=teen).reader == teen


def test_extra_large_loans_count_for_nothing_else(story):
    reader = ReaderFactory()
    for copy in story.copies(10):
        story.lent(copy, reader=reader)

    loan = story.lent(story.copies(1, loan_class="extra")[0], reader=reader)

    assert (loan.material, loan.limit_group, loan.counts_in_total) == ("extra", "extra", False)
    with pytest.raises(LoanLimitReached, match="10"):
        story.lent(story.copies(1)[0], reader=reader)


def test_recent_guides_have_a_limit_of_their_own(story):
    reader = ReaderFactory()
    for copy in story.copies(2, loan_class="guide"):
        story.lent(copy, reader=reader)

    with pytest.raises(LoanLimitReached, match="2"):
        story.lent(story.copies(1, loan_class="guide")[0], reader=reader)
    story.lent(story.copies(1)[0], reader=reader)


# --- All the same


def test_override_passes_what_may_be_passed_and_keeps_why(story):
    reader = ReaderFactory(card_expires_on=dt.date(2026, 1, 1), born_on=dt.date(2015, 1, 1))
    copy = story.copies(1, title=TitleFactory(age_mark=12), is_lendable=False)[0]
    librarian = LibrarianFactory(desk=story.network.north)

    for blank in ("", "  "):
        with pytest.raises(CopyNotLendable):
            check_out(copy, reader, story.network.north, actor=librarian, override=blank)
    loan = check_out(copy, reader, story.network.north, actor=librarian, override="her mother agrees")

    act = Act.objects.get(verb="check_out")
    assert (act.subject, act.reason) == (
        f"loan:{loan.pk}",
        "copy_not_lendable, card_expired, too_young: her mother agrees",
    )


def test_override_never_passes_what_the_law_or_another_reader_forbids(story):
    title = TitleFactory(material="dvd", year=2026)
    copy = CopyFactory(title=title, home=story.network.north, added_on=dt.date(2026, 2, 1))

    with pytest.raises(NotLentYet):
        check_out(copy, ReaderFactory(), story.network.north, actor=None, override="please")


def test_override_of_a_reservation_keeps_why(story):
    reader = ReaderFactory()
    for _number in range(5):
        title = TitleFactory()
        story.copies(1, title=title)
        story.hold(title, reader=reader)
    title = TitleFactory()
    story.copies(1, title=title)
    librarian = LibrarianFactory(desk=story.network.north)

    with pytest.raises(HoldLimitReached):
        place_hold(reader, title, story.network.north, actor=librarian)
    hold = place_hold(reader, title, story.network.north, actor=librarian, override="for the school")

    assert Act.objects.get(verb="place_hold").reason == "hold_limit_reached: for the school"
    assert hold.reader == reader


def test_override_that_was_not_needed_keeps_nothing(story):
    check_out(
        story.copies(1)[0], ReaderFactory(), story.network.north, actor=LibrarianFactory(), override="just in case"
    )

    assert Act.objects.get(verb="check_out").reason == ""


def test_card_expired_may_be_passed_over_but_is_told(story):
    reader = ReaderFactory(card_expires_on=dt.date(2026, 1, 1))

    with pytest.raises(CardExpired):
        story.lent(story.copies(1)[0], reader=reader)
    assert codes(reader) == ["card_expired"]

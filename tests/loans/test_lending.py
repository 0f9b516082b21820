"""At the desk: lend."""

import datetime as dt

import pytest
from django.db import IntegrityError

from accounts.models import ReaderStatus
from catalog.models import Copy, Material
from catalog.states import CopyStatus
from loans.errors import (
    CardExpired,
    CopyKeptForAnother,
    CopyNotLendable,
    CopyOnLoan,
    LoanLimitReached,
    ReaderClosed,
)
from loans.lending import check_out
from loans.models import Loan
from loans.states import HoldStatus, LoanEnd, LoanStatus, ParcelStatus
from milanolib import clock
from outbox.models import Event
from tests.factories import (
    CopyFactory,
    LibrarianFactory,
    LoanFactory,
    MetroLibraryFactory,
    OpeningHoursFactory,
    ReaderFactory,
    TitleFactory,
    TransitFactory,
    VisitFactory,
)
from tests.story import fresh

# --- Lending


def test_check_out_lends_a_free_copy_and_freezes_the_rule(story):
    copy = story.copies(1)[0]
    reader = ReaderFactory(municipio=7, born_on=dt.date(2014, 1, 1))

    loan = story.lent(copy, reader=reader)

    assert (loan.status, loan.due_on) == (LoanStatus.OPEN, dt.date(2026, 4, 1))
    assert (loan.loan_days, loan.max_renewals, loan.material) == (30, 3, "book")
    assert (loan.age_band, loan.municipio) == ("child", 7)
    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.ON_LOAN, None)
    assert Event.objects.filter(key=f"loan-begun:{loan.pk}").exists()


def test_check_out_moves_the_last_day_to_one_on_which_the_library_opens(story):
    """30 days after Monday 2 March is a Wednesday; this library opens on Saturdays only."""
    OpeningHoursFactory(place=story.network.north, weekday=5)
    type(story.network.north).objects.filter(pk=story.network.north.pk).update(hours_known=True)

    assert story.lent(story.copies(1)[0]).due_on == dt.date(2026, 4, 4)


def test_check_out_on_the_bibliobus_ends_on_a_visit(story):
    VisitFactory(stop=story.network.stop, on=dt.date(2026, 4, 8))
    copy = story.copies(1, home=story.network.bus)[0]

    assert story.lent(copy, place=story.network.stop).due_on == dt.date(2026, 4, 8)


def test_check_out_collects_the_readers_hold(story):
    hold, copy = story.ready(story.copies(1)[0].title)

    loan = story.lent(copy, reader=hold.reader)

    hold = fresh(hold)
    assert (hold.status, hold.end_reason, hold.pickup_code) == (HoldStatus.COLLECTED, "collected", "")
    assert loan.hold == hold


def test_check_out_collects_a_hold_whose_copy_was_not_picked_yet(story):
    copy = story.copies(1)[0]
    hold = story.hold(copy.title)

    story.lent(copy, reader=hold.reader)

    assert fresh(hold).status == HoldStatus.COLLECTED


def test_check_out_of_another_copy_frees_the_one_that_was_meant(story):
    meant = story.copies(1)[0]
    in_the_metro = CopyFactory(title=meant.title, home=MetroLibraryFactory())
    hold, waiting = story.hold(meant.title), story.hold(meant.title)
    assert (story.copy_of(hold), story.copy_of(waiting)) == (meant, None)

    loan = story.lent(in_the_metro, reader=hold.reader)

    assert (fresh(hold).status, loan.hold) == (HoldStatus.COLLECTED, hold)
    assert story.copy_of(waiting) == meant


def test_check_out_on_the_spot_ends_the_readers_waiting_hold(story):
    """The point was full, so the copy stayed on its shelf, where its reader found it."""
    title = story.copies(1)[0].title
    point = story.network.small_newsstand
    story.hold(story.copies(1)[0].title, pickup=point)
    hold = story.hold(title, pickup=point)
    assert hold.status == HoldStatus.QUEUED

    story.lent(Copy.objects.get(title=title), reader=hold.reader)

    assert fresh(hold).status == HoldStatus.COLLECTED
    assert hold.assignments.get().release_reason == "collected"


def test_check_out_refuses_a_copy_for_use_in_the_library(story):
    with pytest.raises(CopyNotLendable):
        story.lent(story.copies(1, is_lendable=False)[0])


def test_check_out_refuses_a_copy_that_is_on_loan(story):
    copy = story.copies(1)[0]
    story.lent(copy)

    with pytest.raises(CopyOnLoan):
        story.lent(copy, place=story.network.north)


@pytest.mark.parametrize("is_picked", [False, True])
def test_check_out_refuses_a_copy_that_is_meant_for_another(story, is_picked):
    copy = story.copies(1)[0]
    hold = story.picked(copy.title)[0] if is_picked else story.hold(copy.title)

    with pytest.raises(CopyKeptForAnother):
        story.lent(copy)
    assert fresh(hold).is_open


def test_check_out_refuses_cards_that_are_closed_or_expired(story):
    copy = story.copies(1)[0]

    with pytest.raises(ReaderClosed):
        story.lent(copy, reader=ReaderFactory(status=ReaderStatus.CLOSED))
    with pytest.raises(CardExpired):
        story.lent(copy, reader=ReaderFactory(card_expires_on=dt.date(2026, 3, 1)))


@pytest.mark.parametrize(
    ("materials", "allowed"),
    [
        ([Material.BOOK, Material.COMIC], 10),
        ([Material.VIDEOGAME], 1),
        ([Material.MAGAZINE], 5),
        ([Material.DVD, Material.CD], 10),
        ([Material.MAP], 10),
    ],
)
def test_check_out_refuses_more_of_one_group_than_the_rules_allow(story, materials, allowed):
    reader = ReaderFactory()
    for number in range(allowed):
        title = TitleFactory(material=materials[number % len(materials)])
        story.lent(story.copies(1, title=title)[0], reader=reader)

    with pytest.raises(LoanLimitReached):
        story.lent(story.copies(1, title=TitleFactory(material=materials[0]))[0], reader=reader)
    story.lent(story.copies(1, title=TitleFactory(material=Material.AUDIOBOOK if allowed < 10 else "magazine"))[0])


def test_check_out_refuses_a_provisional_reader_the_third_loan(story):
    reader = ReaderFactory(provisional=True)
    for _number in range(2):
        story.lent(story.copies(1)[0], reader=reader)

    with pytest.raises(LoanLimitReached):
        story.lent(story.copies(1)[0], reader=reader)


def test_check_out_of_a_parcel_that_came_to_the_desk_opens_it(story):
    hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)

    story.lent(copy, reader=hold.reader, place=story.network.south)

    assert fresh(parcel).status == ParcelStatus.OPENED


def test_check_out_by_staff_is_written_down_without_the_reader(story):
    librarian = LibrarianFactory(desk=story.network.north)

    loan = check_out(story.copies(1)[0], ReaderFactory(), story.network.north, actor=librarian)

    act = librarian.acts.get()
    assert (act.verb, act.subject, act.place_code) == ("check_out", f"loan:{loan.pk}", "north")


# --- The constraints themselves


def test_a_copy_has_one_standing_loan(db):
    copy = CopyFactory()
    LoanFactory(copy=copy)

    with pytest.raises(IntegrityError, match="loan_one_standing_per_copy"):
        LoanFactory(copy=copy, status=LoanStatus.CLAIMED, claimed_on=clock.today())


def test_a_copy_has_one_open_journey(db):
    copy = CopyFactory()
    TransitFactory(copy=copy)

    with pytest.raises(IntegrityError, match="transit_one_open_per_copy"):
        TransitFactory(copy=copy)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": LoanStatus.CLOSED}, "loan_closed_exactly_when_given_back"),
        (
            {
                "status": LoanStatus.CLOSED,
                "closed_at": dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
                "end_reason": LoanEnd.MADE_GOOD,
            },
            "loan_given_back_after",
        ),
        ({"reader": None}, "loan_without_reader_is_closed_and_says_when"),
        ({"renewals": 4}, "loan_renewed_no_more_than_allowed"),
    ],
)
def test_a_loan_that_contradicts_itself_cannot_be_stored(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        LoanFactory(**fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"place": None}, "copy_lies_somewhere_when_at_a_place"),
        ({"status": CopyStatus.ON_LOAN}, "copy_is_at_no_place_when_out"),
    ],
)
def test_a_copy_is_at_one_place_or_out(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        CopyFactory(**fields)


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_check_out_of_one_copy_at_two_desks_lends_it_once(story, rivals):
    copy = story.copies(1)[0]
    readers = ReaderFactory.create_batch(2)

    outcomes = rivals(
        *(lambda reader=reader: check_out(copy, reader, story.network.north, actor=None) for reader in readers)
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["CopyOnLoan", "Loan"]
    assert Loan.objects.standing().count() == 1


@pytest.mark.django_db(transaction=True)
def test_check_out_at_two_desks_never_passes_the_limit(story, rivals):
    reader = ReaderFactory()
    games = [story.copies(1, title=TitleFactory(material=Material.VIDEOGAME))[0] for _number in range(2)]

    outcomes = rivals(*(lambda copy=copy: check_out(copy, reader, story.network.north, actor=None) for copy in games))

    assert sorted(type(one).__name__ for one in outcomes) == ["Loan", "LoanLimitReached"]

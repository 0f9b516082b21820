"""What a point says of a parcel that is not as it should be, of a crate that it fills and of what it counts."""

import datetime as dt

import pytest

from branches.models import ReportOutcome
from catalog.states import CopyStatus
from loans.claims import LoanOver
from loans.crates import inside
from loans.holds import cancel_hold
from loans.models import Crate, Loan, Task, TaskKind
from loans.records import COUNT, CRATE_OUT, DAMAGED, MISSING, WRONG
from loans.states import CrateStatus, HoldStatus, LoanEnd, LoanStatus, ParcelStatus
from loans.voiding import VOIDED_WITHIN, Fault, TooLateToVoid, void_loan
from milanolib import clock
from tests.story import fresh


@pytest.fixture
def title(story):
    return story.copies(1)[0].title


@pytest.fixture
def lent(story, title):
    """A parcel that was handed to its reader: hold, copy, parcel and loan."""
    hold, copy, parcel = story.at_the_point(title)
    story.hand_over(parcel)
    return hold, copy, parcel, Loan.objects.get(copy=copy)


def kinds():
    return set(Task.objects.values_list("kind", flat=True))


# --- Struck off within the first hour


@pytest.mark.parametrize(
    ("fault", "status", "expected"),
    [
        (Fault.MISSING, CopyStatus.MISSING, {TaskKind.NEVER_BORROWED}),
        (Fault.WRONG, CopyStatus.MISSING, {TaskKind.NEVER_BORROWED}),
        (Fault.DAMAGED, CopyStatus.DAMAGED, set()),
    ],
)
def test_void_loan_strikes_it_off_and_keeps_the_turn(story, lent, fault, status, expected):
    hold, copy, _parcel, loan = lent
    story.later(minutes=20)

    for _time in range(2):
        void_loan(loan, fault, story.network.newsstand, at=clock.now(), actor=None)

    loan = fresh(loan)
    assert (loan.status, loan.end_reason, loan.hold) == (LoanStatus.CLOSED, LoanEnd.NEVER_BORROWED, None)
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.QUEUED, status)
    assert {task.kind for task in Task.objects.filter(closed_at=None)} == expected


def test_void_loan_serves_the_reader_with_another_copy(story, lent):
    hold, copy, _parcel, loan = lent
    other = story.copies(1, title=copy.title)[0]

    void_loan(loan, Fault.WRONG, story.network.newsstand, at=clock.now(), actor=None)

    assert (fresh(hold).status, story.copy_of(hold)) == (HoldStatus.ASSIGNED, other)


def test_void_loan_refuses_after_an_hour_and_elsewhere(story, lent):
    loan = lent[-1]
    late = loan.lent_at + VOIDED_WITHIN + dt.timedelta(seconds=1)
    for place, at in (
        (story.network.newsstand, late),
        (story.network.newsstand, loan.lent_at - dt.timedelta(seconds=1)),
        (story.network.small_newsstand, loan.lent_at),
    ):
        with pytest.raises(TooLateToVoid):
            void_loan(loan, Fault.MISSING, place, at=at, actor=None)
    assert fresh(loan).status == LoanStatus.OPEN


def test_void_loan_refuses_what_was_given_back(story, lent):
    _hold, copy, _parcel, loan = lent
    story.take_back(copy)
    with pytest.raises(LoanOver):
        void_loan(loan, Fault.DAMAGED, story.network.newsstand, at=clock.now(), actor=None)


def test_record_of_a_fault_counts_the_hour_by_the_phone(story, lent):
    """Reported twenty minutes after the hand-over, sent when there was a signal again."""
    hold, copy, parcel, loan = lent
    story.later(hours=5)
    at = loan.lent_at + dt.timedelta(minutes=20)

    applied = [story.report(story.network.newsstand, WRONG, parcel.tag, at=at, sent_at=clock.now()) for _time in "ab"]

    assert [one.detail for one in applied] == ["loan_voided"] * 2
    assert [one.outcome for one in applied] == [ReportOutcome.TASK, ReportOutcome.REPEATED]
    assert fresh(hold).status == HoldStatus.QUEUED
    assert kinds() == {TaskKind.PARCEL_WRONG, TaskKind.NEVER_BORROWED}
    assert Task.objects.get(kind=TaskKind.PARCEL_WRONG).copy == copy


def test_record_of_a_fault_after_the_hour_leaves_the_loan_to_a_librarian(story, lent):
    _hold, _copy, parcel, loan = lent
    story.later(hours=2)

    applied = story.report(story.network.newsstand, DAMAGED, parcel.tag)

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "fault_kept")
    assert fresh(loan).status == LoanStatus.OPEN
    assert kinds() == {TaskKind.PARCEL_DAMAGED}


def test_record_of_a_fault_of_another_points_loan_strikes_nothing_off(story, lent):
    _hold, _copy, parcel, loan = lent

    applied = story.report(story.network.small_newsstand, MISSING, parcel.tag)

    assert (applied.detail, fresh(loan).status) == ("fault_kept", LoanStatus.OPEN)


def test_record_of_a_fault_before_the_hand_over(story, title):
    hold, copy, parcel = story.at_the_point(title)
    place = story.network.newsstand

    assert story.report(place, DAMAGED, parcel.tag).detail == "fault_kept"
    assert story.report(place, MISSING, "Y0Y0Y0Y0").detail == "unknown_tag"
    assert story.report(story.network.small_newsstand, MISSING, parcel.tag).detail == "fault_kept"
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.READY, CopyStatus.SET_ASIDE)

    assert story.report(place, MISSING, parcel.tag.lower()).detail == "parcel_missed"
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.QUEUED, CopyStatus.MISSING)
    assert fresh(parcel).status == ParcelStatus.LOST
    assert story.report(place, MISSING, parcel.tag).detail == "fault_kept"


def test_two_phones_strike_off_one_loan_once(story, lent, rivals):
    _hold, _copy, parcel, loan = lent
    place = story.network.newsstand
    story.phone(place)

    outcomes = rivals(*[lambda: story.report(place, MISSING, parcel.tag) for _time in range(2)])

    assert {one.detail for one in outcomes} == {"loan_voided"}
    assert fresh(loan).status == LoanStatus.CLOSED
    assert Task.objects.filter(kind=TaskKind.PARCEL_MISSING).count() == 1


# --- A crate for the van


def test_record_of_a_crate_seals_all_that_goes_back(story, title):
    place = story.network.newsstand
    hold, _copy, parcel = story.at_the_point(title)
    cancel_hold(hold, actor=None)
    given_back = story.copies(1)[0]
    story.lent(given_back)
    story.take_back(given_back)

    applied = story.report(place, CRATE_OUT, "2")

    crate = Crate.objects.get()
    assert (applied.outcome, applied.detail, applied.receipt) == (ReportOutcome.APPLIED, "crate_sealed", crate.code)
    assert (crate.status, crate.origin, crate.destination) == (CrateStatus.SEALED, place, story.network.south)
    assert inside(crate).count() == crate.parcels_declared == 2
    assert (fresh(parcel).status, fresh(parcel).crate) == (ParcelStatus.IN_CRATE, crate)
    assert story.report(place, CRATE_OUT, "2").outcome == ReportOutcome.REPEATED
    assert not Task.objects.exists()


@pytest.mark.parametrize("counted", ["1", "0"])
def test_record_of_a_crate_with_another_count_leaves_a_task(story, title, counted):
    hold = story.at_the_point(title)[0]
    if counted == "0":
        cancel_hold(hold, actor=None)

    applied = story.report(story.network.newsstand, CRATE_OUT, counted)

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "crate_differs")
    assert kinds() == {TaskKind.CRATE_DIFFERS}
    assert Task.objects.get().report.payload["believed"] == int(counted == "0")


# --- The day is closed


def test_record_of_a_count_compares_with_what_lies_there(story, title):
    place = story.network.newsstand
    story.at_the_point(title)

    assert story.report(place, COUNT, "1").detail == "day_closed"
    assert not Task.objects.exists()
    applied = story.report(place, COUNT, "3")

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "count_differs")
    task = Task.objects.get()
    assert (task.kind, task.place) == (TaskKind.SHELF_DIFFERS, story.network.south)
    assert task.report.payload["believed"] == 1


@pytest.mark.parametrize("act", [COUNT, CRATE_OUT])
@pytest.mark.parametrize("counted", ["many", "-1", "1.5", "12345", "²"])
def test_record_of_a_count_that_is_none_is_kept(story, act, counted):
    assert story.report(story.network.newsstand, act, counted).detail == "bad_report"

"""What has already happened at a point is kept and applied as far as it can be, and never refused."""

import datetime as dt

import pytest

from branches.models import DeviceKind, Report, ReportOutcome
from catalog.models import Copy
from catalog.states import CopyStatus
from loans.holds import cancel_hold
from loans.models import Hold, Loan, Task
from loans.records import HAND_OVER, RECEIVE, TAKE_BACK, Act, apply_report, record
from loans.states import HoldStatus, LoanStatus, ParcelStatus
from milanolib import clock
from outbox.models import Event
from tests.factories import DeviceFactory, LockerFactory, NewsstandFactory, ReaderFactory, StopFactory
from tests.story import fresh


def a_title(story):
    return story.copies(1)[0].title


# --- A parcel arrives


def test_record_of_a_received_parcel_makes_the_hold_ready(story):
    hold, copy, parcel = story.packed(a_title(story))

    applied = story.receive(parcel)

    assert (applied.outcome, applied.detail, applied.shelf_number) == (ReportOutcome.APPLIED, "received", 1)
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.READY, CopyStatus.SET_ASIDE)
    assert fresh(copy).place == fresh(parcel).place == story.network.newsstand
    assert Event.objects.filter(kind="loans.hold_ready").count() == 1


def test_record_sent_twice_is_applied_once_and_answers_the_same(story):
    _hold, _copy, parcel = story.packed(a_title(story))

    answers = [story.receive(parcel, key="same", seq=1) for _time in range(2)]

    assert answers[0] == answers[1]
    assert Report.objects.count() == 1
    assert parcel.handovers.filter(status=ParcelStatus.RECEIVED).count() == 1


def test_record_of_a_parcel_scanned_again_says_that_it_is_there(story):
    _hold, _copy, parcel = story.at_the_point(a_title(story))

    applied = story.receive(parcel)

    assert (applied.outcome, applied.detail) == (ReportOutcome.REPEATED, "already_received")
    assert Event.objects.filter(kind="loans.hold_ready").count() == 1


def test_record_reads_a_tag_as_it_was_meant(story):
    _hold, _copy, parcel = story.packed(a_title(story))
    typed = f" {parcel.tag[:4].lower()}-{parcel.tag[4:].lower()} ".replace("0", "o")

    assert story.report(story.network.newsstand, RECEIVE, typed).detail == "received"


def test_record_of_a_parcel_at_another_point_keeps_the_readers_turn(story):
    hold, copy, parcel = story.packed(a_title(story))
    elsewhere = NewsstandFactory()

    applied = story.receive(parcel, place=elsewhere)

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "wrong_point")
    assert fresh(copy).place == fresh(parcel).place == elsewhere
    assert fresh(hold).status == HoldStatus.IN_TRANSIT
    assert Task.objects.get().place == elsewhere.parent

    assert story.receive(parcel).detail == "received", "it found its way"
    assert fresh(hold).status == HoldStatus.READY


def test_record_of_a_ready_parcel_at_another_point_takes_it_from_nobody(story):
    hold, copy, parcel = story.at_the_point(a_title(story))

    applied = story.receive(parcel, place=NewsstandFactory())

    assert applied.outcome == ReportOutcome.TASK
    assert (fresh(hold).status, fresh(copy).status) == (HoldStatus.READY, CopyStatus.SET_ASIDE)


# --- A parcel is handed over


def test_record_of_a_handed_over_parcel_begins_the_loan_at_that_minute(story):
    hold, copy, parcel = story.at_the_point(a_title(story))
    done_at = clock.now() + dt.timedelta(hours=2)
    story.later(hours=5)

    applied = story.hand_over(parcel, at=done_at, sent_at=clock.now())

    loan = Loan.objects.get(copy=copy)
    assert (applied.outcome, loan.lent_at, loan.place) == (ReportOutcome.APPLIED, done_at, story.network.newsstand)
    assert (loan.reader, fresh(hold).status) == (hold.reader, HoldStatus.COLLECTED)
    assert fresh(parcel).status == ParcelStatus.HANDED_OVER


def test_record_of_a_hand_over_whose_arrival_was_not_reported_makes_up_for_it(story):
    hold, copy, parcel = story.packed(a_title(story))

    applied = story.hand_over(parcel)

    assert (applied.outcome, fresh(hold).status) == (ReportOutcome.APPLIED, HoldStatus.COLLECTED)
    assert story.receive(parcel).detail == "already_handed_over", "its arrival is told late"
    assert fresh(copy).status == CopyStatus.ON_LOAN


def test_record_of_a_hand_over_twice_begins_one_loan(story):
    _hold, copy, parcel = story.at_the_point(a_title(story))

    story.hand_over(parcel)
    applied = story.hand_over(parcel)

    assert applied.detail == "already_handed_over"
    assert Loan.objects.filter(copy=copy).count() == 1


def test_record_of_a_hand_over_after_the_reader_cancelled_lends_and_leaves_a_task(story):
    hold, copy, parcel = story.at_the_point(a_title(story))
    cancel_hold(hold, actor=None)

    applied = story.hand_over(parcel)

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "handed_over_late")
    assert Loan.objects.get(copy=copy).reader == hold.reader
    assert fresh(hold).status == HoldStatus.CANCELLED


def test_record_of_a_hand_over_at_another_point_lends_and_leaves_a_task(story):
    hold, copy, parcel = story.packed(a_title(story))
    elsewhere = NewsstandFactory()

    applied = story.hand_over(parcel, place=elsewhere)

    assert applied.outcome == ReportOutcome.TASK
    assert Loan.objects.get(copy=copy).place == elsewhere
    assert fresh(hold).status == HoldStatus.COLLECTED


def test_record_of_a_hand_over_to_nobody_known_asks_a_librarian(story):
    """The turn ended, the link was cut, the parcel still lay there, and now it is gone."""
    hold, copy, parcel = story.at_the_point(a_title(story))
    cancel_hold(hold, actor=None)
    Hold.objects.filter(pk=hold.pk).update(reader=None)

    applied = story.hand_over(parcel)

    assert applied.detail == "parcel_gone"
    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.MISSING, None)


def test_record_of_a_hand_over_after_a_desk_lent_the_copy_changes_nothing(story):
    hold, copy, parcel = story.at_the_point(a_title(story))
    loan = story.lent(copy, reader=hold.reader, place=story.network.south)

    applied = story.hand_over(parcel)

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "parcel_gone")
    assert Loan.objects.get(copy=copy) == loan


# --- A copy is given back


def lent_copy(story, **fields):
    copy = story.copies(1)[0]
    return copy, story.lent(copy, **fields)


def test_record_of_a_return_ends_the_loan_at_that_minute(story):
    copy, loan = lent_copy(story)
    story.later(days=2)
    given_back_at = clock.now()
    story.later(days=4)

    applied = story.take_back(copy, at=given_back_at, sent_at=clock.now())

    loan = fresh(loan)
    assert (applied.outcome, applied.receipt) == (ReportOutcome.APPLIED, loan.receipt_number)
    assert (loan.status, loan.closed_at, loan.checked_in_at) == (LoanStatus.CLOSED, given_back_at, None)
    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.IN_TRANSIT, story.network.newsstand)
    assert copy.transits.get().destination == story.network.south


def test_record_of_a_return_believes_no_clock_but_the_difference(story):
    """The phone's clock is a year ahead: only how long ago it happened counts."""
    copy, loan = lent_copy(story)
    story.later(days=1)
    wrong = clock.now() + dt.timedelta(days=365)

    story.take_back(copy, at=wrong - dt.timedelta(hours=3), sent_at=wrong)

    assert fresh(loan).closed_at == clock.now() - dt.timedelta(hours=3)


def test_record_of_a_return_before_the_loan_began_ends_it_when_it_began(story):
    copy, loan = lent_copy(story)
    lent_at = loan.lent_at
    story.later(hours=1)

    story.take_back(copy, at=clock.now() - dt.timedelta(days=3), sent_at=clock.now())

    assert fresh(loan).closed_at == lent_at


def test_record_of_a_return_in_the_future_happened_when_it_was_told(story):
    copy, loan = lent_copy(story)
    story.later(hours=1)

    story.take_back(copy, at=clock.now() + dt.timedelta(days=3), sent_at=clock.now())

    assert fresh(loan).closed_at == clock.now()


def test_record_of_a_return_twice_says_that_it_is_known(story):
    copy, _loan = lent_copy(story)

    first, again = story.take_back(copy), story.take_back(copy)

    assert (again.outcome, again.receipt) == (ReportOutcome.REPEATED, first.receipt)
    assert copy.transits.count() == 1


def test_record_of_a_return_told_after_the_copy_was_checked_in_ends_the_loan_at_the_point(story):
    """The days in the crate are never the reader's, also when the desk was faster than the phone."""
    copy, loan = lent_copy(story)
    story.later(days=10)
    given_back_at = clock.now()
    story.later(days=6)
    story.given_back(copy)

    applied = story.take_back(copy, at=given_back_at, sent_at=clock.now())

    loan = fresh(loan)
    assert (applied.outcome, applied.receipt) == (ReportOutcome.APPLIED, loan.receipt_number)
    assert (loan.closed_at, loan.returned_place) == (given_back_at, story.network.newsstand)
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_record_of_a_late_return_leaves_the_next_readers_loan_alone(story):
    copy, loan = lent_copy(story)
    story.later(days=10)
    given_back_at = clock.now()
    story.later(days=6)
    story.given_back(copy)
    next_loan = story.lent(copy)
    story.later(hours=1)

    story.take_back(copy, at=given_back_at, sent_at=clock.now())

    assert fresh(loan).closed_at == given_back_at
    assert fresh(next_loan).status == LoanStatus.OPEN
    assert fresh(copy).status == CopyStatus.ON_LOAN


def test_record_of_a_copy_that_nobody_had_asks_a_librarian(story):
    copy = story.copies(1)[0]

    applied = story.take_back(copy)

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "not_on_loan")
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_record_at_a_librarys_own_box_puts_the_copy_back_for_the_next(story):
    copy, _loan = lent_copy(story)
    hold = story.hold(copy.title)
    box = DeviceFactory(place=story.network.north, kind=DeviceKind.SELF_CHECK)

    applied = record(box, Act("a-key", TAKE_BACK, copy.barcode))

    assert applied.detail == "returned"
    assert story.copy_of(hold) == copy


def test_record_at_a_stop_puts_the_copy_on_the_vehicle(story):
    copy, _loan = lent_copy(story)

    story.take_back(copy, place=StopFactory())

    assert fresh(copy).place.kind == "vehicle"


# --- What cannot be applied


@pytest.mark.parametrize(
    ("act", "detail"), [(RECEIVE, "unknown_tag"), (HAND_OVER, "unknown_tag"), (TAKE_BACK, "unknown_barcode")]
)
def test_record_of_something_unknown_is_kept_and_asks_a_librarian(story, act, detail):
    applied = story.report(story.network.newsstand, act, "12345678")

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, detail)
    assert Task.objects.get().report == Report.objects.get()


def test_record_of_a_return_of_a_parcels_tag_is_kept_and_asks_nobody(story):
    _hold, copy, parcel = story.at_the_point(a_title(story))

    for _handed_over in (False, True):
        applied = story.report(story.network.newsstand, TAKE_BACK, f" {parcel.tag[:4].lower()}-{parcel.tag[4:]}")
        assert (applied.outcome, applied.detail) == (ReportOutcome.REPEATED, "tag_not_barcode")
        story.hand_over(parcel)

    assert Report.objects.filter(act=TAKE_BACK, detail="tag_not_barcode").count() == 2
    assert not Task.objects.exists()
    assert Loan.objects.get(copy=copy).status == LoanStatus.OPEN
    elsewhere = story.report(story.network.small_newsstand, TAKE_BACK, parcel.tag)
    assert elsewhere.detail == "unknown_barcode"  # there nobody can tell it from a barcode


@pytest.mark.parametrize(("act", "what"), [("dance", "12345678"), (RECEIVE, ""), ("", "12345678")])
def test_record_of_nonsense_is_kept_and_asks_a_librarian(story, act, what):
    assert story.report(story.network.newsstand, act, what).detail == "bad_report"
    assert Report.objects.get().payload["what"] == what


def test_record_with_a_key_that_meant_something_else_is_kept_beside_it(story):
    _hold, copy, parcel = story.packed(a_title(story))
    story.receive(parcel, key="one-key")

    applied = story.hand_over(parcel, key="one-key")

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "bad_report")
    assert Report.objects.count() == 2
    assert fresh(copy).status == CopyStatus.SET_ASIDE


def test_record_with_a_number_that_was_used_before_is_kept(story):
    """The phone was reset and counts anew."""
    parcels = [story.packed(a_title(story))[2] for _number in range(2)]

    answers = [story.receive(parcel, seq=1) for parcel in parcels]

    assert [one.detail for one in answers] == ["received", "received"]
    assert list(Report.objects.order_by("pk").values_list("seq", flat=True)) == [1, None]


def test_record_with_a_long_key_and_a_long_act_is_kept(story):
    applied = story.report(story.network.newsstand, "x" * 300, "y" * 3000, key="z" * 300)

    assert applied.detail == "bad_report"
    assert Report.objects.get().request_key == "z" * 64


def test_apply_report_finishes_what_was_only_kept(story):
    """The server stopped between keeping and applying: the report is applied later, once."""
    _hold, copy, parcel = story.packed(a_title(story))
    phone = story.phone(story.network.newsstand)
    report = Report.objects.create(
        device=phone,
        request_key="kept",
        act=RECEIVE,
        payload={"act": RECEIVE, "what": parcel.tag},
        occurred_at=clock.now(),
        received_at=clock.now(),
    )

    assert apply_report(report).detail == apply_report(report).detail == "received"
    assert fresh(copy).status == CopyStatus.SET_ASIDE


@pytest.mark.parametrize("factory", [NewsstandFactory, LockerFactory])
def test_a_parcels_whole_life_leaves_its_chain_of_custody(story, factory):
    hold, copy, parcel = story.at_the_point(a_title(story), pickup=factory(parent=story.network.south))
    story.hand_over(parcel)
    story.take_back(copy)
    found = story.given_back(copy, place=story.network.south)

    assert [one.status for one in parcel.handovers.all()] == ["packed", "received", "handed_over"]
    assert (fresh(hold).status, found.destination) == (HoldStatus.COLLECTED, story.network.north)


# --- Several at once


@pytest.mark.django_db(transaction=True)
def test_record_of_one_report_sent_twice_at_once_is_applied_once(story, rivals):
    _hold, copy, parcel = story.at_the_point(a_title(story))
    phone = story.phone(story.network.newsstand)

    answers = rivals(*[lambda: record(phone, Act("same-key", HAND_OVER, parcel.tag, seq=7))] * 2)

    assert answers[0] == answers[1]
    assert Loan.objects.filter(copy=copy).count() == 1


@pytest.mark.django_db(transaction=True)
def test_record_of_a_return_and_a_check_in_at_once_close_the_loan_once(story, rivals):
    copy, loan = lent_copy(story, reader=ReaderFactory())
    story.phone(story.network.newsstand)

    rivals(lambda: story.take_back(copy), lambda: story.given_back(copy))

    assert fresh(loan).status == LoanStatus.CLOSED
    assert Event.objects.filter(kind="loans.loan_closed").count() == 1
    assert Copy.objects.get(pk=copy.pk).status == CopyStatus.AVAILABLE


@pytest.mark.django_db(transaction=True)
def test_record_and_cancel_at_once_leave_no_copy_astray(story, rivals):
    hold, copy, parcel = story.packed(a_title(story))
    story.phone(story.network.newsstand)

    rivals(lambda: story.receive(parcel), lambda: cancel_hold(hold, actor=None))

    assert fresh(hold).status == HoldStatus.CANCELLED
    assert fresh(copy).status == CopyStatus.IN_TRANSIT

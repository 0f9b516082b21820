"""What a desk did while it had no network is kept, applied at its own minute, and never refused."""

import datetime as dt

import pytest

from accounts.cards_of_readers import report_card_lost
from accounts.models import Act as StaffAct
from accounts.models import ReaderStatus
from branches.devices import offline_desk_of
from branches.models import DeviceKind, Report, ReportOutcome
from catalog.states import CopyStatus
from loans.lending import check_out
from loans.models import Hold, Loan, LoanRule, Task, TaskKind
from loans.records import LEND, PICK, RENEW, TAKE_IN, Act, apply_report, record
from loans.reminders import unlink_ended
from loans.settling import close_task
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from outbox.models import Event
from tests.factories import CopyFactory, DeviceFactory, LibrarianFactory, ReaderFactory
from tests.story import fresh


def a_copy(story, **fields):
    return story.copies(1, **fields)[0]


def kinds():
    return set(Task.objects.values_list("kind", flat=True))


# --- Lent


def test_record_of_a_loan_begins_it_at_that_minute(story):
    copy, reader, librarian = a_copy(story), ReaderFactory(), LibrarianFactory(desk=story.network.north)
    lent_at = clock.now()
    story.later(hours=5)

    applied = story.lend_offline(copy, reader, at=lent_at, staff=librarian)

    loan = Loan.objects.get()
    assert (applied.outcome, applied.detail, applied.due_on) == (ReportOutcome.APPLIED, "lent", "2026-04-01")
    assert (loan.reader, loan.copy, loan.lent_at, loan.place) == (reader, copy, lent_at, story.network.north)
    assert fresh(copy).status == CopyStatus.ON_LOAN
    assert StaffAct.objects.get(verb="check_out").at == lent_at
    assert not Task.objects.exists()


def test_record_of_a_loan_forgets_the_card(story):
    """The loan knows its reader until it is unlinked; a report is kept for ever."""
    story.lend_offline(a_copy(story), ReaderFactory())

    report = Report.objects.get()
    assert "card" not in report.payload
    assert report.payload["loan"] == Loan.objects.get().pk


def test_record_of_a_loan_twice_by_its_key_is_one_loan(story):
    copy, reader = a_copy(story), ReaderFactory()
    lent_at = clock.now()
    story.later(hours=1)

    answers = [story.lend_offline(copy, reader, at=lent_at, key="same") for _time in range(2)]

    assert answers[0] == answers[1]
    assert Loan.objects.count() == Report.objects.count() == 1


def test_record_of_a_loan_with_the_key_of_another_is_kept_beside_it(story):
    copy = a_copy(story)
    story.lend_offline(copy, ReaderFactory(), key="same")

    again = story.lend_offline(copy, ReaderFactory(), key="same")

    assert (again.outcome, again.detail) == (ReportOutcome.TASK, "bad_report")
    assert (Loan.objects.count(), Report.objects.count()) == (1, 2)


def test_record_of_a_loan_under_another_key_is_known(story):
    """The browser was changed, or the copy was lent again on the page with network."""
    copy, reader = a_copy(story), ReaderFactory()
    lent_at = clock.now()
    story.lend_offline(copy, reader, at=lent_at)
    story.later(minutes=40)

    again = story.lend_offline(copy, reader, at=lent_at + dt.timedelta(seconds=3))

    assert (again.outcome, again.detail) == (ReportOutcome.REPEATED, "already_lent")
    assert Loan.objects.count() == 1


def test_record_of_a_loan_collects_the_readers_own_hold(story):
    reader = ReaderFactory()
    hold, copy = story.ready(a_copy(story).title, reader=reader)

    assert story.lend_offline(copy, reader).detail == "lent"
    assert fresh(hold).status == HoldStatus.COLLECTED
    assert Loan.objects.get().hold == hold


def test_record_of_a_loan_of_a_copy_on_loan_ends_the_other_just_before(story):
    copy, reader = a_copy(story), ReaderFactory()
    old = story.lent(copy)
    story.later(days=2)
    lent_at = clock.now()
    story.later(hours=3)

    applied = story.lend_offline(copy, reader, at=lent_at)

    old = fresh(old)
    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "loan_contradicted")
    assert (old.status, old.closed_at) == (LoanStatus.CLOSED, lent_at - dt.timedelta(seconds=1))
    assert Loan.objects.get(status=LoanStatus.OPEN).reader == reader
    assert (Task.objects.get().kind, Task.objects.get().loan) == (TaskKind.LOAN_CONTRADICTED, old)


def test_record_of_a_loan_that_is_over_by_now_takes_the_end_of_the_one_it_contradicts(story):
    """Lent offline at ten; given back at eleven at a desk that knew only the loan before."""
    copy, reader = a_copy(story), ReaderFactory()
    old = story.lent(copy)
    story.later(days=2)
    lent_at = clock.now()
    story.later(hours=1)
    story.given_back(copy)
    given_back_at = clock.now()
    story.later(hours=1)

    applied = story.lend_offline(copy, reader, at=lent_at)

    loan = Loan.objects.get(reader=reader)
    assert applied.detail == "loan_contradicted"
    assert fresh(old).closed_at == lent_at - dt.timedelta(seconds=1)
    assert (loan.status, loan.lent_at, loan.closed_at) == (LoanStatus.CLOSED, lent_at, given_back_at)
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_record_of_a_loan_before_another_one_ends_when_that_began(story):
    copy, reader = a_copy(story), ReaderFactory()
    lent_at = clock.now()
    story.later(hours=2)
    later_loan = story.lent(copy)
    story.later(hours=1)

    applied = story.lend_offline(copy, reader, at=lent_at)

    loan = Loan.objects.get(reader=reader)
    assert (applied.outcome, applied.detail) == (ReportOutcome.APPLIED, "lent_and_returned")
    assert loan.closed_at == later_loan.lent_at - dt.timedelta(seconds=1)
    assert fresh(later_loan).status == LoanStatus.OPEN


def test_record_of_a_loan_ends_it_when_a_desk_has_seen_the_copy_since(story):
    copy, librarian = a_copy(story), LibrarianFactory(desk=story.network.north)
    lent_at = clock.now()
    story.later(hours=1)
    story.at_desk(TAKE_IN, copy, staff=librarian)
    seen_at = clock.now()
    story.later(hours=1)

    applied = story.lend_offline(copy, ReaderFactory(), at=lent_at)

    assert applied.detail == "lent_and_returned"
    assert Loan.objects.get().closed_at == seen_at
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_record_of_a_loan_ends_it_when_a_point_has_taken_the_copy_back_since(story):
    copy = a_copy(story)
    lent_at = clock.now()
    story.later(hours=1)
    assert story.take_back(copy).detail == "not_on_loan"
    given_back_at = clock.now()
    story.later(hours=1)

    assert story.lend_offline(copy, ReaderFactory(), at=lent_at).detail == "lent_and_returned"
    loan = Loan.objects.get()
    assert (loan.closed_at, loan.returned_place) == (given_back_at, story.network.newsstand)


def test_record_of_lent_taken_in_and_lent_again_follows_the_day(story):
    """All of it comes in one evening, in order, long after it happened."""
    copy, first, second = a_copy(story), ReaderFactory(), ReaderFactory()
    librarian = LibrarianFactory(desk=story.network.north)
    ten = clock.now()
    story.later(hours=8)

    details = [
        story.lend_offline(copy, first, at=ten, staff=librarian).detail,
        story.take_in_offline(copy, at=ten + dt.timedelta(hours=1), staff=librarian).detail,
        story.lend_offline(copy, second, at=ten + dt.timedelta(hours=2), staff=librarian).detail,
    ]

    assert details == ["lent", "taken_in", "lent"]
    assert Loan.objects.get(reader=first).closed_at == ten + dt.timedelta(hours=1)
    assert Loan.objects.get(reader=second).status == LoanStatus.OPEN


def test_record_of_a_kept_copy_that_was_lent_gives_the_reader_the_turn_back(story):
    copy, other = story.copies(2)
    hold, kept = story.ready(copy.title)
    other = other if kept == copy else copy
    story.later(hours=1)

    applied = story.lend_offline(kept, ReaderFactory())

    hold = fresh(hold)
    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "kept_copy_lent")
    assert (hold.status, hold.pickup_code, hold.ready_at) == (HoldStatus.ASSIGNED, "", None)
    assert story.copy_of(hold) == other
    assert Task.objects.get().loan == Loan.objects.get()


def test_record_of_a_kept_copy_that_was_lent_puts_its_reader_before_later_ones(story):
    first, second = story.copies(2)
    hold, kept = story.ready(first.title)
    later_hold = story.hold(first.title)
    assert fresh(later_hold).status == HoldStatus.ASSIGNED

    story.lend_offline(kept, ReaderFactory())

    assert story.copy_of(hold) == (second if kept == first else first)
    assert fresh(later_hold).status == HoldStatus.QUEUED


def test_record_of_a_parcel_that_was_opened_and_lent_leaves_nothing_on_the_road(story):
    hold, copy, parcel = story.packed(a_copy(story).title)

    story.lend_offline(copy, ReaderFactory())

    assert fresh(parcel).status == "opened"
    assert fresh(hold).status == HoldStatus.QUEUED
    assert not copy.transits.filter(ended_at=None).exists()


def test_record_of_a_loan_of_what_was_assigned_since_troubles_no_librarian(story):
    copy = a_copy(story)
    lent_at = clock.now()
    story.later(minutes=5)
    hold = story.hold(copy.title)
    story.later(minutes=5)

    applied = story.lend_offline(copy, ReaderFactory(), at=lent_at)

    assert applied.detail == "lent"
    assert fresh(hold).status == HoldStatus.QUEUED
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("reader_fields", "copy_fields", "code"),
    [
        ({"status": ReaderStatus.CLOSED}, {}, "reader_closed"),
        ({"card_expires_on": dt.date(2026, 1, 1)}, {}, "card_expired"),
        ({}, {"is_lendable": False}, "copy_not_lendable"),
        ({}, {"status": CopyStatus.IN_REPAIR}, "copy_not_here"),
    ],
)
def test_record_of_a_loan_that_a_rule_refuses_is_made_and_told(story, reader_fields, copy_fields, code):
    applied = story.lend_offline(a_copy(story, **copy_fields), ReaderFactory(**reader_fields))

    task = Task.objects.get()
    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "lent_anyway")
    assert (task.kind, task.loan, task.place) == (TaskKind.LENT_ANYWAY, Loan.objects.get(), story.network.north)
    assert Report.objects.get().payload["refused"] == code


def test_record_of_more_loans_than_allowed_says_which_limit(story):
    LoanRule.objects.update(max_loans=1)
    reader = ReaderFactory()
    story.lent(a_copy(story), reader=reader)

    story.lend_offline(a_copy(story), reader)

    assert Loan.objects.standing().filter(reader=reader).count() == 2
    assert Report.objects.get().payload["refused_params"] == {"limit": 1}


def test_record_of_a_loan_to_a_card_reported_lost_stands_with_its_reader_and_is_told(story):
    reader = ReaderFactory()
    lost = reader.card_number
    before = clock.now()
    story.later(hours=1)
    report_card_lost(reader, lost, actor=None)
    story.later(hours=1)
    first, second = story.copies(2)

    in_time = story.at_desk(LEND, first, card=lost, at=before)
    too_late = [story.at_desk(LEND, second, card=lost, key="same") for _time in range(2)]

    assert (in_time.detail, [one.detail for one in too_late]) == ("lent", ["lent_anyway", "lent_anyway"])
    assert Loan.objects.filter(reader=reader).count() == 2
    assert Report.objects.latest("pk").payload["refused"] == "lost_card_used"


def test_record_of_a_loan_to_an_unknown_card_is_kept_and_the_copy_is_missing(story):
    copy = a_copy(story)
    hold = story.hold(copy.title)

    applied = story.at_desk(LEND, copy, card="ML00000000")

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "unknown_card")
    assert Report.objects.get().payload["card"] == "ML00000000"
    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.MISSING, None)
    assert fresh(hold).status == HoldStatus.QUEUED
    story.given_back(copy)
    assert story.copy_of(hold) == copy


def test_record_of_a_loan_to_an_unknown_card_ends_the_loan_that_ran(story):
    copy = a_copy(story)
    old = story.lent(copy)
    story.later(days=1)

    story.at_desk(LEND, copy, card="?")

    assert fresh(old).status == LoanStatus.CLOSED
    assert kinds() == {TaskKind.LOAN_CONTRADICTED, TaskKind.UNKNOWN_CARD}


def test_record_of_an_unknown_barcode_is_kept_with_its_card(story):
    reader = ReaderFactory()

    applied = story.lend_offline(CopyFactory.build(barcode="99"), reader)

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "unknown_barcode")
    assert Report.objects.get().payload["card"] == reader.card_number


def test_a_card_that_nobody_knew_is_forgotten_a_week_after_the_task_was_closed(story):
    story.at_desk(LEND, a_copy(story), card="ML00000000")
    close_task(Task.objects.get(), answer="called", actor=LibrarianFactory())

    story.later(days=6)
    unlink_ended()
    assert "card" in Report.objects.get().payload
    story.later(days=2)
    unlink_ended()
    assert "card" not in Report.objects.get().payload


def test_what_nobody_could_read_is_forgotten_a_week_after_its_task_was_closed(story):
    record(offline_desk_of(story.network.north), Act("k", "?", "sealed, perhaps a card"))
    close_task(Task.objects.get(), answer="seen", actor=LibrarianFactory())

    story.later(days=9)
    unlink_ended()

    assert Report.objects.get().payload["what"] == ""


def test_a_loan_that_was_contradicted_keeps_its_reader_while_its_task_is_open(story):
    copy = a_copy(story)
    old = story.lent(copy)
    story.later(days=1)
    story.lend_offline(copy, ReaderFactory(), at=clock.now() - dt.timedelta(hours=2))
    story.later(days=9)

    unlink_ended()

    assert fresh(old).reader is not None


@pytest.mark.parametrize("act", [LEND, TAKE_IN, RENEW, PICK])
def test_record_takes_no_act_of_a_desk_from_a_partners_phone(story, act):
    copy, reader = a_copy(story), ReaderFactory()

    applied = record(DeviceFactory(kind=DeviceKind.PARTNER_PHONE), Act("k", act, copy.barcode, card=reader.card_number))

    assert applied.detail == "bad_report"
    assert not Loan.objects.exists()


def test_record_killed_between_keeping_and_applying_is_applied_later_by_whom_did_it(story):
    copy, reader, librarian = a_copy(story), ReaderFactory(), LibrarianFactory()
    report = Report.objects.create(
        device=offline_desk_of(story.network.north),
        request_key="kept",
        act=LEND,
        payload={"act": LEND, "what": copy.barcode, "card": reader.card_number, "staff": librarian.pk},
        occurred_at=clock.now(),
        received_at=clock.now(),
    )

    assert apply_report(report).detail == apply_report(report).detail == "lent"
    assert StaffAct.objects.get(verb="check_out").staff == librarian


# --- Taken in


def test_record_of_a_copy_taken_in_ends_its_loan_and_readies_nothing(story):
    """Nobody could say where it goes: whoever waits is found, and the pick list asks for it."""
    copy = a_copy(story)
    loan = story.lent(copy)
    hold = story.hold(copy.title)
    story.later(days=3)
    taken_in_at = clock.now()
    story.later(hours=2)

    applied = story.take_in_offline(copy, at=taken_in_at)

    loan = fresh(loan)
    assert (applied.outcome, applied.detail, applied.receipt) == ("applied", "taken_in", loan.receipt_number)
    assert (loan.closed_at, loan.checked_in_at, loan.returned_place) == (taken_in_at, taken_in_at, copy.home)
    assert fresh(hold).status == HoldStatus.ASSIGNED
    assert story.given_back(copy).hold == hold


def test_record_of_a_copy_of_another_library_sends_it_home(story):
    copy = a_copy(story, home=story.network.south)
    story.lent(copy)

    story.take_in_offline(copy, place=story.network.north)

    assert copy.transits.get().destination == story.network.south


def test_record_of_a_copy_taken_in_twice_is_known(story):
    copy = a_copy(story)
    story.lent(copy)

    details = [story.take_in_offline(copy).detail for _time in range(2)]

    assert details == ["taken_in", "already_taken_in"]
    assert Event.objects.filter(kind="loans.loan_closed").count() == 1


def test_record_of_a_copy_that_was_checked_in_later_ends_its_loan_earlier(story):
    copy = a_copy(story)
    loan = story.lent(copy)
    story.later(days=1)
    taken_in_at = clock.now()
    story.later(hours=4)
    story.given_back(copy)

    story.take_in_offline(copy, at=taken_in_at)

    assert fresh(loan).closed_at == taken_in_at


def test_record_of_a_copy_that_was_lent_again_since_leaves_that_loan_alone(story):
    copy = a_copy(story)
    taken_in_at = clock.now()
    story.later(hours=1)
    loan = story.lent(copy)

    applied = story.take_in_offline(copy, at=taken_in_at)

    assert (applied.outcome, applied.detail) == (ReportOutcome.REPEATED, "already_taken_in")
    assert fresh(loan).status == LoanStatus.OPEN


def test_record_of_a_copy_from_a_crate_ends_its_journey(story):
    copy = a_copy(story)
    story.lent(copy)
    story.given_back(copy, place=story.network.south)
    story.later(days=1)

    assert story.take_in_offline(copy).detail == "taken_in"
    assert (fresh(copy).status, fresh(copy).place) == (CopyStatus.AVAILABLE, copy.home)


def test_record_of_a_copy_on_its_way_to_a_reader_asks_for_a_scan(story):
    hold, copy, _parcel = story.packed(a_copy(story).title)

    applied = story.take_in_offline(copy)

    assert (applied.outcome, applied.detail) == (ReportOutcome.REPEATED, "scan_again")
    assert fresh(hold).status == HoldStatus.IN_TRANSIT


# --- Renewed, picked


def test_record_of_a_renewal_counts_from_its_own_day(story):
    loan = story.lent(a_copy(story))
    story.later(days=10)
    renewed_at = clock.now()
    story.later(days=2)

    applied = story.at_desk(RENEW, loan.copy, at=renewed_at)
    again = story.at_desk(RENEW, loan.copy, at=renewed_at)

    loan = fresh(loan)
    assert (applied.detail, applied.due_on) == ("renewed", "2026-04-11")
    assert (again.outcome, again.detail) == (ReportOutcome.REPEATED, "already_renewed")
    assert (loan.due_on, loan.renewals, loan.renewed_at) == (dt.date(2026, 4, 11), 1, renewed_at)
    assert Event.objects.get(kind="loans.renewed_for_reader").payload == {"loan_id": loan.pk, "due_on": "2026-04-11"}


def test_record_of_a_renewal_that_a_rule_refuses_is_made_and_told(story):
    loan = story.lent(a_copy(story))
    story.hold(loan.copy.title)
    story.later(days=10)

    applied = story.at_desk(RENEW, loan.copy)

    assert (applied.outcome, applied.detail) == (ReportOutcome.TASK, "renewed_anyway")
    assert fresh(loan).due_on == dt.date(2026, 4, 11)
    assert (Task.objects.get().kind, Report.objects.get().payload["refused"]) == ("lent_anyway", "another_reader_waits")


def test_record_of_a_renewal_beyond_the_last_one_counts_it_all_the_same(story):
    loan = story.lent(a_copy(story))
    Loan.objects.update(renewals=3)
    story.later(days=10)

    assert story.at_desk(RENEW, loan.copy).detail == "renewed_anyway"
    assert (fresh(loan).renewals, fresh(loan).max_renewals) == (4, 4)


def test_record_of_a_renewal_of_what_is_not_on_loan_changes_nothing(story):
    assert story.at_desk(RENEW, a_copy(story)).detail == "not_on_loan"


def test_record_of_a_pick_takes_the_copy_for_its_reader(story):
    hold = story.hold(a_copy(story).title)

    assert story.at_desk(PICK, story.copy_of(hold)).detail == "picked"
    assert fresh(hold).status == HoldStatus.READY


def test_record_of_a_pick_that_nobody_waits_for_asks_for_a_scan(story):
    assert story.at_desk(PICK, a_copy(story)).detail == "scan_again"


# --- The device, and several at once


def test_offline_desk_of_a_place_is_one(network):
    assert offline_desk_of(network.north) == offline_desk_of(network.north)
    assert offline_desk_of(network.north) != offline_desk_of(network.south)


@pytest.mark.django_db(transaction=True)
def test_record_of_one_loan_sent_twice_at_once_is_one_loan(story, rivals):
    copy, reader = a_copy(story), ReaderFactory()
    device = offline_desk_of(story.network.north)
    act = Act("same", LEND, copy.barcode, card=reader.card_number)

    answers = rivals(*[lambda: record(device, act)] * 2)

    assert answers[0] == answers[1]
    assert Loan.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_record_of_a_loan_and_a_check_out_at_once_leave_one_loan_standing(story, rivals):
    copy, one, other = a_copy(story), ReaderFactory(), ReaderFactory()
    offline_desk_of(story.network.north)

    rivals(
        lambda: story.lend_offline(copy, one, key="a"), lambda: check_out(copy, other, story.network.north, actor=None)
    )

    assert Loan.objects.standing().filter(copy=copy).count() == 1


@pytest.mark.django_db(transaction=True)
def test_record_of_a_kept_copy_and_a_new_hold_at_once_keep_the_order(story, rivals):
    hold, copy = story.ready(a_copy(story).title)
    other, reader = ReaderFactory(), ReaderFactory()
    offline_desk_of(story.network.north)

    rivals(
        lambda: story.lend_offline(copy, other, key="a"),
        lambda: story.hold(copy.title, reader=reader),
    )

    assert fresh(hold).status == HoldStatus.QUEUED
    assert Hold.objects.filter(reader=reader, status=HoldStatus.QUEUED).exists()

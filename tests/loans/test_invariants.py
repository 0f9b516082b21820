"""Each disagreement is found and named; a database that was only touched by verbs has none."""

import datetime as dt
import re

import pytest
from django.core.management import call_command

from branches.models import PlaceCapacity, Report
from catalog.models import Copy
from catalog.states import CopyStatus
from loans.claims import claim_returned, declare_lost, disown_loan
from loans.crates import finish_crate, receive_crate
from loans.history import keep_history
from loans.hold_changes import resume_hold, suspend_hold
from loans.holds import cancel_hold
from loans.invariants import disagreements
from loans.journeys import look_for_late_journeys
from loans.lending import check_in
from loans.models import Assignment, Hold, HoldPass, LastAct, Loan, Parcel, Task, Transit
from loans.reminders import unlink_ended
from loans.states import HoldLevel, HoldStatus, LoanStatus, ParcelStatus, TransitStatus
from loans.troubles import miss_copy
from loans.undoing import undoably
from milanolib import clock
from notifications.services import write
from outbox.models import Request
from outbox.requests import once
from tests.factories import BranchFactory, CopyFactory, LibrarianFactory, ReaderFactory, TitleFactory, WorkFactory
from tests.story import fresh


@pytest.fixture
def broken(story):
    """A story that is broken on purpose: nothing is checked at its end but what the test checks."""
    story.is_broken = True
    return story


def change(row, **fields):
    """Change a row behind the verbs' backs."""
    type(row).objects.filter(pk=row.pk).update(**fields)


def test_a_day_of_circulation_leaves_nothing_to_say(story):
    title = story.copies(7)[0].title
    story.hold(title)
    story.ready(title)
    story.packed(title)
    story.at_the_point(title, pickup=story.network.locker)
    hold, _copy, parcel = story.at_the_point(title)
    story.hand_over(parcel)
    story.given_back(Loan.objects.get(hold=hold).copy, place=story.network.south)
    cancel_hold(story.packed(title)[0], actor=None)

    assert disagreements() == []


def test_check_invariants_says_nothing_and_ends_well(story, capsys):
    story.ready(story.copies(1)[0].title)

    call_command("check_invariants")

    assert capsys.readouterr().out == ""


def test_check_invariants_prints_each_disagreement_and_ends_with_status_1(broken, capsys):
    copies = broken.copies(2)
    for copy in copies:
        change(copy, status=CopyStatus.IN_TRANSIT)

    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants")

    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        f"copy {copy.pk}: is in transit without a journey" for copy in copies
    ]


@pytest.mark.django_db(transaction=True)
def test_check_invariants_looks_at_one_state_of_the_database(story, capsys):
    story.ready(story.copies(1)[0].title)

    call_command("check_invariants")

    assert capsys.readouterr().out == ""


# --- Each of them, one by one: what is done to the rows, and what is said of it


def a_stop_with_stock(story):
    copy = story.copies(1)[0]
    change(copy, place=story.network.stop)
    return f"copy {copy.pk}: lies at a Bibliobus stop, which holds no stock"


def on_loan_without_a_loan(story):
    copy = story.copies(1)[0]
    change(copy, status=CopyStatus.ON_LOAN, place=None)
    return f"copy {copy.pk}: is on loan without a loan"


def a_loan_of_a_copy_on_the_shelf(story):
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    change(copy, status=CopyStatus.AVAILABLE, place=story.network.north)
    return f"loan {loan.pk}: stands, but its copy is not on loan"


def a_claimed_loan_of_a_copy_on_loan(story):
    loan = story.lent(story.copies(1)[0])
    change(loan, status=LoanStatus.CLAIMED, claimed_on=clock.today())
    return f"loan {loan.pk}: stands, but its copy is not on loan"


def lost_without_a_loan(story):
    copy = story.copies(1)[0]
    change(copy, status=CopyStatus.LOST, place=None)
    return f"copy {copy.pk}: is on loan without a loan"


def a_claim_from_before_the_loan(story):
    loan = claimed(story)
    change(loan, claimed_on=clock.today() - dt.timedelta(days=1))
    return f"loan {loan.pk}: is said to be given back before it was lent"


def a_loss_from_before_the_loan(story):
    loan = declare_lost(story.lent(story.copies(1)[0]), actor=None)
    change(loan, lost_on=clock.today() - dt.timedelta(days=1))
    return f"loan {loan.pk}: was lost before it was lent"


def a_claim_that_was_right_and_did_not_count(story):
    loan = claimed(story)
    story.later(days=3)
    story.given_back(loan.copy)
    change(loan, closed_at=clock.now())
    return f"loan {loan.pk}: ended after the day on which it was said to be given back"


def a_search_for_what_is_on_its_shelf(story):
    hold = story.hold(story.copies(1)[0].title)
    miss_copy(hold.assignments.get(), story.network.north, actor=None)
    Copy.objects.update(missed_at=None)
    return f"task {Task.objects.get().pk}: asks to look for a copy that is not missed"


def a_search_for_what_is_not_claimed(story):
    loan = claimed(story)
    change(loan, status=LoanStatus.OPEN, claimed_on=None)
    change(loan.copy, status=CopyStatus.ON_LOAN)
    return f"task {Task.objects.get().pk}: asks to look for a copy that is not missed"


def a_search_for_what_was_never_borrowed_and_is_there(story):
    loan = story.lent(story.copies(1)[0])
    disown_loan(loan, reason="another card", actor=None)
    change(loan.copy, status=CopyStatus.AVAILABLE, place=story.network.north)
    return f"task {Task.objects.get().pk}: asks to look for a copy that is not missed"


def a_search_for_what_has_arrived(story):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)
    story.later(days=30)
    look_for_late_journeys()
    change(copy.transits.get(), searched_at=None)
    return f"task {Task.objects.first().pk}: asks to look for a copy that is not missed"


def a_leg_of_a_journey_that_was_not_cut_short(story):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=story.network.stop)
    story.given_back(copy, place=story.network.south)
    second = copy.transits.get(previous__isnull=False)
    change(second.previous, status=TransitStatus.ARRIVED)
    return f"transit {second.pk}: goes on from one of another copy, or from one that was not cut short"


def claimed(story):
    """Return a loan that its reader says has been given back today."""
    loan = story.lent(story.copies(1)[0])
    return claim_returned(loan, returned_on=clock.today(), place=None, actor=None)


def a_loan_of_an_open_hold(story):
    copy = story.copies(1)[0]
    waiting = story.hold(copy.title, reader=ReaderFactory())
    loan = story.lent(story.copies(1)[0], reader=waiting.reader)
    change(loan, hold=waiting)
    return f"loan {loan.pk}: serves a hold that was not collected"


def a_loan_of_another_readers_hold(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    loan = story.lent(copy, reader=hold.reader)
    change(loan, reader=ReaderFactory())
    return f"loan {loan.pk}: its reader is not the reader of its hold"


def a_collected_hold_without_a_loan(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    change(story.lent(copy, reader=hold.reader), hold=None)
    return f"hold {hold.pk}: was collected, but no loan began"


def in_transit_nowhere(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    story.take_back(copy)
    change(copy, place=None)
    return f"copy {copy.pk}: is in transit, at no place and in no crate"


def in_a_crate_and_at_a_place(story):
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    story.crated(copy)
    change(copy, place=story.network.north)
    return f"copy {copy.pk}: is in a crate and at a place"


def in_a_crate_for_another_place(story):
    copy = story.on_its_way()
    change(story.crated(copy), destination=story.network.newsstand)
    return f"transit {copy.transits.get().pk}: is in a crate that goes elsewhere"


def on_the_van_without_its_crate(story):
    copy = story.on_its_way()
    story.crated(copy)
    change(copy.transits.get(), status=TransitStatus.LOADED, loaded_at=clock.now())
    return f"transit {copy.transits.get().pk}: is on the van, but its crate is not"


def left_behind_by_its_crate(story):
    copy = story.on_its_way()
    story.sent(copy)
    change(copy.transits.get(), status=TransitStatus.REQUESTED)
    return f"transit {copy.transits.get().pk}: waits for the van that has taken its crate"


def not_in_its_crate_and_not_looked_for(story):
    copy = story.on_its_way()
    crate = story.sent(copy)
    receive_crate(crate, story.network.south, actor=None)
    finish_crate(crate, story.network.south, actor=None)
    change(copy.transits.get(), searched_at=None)
    return f"transit {copy.transits.get().pk}: was not found in its crate, and nobody looks for it"


def a_parcel_in_no_crate_whose_journey_is_in_one(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    story.crated(copy)
    change(parcel, status=ParcelStatus.PACKED, crate=None, place=story.network.north)
    return f"parcel {parcel.pk}: is not in the crate of its journey"


def a_parcel_in_a_crate_whose_journey_is_in_none(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    story.crated(copy)
    change(copy.transits.get(), crate=None)
    return f"parcel {parcel.pk}: is not in the crate of its journey"


def a_parcel_in_another_crate_than_its_journey(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    story.crated(copy)
    change(parcel, crate=story.crated(story.on_its_way()))
    return f"parcel {parcel.pk}: is not in the crate of its journey"


def a_journey_of_a_copy_on_the_shelf(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    story.take_back(copy)
    change(copy, status=CopyStatus.AVAILABLE, place=story.network.north)
    return f"transit {Transit.objects.get().pk}: is open, but its copy is not on the road"


def a_copy_in_transit_without_a_journey(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    story.take_back(copy)
    Transit.objects.update(status=TransitStatus.ARRIVED, ended_at=clock.now())
    return f"copy {copy.pk}: is in transit without a journey"


def a_journey_to_the_wrong_point(story):
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    change(copy.transits.get(), destination=story.network.locker)
    return f"transit {copy.transits.get().pk}: does not go where its reader will collect"


def kept_for_nobody(story):
    copy = story.copies(1)[0]
    change(copy, status=CopyStatus.SET_ASIDE)
    return f"copy {copy.pk}: is kept for somebody, but nobody is meant"


def a_tentative_assignment_of_a_copy_that_is_away(story):
    hold = story.hold(story.copies(1)[0].title)
    change(story.copy_of(hold), status=CopyStatus.DAMAGED)
    return f"assignment {hold.assignments.get().pk}: is tentative, but its copy is not on a shelf"


def a_tentative_assignment_of_a_hold_that_was_picked(story):
    hold = story.hold(story.copies(1)[0].title)
    change(hold, status=HoldStatus.PICKED)
    return f"assignment {hold.assignments.get().pk}: is tentative, but its hold is not waiting for the pick list"


def a_committed_assignment_of_a_copy_on_the_shelf(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    change(copy, status=CopyStatus.AVAILABLE)
    return f"assignment {hold.assignments.get().pk}: is committed, but its hold and its copy disagree"


def a_missed_copy_that_is_meant_for_a_reader(story):
    hold = story.hold(story.copies(1)[0].title)
    copy = story.copy_of(hold)
    change(copy, missed_at=clock.now())
    return f"copy {copy.pk}: was not found on its shelf, but is meant for a reader"


def an_assignment_of_another_title(story):
    hold = story.hold(story.copies(1)[0].title)
    change(hold.assignments.get(), copy=story.copies(1)[0])
    return f"assignment {hold.assignments.get().pk}: its copy is not what the hold asks for"


def an_assignment_of_a_copy_that_is_not_lent(story):
    hold = story.hold(story.copies(1)[0].title)
    change(story.copy_of(hold), is_lendable=False)
    return f"assignment {hold.assignments.get().pk}: its copy is not what the hold asks for"


def a_hold_without_the_copy_it_has(story):
    hold = story.hold(story.copies(1)[0].title)
    change(hold.assignments.get(), released_at=clock.now(), release_reason="lost its way")
    return f"hold {hold.pk}: has no copy, but says it has"


def a_waiting_hold_with_a_copy(story):
    hold = story.hold(story.copies(1)[0].title)
    change(hold, status=HoldStatus.QUEUED)
    return f"hold {hold.pk}: waits or has ended, but a copy is meant for it"


def an_ended_hold_with_a_copy(story):
    hold = story.hold(story.copies(1)[0].title)
    change(hold, status=HoldStatus.CANCELLED, ended_at=clock.now())
    return f"hold {hold.pk}: waits or has ended, but a copy is meant for it"


def ready_at_another_place(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    change(copy, place=story.network.south)
    return f"hold {hold.pk}: is ready, but its copy is not where it is to be collected"


def a_parcel_of_a_copy_on_loan(story):
    _hold, _copy, parcel = story.at_the_point(story.copies(1)[0].title)
    story.hand_over(parcel)
    change(parcel, status=ParcelStatus.RECEIVED, place=story.network.newsstand)
    return f"parcel {parcel.pk}: is with us, but its copy is not"


def a_parcel_elsewhere_than_its_copy(story):
    _hold, _copy, parcel = story.at_the_point(story.copies(1)[0].title)
    change(parcel, place=story.network.locker)
    return f"parcel {parcel.pk}: lies at another place than its copy"


def a_copy_in_two_parcels(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    other = story.packed(story.copies(1)[0].title)[2]
    change(other.assignment, released_at=clock.now(), release_reason="wrapped twice", copy=copy)
    return f"parcel {parcel.pk}: its copy is in another parcel too"


def on_its_way_unwrapped(story):
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)
    change(parcel, status=ParcelStatus.OPENED, place=None, ended_at=clock.now())
    return f"assignment {hold.assignments.get().pk}: is on its way to a point without a parcel"


def ready_at_a_point_that_did_not_take_it_in(story):
    hold, _copy, parcel = story.at_the_point(story.copies(1)[0].title)
    change(parcel, status=ParcelStatus.PACKED)
    return f"assignment {hold.assignments.get().pk}: is ready at a point that has not taken its parcel in"


def more_than_there_is_room_for(story):
    for _number in range(2):
        story.hold(story.copies(1)[0].title, pickup=story.network.newsstand)
    PlaceCapacity.objects.filter(place=story.network.newsstand).update(total=1)
    return f"place {story.network.newsstand.pk}: 2 copies are meant for 1 places"


def a_hold_that_a_free_copy_could_serve(story):
    hold = story.hold(CopyFactory(status=CopyStatus.IN_REPAIR).title)
    story.copies(1, title=hold.title)
    return f"hold {hold.pk}: waits although a free copy could serve it"


def a_hold_that_a_shift_could_serve(story):
    work = WorkFactory()
    mine, other = TitleFactory.create_batch(2, work=work)
    story.copies(1, title=mine)
    story.hold(mine, level=HoldLevel.WORK)
    hold = story.hold(mine)
    story.copies(1, title=other)
    return f"hold {hold.pk}: waits although a free copy could serve it"


def a_hold_that_was_passed_by(story):
    copy = story.copies(1)[0]
    first, second = story.hold(copy.title), story.hold(copy.title)
    change(first.assignments.get(), hold=second)
    change(first, status=HoldStatus.QUEUED)
    change(second, status=HoldStatus.ASSIGNED)
    return f"hold {first.pk}: waits while later ones have a copy that could serve it (hold {second.pk})"


def a_hold_that_was_overtaken(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    first, second = story.hold(copy.title), story.hold(copy.title)
    suspend_hold(first, dt.date(2026, 4, 1), actor=None)
    story.given_back(copy)
    change(first, suspended_on=None, suspended_until=None)
    return f"hold {first.pk}: waits while a copy that suits it was taken for a later one (hold {second.pk})"


def a_report_that_nobody_applied(story):
    report = Report.objects.create(
        device=story.phone(story.network.newsstand),
        request_key="forgotten",
        act="receive",
        occurred_at=clock.now(),
        received_at=clock.now(),
    )
    story.later(hours=2)
    return f"report {report.pk}: was received and not applied"


def a_loan_that_names_its_reader_too_long(story):
    copy = story.copies(1)[0]
    loan = story.lent(copy)
    story.given_back(copy)
    story.later(days=9)
    return f"loan {loan.pk}: still names its reader"


def a_hold_that_names_its_reader_too_long(story):
    hold = story.hold(story.copies(1)[0].title)
    cancel_hold(hold, actor=None)
    story.later(days=9)
    return f"hold {hold.pk}: still names its reader"


def a_request_that_names_its_reader_too_long(story):
    once("user:7", "a-key", "reserve", {}, lambda: None)
    story.later(days=9)
    return f"request {Request.objects.get().pk}: still names its reader"


def a_last_act_that_was_not_emptied(story):
    librarian = LibrarianFactory(desk=story.network.north)
    [copy] = story.copies(1)
    act = lambda: check_in(copy, story.network.north, actor=None)  # noqa: E731
    undoably("check_in", f"copy:{copy.pk}", act, about="Opera", place=story.network.north, actor=librarian)
    story.later(hours=2)
    return f"lastact {LastAct.objects.get().pk}: can be undone no more, but still says what it changed"


BROKEN = [
    a_last_act_that_was_not_emptied,
    a_request_that_names_its_reader_too_long,
    a_stop_with_stock,
    on_loan_without_a_loan,
    a_loan_of_a_copy_on_the_shelf,
    a_claimed_loan_of_a_copy_on_loan,
    lost_without_a_loan,
    a_claim_from_before_the_loan,
    a_loss_from_before_the_loan,
    a_claim_that_was_right_and_did_not_count,
    a_search_for_what_is_on_its_shelf,
    a_search_for_what_is_not_claimed,
    a_search_for_what_was_never_borrowed_and_is_there,
    a_search_for_what_has_arrived,
    a_leg_of_a_journey_that_was_not_cut_short,
    a_loan_of_an_open_hold,
    a_loan_of_another_readers_hold,
    a_collected_hold_without_a_loan,
    in_transit_nowhere,
    in_a_crate_and_at_a_place,
    in_a_crate_for_another_place,
    on_the_van_without_its_crate,
    left_behind_by_its_crate,
    not_in_its_crate_and_not_looked_for,
    a_parcel_in_no_crate_whose_journey_is_in_one,
    a_parcel_in_a_crate_whose_journey_is_in_none,
    a_parcel_in_another_crate_than_its_journey,
    a_journey_of_a_copy_on_the_shelf,
    a_copy_in_transit_without_a_journey,
    a_journey_to_the_wrong_point,
    kept_for_nobody,
    a_tentative_assignment_of_a_copy_that_is_away,
    a_tentative_assignment_of_a_hold_that_was_picked,
    a_committed_assignment_of_a_copy_on_the_shelf,
    a_missed_copy_that_is_meant_for_a_reader,
    an_assignment_of_another_title,
    an_assignment_of_a_copy_that_is_not_lent,
    a_hold_without_the_copy_it_has,
    a_waiting_hold_with_a_copy,
    an_ended_hold_with_a_copy,
    ready_at_another_place,
    a_parcel_of_a_copy_on_loan,
    a_parcel_elsewhere_than_its_copy,
    a_copy_in_two_parcels,
    on_its_way_unwrapped,
    ready_at_a_point_that_did_not_take_it_in,
    more_than_there_is_room_for,
    a_hold_that_a_free_copy_could_serve,
    a_hold_that_a_shift_could_serve,
    a_hold_that_was_passed_by,
    a_hold_that_was_overtaken,
    a_report_that_nobody_applied,
    a_loan_that_names_its_reader_too_long,
    a_hold_that_names_its_reader_too_long,
]


@pytest.mark.parametrize("breaking", BROKEN, ids=lambda breaking: breaking.__name__)
def test_disagreements_names(broken, breaking):
    expected = breaking(broken)

    found = disagreements()

    assert expected in found
    assert all(re.fullmatch(r"[a-z]+ \d+: [A-Za-z0-9 ,()-]+", line) for line in found), "ids only, nobody's name"


# --- What is no disagreement


def test_a_hold_may_wait_for_the_next_sweep_after_room_came_back(story):
    point = story.network.small_newsstand
    another = story.hold(story.copies(1)[0].title, pickup=point)
    hold = story.hold(story.copies(1)[0].title, pickup=point)
    cancel_hold(another, actor=None)
    assert disagreements() == []

    story.is_broken = True
    story.later(minutes=16)
    assert disagreements() == [f"hold {hold.pk}: waits although a free copy could serve it"]


def test_a_hold_that_was_passed_over_for_a_full_point_was_not_overtaken(story):
    """Nor was the one behind it, who waits for the same at the same point: one pass is written of both."""
    point = story.network.small_newsstand
    story.hold(story.copies(1)[0].title, pickup=point)
    copy = story.copies(1)[0]
    passed, behind = story.hold(copy.title, pickup=point), story.hold(copy.title, pickup=point)
    served, _copy = story.picked(copy.title)

    assert HoldPass.objects.get().hold == passed
    assert story.copy_of(served) == copy
    assert fresh(behind).status == HoldStatus.QUEUED
    assert disagreements() == []


def test_a_hold_that_came_back_was_not_overtaken_by_a_copy_that_is_meant_once_more(story):
    """The later one had the copy ready before; that it turned up at another library begins anew, in its own turn."""
    copy = story.copies(1)[0]
    story.lent(copy)
    first, second = (story.hold(copy.title, pickup=story.network.north) for _each in range(2))
    suspend_hold(first, dt.date(2026, 4, 1), actor=None)
    story.given_back(copy)
    assert fresh(second).status == HoldStatus.READY
    story.later(days=1)
    resume_hold(first, actor=None)
    story.later(days=1)

    story.given_back(copy, place=story.network.south)

    assert [one.copy for one in Assignment.objects.open().filter(hold=second)] == [copy]
    assert fresh(first).status == HoldStatus.QUEUED
    assert disagreements() == []


def test_a_hold_that_came_to_a_full_point_later_was_overtaken(broken):
    point = broken.network.small_newsstand
    broken.hold(broken.copies(1)[0].title, pickup=point)
    copy = broken.copies(1)[0]
    broken.hold(copy.title, pickup=point)
    moved = broken.hold(copy.title, pickup=point)
    served, _copy = broken.picked(copy.title)
    change(moved, pickup_place=broken.network.newsstand)

    assert disagreements() == [
        f"hold {moved.pk}: waits while a copy that suits it was taken for a later one (hold {served.pk})"
    ]


def test_a_disputed_loan_and_a_readers_own_history_keep_their_link(story):
    kept, disputed = story.copies(2)
    story.lent(kept, reader=keep_history(ReaderFactory()))
    story.lent(disputed)
    for copy in (kept, disputed):
        story.given_back(copy)
    Task.objects.create(kind="not_on_loan", place=story.network.north, copy=disputed, opened_at=clock.now())
    story.later(days=30)
    unlink_ended()

    assert Loan.objects.filter(reader__isnull=False).count() == 2
    assert disagreements() == []


def test_messages_about_what_was_unlinked_name_it_no_more(story):
    copy = story.copies(1)[0]
    hold, _copy = story.ready(copy.title)
    loan = story.lent(copy, reader=hold.reader)
    story.given_back(copy)
    write("hold_ready", key=f"hold-ready:{hold.pk}:1", reader=hold.reader, params={"hold": hold.pk, "assignment": 1})
    write("loan_closed", key=f"loan-closed:{loan.pk}", reader=hold.reader, params={"loan": loan.pk})
    story.later(days=8)
    unlink_ended()

    assert disagreements() == []


def test_a_message_that_still_names_what_was_unlinked_is_found(broken):
    loan = broken.lent(broken.copies(1)[0])
    write("loan_closed", key="another", reader=loan.reader, params={"loan": loan.pk})
    write("loan_closed", key=f"loan-closed:{loan.pk}", reader=loan.reader, params={})
    broken.given_back(loan.copy)
    change(loan, reader=None, unlinked_at=clock.now())

    found = disagreements()

    assert [line.partition(": ")[2] for line in found] == ["names a loan that ended long ago"] * 2


def test_disagreements_asks_as_often_of_a_hundred_copies_as_of_one(story, django_assert_max_num_queries):
    for title in TitleFactory.create_batch(20):
        story.copies(2, title=title, home=BranchFactory())
        story.hold(title)

    with django_assert_max_num_queries(80):
        assert disagreements() == []


def test_an_unfinished_day_is_in_order_at_any_instant(story):
    hold = story.hold(story.copies(1)[0].title)
    story.clock.move_to(dt.datetime(2026, 3, 29, 0, 59, 59, tzinfo=dt.UTC))  # the night that loses an hour

    assert disagreements() == []
    assert fresh(hold).status == HoldStatus.ASSIGNED
    assert Assignment.objects.open().count() == Copy.objects.count() == Hold.objects.count() == 1
    assert not Parcel.objects.exists()

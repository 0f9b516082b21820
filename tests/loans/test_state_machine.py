"""A small library lives any life: after every step all that must be true is true, and the order is fair.

Hypothesis chooses the steps and, when something is wrong, shortens the history to the few that matter. Fairness is
recomputed plainly by `loans.fairness`, which shares no code with what serves readers.
"""

import datetime as dt

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from branches.models import Closure
from catalog.models import Copy
from loans import claims, crates, journeys, troubles
from loans.closings import apply_closure, carry_on_all, undo_closure
from loans.hold_changes import change_pickup, resume_hold, resume_holds, set_not_needed_after, suspend_hold, undo_cancel
from loans.holds import cancel_hold, expire_holds, lapse_holds, place_hold, retry_passed
from loans.invariants import disagreements
from loans.keeping import withdraw_copy
from loans.lending import check_in, check_out
from loans.models import Assignment, ClosureBatch, Crate, Hold, Loan, Parcel, Transit
from loans.picking import pack_parcel, pick_copy
from loans.records import HAND_OVER, RECEIVE, TAKE_BACK
from loans.reminders import remind, unlink_ended
from loans.renewals import put_off_loan, renew_all, renew_loan
from loans.states import OPEN_TRANSIT, PARCEL_WITH_US, HoldLevel, HoldStatus, ParcelStatus
from milanolib import clock
from milanolib.errors import DomainError
from tests.factories import ClosureFactory, CopyFactory, ReaderFactory, TitleFactory, WorkFactory
from tests.story import Network, Story

NUMBER = st.integers(min_value=0, max_value=9)


def chosen(rows, number):
    """Return one of the rows there are, by number; None when there are none."""
    rows = list(rows)
    return rows[number % len(rows)] if rows else None


class SmallLibrary(RuleBasedStateMachine):
    """Two libraries, two newsstands, a stop and a locker; two works in three editions, four copies, six readers."""

    clock_in_hand = None  # set by the test: hypothesis makes the machine itself

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.clock_in_hand.move_to(dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=1))))
        self.story = Story(Network.build(), self.clock_in_hand)

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize()
    def furnish(self):
        network = self.story.network
        work, other = WorkFactory.create_batch(2)
        self.titles = [*TitleFactory.create_batch(2, work=work), TitleFactory(work=other)]
        homes = (network.north, network.south)
        for number, title in enumerate([*self.titles, self.titles[0]]):
            CopyFactory(title=title, home=homes[number % 2])
        self.readers = ReaderFactory.create_batch(6)
        self.branches = homes
        self.points = [network.north, network.south, network.small_newsstand, network.newsstand, network.stop]

    def attempt(self, verb, *args, **kwargs):
        """Call a verb: a refusal is an answer. Time goes on a little, so that the order of things is plain."""
        self.story.later(minutes=1)
        try:
            with transaction.atomic():
                return verb(*args, **kwargs)
        except DomainError:
            return None

    @invariant()
    def everything_agrees(self):
        assert disagreements() == []

    # --- Readers

    @rule(reader=NUMBER, title=NUMBER, point=NUMBER, level=st.sampled_from([HoldLevel.TITLE, HoldLevel.WORK]))
    def reserve(self, reader, title, point, level):
        self.attempt(
            place_hold,
            chosen(self.readers, reader),
            chosen(self.titles, title),
            chosen(self.points, point),
            actor=None,
            level=level,
        )

    @rule(number=NUMBER)
    def cancel(self, number):
        if hold := chosen(Hold.objects.open().order_by("pk"), number):
            self.attempt(cancel_hold, hold, actor=None)

    @rule(number=NUMBER)
    def undo_a_cancel(self, number):
        ended = Hold.objects.filter(status=HoldStatus.CANCELLED, reader__isnull=False).order_by("-pk")
        if hold := chosen(ended, number):
            self.attempt(undo_cancel, hold, actor=None)

    @rule(number=NUMBER, days=st.integers(min_value=1, max_value=20))
    def suspend(self, number, days):
        if hold := chosen(Hold.objects.open().order_by("pk"), number):
            self.attempt(suspend_hold, hold, clock.today() + dt.timedelta(days=days), actor=None)

    @rule(number=NUMBER)
    def resume(self, number):
        if hold := chosen(Hold.objects.open().filter(suspended_until__isnull=False).order_by("pk"), number):
            self.attempt(resume_hold, hold, actor=None)

    @rule(number=NUMBER, days=st.integers(min_value=0, max_value=20))
    def need_no_longer_than(self, number, days):
        if hold := chosen(Hold.objects.open().order_by("pk"), number):
            self.attempt(set_not_needed_after, hold, clock.today() + dt.timedelta(days=days), actor=None)

    @rule(number=NUMBER, point=NUMBER)
    def move(self, number, point):
        if hold := chosen(Hold.objects.open().order_by("pk"), number):
            self.attempt(change_pickup, hold, chosen(self.points, point), actor=None)

    @rule(number=NUMBER)
    def renew(self, number):
        if loan := chosen(Loan.objects.standing().order_by("pk"), number):
            self.attempt(renew_loan, loan, actor=None)

    @rule(number=NUMBER)
    def renew_everything(self, number):
        self.attempt(renew_all, Loan.objects.standing().filter(reader=chosen(self.readers, number)), actor=None)

    @rule(number=NUMBER)
    def not_today(self, number):
        if loan := chosen(Loan.objects.standing().order_by("pk"), number):
            self.attempt(put_off_loan, loan, actor=None)

    # --- The desk

    @rule(number=NUMBER)
    def pick(self, number):
        if held := chosen(Assignment.objects.open().filter(committed_at=None).order_by("pk"), number):
            self.attempt(pick_copy, held.copy, held.copy.place, actor=None)

    @rule(number=NUMBER)
    def pack(self, number):
        if held := chosen(Assignment.objects.open().filter(committed_at__isnull=False).order_by("pk"), number):
            self.attempt(pack_parcel, held.copy, held.copy.place or self.branches[0], actor=None)

    @rule(number=NUMBER, desk=NUMBER)
    def take_in(self, number, desk):
        self.attempt(check_in, chosen(Copy.objects.order_by("pk"), number), chosen(self.branches, desk), actor=None)

    @rule(number=NUMBER, reader=NUMBER, desk=NUMBER)
    def lend(self, number, reader, desk):
        self.attempt(
            check_out,
            chosen(Copy.objects.order_by("pk"), number),
            chosen(self.readers, reader),
            chosen(self.branches, desk),
            actor=None,
        )

    @rule(number=NUMBER)
    def not_on_its_shelf(self, number):
        if held := chosen(Assignment.objects.open().filter(committed_at=None).order_by("pk"), number):
            self.attempt(troubles.miss_copy, held, held.copy.place, actor=None)

    @rule(number=NUMBER, is_found=st.booleans())
    def search_again(self, number, is_found):
        copy = chosen(Copy.objects.filter(missed_at__isnull=False).order_by("pk"), number)
        if copy is not None and is_found:
            self.attempt(troubles.find_copy, copy, copy.place)
        elif copy is not None:
            self.attempt(troubles.miss_again, copy, copy.place, actor=None)

    @rule(
        number=NUMBER,
        desk=NUMBER,
        what=st.sampled_from(["mark_damaged", "send_to_repair", "put_on_display", "put_back", "report_missing"]),
    )
    def trouble(self, number, desk, what):
        copy, place = chosen(Copy.objects.order_by("pk"), number), chosen(self.branches, desk)
        reason = {} if what == "put_back" else {"reason": "as told"}
        self.attempt(getattr(troubles, what), copy, place, actor=None, **reason)

    @rule(number=NUMBER)
    def withdraw(self, number):
        copy = chosen(Copy.objects.order_by("pk"), number)
        self.attempt(withdraw_copy, copy, reason="worn", although_waited_for=True, actor=None)

    @rule(number=NUMBER)
    def claim(self, number):
        if loan := chosen(Loan.objects.standing().order_by("pk"), number):
            self.attempt(
                claims.claim_returned, loan, returned_on=clock.today(), place=self.branches[0], reason="", actor=None
            )

    @rule(
        number=NUMBER,
        desk=NUMBER,
        what=st.sampled_from(["withdraw_claim", "give_up_claim", "declare_lost", "disown_loan", "settle_lost"]),
    )
    def settle(self, number, desk, what):
        if loan := chosen(Loan.objects.standing().order_by("pk"), number):
            self.attempt(getattr(claims, what), loan, reason="as told", actor=None)

    @rule(number=NUMBER)
    def never_arrived(self, number):
        if transit := chosen(Transit.objects.filter(status__in=OPEN_TRANSIT).order_by("pk"), number):
            self.attempt(journeys.give_up_journey, transit, place=transit.destination, actor=None)

    # --- Crates

    @rule(number=NUMBER)
    def put_in_a_crate(self, number):
        waiting = Transit.objects.filter(status__in=OPEN_TRANSIT, copy__place__isnull=False).order_by("pk")
        if transit := chosen(waiting.exclude(copy__place=F("destination")), number):
            place = transit.copy.place
            if crate := self.attempt(crates.open_crate, place, transit.destination, actor=None):
                self.attempt(crates.put_in_crate, transit.copy, crate, place, actor=None)

    @rule(number=NUMBER, what=st.sampled_from(["seal_crate", "seal_crate", "load_crate", "load_crate", "reopen_crate"]))
    def send_a_crate(self, number, what):
        if crate := chosen(Crate.objects.order_by("-pk"), number):
            self.attempt(getattr(crates, what), crate, crate.origin, actor=None)

    @rule(number=NUMBER)
    def take_something_out(self, number):
        if transit := chosen(Transit.objects.filter(crate__isnull=False).order_by("-pk"), number):
            self.attempt(crates.take_out_of_crate, transit.copy, transit.crate, transit.crate.origin, actor=None)

    @rule(number=NUMBER, what=st.sampled_from(["receive_crate", "unpack_all", "finish_crate"]))
    def a_crate_comes(self, number, what):
        if crate := chosen(Crate.objects.order_by("-pk"), number):
            self.attempt(getattr(crates, what), crate, crate.destination, actor=None)

    @rule(number=NUMBER, copy=NUMBER)
    def unpack(self, number, copy):
        if crate := chosen(Crate.objects.order_by("-pk"), number):
            self.attempt(crates.unpack, chosen(Copy.objects.order_by("pk"), copy), crate, crate.destination, actor=None)

    # --- Points

    @rule(number=NUMBER, what=st.sampled_from([RECEIVE, HAND_OVER]))
    def phone(self, number, what):
        if parcel := chosen(Parcel.objects.filter(status__in=PARCEL_WITH_US).order_by("pk"), number):
            self.attempt(self.story.report, parcel.destination, what, parcel.tag)

    @rule(number=NUMBER)
    def hand_out(self, number):
        if parcel := chosen(Parcel.objects.filter(status=ParcelStatus.RECEIVED).order_by("pk"), number):
            self.attempt(self.story.hand_over, parcel)

    @rule(number=NUMBER)
    def give_back_at_a_newsstand(self, number):
        copy = chosen(Copy.objects.order_by("pk"), number)
        self.attempt(self.story.report, self.story.network.newsstand, TAKE_BACK, copy.barcode)

    # --- Closures

    @rule(place=NUMBER, starts=st.integers(-3, 30), lasts=st.integers(0, 40), is_open_ended=st.booleans())
    def close_a_place(self, place, starts, lasts, is_open_ended):
        first = clock.today() + dt.timedelta(days=starts)
        last = None if is_open_ended and lasts > 30 else first + dt.timedelta(days=lasts)
        closure = ClosureFactory(place=chosen(self.points, place), starts_on=first, ends_on=last)
        self.attempt(apply_closure, closure, actor=None, most=lasts % 3 or None)

    @rule(number=NUMBER, days=st.integers(-5, 5))
    def change_a_closure(self, number, days):
        closure = chosen(Closure.objects.exclude(ends_on=None).order_by("pk"), number)
        if closure is not None:
            closure.ends_on = max(closure.starts_on, closure.ends_on + dt.timedelta(days=days))
            closure.save()
            self.attempt(apply_closure, closure, actor=None)

    @rule(number=NUMBER)
    def open_after_all(self, number):
        if batch := chosen(ClosureBatch.objects.order_by("pk"), number):
            self.attempt(undo_closure, batch, actor=None, most=number or None)

    # --- Time

    @rule(days=st.sampled_from([1, 1, 1, 3, 8, 31]))
    def days_pass(self, days):
        self.story.later(days=days)
        for job in (
            carry_on_all,
            resume_holds,
            expire_holds,
            lapse_holds,
            claims.age_to_lost,
            journeys.look_for_late_journeys,
            remind,
            unlink_ended,
            retry_passed,
        ):
            job()


def live(monday, *, lives, steps):
    """Let hypothesis live so many lives of so many steps."""
    SmallLibrary.clock_in_hand = monday
    run_state_machine_as_test(
        SmallLibrary,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_a_small_library_lives_a_short_life(monday):
    live(monday, lives=4, steps=25)


@pytest.mark.soak
@pytest.mark.django_db
def test_a_small_library_lives_for_thousands_of_steps(monday):
    live(monday, lives=100, steps=50)

"""Parcels handed on by chance: scans, crates, the van, reports late, twice and at the wrong place. One holder, always.

Who holds a parcel is recomputed plainly here, from the rows and from the chain of custody, and compared.
"""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from branches.models import Closure
from catalog.states import CopyStatus
from loans import crates
from loans.another_way import send_another_way
from loans.carrying import carry_crate, leave_crate, take_along
from loans.clearing import clear_point
from loans.holds import cancel_hold, expire_holds
from loans.invariants import disagreements
from loans.lending import check_in
from loans.models import Crate, Handover, Hold, Parcel, Transit
from loans.picking import pack_parcel, pick_copy
from loans.records import COUNT, CRATE_OUT, DAMAGED, HAND_OVER, MISSING, RECEIVE, TAKE_BACK, WRONG
from loans.reminders import unlink_ended
from loans.states import OPEN_TRANSIT, PARCEL_WITH_US, ParcelStatus
from loans.turning import turn_back_crates
from milanolib import clock
from milanolib.errors import DomainError
from tests.factories import ClosureFactory, ReaderFactory, VehicleFactory
from tests.loans.test_state_machine import chosen
from tests.story import Network, Story, fresh

NUMBER = st.integers(min_value=0, max_value=9)
WHERE = st.sampled_from(["newsstand", "small_newsstand"])
DESK = st.sampled_from(["north", "south"])
WITH_NOBODY = (ParcelStatus.HANDED_OVER, ParcelStatus.OPENED, ParcelStatus.LOST)


def holders(parcel):
    """Return everybody who has a parcel, by its row: a place, a crate (the round's until it is received), nobody."""
    return [one for one in (parcel.place, parcel.crate, parcel.status in WITH_NOBODY or None) if one is not None]


def check_holder(parcel):
    assert len(holders(parcel)) == 1, f"{parcel}: {holders(parcel)}"
    copy = parcel.assignment.copy
    last = Handover.objects.filter(parcel=parcel).order_by("pk").last()
    assert last.status == parcel.status, f"{parcel}: its chain ends with {last.status}, it is {parcel.status}"
    if parcel.place is not None:
        assert last.place == parcel.place, f"{parcel}: its chain ends at {last.place}, it is at {parcel.place}"
        assert copy.place == parcel.place, f"{parcel}: its copy is at {copy.place}"
    if parcel.crate is not None:
        ride = Transit.objects.get(copy=copy, status__in=OPEN_TRANSIT)
        assert (ride.crate, copy.place) == (parcel.crate, None)
    if parcel.status in PARCEL_WITH_US:
        assert Parcel.objects.filter(assignment__copy=copy, status__in=PARCEL_WITH_US).count() == 1
        assert copy.status in (CopyStatus.IN_TRANSIT, CopyStatus.SET_ASIDE, CopyStatus.DAMAGED)


class Chain(RuleBasedStateMachine):
    """Four parcels for two newsstands, two desks, a van with its phone."""

    clock_in_hand = None  # set by the test: hypothesis makes the machine itself

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.clock_in_hand.move_to(dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=1))))
        self.story = Story(Network.build(), self.clock_in_hand)
        self.sent = []

    def teardown(self):
        try:
            assert disagreements() == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize()
    def furnish(self):
        network = self.story.network
        network.newsstand.capacities.all().delete()
        points = [network.newsstand, network.newsstand, network.newsstand, network.small_newsstand]
        for number, point in enumerate(points):
            [copy] = self.story.copies(1, home=(network.north, network.south)[number % 2])
            self.story.packed(copy.title, pickup=point)
        self.driver = self.story.phone(VehicleFactory(code="van"))

    def place(self, name):
        return getattr(self.story.network, name)

    def attempt(self, verb, *args, **kwargs):
        """Call a verb: a refusal is an answer."""
        self.story.later(minutes=1)
        try:
            with transaction.atomic():
                return verb(*args, **kwargs)
        except DomainError:
            return None

    @invariant()
    def every_parcel_has_one_holder(self):
        rows = Parcel.objects.select_related("place", "crate", "assignment__copy__place")
        for parcel in rows.defer("assignment__copy__title__record"):
            check_holder(parcel)

    # --- Desks

    @rule(number=NUMBER)
    def put_in(self, number):
        parcel = chosen(Parcel.objects.filter(status=ParcelStatus.PACKED).order_by("pk"), number)
        if parcel is not None:
            copy, place = parcel.assignment.copy, fresh(parcel.assignment.copy).place
            crate = self.attempt(crates.open_crate, place, parcel.destination, actor=None)
            if crate is not None:
                self.attempt(crates.put_in_crate, copy, crate, place, actor=None)

    @rule(number=NUMBER, act=st.sampled_from(["seal", "reopen", "load", "receive", "take out", "finish", "unpack"]))
    def handle_a_crate(self, number, act):
        crate = chosen(Crate.objects.order_by("-pk"), number)
        if crate is None:
            return
        inside = crates.inside(crate).first()
        match act:
            case "seal":
                self.attempt(crates.seal_crate, crate, crate.origin, actor=None)
            case "reopen":
                self.attempt(crates.reopen_crate, crate, crate.origin, actor=None)
            case "load":
                self.attempt(crates.load_crate, crate, crate.origin, actor=None)
            case "receive":
                self.attempt(crates.receive_crate, crate, crate.destination, actor=None)
            case "finish":
                self.attempt(crates.finish_crate, crate, crate.destination, actor=None)
            case "take out" if inside is not None:
                self.attempt(crates.take_out_of_crate, inside.copy, crate, crate.origin, actor=None)
            case "unpack":
                self.attempt(crates.unpack_all, crate, crate.destination, actor=None)

    @rule(number=NUMBER, desk=DESK)
    def scan_at_a_desk(self, number, desk):
        parcel = chosen(Parcel.objects.order_by("pk"), number)
        self.attempt(check_in, parcel.assignment.copy, self.place(desk), actor=None)

    @rule(number=NUMBER, desk=DESK)
    def pick_and_pack_again(self, number, desk):
        parcel = chosen(Parcel.objects.order_by("pk"), number)
        for verb in (pick_copy, pack_parcel):
            self.attempt(verb, parcel.assignment.copy, self.place(desk), actor=None)

    @rule(number=NUMBER, desk=DESK)
    def send_another_way(self, number, desk):
        hold = chosen(Hold.objects.open().order_by("pk"), number)
        if hold is not None and (copy := self.story.copy_of(hold)) is not None:
            reader = hold.reader
            reader.card_expires_on = dt.date(2026, 1, 1)
            reader.save()
            self.attempt(send_another_way, copy, self.place(desk), actor=None)

    # --- The driver

    @rule(number=NUMBER, is_left=st.booleans())
    def drive(self, number, is_left):
        crate = chosen(Crate.objects.order_by("-pk"), number)
        if crate is not None and is_left:
            self.attempt(leave_crate, crate, crate.destination, device=self.driver)
        elif crate is not None:
            self.attempt(take_along, crate, crate.origin, device=self.driver)

    @rule(number=NUMBER, where=st.sampled_from(["newsstand", "small_newsstand", "north", "south"]))
    def drive_past(self, number, where):
        """Scan a crate wherever the van stands."""
        if crate := chosen(Crate.objects.order_by("-pk"), number):
            self.attempt(carry_crate, crate, self.place(where), device=self.driver)

    # --- Points close and open again

    @rule(where=WHERE, days=st.sampled_from([2, 6, 30, None]))
    def close_a_point(self, where, days):
        today = clock.today()
        ends_on = today + dt.timedelta(days=days) if days else None
        ClosureFactory(place=self.place(where), starts_on=today, ends_on=ends_on)
        turn_back_crates()

    @rule(where=WHERE)
    def clear_a_point(self, where):
        if closure := Closure.objects.filter(place=self.place(where)).order_by("pk").first():
            self.attempt(clear_point, closure, actor=None)

    @rule(where=WHERE)
    def open_a_point(self, where):
        Closure.objects.filter(place=self.place(where)).delete()

    # --- Partners, by reports: right, wrong, late, and sent again

    @rule(number=NUMBER, where=WHERE, act=st.sampled_from([RECEIVE, RECEIVE, HAND_OVER, MISSING, WRONG, DAMAGED]))
    def report_a_parcel(self, number, where, act):
        parcel = chosen(Parcel.objects.order_by("pk"), number)
        self.report(self.place(where), act, parcel.tag)

    @rule(number=NUMBER, late=st.integers(min_value=0, max_value=300))
    def report_at_its_own_point(self, number, late):
        parcel = chosen(Parcel.objects.order_by("pk"), number)
        if parcel.destination.kind == "newsstand":
            self.report(parcel.destination, RECEIVE, parcel.tag)
            self.story.later(minutes=late)
            self.report(parcel.destination, HAND_OVER, parcel.tag)

    @rule(number=NUMBER, where=WHERE)
    def receive_a_crate(self, number, where):
        if crate := chosen(Crate.objects.order_by("-pk"), number):
            self.report(self.place(where), RECEIVE, crate.code)

    @rule(number=NUMBER, where=WHERE)
    def take_back(self, number, where):
        parcel = chosen(Parcel.objects.order_by("pk"), number)
        self.report(self.place(where), TAKE_BACK, parcel.assignment.copy.barcode)

    @rule(count=NUMBER, where=WHERE, act=st.sampled_from([CRATE_OUT, COUNT]))
    def count(self, count, where, act):
        self.report(self.place(where), act, str(count))

    @rule(number=NUMBER)
    def send_again(self, number):
        """The answer was lost: the same report once more changes nothing."""
        if said := chosen(self.sent, number):
            place, act, what, key, answer = said
            links = Handover.objects.count()
            assert self.story.report(place, act, what, key=key).detail == answer
            assert Handover.objects.count() == links

    def report(self, place, act, what):
        key = f"chance-{len(self.sent)}"
        answer = self.story.report(place, act, what, key=key)
        self.sent.append((place, act, what, key, answer.detail))

    # --- Readers and time

    @rule(number=NUMBER)
    def cancel(self, number):
        if hold := chosen(Hold.objects.open().order_by("pk"), number):
            self.attempt(cancel_hold, hold, actor=None)

    @rule(number=NUMBER)
    def reserve_again(self, number):
        parcel = chosen(Parcel.objects.order_by("pk"), number)
        reader, title = ReaderFactory(), parcel.assignment.copy.title
        self.attempt(self.story.hold, title, reader=reader, pickup=parcel.destination)

    @rule(days=st.integers(min_value=1, max_value=9))
    def days_pass(self, days):
        self.story.later(days=days)
        expire_holds()
        unlink_ended()


def live(monday, *, lives, steps):
    Chain.clock_in_hand = monday
    run_state_machine_as_test(
        Chain,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_whatever_happens_every_parcel_has_exactly_one_holder(monday):
    live(monday, lives=4, steps=25)


@pytest.mark.soak
@pytest.mark.django_db
def test_whatever_happens_for_long_every_parcel_has_exactly_one_holder(monday):
    live(monday, lives=150, steps=120)

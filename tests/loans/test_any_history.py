"""Circulation played by chance: whatever happens, the order is fair and everything that must be true is."""

import datetime as dt
import random

import pytest

from branches.models import PlaceCapacity
from catalog.models import Copy
from catalog.states import CopyStatus
from loans.errors import HoldNotChangeable
from loans.groups import look_at_groups
from loans.hold_changes import (
    change_pickup,
    resume_hold,
    resume_holds,
    set_not_needed_after,
    suspend_hold,
    undo_cancel,
)
from loans.holds import cancel_hold, expire_holds, lapse_holds, retry_passed
from loans.invariants import disagreements
from loans.lending import check_in, check_out
from loans.models import Assignment, Hold, Loan, Parcel
from loans.picking import pack_parcel, pick_copy
from loans.records import HAND_OVER, RECEIVE, TAKE_BACK
from loans.reminders import unlink_ended
from loans.states import PARCEL_WITH_US, GroupKind, HoldLevel, HoldStatus, ParcelStatus
from milanolib import clock
from milanolib.errors import DomainError
from tests.factories import CopyFactory, ReaderFactory, TitleFactory, WorkFactory
from tests.story import fresh


class Chance:
    """Plays circulation by chance, seeded: each step calls one verb that a reader, a desk or a phone could call."""

    def __init__(self, story, seed):
        self.story = story
        self.chance = random.Random(seed)
        work, other = WorkFactory.create_batch(2)
        self.titles = [*TitleFactory.create_batch(2, work=work), TitleFactory(work=other)]
        homes = (story.network.north, story.network.south)
        self.copies = [
            CopyFactory(title=title, home=homes[number % 2])
            for number, title in enumerate([*self.titles, self.titles[0]])
        ]
        self.readers = ReaderFactory.create_batch(8)
        network = story.network
        self.points = [network.north, network.small_newsstand, network.small_newsstand, network.newsstand, network.stop]
        self.acts = [
            (self.place, 12),
            (self.place_group, 3),
            (self.cancel, 3),
            (self.move, 3),
            (self.suspend, 2),
            (self.resume, 2),
            (self.undo, 2),
            (self.need_no_more, 1),
            (self.pick, 3),
            (self.pack, 2),
            (self.check_in, 5),
            (self.check_out, 4),
            (self.receive, 3),
            (self.hand_over, 3),
            (self.take_back, 2),
            (self.days_pass, 1),
        ]

    def play(self):
        """Do one thing; return what it was, for the message of a failure. A refusal is an answer, not a failure."""
        act = self.chance.choices([act for act, _weight in self.acts], [weight for _act, weight in self.acts])[0]
        try:
            act()
        except DomainError as refusal:
            return f"{act.__name__}: {type(refusal).__name__}"
        return act.__name__

    def one_of(self, rows):
        """Return one row by chance, the same for the same seed; None when there is none."""
        found = list(rows.order_by("pk")) if hasattr(rows, "order_by") else list(rows)
        return self.chance.choice(found) if found else None

    def place(self):
        title = self.one_of(self.titles)
        level = self.chance.choice([HoldLevel.TITLE, HoldLevel.WORK, HoldLevel.WORK, HoldLevel.COPY])
        copy = self.one_of([one for one in self.copies if one.title == title]) if level == HoldLevel.COPY else None
        reader, pickup = self.one_of(self.readers), self.one_of(self.points)
        self.story.hold(title, reader=reader, pickup=pickup, level=level, copy=copy)

    def place_group(self):
        kind, reader = self.chance.choice(list(GroupKind)), self.one_of(self.readers)
        titles = self.chance.sample(self.titles, self.chance.choice([2, 2, 3]))
        copies = self.chance.choice([1, 1, 2]) if kind == GroupKind.SET else 1
        self.story.group(titles, kind, reader=reader, pickup=self.one_of(self.points), copies=copies)

    def cancel(self):
        if hold := self.one_of(Hold.objects.open()):
            cancel_hold(hold, actor=None)

    def move(self):
        if hold := self.one_of(Hold.objects.open()):
            try:
                change_pickup(hold, self.one_of(self.points), actor=None)
            except HoldNotChangeable:
                assert fresh(hold).status not in (HoldStatus.QUEUED, HoldStatus.ASSIGNED, HoldStatus.PICKED)

    def suspend(self):
        if hold := self.one_of(Hold.objects.open()):
            suspend_hold(hold, clock.today() + dt.timedelta(days=self.chance.randint(1, 60)), actor=None)

    def resume(self):
        if hold := self.one_of(Hold.objects.filter(suspended_until__isnull=False)):
            resume_hold(hold, actor=None)

    def undo(self):
        if hold := self.one_of(Hold.objects.filter(status=HoldStatus.CANCELLED)):
            undo_cancel(hold, actor=None)

    def need_no_more(self):
        if hold := self.one_of(Hold.objects.open()):
            set_not_needed_after(hold, clock.today() + dt.timedelta(days=self.chance.randint(0, 9)), actor=None)

    def pick(self):
        if held := self.one_of(Assignment.objects.open().filter(committed_at=None)):
            pick_copy(held.copy, held.copy.place, actor=None)

    def pack(self):
        if copy := self.one_of(Copy.objects.filter(status=CopyStatus.PICKED)):
            pack_parcel(copy, copy.place, actor=None)

    def check_in(self):
        copy = self.one_of(self.copies)
        check_in(
            copy, self.one_of([self.story.network.north, self.story.network.south, self.story.network.bus]), actor=None
        )

    def check_out(self):
        copy = fresh(self.one_of(self.copies))
        held = Assignment.objects.open().filter(copy=copy).select_related("hold__reader").first()
        reader = held.hold.reader if held and self.chance.random() < 0.8 else self.one_of(self.readers)
        check_out(copy, reader, self.story.network.north, actor=None)

    def receive(self):
        if parcel := self.one_of(Parcel.objects.filter(status__in=PARCEL_WITH_US)):
            here = parcel.destination if self.chance.random() < 0.8 else self.story.network.newsstand
            self.story.report(here, RECEIVE, parcel.tag)

    def hand_over(self):
        if parcel := self.one_of(Parcel.objects.exclude(status=ParcelStatus.OPENED)):
            here = parcel.destination if self.chance.random() < 0.9 else self.story.network.newsstand
            self.story.report(here, HAND_OVER, parcel.tag)

    def take_back(self):
        loan = self.one_of(Loan.objects.standing())
        copy = loan.copy if loan else self.one_of(self.copies)
        self.story.report(
            self.one_of([self.story.network.newsstand, self.story.network.locker]), TAKE_BACK, copy.barcode
        )

    def days_pass(self):
        self.story.later(days=self.chance.randint(1, 6))
        expire_holds()
        lapse_holds()
        resume_holds()
        look_at_groups()
        unlink_ended()


def play(story, seed, steps):
    """Play `steps` steps; after each the periodic jobs run, and everything must be true."""
    history = Chance(story, seed)
    for number in range(steps):
        done = history.play()
        retry_passed()
        look_at_groups()
        retry_passed()
        unlink_ended()
        story.later(minutes=20)
        assert disagreements() == [], f"seed {seed}, step {number}: {done}"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_is_fair_on_any_history(story, seed):
    play(story, seed, steps=80)


def test_the_order_is_fair_on_any_history_without_a_sweep_where_room_is_not_counted(story):
    PlaceCapacity.objects.all().delete()
    history = Chance(story, 3)
    for number in range(60):
        done = history.play()
        assert disagreements() == [], f"step {number}: {done}"


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 110))
def test_the_order_is_fair_on_long_histories(story, seed):
    play(story, seed, steps=500)

"""Which copy goes to which reader, and that the order is fair on any history."""

import random

import pytest

from branches.models import PlaceCapacity
from catalog.models import Copy
from catalog.states import CopyStatus
from loans import routing
from loans.errors import HoldNotChangeable
from loans.holds import cancel_hold, change_pickup, expire_holds, retry_passed
from loans.invariants import disagreements
from loans.lending import check_in, check_out
from loans.models import Assignment, Hold, HoldPass, Loan, Parcel
from loans.picking import pack_parcel, pick_copy
from loans.records import HAND_OVER, RECEIVE, TAKE_BACK
from loans.reminders import unlink_ended
from loans.routing import best_copy, has_room
from loans.states import PARCEL_WITH_US, HoldLevel, HoldStatus, ParcelStatus
from milanolib.errors import DomainError
from tests.factories import BranchFactory, CopyFactory, ReaderFactory, TitleFactory, WorkFactory
from tests.story import fresh


def test_a_copy_goes_to_who_waits_longest(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    holds = [story.hold(copy.title) for _number in range(3)]

    story.given_back(copy)

    assert [fresh(hold).status for hold in holds] == [HoldStatus.READY, HoldStatus.QUEUED, HoldStatus.QUEUED]


def test_a_rank_comes_before_the_time(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    _first, second = story.hold(copy.title), story.hold(copy.title)
    Hold.objects.filter(pk=second.pk).update(rank=-1)

    assert story.given_back(copy).hold == second


def test_a_suspended_hold_is_left_out_and_keeps_its_turn(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    resting, active = story.hold(copy.title), story.hold(copy.title)
    Hold.objects.filter(pk=resting.pk).update(suspended_until="2026-06-01")

    assert story.given_back(copy).hold == active
    Hold.objects.filter(pk=resting.pk).update(suspended_until=None)
    cancel_hold(active, actor=None)
    assert fresh(resting).status == HoldStatus.ASSIGNED


def test_a_tentative_assignment_makes_way_for_one_who_has_no_other(story):
    work = WorkFactory()
    titles = TitleFactory.create_batch(2, work=work)
    copies = [story.copies(1, title=title)[0] for title in titles]
    anything = story.hold(titles[0], level=HoldLevel.WORK)
    first = story.copy_of(anything)

    narrow = story.hold(first.title)

    assert story.copy_of(narrow) == first
    assert {story.copy_of(anything)} == set(copies) - {first}
    assert anything.assignments.get(copy=first).release_reason == "better_plan"


def test_a_chain_of_assignments_shifts_as_a_whole(story):
    work = WorkFactory()
    titles = TitleFactory.create_batch(3, work=work)
    a, b, c = (story.copies(1, title=title)[0] for title in titles)
    holds = [
        story.hold(titles[0], level=HoldLevel.WORK),
        story.hold(titles[0], level=HoldLevel.WORK),
    ]
    taken = {story.copy_of(hold) for hold in holds}
    assert taken == {a, b}

    narrow = story.hold(titles[0])

    assert story.copy_of(narrow) == a
    assert {story.copy_of(hold) for hold in holds} == {b, c}


def test_a_committed_assignment_never_makes_way(story):
    work = WorkFactory()
    titles = TitleFactory.create_batch(2, work=work)
    first, _second = (story.copies(1, title=title)[0] for title in titles)
    hold, copy = story.picked(titles[0], level=HoldLevel.WORK, pickup=story.network.newsstand)
    assert copy == first

    narrow = story.hold(titles[0])

    assert narrow.status == HoldStatus.QUEUED
    assert story.copy_of(hold) == first


def test_a_hold_passed_over_for_a_full_point_keeps_its_turn_and_is_logged(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    full = story.network.small_newsstand
    story.hold(story.copies(1)[0].title, pickup=full)
    passed, other = story.hold(copy.title, pickup=full), story.hold(copy.title)

    found = story.given_back(copy)

    assert found.hold == other
    assert HoldPass.objects.get().hold == passed
    assert fresh(passed).order_key < fresh(other).order_key


def test_retry_passed_serves_when_room_has_come_back(story):
    full = story.network.small_newsstand
    another = story.hold(story.copies(1)[0].title, pickup=full)
    passed = story.hold(story.copies(1)[0].title, pickup=full)
    assert retry_passed() == 0

    cancel_hold(another, actor=None)

    assert retry_passed() == 1
    assert fresh(passed).status == HoldStatus.ASSIGNED


def test_a_hold_far_down_the_queue_gets_the_edition_that_only_it_wants(story):
    work = WorkFactory()
    common, rare = TitleFactory.create_batch(2, work=work)
    story.lent(story.copies(1, title=common)[0])
    copy = story.copies(1, title=rare)[0]
    story.lent(copy)
    for reader in ReaderFactory.create_batch(60):
        story.hold(common, reader=reader)
    hold = story.hold(rare)

    assert story.given_back(copy).hold == hold


def test_a_hold_behind_many_for_a_full_point_is_served(story):
    copy = story.copies(1)[0]
    story.lent(copy)
    full = story.network.small_newsstand
    PlaceCapacity.objects.filter(place=full).update(total=0)
    for reader in ReaderFactory.create_batch(60):
        story.hold(copy.title, reader=reader, pickup=full)
    hold = story.hold(copy.title)

    assert story.given_back(copy).hold == hold


def test_best_copy_arrives_first_then_travels_least_then_spares_the_busiest(story):
    title = TitleFactory()
    hold = story.hold(CopyFactory(title=title, home=BranchFactory()).title, pickup=story.network.south)
    here = CopyFactory(title=title, home=story.network.south)
    near = CopyFactory(title=title, home=BranchFactory(latitude=45.44))
    far = CopyFactory(title=title, home=BranchFactory(latitude=45.52))
    nowhere = CopyFactory(title=title, home=BranchFactory(latitude=None, longitude=None))
    as_near = CopyFactory(title=title, home=BranchFactory(latitude=45.4401))
    story.is_broken = True  # these copies came from nowhere: nobody served the queue

    assert best_copy([nowhere, far, near, here], hold) == here
    assert best_copy([nowhere, far, near], hold) == near
    assert best_copy([nowhere, far], hold) == far
    story.hold(CopyFactory(home=near.home).title)
    assert best_copy([near, as_near], hold) == as_near, "within 500 metres the less busy one"


def test_has_room_counts_what_is_meant_what_lies_there_and_what_comes_for_nothing(story):
    point = story.network.newsstand
    assert has_room(point)
    story.hold(story.copies(1)[0].title, pickup=point)
    on_the_road, _copy, _parcel = story.packed(story.copies(1)[0].title, pickup=point)
    assert not has_room(point)

    cancel_hold(on_the_road, actor=None)

    assert not has_room(point), "its parcel still comes"


def test_has_room_leaves_out_what_is_out_of_service(story):
    PlaceCapacity.objects.filter(place=story.network.newsstand).update(out_of_service=2)

    assert not has_room(story.network.newsstand)
    assert has_room(story.network.north), "nothing is said of it, so nothing limits it"


def test_waiting_for_counts_those_whom_no_free_copy_serves(story):
    copies = story.copies(2)
    for copy in copies:
        story.lent(copy)
    hold = story.hold(copies[0].title)

    assert routing.waiting_for(copies[0])
    assert not routing.waiting_for(copies[0], other_than=hold.reader_id)
    story.given_back(copies[1])
    assert not routing.waiting_for(copies[0])


# --- Any history at all


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
            (self.cancel, 3),
            (self.move, 3),
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

    def cancel(self):
        if hold := self.one_of(Hold.objects.open()):
            cancel_hold(hold, actor=None)

    def move(self):
        if hold := self.one_of(Hold.objects.open()):
            try:
                change_pickup(hold, self.one_of(self.points), actor=None)
            except HoldNotChangeable:
                assert fresh(hold).status not in (HoldStatus.QUEUED, HoldStatus.ASSIGNED)

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


def play(story, seed, steps):
    """Play `steps` steps; after each the periodic jobs run, and everything must be true."""
    history = Chance(story, seed)
    for number in range(steps):
        done = history.play()
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

"""A closure entered later: what hangs on it, the new days, one batch that can be repeated and gone on with."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Act
from branches.bibliobus import plan_visits
from branches.models import Closure, Place, VisitStatus
from catalog.states import CopyStatus
from loans.closings import ClosureGone, apply_closure, carry_on, carry_on_all, propose, undo_closure
from loans.invariants import disagreements
from loans.models import ClosureBatch, ClosureMove, Hold, Loan, Moved
from loans.states import HoldStatus
from loans.tasks import carry_on_closures
from milanolib import clock
from outbox.models import Event
from tests.factories import (
    ClosureFactory,
    CopyFactory,
    LibrarianFactory,
    LoanFactory,
    OpeningHoursFactory,
)
from tests.factories.places import VisitFactory
from tests.loans.test_killed import MOST, killed_before
from tests.story import fresh

DUE = dt.date(2026, 4, 1)  # of what is lent on the first day of a story
KEPT = dt.date(2026, 3, 9)  # of what becomes ready then


def days(number):
    return dt.timedelta(days=number)


def shut(place, first, last):
    return ClosureFactory(place=place, starts_on=first, ends_on=last)


def lent(story, count=1):
    """Return loans made at the north library on the first day."""
    return [story.lent(copy) for copy in story.copies(count)]


# --- propose


def test_propose_counts_each_sort_and_names_the_new_day(story):
    north = story.network.north
    lent(story, 2)
    story.ready(story.copies(1)[0].title)
    story.hold(story.copies(1, home=story.network.south)[0].title, pickup=north)
    story.picked(story.copies(1, home=story.network.south)[0].title, pickup=north)
    closure = shut(north, KEPT, DUE)

    told = propose(closure)

    assert told.opens_on == DUE + days(1)
    assert told.loans.days == [(DUE, DUE + days(1), 2)]
    assert told.kept.days == [(KEPT, DUE + days(1), 1)]
    assert (told.to_collect.count, told.journeys.count, told.visits.count) == (2, 1, 0)
    assert told.movable == 3


def test_propose_writes_nothing_and_names_no_reader(story):
    (loan,) = lent(story)
    closure = shut(story.network.north, DUE, DUE)

    told = propose(closure)

    assert [row.what for row in told.loans.rows] == [loan.copy.title]
    assert loan.reader.family_name not in repr(told)
    assert not ClosureBatch.objects.exists()
    assert fresh(loan).due_on == DUE


def test_propose_says_what_cannot_be_moved(story):
    lent(story)

    told = propose(shut(story.network.north, DUE - days(1), None))

    assert told.opens_on is None
    assert (told.loans.count, told.loans.stuck, told.movable) == (1, 1, 0)


@pytest.mark.parametrize(
    ("first", "last", "opens"),
    [
        (dt.date.min, dt.date(2026, 4, 30), dt.date(2026, 5, 1)),
        (dt.date(2026, 3, 1), dt.date.max, None),
        (dt.date.max, dt.date.max, None),
        (dt.date(2026, 3, 1), dt.date(2028, 2, 29), dt.date(2028, 3, 1)),
    ],
)
def test_dates_that_cannot_be_meant_break_nothing(story, first, last, opens):
    lent(story)
    closure = shut(story.network.north, first, last)

    assert propose(closure).opens_on == opens
    batch = apply_closure(closure, actor=None)
    assert batch.finished_at is not None
    assert closure.is_long_from(clock.today()) is (first != dt.date.max)
    assert undo_closure(batch, actor=None).undone_at is not None


@pytest.mark.parametrize("count", [1, 3])
def test_propose_asks_as_much_for_one_row_as_for_three(count, story, django_assert_num_queries):
    north = story.network.north
    lent(story, count)
    for _number in range(count):
        story.ready(story.copies(1)[0].title)
        story.picked(story.copies(1, home=story.network.south)[0].title, pickup=north)
    closure = shut(north, KEPT, DUE)

    with django_assert_num_queries(10):
        propose(closure)


# --- apply


def test_apply_closure_moves_loans_and_keeping_to_the_next_open_day(story):
    north = story.network.north
    type(north).objects.filter(pk=north.pk).update(hours_known=True)
    for weekday in range(5):
        OpeningHoursFactory(place=north, weekday=weekday)
    staff = LibrarianFactory(desk=north)
    (loan,) = lent(story)
    hold, _copy = story.ready(story.copies(1)[0].title)
    closure = shut(north, KEPT, dt.date(2026, 4, 3))

    batch = apply_closure(closure, actor=staff)

    opens = dt.date(2026, 4, 7)  # after a Friday: a weekend and Easter Monday
    assert (fresh(loan).due_on, fresh(hold).keep_until) == (opens, opens)
    lines = batch.moves.values_list("kind", "loan", "hold", "before", "after")
    assert set(lines) == {
        (Moved.LOAN, loan.pk, None, DUE, opens),
        (Moved.HOLD, None, hold.pk, KEPT, opens),
    }
    assert (batch.applied_by, batch.finished_at, batch.place) == (staff, clock.now(), north)
    act = Act.objects.get(verb="apply_closure")
    assert (act.subject, act.place_code) == (f"closurebatch:{batch.pk}", north.code)


def test_apply_closure_leaves_what_does_not_hang_on_it(story):
    north, south = story.network.north, story.network.south
    elsewhere = story.lent(story.copies(1, home=south)[0])
    back = story.lent(story.copies(1)[0])
    story.given_back(back.copy)
    story.later(days=1)
    later = story.lent(story.copies(1)[0])
    kept, _copy = story.ready(story.copies(1)[0].title)

    batch = apply_closure(shut(north, DUE, DUE), actor=None)

    assert not batch.moves.exists()
    assert batch.finished_at is not None
    assert [fresh(loan).due_on for loan in (elsewhere, back, later)] == [DUE, DUE, DUE + days(1)]
    assert fresh(kept).keep_until == KEPT + days(1)


@pytest.mark.parametrize("night", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)])
def test_apply_closure_moves_over_the_nights_on_which_the_clock_changes(story, night):
    story.clock.move_to(dt.datetime.combine(night - days(31), dt.time(22, 30), tzinfo=dt.UTC))
    loan = story.lent(story.copies(1)[0])
    assert loan.due_on in (night, night - days(1))

    apply_closure(shut(story.network.north, night - days(1), night), actor=None)

    assert fresh(loan).due_on == night + days(1)


def test_apply_closure_until_further_notice_moves_nothing_and_ends(story):
    (loan,) = lent(story)

    batch = apply_closure(shut(story.network.north, DUE, None), actor=None)

    assert fresh(loan).due_on == DUE
    assert batch.finished_at is not None
    assert not batch.moves.exists()


def test_apply_closure_again_changes_nothing(story):
    (loan,) = lent(story)
    closure = shut(story.network.north, DUE, DUE)
    first = apply_closure(closure, actor=None)
    story.later(minutes=5)

    again = apply_closure(closure, actor=LibrarianFactory())

    assert (again.pk, again.applied_at, again.applied_by) == (first.pk, first.applied_at, None)
    assert ClosureMove.objects.get().after == fresh(loan).due_on == DUE + days(1)
    assert Event.objects.filter(kind="loans.closure_applied").count() == 1


def test_apply_closure_made_longer_goes_on_with_its_batch_and_keeps_the_first_day(story):
    (loan,) = lent(story)
    closure = shut(story.network.north, DUE, DUE)
    batch = apply_closure(closure, actor=None)
    closure.ends_on = DUE + days(9)
    closure.save()
    story.later(days=1)

    again = apply_closure(closure, actor=None)

    assert again.pk == batch.pk
    assert again.ends_on == closure.ends_on
    line = ClosureMove.objects.get()
    assert (line.before, line.after, fresh(loan).due_on) == (DUE, DUE + days(10), DUE + days(10))
    assert Event.objects.filter(kind="loans.closure_applied").count() == 2


def test_apply_closure_adds_what_has_come_since(story):
    closure = shut(story.network.north, DUE, DUE)
    apply_closure(closure, actor=None)
    copy = CopyFactory(home=story.network.north, place=None, status=CopyStatus.ON_LOAN)
    loan = LoanFactory(copy=copy, place=story.network.north, due_on=DUE)  # from a desk that had been off line

    apply_closure(closure, actor=None)

    assert fresh(loan).due_on == DUE + days(1)


def test_apply_closure_that_is_gone_is_refused(story):
    closure = shut(story.network.north, DUE, DUE)
    type(closure).objects.all().delete()

    with pytest.raises(ClosureGone):
        apply_closure(closure, actor=None)


def test_apply_closure_of_a_stop_cancels_its_visits_and_keeps_for_one_more(story):
    stop = story.network.stop
    visits = [VisitFactory(stop=stop, on=dt.date(2026, 3, 2) + days(7 * week + 1)) for week in range(4)]
    copy = story.copies(1, home=story.network.bus)[0]
    hold, _copy = story.ready(copy.title, pickup=stop)
    assert hold.keep_until == visits[1].on
    closure = shut(stop, visits[0].on, visits[0].on)
    assert propose(closure).visits.days == [(visits[0].on, visits[1].on, 1)]

    apply_closure(closure, actor=None)

    assert fresh(visits[0]).status == VisitStatus.CANCELLED
    assert fresh(hold).keep_until == visits[2].on, "two visits that take place"


def test_apply_closure_of_a_vehicle_reaches_its_stops_and_is_undone_there(story):
    stop, bus = story.network.stop, story.network.bus
    visits = [VisitFactory(stop=stop, on=dt.date(2026, 3, 2) + days(7 * week + 1)) for week in range(5)]
    copy, waiting, borrowed = story.copies(3, home=bus)
    hold, _copy = story.ready(copy.title, pickup=stop)
    story.hold(waiting.title, pickup=stop)
    loan = story.lent(borrowed, place=stop)
    before = loan.due_on, hold.keep_until
    closure = shut(bus, visits[0].on, visits[1].on)
    Loan.objects.filter(pk=loan.pk).update(due_on=visits[1].on)

    told = propose(closure)
    batch = apply_closure(closure, actor=None)

    assert told.opens_on == visits[2].on
    assert (told.visits.count, told.kept.movable, told.loans.days) == (2, 1, [(visits[1].on, visits[2].on, 1)])
    assert [fresh(visit).status for visit in visits[:3]] == ["cancelled", "cancelled", "planned"]
    assert fresh(hold).keep_until == visits[3].on, "two visits that take place"
    assert fresh(loan).due_on == visits[2].on
    assert apply_closure(closure, actor=None).moves.count() == 4, "applied again it moves nothing more"

    undo_closure(batch, actor=None)

    assert [fresh(visit).status for visit in visits[:2]] == ["planned", "planned"]
    assert (fresh(loan).due_on, fresh(hold).keep_until) == (visits[1].on, before[1])


def test_closure_of_a_vehicle_leaves_other_points_alone(story):
    loan = lent(story)[0]

    batch = apply_closure(shut(story.network.bus, DUE, DUE), actor=None)

    assert fresh(loan).due_on == DUE
    assert not batch.moves.exists()


def test_plan_visits_makes_none_while_the_vehicle_is_off_the_road(story):
    stop = story.network.stop
    OpeningHoursFactory(place=stop, weekday=1)
    shut(story.network.bus, dt.date(2026, 3, 9), dt.date(2026, 3, 15))

    plan_visits(dt.date(2026, 3, 2), days=21)

    assert list(stop.visits.order_by("on").values_list("on", flat=True)) == [
        dt.date(2026, 3, 3),
        dt.date(2026, 3, 17),
    ]


def test_stop_of_a_vehicle_that_is_off_the_road_for_long_is_no_point_to_choose(story):
    stop = story.network.stop
    assert Place.objects.pickup_points(clock.today()).filter(pk=stop.pk).exists()

    shut(story.network.bus, clock.today(), None)

    points = Place.objects.pickup_points(clock.today())
    assert not points.filter(pk=stop.pk).exists()
    assert points.filter(pk=story.network.newsstand.pk).exists()


def test_a_loan_renewed_before_its_turn_comes_is_left(story):
    loan, other = lent(story, 2)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None, most=0)
    assert batch.finished_at is None
    Loan.objects.filter(pk=loan.pk).update(due_on=DUE + days(20))

    assert carry_on(batch)

    assert fresh(loan).due_on == DUE + days(20)
    assert [line.loan for line in ClosureMove.objects.all()] == [other]


@pytest.mark.parametrize("change", ["deleted", "shortened"])
def test_a_closure_changed_while_it_is_applied_ends_with_what_has_moved(story, change):
    first, second = lent(story, 2)
    closure = shut(story.network.north, DUE - days(1), DUE)
    batch = apply_closure(closure, actor=None, most=1)
    if change == "deleted":
        closure.delete()
    else:
        type(closure).objects.update(ends_on=DUE - days(1))

    assert carry_on(batch)

    assert [fresh(loan).due_on for loan in (first, second)] == [DUE + days(1), DUE]
    assert fresh(batch).finished_at is not None


def test_the_worker_goes_on_with_what_a_page_has_begun(story):
    loans = lent(story, 3)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None, most=1)
    assert (batch.finished_at, batch.moves.count()) == (None, 1)

    carry_on_closures()

    assert {fresh(loan).due_on for loan in loans} == {DUE + days(1)}
    assert fresh(batch).finished_at is not None
    assert carry_on_all() == 0


# --- At once, and killed half-way


def test_two_librarians_apply_at_once_and_make_one_batch(rivals, story):
    loans = lent(story, 4)
    closure = shut(story.network.north, DUE, DUE)
    staff = [LibrarianFactory(desk=story.network.north) for _number in range(2)]

    outcomes = rivals(*[lambda actor=actor: apply_closure(closure, actor=actor) for actor in staff])

    assert {one.pk for one in outcomes} == {ClosureBatch.objects.get().pk}
    assert ClosureMove.objects.count() == 4
    assert {fresh(loan).due_on for loan in loans} == {DUE + days(1)}
    assert Event.objects.filter(kind="loans.closure_applied").count() == 1
    assert Act.objects.filter(verb="apply_closure").count() == 1


@pytest.mark.soak  # forks, which no process that has driven a browser may
def test_apply_and_undo_killed_before_any_statement_are_gone_on_with(transactional_db, network):
    """Each move stands whole or not at all, and the next run, or the same verb again, does the rest."""
    day, later = clock.today() + days(10), clock.today() + days(11)
    lent_there = [CopyFactory(home=network.north, place=None, status=CopyStatus.ON_LOAN) for _number in range(2)]
    loans = [LoanFactory(copy=copy, place=network.north, due_on=day) for copy in lent_there]

    def dues():
        return [fresh(loan).due_on for loan in loans]

    for number in range(1, MOST):
        closure = shut(network.north, day, day)
        lived = killed_before(number, lambda: apply_closure(closure, actor=None))  # noqa: B023  it runs at once
        assert disagreements() == [], f"apply, statement {number}"
        assert dues().count(later) == ClosureMove.objects.filter(put_back_at=None).count()
        batch = apply_closure(closure, actor=None)
        assert (dues(), batch.finished_at is None) == ([later, later], False), f"apply, statement {number}"
        died = not killed_before(number, lambda: undo_closure(batch, actor=None))  # noqa: B023
        assert disagreements() == [], f"undo, statement {number}"
        undo_closure(fresh(batch), actor=None)
        assert (dues(), Closure.objects.exists()) == ([day, day], False), f"undo, statement {number}"
        if lived and not died:
            break
    else:
        pytest.fail("the verbs do not end")
    assert number > 20, "they were killed between their transactions"


APPLY = """
import django
django.setup()
from branches.models import Closure
from loans.closings import apply_closure
apply_closure(Closure.objects.get(), actor=None)
"""


@pytest.mark.soak  # forks, which no process that has driven a browser may
def test_a_process_killed_between_two_moves_is_gone_on_with(transactional_db, network):
    """A real process on the real clock is killed when some of its moves stand; another one does the rest."""
    day, count = clock.today() + days(10), 400
    for _number in range(count):
        copy = CopyFactory(home=network.north, place=None, status=CopyStatus.ON_LOAN)
        LoanFactory(copy=copy, place=network.north, due_on=day)
    shut(network.north, day, day)
    settings = connection.settings_dict
    address = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST'].replace('/', '%2F')}"
    address += f":{settings['PORT']}/{settings['NAME']}"
    with subprocess.Popen([sys.executable, "-c", APPLY], env={**os.environ, "DATABASE_URL": address}) as process:
        for _look in range(3000):
            if ClosureMove.objects.count() > 5 or process.poll() is not None:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)

    batch = ClosureBatch.objects.get()
    moved = ClosureMove.objects.count()
    assert 5 < moved < count
    assert batch.finished_at is None
    assert Loan.objects.filter(due_on=day + days(1)).count() == moved, "each line with its date, or neither"

    assert carry_on_all() == 1

    assert not Loan.objects.filter(due_on=day).exists()
    assert ClosureMove.objects.count() == count
    assert fresh(batch).finished_at is not None
    assert disagreements() == []


# --- The constraints themselves


@pytest.fixture
def batch(story):
    """A batch with a loan and a ready reservation in it."""
    lent(story)
    story.ready(story.copies(1)[0].title)
    return apply_closure(shut(story.network.north, KEPT, DUE), actor=None)


@pytest.mark.parametrize("thing", ["loan", "hold"])
def test_a_thing_moves_once_in_a_batch(batch, thing):
    line = batch.moves.get(**{f"{thing}__isnull": False})
    line.pk = None

    with pytest.raises(IntegrityError, match=f"closuremove_{thing}_once_per_batch"), transaction.atomic():
        line.save()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"after": DUE - days(1)}, "closuremove_never_to_an_earlier_day"),
        ({"kind": Moved.HOLD}, "closuremove_is_about_one_thing"),
        (
            {"put_back_at": dt.datetime(2026, 3, 3, tzinfo=dt.UTC), "left_because": "ended"},
            "closuremove_put_back_or_left",
        ),
    ],
)
def test_a_line_that_contradicts_itself_cannot_be_stored(batch, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        batch.moves.filter(kind=Moved.LOAN).update(**fields)


@pytest.mark.parametrize(
    ("step", "constraint"),
    [
        ({"undo_begun_at": days(7) + dt.timedelta(seconds=1)}, "closurebatch_undone_within_seven_days"),
        ({"undo_begun_at": -days(1)}, "closurebatch_undone_within_seven_days"),
        ({"undone_at": days(1)}, "closurebatch_put_back_after_undo_began"),
        ({"finished_at": -days(1)}, "closurebatch_finished_after_it_was_applied"),
    ],
)
def test_a_batch_that_contradicts_itself_cannot_be_stored(batch, step, constraint):
    fields = {name: batch.applied_at + delta for name, delta in step.items()}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ClosureBatch.objects.update(**fields)


def test_a_batch_cannot_end_before_it_begins(batch):
    with pytest.raises(IntegrityError, match="closurebatch_ends_after_it_began"), transaction.atomic():
        ClosureBatch.objects.update(ends_on=batch.starts_on - days(1))


def test_a_closure_has_one_standing_batch(batch):
    batch.pk = None

    with pytest.raises(IntegrityError, match="closurebatch_one_standing_per_closure"), transaction.atomic():
        batch.save()


# --- What must be true


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda: Loan.objects.update(due_on=DUE), "its loan is due before the day to which it was moved"),
        (
            lambda: Hold.objects.filter(status=HoldStatus.READY).update(keep_until=KEPT),
            "its reservation is kept for less long than it was moved to",
        ),
        (
            lambda: ClosureBatch.objects.update(undo_begun_at=clock.now(), undone_at=clock.now()),
            "was neither put back nor left, though its closure was undone",
        ),
    ],
)
def test_invariants_see_what_a_batch_no_longer_agrees_with(story, batch, break_it, words):
    story.is_broken = True
    assert disagreements() == []

    break_it()

    assert any(words in line for line in disagreements())

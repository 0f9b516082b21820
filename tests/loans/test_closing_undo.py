"""Taking a closure back: within seven days, each date that nobody has changed since, and the closure with it."""

import datetime as dt

import pytest

from accounts.models import Act
from branches.models import Closure, VisitStatus
from loans.closing_undo import put_back
from loans.closings import ClosureOver, UndoTooLate, apply_closure, carry_on_all, undo_closure
from loans.models import ClosureBatch, ClosureMove, LeftBecause
from loans.renewals import renew_loan
from milanolib import clock
from tests.factories import ClosureFactory, LibrarianFactory
from tests.factories.places import VisitFactory
from tests.loans.test_closings import DUE, KEPT, days, lent, shut
from tests.story import fresh


def reason(loan):
    return ClosureMove.objects.get(loan=loan).left_because


def test_undo_closure_puts_each_date_back_and_takes_the_closure_away(story):
    (loan,) = lent(story)
    hold, _copy = story.ready(story.copies(1)[0].title)
    staff = LibrarianFactory(desk=story.network.north)
    batch = apply_closure(shut(story.network.north, KEPT, DUE), actor=None)
    story.later(days=2)

    undone = undo_closure(batch, actor=staff)

    assert (fresh(loan).due_on, fresh(hold).keep_until) == (DUE, KEPT)
    assert not Closure.objects.exists()
    assert (undone.closure, undone.undone_by, undone.undone_at) == (None, staff, clock.now())
    assert batch.moves.filter(put_back_at__isnull=False).count() == 2
    assert Act.objects.get(verb="undo_closure").subject == f"closurebatch:{batch.pk}"


def test_undo_closure_that_has_begun_lets_it_end_yesterday(story):
    lent(story)
    closure = shut(story.network.north, clock.today() + days(1), DUE)
    batch = apply_closure(closure, actor=None)
    story.later(days=3)

    undo_closure(batch, actor=None)

    assert fresh(closure).ends_on == clock.today() - days(1)


def test_undo_closure_on_its_first_day_takes_it_away(story):
    closure = shut(story.network.north, clock.today() + days(1), DUE)
    batch = apply_closure(closure, actor=None)
    story.later(days=1)

    undo_closure(batch, actor=None)

    assert not Closure.objects.exists()


def test_undo_closure_leaves_a_loan_that_was_renewed_since(story):
    loan, other = lent(story, 2)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    story.later(days=3)
    renew_loan(loan, actor=None)
    renewed_to = fresh(loan).due_on

    undo_closure(batch, actor=None)

    assert (fresh(loan).due_on, reason(loan)) == (renewed_to, LeftBecause.RENEWED)
    assert (fresh(other).due_on, reason(other)) == (DUE, "")


def test_undo_closure_leaves_what_ended_and_what_another_closure_moved_on(story):
    ended, moved_on, _other = lent(story, 3)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    story.given_back(ended.copy)
    type(moved_on).objects.filter(pk=moved_on.pk).update(due_on=DUE + days(5))

    undo_closure(batch, actor=None)

    assert (reason(ended), reason(moved_on)) == (LeftBecause.ENDED, LeftBecause.CHANGED)
    assert fresh(moved_on).due_on == DUE + days(5)


@pytest.mark.parametrize(("passed", "left"), [(0, ""), (1, LeftBecause.TOO_LATE), (2, LeftBecause.TOO_LATE)])
def test_undo_closure_never_makes_a_reader_late(story, passed, left):
    (loan,) = lent(story)
    story.clock.move_to(dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC))
    batch = apply_closure(shut(story.network.north, DUE - days(3), DUE + days(6)), actor=None)
    story.later(days=passed)

    undo_closure(batch, actor=None)

    assert (reason(loan), fresh(loan).due_on) == (left, DUE + days(7) if left else DUE)


def test_undo_closure_leaves_a_day_that_another_closure_shuts_too(story):
    (loan,) = lent(story)
    batch = apply_closure(shut(story.network.north, DUE, DUE + days(1)), actor=None)
    ClosureFactory(place=story.network.north, starts_on=DUE, ends_on=DUE + days(1))

    undo_closure(batch, actor=None)

    assert (reason(loan), fresh(loan).due_on) == (LeftBecause.STILL_SHUT, DUE + days(2))


def test_undo_closure_goes_back_to_the_first_open_day_that_is_left(story):
    (loan,) = lent(story)
    batch = apply_closure(shut(story.network.north, DUE, DUE + days(5)), actor=None)
    ClosureFactory(place=story.network.north, starts_on=DUE, ends_on=DUE + days(1))

    undo_closure(batch, actor=None)

    assert fresh(loan).due_on == DUE + days(2)


def test_undo_closure_of_one_made_longer_goes_back_to_the_first_day(story):
    (loan,) = lent(story)
    closure = shut(story.network.north, DUE, DUE)
    apply_closure(closure, actor=None)
    Closure.objects.update(ends_on=DUE + days(9))
    batch = apply_closure(fresh(closure), actor=None)

    undo_closure(batch, actor=None)

    assert fresh(loan).due_on == DUE


def test_undo_closure_plans_the_visits_again(story):
    story.clock.move_to(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    stop, kept_off = story.network.stop, dt.date(2026, 3, 10)
    visit = VisitFactory(stop=stop, on=kept_off)
    batch = apply_closure(shut(stop, kept_off, kept_off), actor=None)
    assert fresh(visit).status == VisitStatus.CANCELLED

    undo_closure(batch, actor=None)

    assert fresh(visit).status == VisitStatus.PLANNED


def test_undo_closure_again_changes_nothing(story):
    (loan,) = lent(story)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    undone = undo_closure(batch, actor=None)
    type(loan).objects.filter(pk=loan.pk).update(due_on=DUE + days(1))
    story.later(days=30)

    assert undo_closure(batch, actor=LibrarianFactory()).undone_at == undone.undone_at
    assert fresh(loan).due_on == DUE + days(1)
    assert fresh(batch).undone_by is None


@pytest.mark.parametrize(
    ("applied", "last_moment"),
    [
        ("2026-03-26T10:00+01:00", "2026-04-02T11:00+02:00"),  # seven days of 24 hours, the clock goes forward
        ("2026-10-22T10:00+02:00", "2026-10-29T09:00+01:00"),  # and back
        ("2026-03-02T10:00+01:00", "2026-03-09T10:00+01:00"),
    ],
)
def test_undo_closure_is_possible_for_seven_days(story, applied, last_moment):
    story.clock.move_to(dt.datetime.fromisoformat(applied))
    far = clock.today() + days(60)
    batch = apply_closure(shut(story.network.north, far, far), actor=None)
    story.clock.move_to(dt.datetime.fromisoformat(last_moment) + dt.timedelta(seconds=1))

    with pytest.raises(UndoTooLate):
        undo_closure(batch, actor=None)
    assert Closure.objects.exists()

    story.clock.move_to(dt.datetime.fromisoformat(last_moment))
    assert undo_closure(batch, actor=None).undone_at is not None


def test_undo_closure_that_is_over_is_refused(story):
    (loan,) = lent(story)
    story.clock.move_to(dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC))
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    story.later(days=2)

    with pytest.raises(ClosureOver):
        undo_closure(batch, actor=None)

    assert fresh(loan).due_on == DUE + days(1)
    assert fresh(batch).undo_begun_at is None


def test_undo_closure_whose_closure_was_deleted_by_hand_puts_the_dates_back(story):
    (loan,) = lent(story)
    closure = shut(story.network.north, DUE, DUE)
    batch = apply_closure(closure, actor=None)
    closure.delete()
    assert fresh(loan).due_on == DUE + days(1), "nothing moves silently"

    undo_closure(batch, actor=None)

    assert fresh(loan).due_on == DUE


def test_undo_closure_of_a_batch_left_half_way_puts_back_what_had_moved(story):
    first, second = lent(story, 2)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None, most=1)

    undo_closure(batch, actor=None)

    assert [fresh(loan).due_on for loan in (first, second)] == [DUE, DUE]
    assert carry_on_all() == 0


def test_the_worker_goes_on_with_an_undo_that_a_page_has_begun(story):
    loans = lent(story, 3)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)

    undone = undo_closure(batch, actor=None, most=1)
    assert (undone.undone_at, ClosureMove.objects.filter(put_back_at__isnull=False).count()) == (None, 1)

    assert carry_on_all() == 1
    assert {fresh(loan).due_on for loan in loans} == {DUE}


def test_an_undo_killed_half_way_is_gone_on_with(story):
    first, second = lent(story, 2)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)
    ClosureBatch.objects.update(undo_begun_at=clock.now())
    ClosureMove.objects.filter(loan=first).update(put_back_at=clock.now())
    type(first).objects.filter(pk=first.pk).update(due_on=DUE)
    Closure.objects.all().delete()

    assert carry_on_all() == 1

    assert [fresh(loan).due_on for loan in (first, second)] == [DUE, DUE]
    assert fresh(batch).undone_at is not None
    assert put_back(batch)


def test_two_librarians_undo_at_once(rivals, story):
    loans = lent(story, 4)
    batch = apply_closure(shut(story.network.north, DUE, DUE), actor=None)

    outcomes = rivals(*[lambda: undo_closure(batch, actor=None) for _number in range(2)])

    assert [one.undone_at for one in outcomes] == [clock.now()] * 2
    assert {fresh(loan).due_on for loan in loans} == {DUE}


def test_one_applies_while_another_undoes(rivals, story):
    loans = lent(story, 6)
    closure = shut(story.network.north, DUE, DUE)
    batch = apply_closure(closure, actor=None, most=2)

    rivals(lambda: apply_closure(closure, actor=None), lambda: undo_closure(batch, actor=None))

    moved = {fresh(loan).due_on for loan in loans}
    standing = ClosureBatch.objects.filter(undo_begun_at=None)
    assert moved == {DUE}
    assert not standing.exists()

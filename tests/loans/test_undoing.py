"""Undo: what the last act changed is put back exactly, or nothing is."""

import pytest
from django.apps import apps
from django.db import models

from accounts.models import Act
from catalog.models import Copy
from loans.deposit_moves import receive_deposit
from loans.hold_changes import change_pickup
from loans.holds import cancel_hold, place_hold
from loans.lending import check_in, check_out
from loans.models import LastAct, Loan
from loans.picking import pick_copy
from loans.renewals import renew_all, renew_loan
from loans.states import HoldStatus
from loans.undoing import (
    WATCHED,
    NothingToUndo,
    SomethingFollowed,
    TooLateToUndo,
    empty_last_acts,
    last_act_of,
    undo_last_act,
    undoably,
)
from loans.works import split_work
from milanolib.errors import DomainError
from outbox.events import dispatch
from outbox.models import Event
from tests.factories import (
    BranchFactory,
    CondominiumFactory,
    CopyFactory,
    LibrarianFactory,
    ReaderFactory,
    TitleFactory,
)
from tests.story import fresh

# What verbs of a desk never write: rules, what other chapters keep, and the last act itself.
NOT_WATCHED = {
    "loans_closurebatch",
    "loans_closuremove",
    "loans_codedigest",  # the worker's, from what a parcel is by then
    "loans_delegation",
    "loans_crate",
    "loans_deposit",  # what a desk does with a set as a whole is not undone by a key
    "loans_depositstay",
    "loans_emptying",
    "loans_keepingrule",
    "loans_lastact",
    "loans_loanrule",
    "loans_readerrule",
    "loans_roundcall",  # the driver's
}


@pytest.fixture
def librarian(network):
    return LibrarianFactory(desk=network.north)


@pytest.fixture
def does(librarian, story, network):
    """Do something at the north desk so that it can be undone: `does(verb, subject, act)`."""

    def run(act, verb="act", subject="copy:1"):
        story.later(seconds=1)
        return undoably(verb, subject, act, about="Opera", place=network.north, actor=librarian)

    return run


@pytest.fixture
def undoes(librarian, network):
    """Undo the last act of the librarian."""

    def run(number=None):
        last = LastAct.objects.get(staff=librarian)
        return undo_last_act(number or last.number, actor=librarian, place=network.north)

    return run


def everything():
    """Return all rows that circulation consists of, as they are now."""
    return {name: sorted(model._base_manager.values_list(), key=str) for name, model in WATCHED.items()}


def lends(story):
    [copy] = story.copies(1)
    reader = ReaderFactory()
    return lambda: check_out(copy, reader, story.network.north, actor=None)


def lends_what_was_ready(story):
    hold, copy = story.ready(story.copies(1)[0].title)
    return lambda: check_out(copy, hold.reader, story.network.north, actor=None)


def lends_what_the_reader_waits_for(story):
    [copy, other] = story.copies(2)
    hold = story.hold(copy.title)
    brought = next(one for one in (copy, other) if one != story.copy_of(hold))
    return lambda: check_out(brought, hold.reader, story.network.north, actor=None)


def lends_out_of_a_parcel(story):
    _hold, copy, _parcel = story.at_the_point(story.copies(1)[0].title)
    check_in(copy, story.network.north, actor=None)
    return lambda: check_in(copy, story.network.north, actor=None)


def takes_in(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=40)
    return lambda: check_in(loan.copy, story.network.north, actor=None)


def takes_in_for_a_reader(story):
    loan = story.lent(story.copies(1)[0])
    story.hold(loan.copy.title)
    return lambda: check_in(loan.copy, story.network.north, actor=None)


def takes_in_for_another_point(story):
    loan = story.lent(story.copies(1)[0])
    story.hold(loan.copy.title, pickup=story.network.south)
    return lambda: check_in(loan.copy, story.network.north, actor=None)


def takes_in_from_elsewhere(story):
    loan = story.lent(story.copies(1, home=story.network.south)[0])
    return lambda: check_in(loan.copy, story.network.north, actor=None)


def takes_in_from_the_road(story):
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    return lambda: check_in(copy, story.network.south, actor=None)


def takes_in_what_was_ready_elsewhere(story):
    _hold, copy, _parcel = story.at_the_point(story.copies(1)[0].title)
    return lambda: check_in(copy, story.network.south, actor=None)


def renews(story):
    loan = story.lent(story.copies(1)[0])
    story.later(days=3)
    return lambda: renew_loan(loan, actor=None)


def renews_all(story):
    reader = ReaderFactory()
    loans = [story.lent(story.copies(1)[0], reader=reader) for _number in range(3)]
    story.later(days=3)
    return lambda: renew_all(loans, actor=None)


def reserves(story):
    [copy] = story.copies(1)
    reader = ReaderFactory()
    return lambda: place_hold(reader, copy.title, story.network.south, actor=None)


def reserves_and_waits(story):
    loan = story.lent(story.copies(1)[0])
    return lambda: place_hold(ReaderFactory(), loan.copy.title, story.network.south, actor=None)


def cancels_what_waits(story):
    loan = story.lent(story.copies(1)[0])
    hold = story.hold(loan.copy.title)
    return lambda: cancel_hold(hold, actor=None)


def cancels_what_was_ready_while_another_waits(story):
    hold, _copy = story.ready(story.copies(1)[0].title)
    story.hold(hold.title, pickup=story.network.south)
    return lambda: cancel_hold(hold, actor=None)


def cancels_what_lies_at_a_point(story):
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title)
    return lambda: cancel_hold(hold, actor=None)


def moves(story):
    hold = story.hold(story.copies(1)[0].title)
    return lambda: change_pickup(hold, story.network.newsstand, actor=None)


def takes_from_the_shelf(story):
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.south)
    copy = story.copy_of(hold)
    return lambda: pick_copy(copy, story.network.north, actor=None)


ACTS = [
    lends,
    lends_what_was_ready,
    lends_what_the_reader_waits_for,
    lends_out_of_a_parcel,
    takes_in,
    takes_in_for_a_reader,
    takes_in_for_another_point,
    takes_in_from_elsewhere,
    takes_in_from_the_road,
    takes_in_what_was_ready_elsewhere,
    renews,
    renews_all,
    reserves,
    reserves_and_waits,
    cancels_what_waits,
    cancels_what_was_ready_while_another_waits,
    cancels_what_lies_at_a_point,
    moves,
    takes_from_the_shelf,
]


@pytest.mark.parametrize("prepared", ACTS, ids=lambda act: act.__name__)
def test_undo_puts_back_every_row_as_it_was(prepared, story, does, undoes):
    act = prepared(story)
    before = everything()

    does(act)
    after = everything()
    undoes()

    assert after != before
    assert everything() == before


@pytest.mark.parametrize("prepared", ACTS, ids=lambda act: act.__name__)
def test_what_was_undone_can_be_done_again(prepared, story, does, undoes):
    act = prepared(story)
    does(act)
    events = Event.objects.count()
    undoes()

    does(act)

    assert Event.objects.count() == events


def test_every_table_of_circulation_is_watched_or_named_as_not():
    tables = {model._meta.db_table for model in apps.get_app_config("loans").get_models()}

    assert tables - NOT_WATCHED == set(WATCHED) - {"catalog_copy", "outbox_event"}


def test_undo_gives_a_copy_back_to_its_deposit(story, does, undoes):
    stay = story.deposit_in_place(2, place=CondominiumFactory(code="house", parent=story.network.south))
    copy = story.copies_in(stay.deposit)[0]
    before = everything()
    does(lambda: check_in(copy, story.network.north, actor=None), "check_in", f"copy:{copy.pk}")
    assert copy not in story.copies_in(stay.deposit)

    undoes()

    assert everything() == before
    assert copy in story.copies_in(stay.deposit)


def test_undo_refuses_once_the_deposit_went_on(story, does, undoes):
    stay = story.deposit_sent(2, place=CondominiumFactory(code="house", parent=story.network.south))
    copy = story.copies_in(stay.deposit)[0]
    does(lambda: check_in(copy, story.network.north, actor=None), "check_in", f"copy:{copy.pk}")
    story.later(minutes=1)
    receive_deposit(stay, counted=1, actor=None)

    with pytest.raises(SomethingFollowed):
        undoes()


def test_scanner_that_reads_twice_does_one_act(story, does, undoes):
    loan = story.lent(story.copies(1)[0])
    before = everything()
    act = lambda: check_in(loan.copy, story.network.north, actor=None)  # noqa: E731
    does(act, "check_in", "copy:1")
    does(act, "check_in", "copy:1")

    undoes()

    assert everything() == before


def test_only_the_last_act_is_undone_and_only_once(story, does, undoes, librarian):
    first, second = story.copies(2)
    does(lambda: check_out(first, ReaderFactory(), story.network.north, actor=None), subject="copy:1")
    number = LastAct.objects.get().number
    does(lambda: check_out(second, ReaderFactory(), story.network.north, actor=None), subject="copy:2")

    with pytest.raises(NothingToUndo):
        undoes(number)
    undoes()
    with pytest.raises(NothingToUndo):
        undoes()

    assert list(Loan.objects.values_list("copy", flat=True)) == [first.pk]
    assert last_act_of(librarian) is None


def test_act_of_somebody_else_is_not_undone(story, does, network):
    does(lends(story))
    colleague = LibrarianFactory(desk=network.north)

    with pytest.raises(NothingToUndo):
        undo_last_act(LastAct.objects.get().number, actor=colleague, place=network.north)
    assert Loan.objects.exists()


def test_undo_ends_after_five_minutes(story, does, undoes, librarian):
    does(lends(story))
    story.later(minutes=5)

    assert last_act_of(librarian) is None
    with pytest.raises(TooLateToUndo):
        undoes()
    assert Loan.objects.exists()


def test_act_that_was_refused_leaves_the_one_before(story, does, undoes):
    first, second = story.copies(2)
    story.lent(second)
    does(lambda: check_out(first, ReaderFactory(), story.network.north, actor=None))

    with pytest.raises(DomainError):
        does(lambda: check_out(second, ReaderFactory(), story.network.north, actor=None), subject="copy:2")
    undoes()

    assert list(Loan.objects.values_list("copy", flat=True)) == [second.pk]


def lent_to_another_since(story, loan):
    check_in(loan.copy, story.network.north, actor=None)


def renewed_since(story, loan):
    Loan.objects.filter(pk=loan.pk).update(due_on="2026-03-20")
    renew_loan(loan, actor=None)


def waited_for_and_served_by_another_copy(story, loan):
    story.hold(loan.copy.title)
    story.copies(1, title=loan.copy.title)
    story.hold(loan.copy.title)
    CopyFactory(title=loan.copy.title, home=story.network.north)
    story.hold(loan.copy.title)


@pytest.mark.parametrize(
    "follows",
    [lent_to_another_since, renewed_since, waited_for_and_served_by_another_copy],
    ids=lambda one: one.__name__,
)
def test_what_something_followed_from_is_not_undone(follows, story, does, undoes):
    [copy] = story.copies(1)
    loan = does(lambda: check_out(copy, ReaderFactory(), story.network.north, actor=None))
    story.later(seconds=1)
    follows(story, loan)
    before = everything()

    with pytest.raises(SomethingFollowed):
        undoes()

    assert everything() == before
    assert not Act.objects.filter(verb__startswith="undo").exists()


def test_copy_that_left_is_not_promised_again(story, does, undoes):
    hold = story.hold(story.copies(1)[0].title)
    copy = story.copy_of(hold)
    does(lambda: cancel_hold(hold, actor=None))
    story.later(seconds=1)
    story.lent(copy)

    with pytest.raises(SomethingFollowed):
        undoes()


def test_title_that_was_set_apart_since_is_not_reserved_as_before(story, does, undoes):
    title = TitleFactory()
    story.copies(1, title=title)
    story.copies(1, title=TitleFactory(work=title.work))
    hold = story.hold(title)
    does(lambda: cancel_hold(hold, actor=None))
    split_work([title], actor=None)

    with pytest.raises(SomethingFollowed):
        undoes()


def test_place_that_was_given_away_is_not_taken_back(story, does, undoes):
    small = story.network.small_newsstand
    hold = story.hold(story.copies(1)[0].title, pickup=small)
    does(lambda: cancel_hold(hold, actor=None))
    story.hold(story.copies(1)[0].title, pickup=small)

    with pytest.raises(SomethingFollowed):
        undoes()

    assert fresh(hold).status == HoldStatus.CANCELLED


def test_turn_that_was_taken_anew_is_not_doubled(story, does, undoes):
    loan = story.lent(story.copies(1)[0])
    hold = story.hold(loan.copy.title)
    does(lambda: cancel_hold(hold, actor=None))
    story.hold(loan.copy.title, reader=hold.reader)

    with pytest.raises(SomethingFollowed):
        undoes()

    assert fresh(hold).status == HoldStatus.CANCELLED


def test_cancelled_reservation_comes_back_with_its_turn_and_its_code(story, does, undoes):
    hold, copy = story.ready(story.copies(1)[0].title)
    story.hold(hold.title, pickup=story.network.south)
    does(lambda: cancel_hold(fresh(hold), actor=None))
    assert story.copy_of(hold) is None

    undoes()

    again = fresh(hold)
    assert (again.order_key, again.status, again.pickup_code) == (hold.order_key, HoldStatus.READY, hold.pickup_code)
    assert story.copy_of(hold) == copy


def test_who_began_to_wait_meanwhile_is_served_by_what_an_undo_sets_free(story, does, undoes):
    [copy] = story.copies(1)
    does(lambda: check_out(copy, ReaderFactory(), story.network.north, actor=None))
    waiting = story.hold(copy.title)

    undoes()

    assert story.copy_of(waiting) == copy


def test_reader_is_told_nothing_of_what_was_undone_and_in_the_end_of_what_was_not(story, does, undoes):
    def told():
        dispatch()
        return set(Event.objects.exclude(handled_at=None).values_list("kind", flat=True))

    loan = story.lent(story.copies(1)[0])
    story.hold(loan.copy.title)
    dispatch()
    already = told()
    act = lambda: check_in(loan.copy, story.network.north, actor=None)  # noqa: E731

    does(act)
    assert told() == already
    undoes()
    story.later(minutes=6)
    assert told() == already
    does(act)
    story.later(minutes=5)
    assert told() - already >= {"loans.loan_closed", "loans.hold_ready"}


def test_next_act_lets_the_reader_of_the_one_before_be_told(story, does):
    loan = story.lent(story.copies(1)[0])
    dispatch()
    does(lambda: check_in(loan.copy, story.network.north, actor=None), subject="copy:1")
    does(lends(story), subject="copy:2")

    dispatch()

    assert Event.objects.get(kind="loans.loan_closed").handled_at is not None
    assert Event.objects.filter(kind="loans.loan_begun", handled_at=None).count() == 1


def test_undo_is_written_down_and_names_no_reader(story, does, undoes, librarian, network):
    does(lends(story), "check_out", "copy:12")

    undoes()

    act = Act.objects.get(verb="undo_check_out")
    assert (act.staff, act.subject, act.place_code) == (librarian, "copy:12", network.north.code)


def test_last_acts_are_emptied_when_they_can_be_undone_no_more(story, does):
    does(lends(story), "check_out", "copy:12")
    assert empty_last_acts() == 0
    story.later(minutes=5)

    assert empty_last_acts() == 1
    assert empty_last_acts() == 0
    last = LastAct.objects.get()
    assert (last.rows, last.verb, last.subject, last.about) == ([], "", "", "")


def test_nothing_is_noted_when_nobody_watches(story, does):
    does(lends(story))
    noted = len(LastAct.objects.get().rows)

    story.lent(story.copies(1)[0])

    assert len(LastAct.objects.get().rows) == noted


@pytest.mark.django_db(transaction=True)
def test_two_undos_at_once_undo_once(rivals):
    north = BranchFactory()
    librarian, copy = LibrarianFactory(desk=north), CopyFactory(home=north)
    reader = ReaderFactory()
    act = lambda: check_out(copy, reader, north, actor=None)  # noqa: E731
    undoably("check_out", "copy:1", act, about="Opera", place=north, actor=librarian)
    number = LastAct.objects.get().number
    undo = lambda: undo_last_act(number, actor=librarian, place=north)  # noqa: E731

    outcomes = rivals(undo, undo)

    assert sum(isinstance(one, NothingToUndo) for one in outcomes) == 1
    assert not Loan.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_undo_and_the_next_reader_at_once_leave_one_of_them_right(rivals):
    north = BranchFactory()
    librarian, title = LibrarianFactory(desk=north), TitleFactory()
    copy, reader, rival = CopyFactory(home=north, title=title), ReaderFactory(), ReaderFactory()
    hold = place_hold(reader, title, north, actor=None)
    undoably("cancel", "hold:1", lambda: cancel_hold(hold, actor=None), about="Opera", place=north, actor=librarian)
    number = LastAct.objects.get().number

    undone, lent = rivals(
        lambda: undo_last_act(number, actor=librarian, place=north), lambda: check_out(copy, rival, north, actor=None)
    )

    standing = Loan.objects.standing().filter(copy=copy)
    if isinstance(undone, SomethingFollowed):
        assert standing.get().reader == rival
    else:
        assert isinstance(lent, DomainError)
        assert fresh(hold).status == HoldStatus.ASSIGNED
        assert not standing.exists()


@pytest.mark.django_db(transaction=True)
def test_first_acts_in_two_windows_at_once_both_happen(rivals):
    north = BranchFactory()
    librarian = LibrarianFactory(desk=north)
    one, other = CopyFactory.create_batch(2, home=north)
    first, second = ReaderFactory(), ReaderFactory()

    def lends_in_a_window(copy, reader):
        act = lambda: check_out(copy, reader, north, actor=None)  # noqa: E731
        return lambda: undoably("check_out", f"copy:{copy.pk}", act, about="Opera", place=north, actor=librarian)

    outcomes = rivals(lends_in_a_window(one, first), lends_in_a_window(other, second))

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert Loan.objects.count() == 2
    assert LastAct.objects.count() == 1


def test_images_are_read_back_as_every_field_is(story, does):
    for model in WATCHED.values():
        assert all(isinstance(field, models.Field) for field in model._meta.concrete_fields)
    does(lends(story))

    row = next(row for row in LastAct.objects.get().rows if row["table"] == "catalog_copy")

    assert set(row["after"]) == {field.column for field in Copy._meta.concrete_fields}

"""Rows are locked in one order and never trusted as they came in; a verb that met a conflict starts again."""

import threading

import pytest
from django.apps import apps
from django.db import OperationalError, connection, transaction
from psycopg import errors

from catalog.models import Copy
from catalog.states import CopyStatus
from milanolib.db import LOCK_ORDER, StartAgain, lock, restartable
from milanolib.errors import GoneMeanwhile
from tests.factories import CopyFactory, HoldFactory, LoanFactory, ReaderFactory, WorkFactory
from tests.story import at_once


def locked_tables(queries):
    """Return the tables in the order in which their rows were locked."""
    return [query["sql"].split('FROM "')[1].split('"')[0] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]


def test_lock_order_names_real_tables_once():
    assert len(set(LOCK_ORDER)) == len(LOCK_ORDER)
    for label in LOCK_ORDER:
        apps.get_model(label)


def test_lock_takes_rows_in_the_one_order_whatever_order_they_come_in(db, django_assert_num_queries):
    rows = [HoldFactory(), LoanFactory(), CopyFactory(), ReaderFactory(), WorkFactory()]

    with django_assert_num_queries(5) as done:
        lock(*rows)

    assert locked_tables(done.captured_queries) == [
        "catalog_work",
        "accounts_reader",
        "catalog_copy",
        "loans_loan",
        "loans_hold",
    ]


def test_lock_takes_rows_of_one_model_by_one_statement_in_the_order_of_their_keys(db, django_assert_num_queries):
    copies = CopyFactory.create_batch(3)

    with django_assert_num_queries(1) as done:
        lock(copies[2], [copies[0], copies[1]])

    assert done.captured_queries[0]["sql"].endswith('ORDER BY "catalog_copy"."id" ASC FOR NO KEY UPDATE')


def test_lock_reloads_what_came_in(db):
    stale = CopyFactory()
    stale.home  # noqa: B018  fetched before
    Copy.objects.filter(pk=stale.pk).update(status=CopyStatus.ON_LOAN, place=None)

    lock(stale)

    assert (stale.status, stale.place) == (CopyStatus.ON_LOAN, None)


def test_lock_refuses_a_row_that_is_gone(db, english):
    copy = CopyFactory()
    Copy.objects.filter(pk=copy.pk).delete()

    with pytest.raises(GoneMeanwhile) as gone:
        lock(copy)

    assert gone.value.params == {"row": f"catalog.copy {copy.pk}"}
    assert str(gone.value).startswith("This is no longer there")


def test_lock_refuses_what_has_no_place_in_the_order(db):
    with pytest.raises(ValueError):
        lock(CopyFactory().home)


def test_lock_of_nothing_asks_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        lock([], [])


@pytest.mark.django_db(transaction=True)
def test_lock_in_opposite_orders_is_no_deadlock():
    first, second = CopyFactory.create_batch(2)

    @transaction.atomic
    def take(*rows):
        lock(*rows)
        return "done"

    outcomes = at_once(*[lambda: take(first, second), lambda: take(second, first)] * 3)

    assert outcomes == ["done"] * 6


# --- Starting again


@pytest.mark.django_db(transaction=True)
def test_restartable_starts_again_from_a_clean_transaction():
    attempts = []

    @restartable
    def verb():
        attempts.append(WorkFactory())
        if len(attempts) < 3:
            raise StartAgain
        return "done"

    assert verb() == "done"
    assert [type(one).objects.filter(pk=one.pk).exists() for one in attempts] == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_restartable_gives_up_after_three_times():
    attempts = []

    @restartable
    def verb():
        attempts.append(1)
        raise StartAgain

    with pytest.raises(StartAgain):
        verb()
    assert len(attempts) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable])
def test_restartable_starts_again_when_the_database_says_so(fault):
    faults = [fault("again"), None]

    @restartable
    def verb():
        if cause := faults.pop(0):
            raise OperationalError from cause
        return "done"

    assert verb() == "done"


@pytest.mark.django_db(transaction=True)
def test_restartable_does_not_hide_other_faults():
    attempts = []

    @restartable
    def verb():
        attempts.append(1)
        raise OperationalError from errors.AdminShutdown("bye")

    with pytest.raises(OperationalError):
        verb()
    assert len(attempts) == 1


@pytest.mark.django_db(transaction=True)
def test_restartable_inside_a_transaction_leaves_the_start_to_the_outermost():
    attempts = []

    @restartable
    def inner():
        attempts.append(1)
        raise StartAgain

    @restartable
    def outer():
        inner()

    with pytest.raises(StartAgain):
        outer()
    assert len(attempts) == 3


@pytest.mark.django_db(transaction=True)
def test_restartable_survives_a_real_deadlock():
    """Two verbs that break the order on purpose: one is the victim, starts again, and both end well."""
    first, second = WorkFactory.create_batch(2)
    met = threading.Barrier(2, timeout=10)
    waiting = [True, True]

    def verb(number, rows):
        for row in rows:
            type(row).objects.select_for_update().get(pk=row.pk)
            if waiting[number]:
                waiting[number] = False
                met.wait()
        return "done"

    outcomes = at_once(
        lambda: restartable(verb)(0, (first, second)),
        lambda: restartable(verb)(1, (second, first)),
    )

    assert outcomes == ["done", "done"]
    assert not connection.in_atomic_block

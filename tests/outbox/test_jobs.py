"""A periodic job runs once for each time that it is due, whoever comes first."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError

from milanolib import clock
from outbox.jobs import due_every, purge_runs, run_once
from outbox.models import JobRun
from tests.story import at_once

DUE = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def test_run_once_runs_once_for_each_due_time(db):
    done = []

    def work():
        done.append("done")
        return len(done)

    assert [run_once("tests.job", DUE, work) for _time in range(2)] == [True, False]
    assert run_once("tests.job", DUE + dt.timedelta(days=1), work)
    assert run_once("tests.other", DUE, work)
    assert len(done) == 3
    assert JobRun.objects.get(job="tests.job", due_at=DUE).outcome == "1"


def test_run_once_does_not_repeat_a_run_that_failed(db):
    def fail():
        raise ValueError

    with pytest.raises(ValueError):
        run_once("tests.job", DUE, fail)

    assert not run_once("tests.job", DUE, fail)
    assert JobRun.objects.get().finished_at is None


@pytest.mark.django_db(transaction=True)
def test_run_once_by_two_at_the_same_time_runs_once():
    done, guard = [], threading.Lock()

    def work():
        with guard:
            done.append("done")

    assert sorted(at_once(*[lambda: run_once("tests.job", DUE, work)] * 2)) == [False, True]
    assert len(done) == 1


def test_due_every_is_the_last_multiple(db):
    now = dt.datetime(2026, 3, 2, 10, 7, 31, tzinfo=dt.UTC)

    assert due_every(5, now) == dt.datetime(2026, 3, 2, 10, 5, tzinfo=dt.UTC)
    assert due_every(5, dt.datetime(2026, 3, 2, 10, 5, tzinfo=dt.UTC)) == dt.datetime(2026, 3, 2, 10, 5, tzinfo=dt.UTC)


def test_purge_runs_forgets_after_90_days(monday, db):
    run_once("tests.job", DUE, lambda: None)
    monday.shift(dt.timedelta(days=89))
    assert purge_runs(clock.now()) == 0

    monday.shift(dt.timedelta(days=2))
    assert purge_runs(clock.now()) == 1


def test_a_job_ends_after_it_began(db):
    with pytest.raises(IntegrityError, match="job_ends_after_it_began"):
        JobRun.objects.create(job="j", due_at=DUE, started_at=DUE, finished_at=DUE - dt.timedelta(seconds=1))

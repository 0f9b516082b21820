"""A real worker process, a real broker, and kill -9."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection

from milanolib import clock
from notifications.models import Message, MessageStatus
from notifications.preferences import Wishes, choose
from outbox.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 40


@pytest.fixture
def start_worker(settings, tmp_path):
    """Start a worker with beat inside, on the tests' database: `start_worker()` returns the process.

    Its environment can be told otherwise: `start_worker(REDIS_URL=...)`.
    """
    running = []
    host = settings.DATABASES["default"]["HOST"].replace("/", "%2F")
    user, name = settings.DATABASES["default"]["USER"], connection.settings_dict["NAME"]
    environment = {**os.environ, "DATABASE_URL": f"postgres://{user}@{host}/{name}"}

    def start(**other):
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "milanolib", "worker", "-B", "-s", tmp_path / "beat", "-P", "solo"],
            env={**environment, **other},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        kill(process)


def kill(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(is_so):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.2)
    return False


def test_worker_killed_between_commit_and_delivery_loses_no_message_and_repeats_none(
    start_worker, story_now, anna, post
):
    choose(anna, Wishes(has_quiet_hours=False))  # this test may run by night
    worker = start_worker()
    story_now.at_the_point(story_now.copies(1)[0].title, reader=anna)
    assert wait_until(lambda: Message.objects.filter(status=MessageStatus.SENT).count() == 1)

    kill(worker)
    for _number in range(4):
        copy = story_now.copies(1)[0]
        story_now.lent(copy, reader=anna)
        story_now.take_back(copy)
    assert Event.objects.filter(kind="loans.loan_closed", handled_at=None).count() == 4
    second = start_worker()
    wait_until(lambda: Message.objects.filter(status=MessageStatus.SENT).count() > 1)
    kill(second)
    Message.objects.exclude(leased_until=None).update(leased_until=clock.now())  # the two minutes of its lease pass
    start_worker()

    assert wait_until(lambda: Message.objects.filter(status=MessageStatus.SENT).count() == 5)
    ids = [letter["Message-ID"] for letter in post(anna.user.email)]
    doubles = Message.objects.filter(may_be_double=True).count()
    assert len(set(ids)) == 5
    assert len(ids) <= 5 + max(doubles, 1)

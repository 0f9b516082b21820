"""Many workers, killed ones, a broker that is emptied and goes away, a mail server that is slow: each message once."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
import redis

from milanolib import clock
from milanolib.embedded.account import valkey_program
from notifications.models import Channel, Message, MessageStatus
from tests.factories import UserFactory
from tests.notifications.channels.conftest import SIMULATORS, running
from tests.notifications.test_worker import kill, start_worker, wait_until  # noqa: F401  a fixture is used by its name

pytestmark = pytest.mark.django_db(transaction=True)
WORK = """
import django, time
django.setup()
from notifications.delivery import deliver_by
from notifications.models import Message
while Message.objects.filter(status="waiting").exists():
    if not deliver_by("email", 200):
        time.sleep(0.1)
"""


@pytest.fixture
def sink(tmp_path):
    """Run a mail server that counts: `with sink(seconds) as port`, then `sink.taken()` by Message-ID."""

    class Sink:
        file = tmp_path / "taken"

        def __call__(self, seconds=0):
            return running(SIMULATORS / "smtp_sink.py", self.file, seconds)

        def taken(self):
            return Counter(self.file.read_text().split()) if self.file.exists() else Counter()

    return Sink()


@pytest.fixture
def start_deliverer(database):
    """Start a process that sends until nothing is left: `start_deliverer(port)`."""
    started = []

    def start(port):
        environment = {**os.environ, "DATABASE_URL": database, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        process = subprocess.Popen([sys.executable, "-c", WORK], env=environment, start_new_session=True)
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


def write_messages(count, name="hard"):
    """Write messages that may go at any hour, to people who sign in."""
    users = [UserFactory() for _number in range(20)]
    now = clock.now()
    Message.objects.bulk_create(
        Message(
            key=f"{name}:{number}",
            kind="reset_password",
            channel=Channel.EMAIL,
            user=users[number % len(users)],
            created_at=now,
            due_at=now,
        )
        for number in range(count)
    )


def assert_each_once_but_the_marked(taken, count):
    sent = Message.objects.filter(status=MessageStatus.SENT)
    assert sent.count() == count
    marked = set(sent.filter(may_be_double=True).values_list("message_id", flat=True))
    assert set(taken) == set(sent.values_list("message_id", flat=True))
    assert {key for key, times in taken.items() if times > 1} <= marked
    assert max(taken.values()) <= 2


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.soak)])
def test_four_workers_send_each_message_once(sink, start_deliverer, count):
    write_messages(count)

    with sink() as port:
        workers = [start_deliverer(port) for _number in range(4)]
        for worker in workers:
            worker.wait(timeout=900)

    assert sum(sink.taken().values()) == count
    assert not Message.objects.filter(may_be_double=True).exists()
    assert_each_once_but_the_marked(sink.taken(), count)


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.soak)])
def test_worker_that_is_killed_while_it_sends_leaves_doubles_that_are_marked_and_loses_none(
    sink, start_deliverer, count
):
    write_messages(count)
    with sink(0.005) as port:
        workers = [start_deliverer(port) for _number in range(4)]
        assert wait_until(lambda: sum(sink.taken().values()) > 20)
        for worker in workers[:3]:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        Message.objects.filter(status="waiting").exclude(leased_until=None).update(leased_until=clock.now())
        workers[3].wait(timeout=900)

    assert_each_once_but_the_marked(sink.taken(), count)


def test_mail_server_that_is_slow_gets_each_message_once(sink, start_deliverer):
    write_messages(20)

    with sink(0.3) as port:
        for worker in [start_deliverer(port) for _number in range(2)]:
            worker.wait(timeout=60)

    assert not Message.objects.filter(may_be_double=True).exists()
    assert_each_once_but_the_marked(sink.taken(), 20)


def start_broker(folder):
    """Start a Valkey of the test's own, with its socket in a folder."""
    options = {"port": "0", "unixsocket": folder / "v.sock", "save": "", "appendonly": "no", "dir": folder}
    argv = [valkey_program(folder, None), *(part for name, value in options.items() for part in (f"--{name}", value))]
    return subprocess.Popen([os.fspath(part) for part in argv], stdout=subprocess.DEVNULL)


@pytest.fixture
def folder():
    """A folder whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="broker-") as path:
        yield Path(path)


def test_broker_that_is_emptied_and_goes_away_loses_nothing(sink, start_worker, folder):  # noqa: F811
    address = folder / "v.sock"
    with sink() as port:
        broker = start_broker(folder)
        worker = start_worker(REDIS_URL=f"unix://{address}", EMAIL_URL=f"smtp://127.0.0.1:{port}")
        try:
            write_messages(5)
            assert wait_until(lambda: Message.objects.filter(status=MessageStatus.SENT).count() == 5)
            redis.Redis(unix_socket_path=str(address)).flushall()
            broker.kill()
            broker.wait()
            write_messages(5, "later")
            time.sleep(2)
            broker = start_broker(folder)
            assert wait_until(lambda: Message.objects.filter(status=MessageStatus.SENT).count() == 10)
            assert worker.poll() is None
        finally:
            broker.kill()
            broker.wait()

    assert_each_once_but_the_marked(sink.taken(), 10)

"""Messages a second to a real mail server, beside a bare loop over one connection; and what an event costs its verb.

`make bench ARGS=messages`, or `python -m milanolib.embedded test --durable -- python bench/messages.py [MESSAGES]`.

The mail server is the one of the demo, a process of its own that says yes once a letter is on the disk, as RFC 5321
asks of whoever takes one. Beside it stands one that keeps Message-IDs only, where nothing hides our own work. The bare
loop sends letters of the same size that were made before. What delivery does beyond that: claim, re-read the truth of
each message, render text and HTML in the reader's language, write down what became of it. It is measured with one
worker, and with the two that the demo and docker-compose.yml start, which is what the goal is for. With PROFILE=1 a
profile is printed.
"""

from __future__ import annotations

import cProfile
import datetime as dt
import io
import os
import pstats
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milanolib.settings_test")
os.environ.setdefault("DEMO_DIR", tempfile.mkdtemp())

import django  # noqa: E402  after the settings are named

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from milanolib import clock  # noqa: E402
from notifications import delivery  # noqa: E402
from notifications.channels.letters import letter  # noqa: E402
from notifications.composing import compose  # noqa: E402
from notifications.models import Message, MessageStatus  # noqa: E402
from notifications.preferences import Wishes, choose  # noqa: E402
from outbox.events import emit  # noqa: E402
from outbox.nudge import nudge  # noqa: E402
from tests.factories import BranchFactory, CopyFactory, LoanFactory, ReaderFactory, TitleFactory, UserFactory  # noqa: E402

IS_WORKER = sys.argv[1:] == ["worker"]
MESSAGES = int(sys.argv[1]) if len(sys.argv) > 1 and not IS_WORKER else 1000
WORKERS = 2
LOANS = 50
ROUNDS = 300
GOAL = 0.5  # of the rate of the bare loop
GOAL_MS = 1.0  # that an event adds to its verb


def main() -> None:
    call_command("migrate", verbosity=0)
    loans = make_loans()
    bare = measure_sending(loans, "mail server that keeps letters")
    ratio = measure_workers(loans, bare)
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "taken"
        sink = subprocess.Popen(
            [sys.executable, ROOT / "tests/simulators/smtp_sink.py", taken], stdout=subprocess.PIPE, text=True
        )
        try:
            settings.EMAIL_PORT, settings.EMAIL_HOST = int(sink.stdout.readline()), "127.0.0.1"
            Message.objects.all().delete()
            measure_sending(loans, "mail server that keeps nothing")
            heard = Counter(taken.read_text().split())
        finally:
            sink.kill()
            sink.wait()
    sent = set(Message.objects.filter(status=MessageStatus.SENT).values_list("message_id", flat=True))
    met = {
        "rate": ratio >= GOAL,
        "cost of an event": measure_event() < GOAL_MS,
        "each once": all(heard[message_id] == 1 for message_id in sent),
    }
    missed = [name for name, is_met in met.items() if not is_met]
    if missed:
        print(f"missed: {', '.join(missed)}")
        sys.exit(1)


def make_loans() -> list:
    branch = BranchFactory()
    title = TitleFactory()
    due_on = clock.today() + dt.timedelta(days=2)
    loans = [
        LoanFactory(
            copy=CopyFactory(title=title, home=branch),
            reader=ReaderFactory(user=UserFactory(language="it")),
            due_on=due_on,
        )
        for _number in range(LOANS)
    ]
    for loan in loans:  # this may run by night
        choose(loan.reader, Wishes(has_quiet_hours=False))
    return loans


def write_messages(loans: list, name: str, count: int) -> None:
    now = clock.now()
    Message.objects.bulk_create(
        Message(
            key=f"{name}:{number}",
            kind="loan_due_soon",
            reader=loan.reader,
            params={"loan": loan.pk, "due_on": loan.due_on.isoformat()},
            created_at=now,
            due_at=now,
        )
        for number in range(count)
        for loan in [loans[number % len(loans)]]
    )


def measure_workers(loans: list, bare: float) -> float:
    """Let the workers of one machine share the messages; return their rate as a part of the bare loop's."""
    rates = []
    for turn in range(3):
        workers = [
            subprocess.Popen(
                [sys.executable, __file__, "worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _number in range(WORKERS)
        ]
        for worker in workers:
            worker.stdout.readline()  # it is ready
        write_messages(loans, f"workers:{turn}", 2 * MESSAGES)
        began = time.perf_counter()
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            worker.wait()
        rates.append(2 * MESSAGES / (time.perf_counter() - began))
    assert not Message.objects.exclude(status=MessageStatus.SENT).exists()
    rate = statistics.median(rates)
    print(f"{f'  deliver, {WORKERS} workers':<34}{rate:>9.0f} messages/s, {rate / bare:.2f} of it (goal {GOAL})")
    return rate / bare


def work() -> None:
    """Deliver as one of several workers, from when the word comes until nothing waits."""
    Message.objects.exists()  # the connection is there
    print("ready", flush=True)
    sys.stdin.readline()
    while Message.objects.filter(status=MessageStatus.WAITING).exists():
        if not delivery.deliver(100):
            time.sleep(0.02)  # the rest is in the other's hands, who needs the processor


def measure_sending(loans: list, name: str) -> float:
    """Send the same letters bare and by delivery, in turns; return the median of the bare rate."""
    write_messages(loans, f"{name}:warm", 100)
    delivery.deliver(100)
    bare, ours, busy = [], [], []
    for turn in range(3):
        bare.append(MESSAGES / _seconds(lambda: send_bare(loans)))
        write_messages(loans, f"{name}:{turn}", MESSAGES)
        began = time.process_time()
        ours.append(MESSAGES / _seconds(lambda: delivery.deliver(MESSAGES)))
        busy.append((time.process_time() - began) * 1000 / MESSAGES)
    assert not Message.objects.exclude(status=MessageStatus.SENT).exists()
    write_messages(loans, f"{name}:counted", 100)
    with CaptureQueriesContext(connection) as seen:
        delivery.deliver(100)
    ratio = statistics.median(ours) / statistics.median(bare)
    print(f"{name}")
    print(f"{'  bare smtplib, one connection':<34}{statistics.median(bare):>9.0f} messages/s")
    print(f"{'  deliver, one worker':<34}{statistics.median(ours):>9.0f} messages/s, {ratio:.2f} of it")
    print(f"{'  its own work':<34}{statistics.median(busy):>9.2f} ms a message, {len(seen) / 100:.2f} statements")
    if os.environ.get("PROFILE"):
        write_messages(loans, f"{name}:profiled", 500)
        print_profile(lambda: delivery.deliver(500))
    return statistics.median(bare)


def send_bare(loans: list) -> None:
    now = clock.now()
    message = Message(
        pk=0,
        kind="loan_due_soon",
        reader=loans[0].reader,
        params={"loan": loans[0].pk, "due_on": loans[0].due_on.isoformat()},
        created_at=now,
    )
    _true, rendered = compose([message])
    assert rendered is not None
    raw = letter(rendered, "anna@example.org", message.outside_key).written()
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as smtp:
        for _number in range(MESSAGES):
            smtp.sendmail("biblioteche@example.org", ["anna@example.org"], raw)


def measure_event() -> float:
    """Return the milliseconds that an event adds to a transaction with one change in it, its nudge counted apart."""
    reader = ReaderFactory()

    def change(number: int, *, tells: bool) -> None:
        with transaction.atomic():
            type(reader).objects.filter(pk=reader.pk).update(municipio=1 + number % 9)
            if tells:
                emit("bench.nothing", key=f"bench:{number}", thing_id=number)
            connection.run_on_commit.clear()  # the nudge is measured by itself

    plain, told = [], []
    for number in range(ROUNDS):
        plain.append(_seconds(lambda number=number: change(number, tells=False)) * 1000)
        told.append(_seconds(lambda number=number: change(number, tells=True)) * 1000)
    with CaptureQueriesContext(connection) as seen, transaction.atomic():
        emit("bench.nothing", key="bench:counted", thing_id=1)
        connection.run_on_commit.clear()
    statements = [one["sql"] for one in seen if "INSERT" in one["sql"]]
    nudges = [_seconds(_nudge) * 1000 for _number in range(50)]
    cost = statistics.median(told) - statistics.median(plain)
    print(f"{'an event in its transaction':<34}{cost:>9.2f} ms, {len(statements)} insert (goal under {GOAL_MS:.0f} ms)")
    print(f"{'its nudge after commit':<34}{statistics.median(nudges):>9.2f} ms")
    return cost if len(statements) == 1 else GOAL_MS


def _nudge() -> None:
    with transaction.atomic():
        nudge("dispatch")


def print_profile(act) -> None:
    profile = cProfile.Profile()
    profile.runcall(act)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats(45)
    print(text.getvalue())


def _seconds(act) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    work() if IS_WORKER else main()

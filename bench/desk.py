"""A desk's two verbs beside the same rows written by hand, in one run: one client, then eight.

`make bench ARGS=desk`, or `python -m milanolib.embedded test --durable -- python bench/desk.py [ROUNDS]`.

Each client lends copies of its own to readers of its own and takes them back, as fast as it can. By hand means SQL
through psycopg: the same locks, the same look-ups (as prepared statements), the same rows. What the verbs do beyond
that is Django's making of statements and rows, and the rules in Python: a profile is printed below. A reader with 1,000
past loans and a title with 2,000 reservations stand beside their plain counterparts.
"""

from __future__ import annotations

import cProfile
import datetime as dt
import io
import json
import multiprocessing
import os
import pstats
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milanolib.settings_test")
os.environ.setdefault("DEMO_DIR", tempfile.mkdtemp())

import django  # noqa: E402  after the settings are named

django.setup()

import psycopg  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from catalog.models import Copy  # noqa: E402
from loans.lending import check_in, check_out  # noqa: E402
from milanolib import clock  # noqa: E402
from tests.factories import (  # noqa: E402
    BranchFactory,
    CopyFactory,
    HoldFactory,
    LibrarianFactory,
    LoanFactory,
    OpeningHoursFactory,
    ReaderFactory,
    TitleFactory,
)

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 150
CLIENTS = 8
GOAL = 0.5  # of the rate of the rows written by hand


# --- By hand

LOCK_COPY = """SELECT copy.id, title.material, title.id, work.id, copy.status, copy.place_id FROM catalog_copy AS copy
    JOIN catalog_title AS title ON title.id = copy.title_id JOIN catalog_work AS work ON work.id = title.work_id
    WHERE copy.id = %s FOR NO KEY UPDATE OF work, copy"""
ACT = """INSERT INTO accounts_act (staff_id, verb, subject, place_code, reason, at) VALUES (%s, %s, %s, %s, '', %s)"""
EVENT = """INSERT INTO outbox_event (key, kind, payload, occurred_at, due_at, attempts, last_error)
    VALUES (%s, %s, %s, %s, %s, 0, '') ON CONFLICT (key) DO NOTHING"""
SET_COPY = "UPDATE catalog_copy SET status = %s, place_id = %s, status_since = %s WHERE id = %s"


def lend_by_hand(db: psycopg.Connection, copy: int, reader: int, place: int, code: str, staff: int) -> None:
    """Write what `check_out` writes."""
    now = dt.datetime.now(dt.UTC)
    with db.transaction(), db.cursor() as cursor:
        cursor.execute(LOCK_COPY, [copy])
        _copy, material, title, work, _status, _place = cursor.fetchone()
        cursor.execute("SELECT work_id FROM catalog_title WHERE id = %s", [title])
        cursor.execute("SELECT * FROM accounts_reader WHERE id = %s FOR NO KEY UPDATE", [reader])
        cursor.fetchone()
        cursor.execute("SELECT * FROM loans_assignment WHERE copy_id = %s AND released_at IS NULL", [copy])
        cursor.execute("SELECT max_loans, max_overdue FROM loans_readerrule WHERE reader_status = 'verified'")
        cursor.execute(
            """SELECT status, due_on, limit_group, counts_in_total, suspended_until FROM loans_loan WHERE reader_id = %s
               AND (status IN ('open', 'claimed', 'lost') OR suspended_until >= %s)""",
            [reader, now.date()],
        )
        cursor.fetchall()
        cursor.execute(
            """SELECT loan_days, max_renewals, limit_group FROM loans_loanrule WHERE material IN ('', %s)
               ORDER BY material DESC LIMIT 1""",
            [material],
        )
        days, renewals, group = cursor.fetchone()
        cursor.execute("SELECT weekday, opens, closes FROM branches_openinghours WHERE place_id = %s", [place])
        cursor.fetchall()
        cursor.execute(
            "SELECT id FROM loans_hold WHERE reader_id = %s AND work_id = %s AND status IN ('queued', 'assigned')",
            [reader, work],
        )
        cursor.execute(
            """INSERT INTO loans_loan (reader_id, copy_id, place_id, status, lent_at, due_on, loan_days, max_renewals,
               renewals, grace_days, suspension_per_day, suspension_most, counts_in_total, limit_group, material,
               reader_category, age_band) VALUES (%s, %s, %s, 'open', %s, %s, %s, %s, 0, 3, 1, 60, true, %s, %s,
               'person', 'adult') RETURNING id""",
            [reader, copy, place, now, now.date() + dt.timedelta(days=days), days, renewals, group, material],
        )
        (loan,) = cursor.fetchone()
        cursor.execute(SET_COPY, ["on_loan", None, now, copy])
        cursor.execute(EVENT, [f"loan-begun:{loan}", "loans.loan_begun", json.dumps({"loan_id": loan}), now, now])
        cursor.execute(ACT, [staff, "check_out", f"loan:{loan}", code, now])


def take_back_by_hand(db: psycopg.Connection, copy: int, place: int, code: str, staff: int) -> None:
    """Write what `check_in` writes for a copy that nobody waits for."""
    now = dt.datetime.now(dt.UTC)
    with db.transaction(), db.cursor() as cursor:
        cursor.execute(LOCK_COPY, [copy])
        _copy, _material, title, work, _status, _place = cursor.fetchone()
        cursor.execute("SELECT work_id FROM catalog_title WHERE id = %s", [title])
        cursor.execute(
            """SELECT id FROM loans_loan WHERE copy_id = %s AND status IN ('open', 'claimed', 'lost')
               FOR NO KEY UPDATE""",
            [copy],
        )
        (loan,) = cursor.fetchone()
        cursor.execute("SELECT id FROM loans_hold WHERE work_id = %s AND status = 'queued' LIMIT 1", [work])
        cursor.execute(
            """UPDATE loans_loan SET status = 'closed', closed_at = %s, checked_in_at = %s, returned_place_id = %s
               WHERE id = %s""",
            [now, now, place, loan],
        )
        cursor.execute(EVENT, [f"loan-closed:{loan}", "loans.loan_closed", json.dumps({"loan_id": loan}), now, now])
        cursor.execute("SELECT id FROM loans_assignment WHERE copy_id = %s AND released_at IS NULL", [copy])
        cursor.execute(SET_COPY, ["available", place, now, copy])
        cursor.execute(ACT, [staff, "check_in", f"copy:{copy}", code, now])


# --- The clients


def by_verbs(copies, readers, place, librarian, started) -> list[float]:
    """Lend and take back by the verbs; return the seconds of each pair."""
    connection.close()  # the parent's connection is not a child's
    connection.ensure_connection()
    started.wait()
    taken = []
    for number in range(ROUNDS):
        copy, reader = copies[number % len(copies)], readers[number % len(readers)]
        start = time.perf_counter()
        check_out(copy, reader, place, actor=librarian)
        check_in(copy, place, actor=librarian)
        taken.append(time.perf_counter() - start)
    connection.close()
    return taken


def by_hand(copies, readers, place, librarian, started) -> list[float]:
    """Lend and take back by SQL; return the seconds of each pair."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0) as db:
        started.wait()
        taken = []
        for number in range(ROUNDS):
            copy, reader = copies[number % len(copies)], readers[number % len(readers)]
            start = time.perf_counter()
            lend_by_hand(db, copy.pk, reader.pk, place.pk, place.code, librarian.pk)
            take_back_by_hand(db, copy.pk, place.pk, place.code, librarian.pk)
            taken.append(time.perf_counter() - start)
    return taken


def _client(work, shares, started, answers) -> None:
    try:
        answers.put(work(*shares, started))
    except Exception as error:  # noqa: BLE001  the parent raises it
        started.abort()
        answers.put(error)


def rate(work, shares_of_all) -> tuple[float, float]:
    """Run one process for each share at the same moment; return pairs a second in all, and the median ms of one."""
    context = multiprocessing.get_context("fork")
    connection.close()
    started, answers = context.Barrier(len(shares_of_all), timeout=60), context.Queue()
    clients = [context.Process(target=_client, args=(work, shares, started, answers)) for shares in shares_of_all]
    for client in clients:
        client.start()
    taken = [answers.get(timeout=120) for _client in clients]
    for client in clients:
        client.join()
    failed = next((one for one in taken if isinstance(one, Exception)), None)
    if failed is not None:
        raise failed
    longest = max(sum(one) for one in taken)
    return len(taken) * ROUNDS / longest, statistics.median(second for one in taken for second in one) * 1000


def compare(name: str, shares) -> float:
    """Print both sides, each run twice in turn, and return the ratio of the better halves."""
    sides = {"hand": [], "verbs": []}
    for _turn in range(2):
        sides["hand"].append(rate(by_hand, shares))
        sides["verbs"].append(rate(by_verbs, shares))
    best = {side: max(rates) for side, rates in sides.items()}
    ratio = best["verbs"][0] / best["hand"][0]
    print(
        f"{name:<22}{best['verbs'][0]:>9.0f}/s {best['verbs'][1]:>7.1f} ms{best['hand'][0]:>9.0f}/s "
        f"{best['hand'][1]:>7.1f} ms{ratio:>8.2f}",
        flush=True,
    )
    return ratio


def statements(act) -> int:
    """Count what an act asks of the database, without the marks of its transaction."""
    with CaptureQueriesContext(connection) as seen:
        act()
    return len([one for one in seen if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])


def profile(share) -> None:
    """Print where the verbs' time goes, by module."""
    copies, readers, place, librarian = share
    profiler = cProfile.Profile()
    profiler.enable()
    for number in range(60):
        check_out(copies[number % len(copies)], readers[number % len(readers)], place, actor=librarian)
        check_in(copies[number % len(copies)], place, actor=librarian)
    profiler.disable()
    totals: dict[str, float] = {}
    for (path, _line, _name), (_calls, _all, own, _sum, _callers) in pstats.Stats(
        profiler, stream=io.StringIO()
    ).stats.items():
        kind = next(
            (
                name
                for name, part in (
                    ("waiting for and reading the database (psycopg)", "psycopg"),
                    ("Django's ORM", "django/db"),
                    ("the rest of Django", "django/"),
                    ("our verbs", str(ROOT) + "/"),
                )
                if part in path
            ),
            "Python's own",
        )
        totals[kind] = totals.get(kind, 0.0) + own
    whole = sum(totals.values())
    print("where the verbs' time goes (under the profiler, which slows Python more than waiting):")
    for kind, own in sorted(totals.items(), key=lambda item: -item[1]):
        print(f"  {own / whole:>6.0%} {kind}")


def long_pasts(place, librarian) -> None:
    """Compare a reader with a long past and a title with a long queue with plain ones: statements and milliseconds."""
    plain, old = ReaderFactory(), ReaderFactory()
    LoanFactory.create_batch(
        1000,
        reader=old,
        copy=CopyFactory(home=place),
        place=place,
        status="closed",
        lent_at=clock.now() - dt.timedelta(days=20),
        closed_at=clock.now(),
        returned_place=place,
    )
    title, wanted = TitleFactory(), TitleFactory()
    free, queued = CopyFactory(title=title, home=place), CopyFactory(title=wanted, home=place)
    elsewhere = CopyFactory(title=wanted, home=place, status="lost", place=None)
    check_out(queued, plain, place, actor=librarian)
    for _number in range(2000):
        HoldFactory(title=wanted, pickup_place=place, reader=ReaderFactory())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for name, copy, reader in (("nothing", free, plain), ("1,000 past loans", free, old)):
        _tell(name, copy, reader, place, librarian)
    start = time.perf_counter()
    count = statements(lambda: check_in(queued, place, actor=librarian))
    taken = 1000 * (time.perf_counter() - start)
    print(f"{'2,000 reservations':<22}{'check in':>10}{count:>4} statements {taken:>6.1f} ms")
    assert elsewhere.pk  # the title keeps more than one copy, as titles with queues do


def _tell(name, copy, reader, place, librarian) -> None:
    for verb, act in (
        ("check out", lambda: check_out(copy, reader, place, actor=librarian)),
        ("check in", lambda: check_in(copy, place, actor=librarian)),
    ):
        count = statements(act)
        (check_in if verb == "check out" else check_out)(
            *((copy, place) if verb == "check out" else (copy, reader, place)), actor=librarian
        )
        start = time.perf_counter()
        act()
        print(f"{name:<22}{verb:>10}{count:>4} statements {1000 * (time.perf_counter() - start):>6.1f} ms")


def main() -> int:
    call_command("migrate", verbosity=0)
    place = BranchFactory(hours_known=True)
    for weekday in range(6):
        OpeningHoursFactory(place=place, weekday=weekday)
    librarian = User.objects.get(pk=LibrarianFactory(desk=place).pk)
    shares = []
    for _client_number in range(CLIENTS):
        copies = list(Copy.objects.filter(pk__in=[CopyFactory(home=place).pk for _number in range(20)]))
        shares.append((copies, ReaderFactory.create_batch(10), place, librarian))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{'lend and take back':<22}{'verbs':>22}{'by hand':>22}{'ratio':>8}")
    ratios = [compare("one client", shares[:1]), compare(f"{CLIENTS} clients", shares)]
    profile(shares[0])
    long_pasts(place, librarian)
    return 0 if min(ratios) >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())

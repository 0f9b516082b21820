"""Statements and milliseconds of each verb of the main job, on the demonstrative catalogue and network.

`make bench`, or `python -m milanolib.embedded test -- python bench/verbs.py [ROUNDS]`. Beside each verb stands the
time of as many `SELECT 1` over the same connection in the same run: what the round trips alone cost.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milanolib.settings_test")
os.environ.setdefault("DEMO_DIR", tempfile.mkdtemp())

import django  # noqa: E402  after the settings are named

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import Reader  # noqa: E402
from branches.devices import invite_device  # noqa: E402
from branches.models import Place, PlaceKind  # noqa: E402
from catalog.models import Title  # noqa: E402
from loans.holds import cancel_hold, place_hold  # noqa: E402
from loans.lending import check_in, check_out  # noqa: E402
from loans.models import Assignment, Loan  # noqa: E402
from loans.picking import pack_parcel, pick_copy  # noqa: E402
from loans.records import HAND_OVER, RECEIVE, TAKE_BACK, Act, record  # noqa: E402
from loans.renewals import renew_loan  # noqa: E402
from loans.routing import free_copies  # noqa: E402
from milanolib.errors import DomainError  # noqa: E402
from notifications.delivery import deliver  # noqa: E402
from notifications.preferences import Wishes, choose  # noqa: E402
from outbox.events import dispatch  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20


class Meter:
    """Counts statements in one pass and takes times in the others (counting costs time)."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, list[float]] = defaultdict(list)
        self.statements: dict[str, int] = {}

    def run(self, name: str, act: Callable[[], object]) -> object:
        """Run one act: the first time counted, later times timed."""
        if name not in self.statements:
            with CaptureQueriesContext(connection) as seen:
                answer = _refusal_is_an_answer(act)
            self.statements[name] = len(seen)
            return answer
        start = time.perf_counter()
        answer = _refusal_is_an_answer(act)
        self.milliseconds[name].append((time.perf_counter() - start) * 1000)
        return answer

    def tell(self) -> None:
        """Print the table."""
        print(f"{'verb':<34}{'statements':>11}{'median ms':>11}{'p95 ms':>9}{'as many SELECT 1':>18}{'ratio':>7}")
        for name, times in self.milliseconds.items():
            median = statistics.median(times)
            p95 = sorted(times)[max(0, round(len(times) * 0.95) - 1)]
            bare = _select_one(self.statements[name])
            print(f"{name:<34}{self.statements[name]:>11}{median:>11.1f}{p95:>9.1f}{bare:>18.1f}{median / bare:>7.1f}")


def _refusal_is_an_answer(act: Callable[[], object]) -> object:
    try:
        return act()
    except DomainError as refusal:
        return refusal


def _select_one(times: int) -> float:
    taken = []
    with connection.cursor() as cursor:
        for _round in range(20):
            start = time.perf_counter()
            for _number in range(times):
                cursor.execute("SELECT 1")
            taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("seed_demo", verbosity=0)
    anna = Reader.objects.get(given_name="Anna")
    choose(anna, Wishes(has_quiet_hours=False))  # whenever it is measured
    stands = list(Place.objects.filter(kind=PlaceKind.NEWSSTAND).order_by("pk")[:2])
    phones = [invite_device(stand, name="bench", actor=None)[0] for stand in stands]
    titles = list(Title.objects.filter(copies__in=free_copies()).distinct().order_by("pk")[: ROUNDS + 1])
    meter = Meter()
    for number, title in enumerate(titles):
        _play(meter, number, title, anna, stands, phones)
    meter.tell()


def _play(meter, number, title, anna, stands, phones) -> None:
    hold = meter.run("reserve (place_hold)", lambda: place_hold(anna, title, stands[0], actor=None))
    copy = Assignment.objects.open().get(hold=hold).copy
    place = copy.place
    meter.run("take from the shelf (pick_copy)", lambda: pick_copy(copy, place, actor=None))
    parcel = meter.run("wrap (pack_parcel)", lambda: pack_parcel(copy, place, actor=None))
    meter.run("take in (record receive)", lambda: record(phones[0], Act(f"a{number}", RECEIVE, parcel.tag)))
    meter.run("events and messages (dispatch)", dispatch)
    meter.run("send by SMTP (deliver)", deliver)
    meter.run("hand over (record hand_over)", lambda: record(phones[0], Act(f"b{number}", HAND_OVER, parcel.tag)))
    loan = Loan.objects.get(hold=hold)
    meter.run("renew, refused (renew_loan)", lambda: renew_loan(loan, actor=None))
    meter.run("take back (record return)", lambda: record(phones[1], Act(f"c{number}", TAKE_BACK, copy.barcode)))
    meter.run("check in (check_in)", lambda: check_in(copy, place, actor=None))
    meter.run("lend at the desk (check_out)", lambda: check_out(copy, anna, place, actor=None))
    check_in(copy, place, actor=None)
    second = place_hold(anna, title, stands[0], actor=None)
    meter.run("cancel (cancel_hold)", lambda: cancel_hold(second, actor=None))
    dispatch()
    deliver()


if __name__ == "__main__":
    main()

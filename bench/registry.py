"""Bookings a second under race, beside the same insert written by hand, in one run.

`make bench ARGS=registry`, or `python -m milanolib.embedded test --durable -- python bench/registry.py [CLIENTS]`.

Eight clients at once ask for the slots of one workstation over four weeks; each slot is asked for by two, so half of
them are refused. By hand means the booking's row through psycopg, with the same constraints, and its event; the verb
also reads rules, hours, closures and who has the slot, keeps hours from being blocked meanwhile, wakes the worker, and
on a refusal looks for the next free slot, here past some days that are full. What each answer took of the processor
tells more than the answers a second where the machine has other work too. Then: how many statements the slots of a day
take with no booking and with all of them.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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

from branches.models import Weekday  # noqa: E402
from milanolib import clock  # noqa: E402
from registry.bookings import book_slot  # noqa: E402
from registry.errors import SlotTaken  # noqa: E402
from registry.free import bookable  # noqa: E402
from registry.models import Booking, Kiosk, WeeklyRule  # noqa: E402
from tests.factories import BranchFactory  # noqa: E402

ASKED = int(sys.argv[1]) if len(sys.argv) > 1 else 800
CLIENTS = 8
BOOKING = """INSERT INTO registry_booking (resource_id, during, status, code, contact, contact_hash, language,
    is_walk_in, created_at) VALUES (%s, tstzrange(%s, %s), 'confirmed', 'X1000', %s, %s, 'it', false, %s)
    RETURNING id"""
EVENT = """INSERT INTO outbox_event (key, kind, payload, occurred_at, due_at, attempts, last_error)
    VALUES (%s, 'registry.booked', '{}', %s, %s, 0, '') ON CONFLICT (key) DO NOTHING"""


def main() -> int:
    call_command("migrate", verbosity=0)
    kiosk = make_kiosk()
    slots = [slot for day in days() for slot in bookable([kiosk]).on(kiosk, day)][: ASKED // 2]
    asked = [(number, slots[number % len(slots)]) for number in range(len(slots) * 2)]
    empty = statements(kiosk)
    verb = run("book_slot", asked, lambda number, slot: by_verb(kiosk, number, slot))
    full = statements(kiosk)
    Booking.objects.all().delete()
    hand = run("by hand", asked, lambda number, slot: by_hand(kiosk, number, slot))
    print(f"the verb reaches {verb / hand:.0%} of the insert by hand")
    print(f"statements for the slots of a day: {empty} with no booking, {full} with {len(slots)}")
    return 0 if empty == full else 1


def make_kiosk() -> Kiosk:
    place = BranchFactory(code=f"bench-{time.time_ns()}", hours_known=True, always_open=True, closed_on_holidays=False)
    kiosk = Kiosk.objects.create(
        code=place.code, kind="kiosk", name="Bench", place=place, municipio=1, slot_minutes=10, buffer_minutes=0
    )
    for weekday in Weekday.values:
        WeeklyRule.objects.create(resource=kiosk, weekday=weekday, starts=dt.time(8), ends=dt.time(20))
    return kiosk


def days() -> list[dt.date]:
    return [clock.today() + dt.timedelta(days=delta) for delta in range(1, 28)]


def by_verb(kiosk: Kiosk, number: int, slot: object) -> bool:
    try:
        book_slot(kiosk, slot.starts, f"bench{number}@example.org", is_confirmed=True)
    except SlotTaken:
        return False
    return True


HANDS: dict[int, psycopg.Connection] = {}


def by_hand(kiosk: Kiosk, number: int, slot: object) -> bool:
    db = HANDS.setdefault(threading.get_ident(), None) or psycopg.connect(os.environ["DATABASE_URL"])
    HANDS[threading.get_ident()] = db
    now = clock.now()
    contact = f"bench{number}@example.org"
    try:
        with db.transaction(), db.cursor() as cursor:
            cursor.execute(BOOKING, [kiosk.pk, slot.starts, slot.ends, contact, contact, now])
            (booking,) = cursor.fetchone()
            cursor.execute(EVENT, [f"bench:{time.time_ns()}:{booking}", now, now])
    except psycopg.errors.ExclusionViolation:
        return False
    return True


def run(name: str, asked: list, act) -> float:
    began, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(CLIENTS) as pool:
        booked = sum(pool.map(lambda one: act(*one), asked))
    seconds, each = time.perf_counter() - began, (time.process_time() - worked) / len(asked) * 1000
    assert booked == len(asked) // 2, f"{name}: {booked} bookings of {len(asked) // 2} slots"
    print(
        f"{name}: {len(asked)} asked, {booked} booked, {len(asked) / seconds:.0f} answers a second, {each:.1f} ms each"
    )
    return len(asked) / seconds


def statements(kiosk: Kiosk) -> int:
    with CaptureQueriesContext(connection) as queries:
        bookable([kiosk]).on(kiosk, days()[0])
    return len(queries)


if __name__ == "__main__":
    sys.exit(main())

"""Places booked a second under race, beside plain SQL that does the same, in one run.

`make bench ARGS=initiatives`, or `python -m milanolib.embedded test --durable -- python bench/initiatives.py [ASKED]`.

Eight connections at once book one place each at one date, twice as many as there are places, with a waiting list of a
quarter: so a fifth of a second's answers are refusals. Plain SQL locks the same row, counts the same sums and writes
the same booking and event through psycopg; the verb also looks for an earlier booking of the contact, lets go what
nobody confirmed, and reads the initiative. Both must end with exactly the same numbers.
"""

from __future__ import annotations

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

import datetime as dt  # noqa: E402

import psycopg  # noqa: E402
from django.core.management import call_command  # noqa: E402

from milanolib import clock  # noqa: E402
from partnerships.initiatives.booking import book_places  # noqa: E402
from partnerships.initiatives.errors import SoldOut  # noqa: E402
from partnerships.initiatives.planning import plan_dates, publish_initiative  # noqa: E402
from partnerships.initiatives.recurring import Recurrence  # noqa: E402
from partnerships.models import Initiative, InitiativeDate  # noqa: E402
from tests.factories import BranchFactory  # noqa: E402

ASKED = int(sys.argv[1]) if len(sys.argv) > 1 else 600
CLIENTS = 8
PLACES, WAITING = ASKED // 2, ASKED // 4
LOCK = "SELECT places, waiting_places FROM partnerships_initiativedate WHERE id = %s FOR NO KEY UPDATE"
SUMS = """SELECT coalesce(sum(adults + children) FILTER (WHERE status <> 'waiting'), 0),
    coalesce(sum(adults + children) FILTER (WHERE status = 'waiting'), 0)
    FROM partnerships_initiativebooking WHERE date_id = %s"""
BOOKING = """INSERT INTO partnerships_initiativebooking (date_id, status, code, adults, children, contact, contact_hash,
    language, created_at, came) VALUES (%s, %s, 'X1000', 1, 0, %s, %s, 'it', %s, 0) RETURNING id"""
COUNT = "UPDATE partnerships_initiativedate SET taken = %s, waiting = %s WHERE id = %s"
EVENT = """INSERT INTO outbox_event (key, kind, payload, occurred_at, due_at, attempts, last_error)
    VALUES (%s, 'partnerships.places_confirmed', '{}', %s, %s, 0, '') ON CONFLICT (key) DO NOTHING"""


def main() -> int:
    call_command("migrate", verbosity=0)
    verb, by_verbs = run("book_places", by_verb)
    hand, by_hands = run("plain SQL", by_hand)
    print(f"the verb reaches {verb / hand:.0%} of plain SQL")
    return 0 if by_verbs == by_hands == (PLACES, WAITING) else 1


def make_date() -> InitiativeDate:
    initiative = Initiative.objects.create(
        place=BranchFactory(code=f"bench-{time.time_ns()}"),
        kind="event",
        title={"it": "Bench"},
        text={"it": "Bench"},
        places=PLACES,
        waiting_places=WAITING,
    )
    tomorrow = clock.today() + dt.timedelta(days=2)
    plan_dates(initiative, Recurrence(tomorrow, dt.time(17), dt.time(18)), actor=None)
    publish_initiative(initiative, actor=None)
    return InitiativeDate.objects.get(initiative=initiative)


def by_verb(date: InitiativeDate, number: int) -> bool:
    try:
        book_places(InitiativeDate.objects.get(pk=date.pk), f"bench{number}@example.org", is_confirmed=True)
    except SoldOut:
        return False
    return True


HANDS: dict[int, psycopg.Connection] = {}


def by_hand(date: InitiativeDate, number: int) -> bool:
    db = HANDS.setdefault(threading.get_ident(), None) or psycopg.connect(os.environ["DATABASE_URL"])
    HANDS[threading.get_ident()] = db
    now, contact = clock.now(), f"bench{number}@example.org"
    with db.transaction(), db.cursor() as cursor:
        cursor.execute(LOCK, [date.pk])
        places, waiting_places = cursor.fetchone()
        cursor.execute(SUMS, [date.pk])
        taken, waiting = cursor.fetchone()
        is_waiting = bool(waiting) or taken >= places
        if is_waiting and waiting >= waiting_places:
            return False
        status = "waiting" if is_waiting else "confirmed"
        cursor.execute(BOOKING, [date.pk, status, contact, contact, now])
        (booking,) = cursor.fetchone()
        cursor.execute(COUNT, [taken + (not is_waiting), waiting + is_waiting, date.pk])
        cursor.execute(EVENT, [f"bench:{time.time_ns()}:{booking}", now, now])
    return True


def run(name: str, act) -> tuple[float, tuple[int, int]]:
    date = make_date()
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        booked = sum(pool.map(lambda number: act(date, number), range(ASKED)))
    seconds = time.perf_counter() - began
    date.refresh_from_db()
    print(f"{name}: {ASKED} asked, {booked} booked, {ASKED / seconds:.0f} answers a second")
    return ASKED / seconds, (date.taken, date.waiting)


if __name__ == "__main__":
    sys.exit(main())

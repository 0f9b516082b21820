"""How soon search knows: a title gets another name, a copy is lent, a copy comes back, while others search."""

from __future__ import annotations

import multiprocessing
import random
import time
from typing import TYPE_CHECKING

from django.db import connection, transaction

from accounts.models import Reader, ReaderStatus
from bench.search.measure import OpenLoad
from bench.search.our_side import OurSide
from catalog.models import Copy, Title
from catalog.search import Query, refresh, search
from catalog.states import CopyStatus
from loans.availability import follow_copies
from loans.lending import check_in, check_out
from milanolib import clock
from milanolib.schedule import SCHEDULE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TARGET = 5.0  # seconds
PATIENCE = 30.0
EVERY = 0.05  # seconds between two looks
CHANGES = 12
PERIOD = float(SCHEDULE["follow-copies"]["schedule"])


def freshness(texts: Sequence[str], rate: float, seed: int) -> tuple[dict[str, list[float]], list[float]]:
    """Return the seconds until search knew of each kind of change, and the milliseconds of the searches meanwhile.

    What has changed is put back. A process follows the copies as often as beat makes the worker do it.
    """
    rng = random.Random(f"{seed} freshness")
    load = OpenLoad(OurSide, texts, rate, seconds=CHANGES * 3 * PERIOD, seed=seed)
    context = multiprocessing.get_context("fork")
    done = context.Event()
    follower = context.Process(target=_follow, args=(done,), daemon=True)
    connection.close()
    follower.start()
    load.start()
    seconds: dict[str, list[float]] = {"name of a title": [], "copy lent": [], "copy back": []}
    try:
        reader = _reader()
        for copy in _lone_copies(rng):
            _one_round(copy, reader, seconds, rng)
    finally:
        done.set()
        follower.join()
    return seconds, load.wait()


def _one_round(copy: Copy, reader: Reader, seconds: dict[str, list[float]], rng: random.Random) -> None:
    title = copy.title
    was, name = title.title, f"Rinominato {title.pk} quattordicesimo"

    def is_named() -> bool:
        lines = search(Query(text=name, is_exact=True)).lines
        return bool(lines) and title.pk in lines[0].title_ids

    def is_free() -> bool:
        lines = search(Query(text=name, is_exact=True, free_only=True)).lines
        return any(title.pk in line.title_ids for line in lines)

    _name(title, name)
    seconds["name of a title"].append(_until(is_named))
    time.sleep(rng.uniform(0, PERIOD))  # people do not wait for beat
    check_out(copy, reader, copy.place, actor=None)
    seconds["copy lent"].append(_until(lambda: not is_free()))
    time.sleep(rng.uniform(0, PERIOD))
    check_in(copy, copy.home, actor=None)
    seconds["copy back"].append(_until(is_free))
    _name(title, was)


def _name(title: Title, name: str) -> None:
    """Give a title a name as the register does: search is told in the same transaction."""
    with transaction.atomic():
        title.title = name
        title.save(update_fields=["title"])
        refresh([title.pk])


def _until(is_so: Callable[[], bool]) -> float:
    """Return the seconds until it is so."""
    started = time.monotonic()
    while not is_so():
        if time.monotonic() - started > PATIENCE:
            return float("inf")
        time.sleep(EVERY)
    return time.monotonic() - started


def _lone_copies(rng: random.Random) -> list[Copy]:
    """Return free copies of titles that have but one, so that lending it makes the title not free."""
    last = Title.objects.order_by("-pk").values_list("pk", flat=True)[0]
    found: list[Copy] = []
    while len(found) < CHANGES:
        title = Title.objects.filter(pk=rng.randrange(1, last + 1)).first()
        copies = list(title.copies.select_related("title", "home", "place")) if title else []
        if len(copies) == 1 and copies[0].status == CopyStatus.AVAILABLE and copies[0].is_lendable:
            found.append(copies[0])
    return found


def _reader() -> Reader:
    made, _is_new = Reader.objects.get_or_create(
        card_number="BENCH0001",
        defaults={
            "given_name": "Prova",
            "status": ReaderStatus.VERIFIED,
            "verified_at": clock.now(),
            "verified_by": "document",
            "registered_at": clock.now(),
        },
    )
    return made


def _follow(done) -> None:
    """Do what the worker does, as often as beat asks."""
    while not done.wait(PERIOD):
        follow_copies()

"""How long things take: one client after another, and an open load where searches come when they come."""

from __future__ import annotations

import multiprocessing
import random
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.search.queries import Search

WORKERS = 6
HEADING = f"{'':<26}{'n':>6}{'mean':>9}{'p50':>9}{'p95':>9}{'p99':>9}  ms"


class WorkerEnded(Exception):
    """A worker could not go on."""


class Times(NamedTuple):
    """Some milliseconds in a few numbers."""

    count: int
    mean: float
    p50: float
    p95: float
    p99: float

    def line(self, name: str, note: str = "") -> str:
        """Return them as a line of the table."""
        numbers = "".join(f"{each:>9.1f}" for each in (self.mean, self.p50, self.p95, self.p99))
        return f"{name:<26}{self.count:>6}{numbers}  {note}".rstrip()


def times_of(milliseconds: Sequence[float]) -> Times:
    """Return the mean and the percentiles (nearest rank)."""
    ordered = sorted(milliseconds)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99)]
    return Times(len(ordered), statistics.fmean(ordered), *at)


def one_client(
    sides: Sequence[Any], searches: Sequence[Search], repetitions: int, seed: int
) -> dict[str, list[tuple[Search, float]]]:
    """Put each search to each side, one at a time and turn by turn; return the milliseconds of all."""
    rng = random.Random(f"{seed} order")
    taken: dict[str, list[tuple[Search, float]]] = {side.name: [] for side in sides}
    for _round in range(repetitions):
        order = rng.sample(list(searches), len(searches))
        for number, one in enumerate(order):
            turn = number % len(sides)
            for side in [*sides[turn:], *sides[:turn]]:
                started = time.perf_counter()
                side.search(one.text)
                taken[side.name].append((one, (time.perf_counter() - started) * 1000))
    return taken


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Return when searches come (seconds from the start), independently of one another."""
    rng = random.Random(f"{seed} arrivals")
    made, now = [], rng.expovariate(rate)
    while now < seconds:
        made.append(now)
        now += rng.expovariate(rate)
    return made


class OpenLoad:
    """Searches that come at their times, whether earlier ones are answered or not.

    The latency of each counts from when it came, waiting for a free worker included. Workers are processes that open
    their side themselves.
    """

    def __init__(
        self, make_side: Callable[[], Any], texts: Sequence[str], rate: float, seconds: float, seed: int
    ) -> None:
        self.context = multiprocessing.get_context("fork")
        self.answers = self.context.Queue()
        self.next = self.context.Value("i", 0)
        self.start_at = self.context.Value("d", 0.0)
        self.ready = self.context.Semaphore(0)
        self.times = arrivals(rate, seconds, seed)
        rng = random.Random(f"{seed} load")
        self.texts = rng.choices(list(texts), k=len(self.times))
        self.make_side = make_side
        connection.close()  # a child must not inherit it
        self.workers = [self.context.Process(target=self._work, daemon=True) for _each in range(WORKERS)]

    def start(self) -> None:
        """Let the workers open their sides, then begin."""
        for each in self.workers:
            each.start()
        for _each in self.workers:
            self.ready.acquire()
        self.start_at.value = time.monotonic() + 0.2

    def wait(self) -> list[float]:
        """Return the milliseconds of all searches, once all are answered. Raises when a worker ended early."""
        taken: list[float] = []
        for _each in self.workers:
            own = self.answers.get(timeout=600)
            if isinstance(own, str):
                raise WorkerEnded(own)
            taken += own
        for each in self.workers:
            each.join()
        return taken

    def _work(self) -> None:
        try:
            self.answers.put(self._serve())
        except BaseException as error:
            self.answers.put(repr(error))
            raise

    def _serve(self) -> list[float]:
        side = self.make_side()
        side.search(self.texts[0])
        self.ready.release()
        while not self.start_at.value:
            time.sleep(0.01)
        start, taken = self.start_at.value, []
        while True:
            with self.next.get_lock():
                number = self.next.value
                self.next.value += 1
            if number >= len(self.times):
                return taken
            came = start + self.times[number]
            if (early := came - time.monotonic()) > 0:
                time.sleep(early)
            side.search(self.texts[number])
            taken.append((time.monotonic() - came) * 1000)

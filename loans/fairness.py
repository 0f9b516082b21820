"""Whether the order was fair, computed anew and plainly: who would be served if each took the first copy left.

`routing` reaches its answers step by step, under locks. Here the same question is asked of the whole queue of a
work at once, by brute force, so that a fault of one is not repeated by the other.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from branches.models import PlaceCapacity
from catalog.models import Work
from loans.models import Assignment, Hold, HoldPass, Parcel
from loans.policy import can_serve
from loans.routing import free_copies
from loans.states import BEGUN_ANEW, PARCEL_WITH_US, HoldLevel
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catalog.models import Copy

# Holds passed over for a full point are looked at again every five minutes (loans/tasks.py): so long may one wait
# after room has come back.
LOOKED_AT_AGAIN_WITHIN = dt.timedelta(minutes=15)
WORKS_AT_ONCE = 500


def room_left() -> dict[int, int]:
    """Return how many more copies each place with a capacity can take; negative where there are too many."""
    left = {
        row["place"]: row["total"] - row["out"]
        for row in PlaceCapacity.objects.values("place").annotate(total=Sum("total"), out=Sum("out_of_service"))
    }
    for place, taken in room_taken(left).items():
        left[place] -= taken
    return left


def room_taken(places: Iterable[int]) -> dict[int, int]:
    """Return how many copies are meant for each of these places, or go there although nobody waits any more."""
    taken: dict[int, int] = defaultdict(int)
    meant = Assignment.objects.open().filter(hold__pickup_place__in=list(places))
    unwanted = Parcel.objects.filter(
        status__in=PARCEL_WITH_US, destination__in=list(places), assignment__released_at__isnull=False
    )
    for place, count in meant.values_list("hold__pickup_place").annotate(Count("pk")):
        taken[place] += count
    for place, count in unwanted.values_list("destination").annotate(Count("pk")):
        taken[place] += count
    return taken


def unfair_waits() -> Iterator[str]:
    """Say which active holds wait although a free copy could serve them, or while a later one was served instead.

    Copies that can still be decided about are given out anew, by brute force. Of a copy that was taken from its
    shelf already, it is only asked whether it would have suited an earlier hold.
    """
    if not Hold.objects.waiting().exists():
        return
    left = room_left()
    freed = just_freed(left)
    works = _works_in_question()
    for start in range(0, len(works), WORKS_AT_ONCE):
        for queue in queues_of(works[start : start + WORKS_AT_ONCE]):
            yield from _passed_by(queue, left, freed)
            yield from _held_up(queue, left)
            yield from _could_be_served(queue, left, freed)
    yield from _overtaken()


def _overtaken() -> Iterator[str]:
    """Say which active holds wait although a copy that suits them was taken for a later one.

    Who was once passed over for a written reason, as all who wait for the same at the same point were, or had a copy
    before, is left out: they may rightly wait.
    """
    later = (
        Q(hold__rank__gt=OuterRef("rank"))
        | Q(hold__rank=OuterRef("rank"), hold__placed_at__gt=OuterRef("placed_at"))
        | Q(hold__rank=OuterRef("rank"), hold__placed_at=OuterRef("placed_at"), hold__gt=OuterRef("pk"))
    )
    suits = (
        Exact(OuterRef("level"), Value(HoldLevel.WORK))
        | Q(Exact(OuterRef("level"), Value(HoldLevel.COPY)), copy=OuterRef("copy"))
        | Q(Exact(OuterRef("level"), Value(HoldLevel.TITLE)), copy__title=OuterRef("title"))
        | Q(
            Exact(OuterRef("level"), Value(HoldLevel.VOLUME)),
            copy__title=OuterRef("title"),
            copy__volume=OuterRef("volume"),
        )
    )
    since = Coalesce(OuterRef("waits_since"), OuterRef("placed_at"))
    # a copy that was ready and is meant once more for the same reader was taken when it first was
    since_then = Coalesce(OuterRef(OuterRef("waits_since")), OuterRef(OuterRef("placed_at")))
    had_it_then = Assignment.objects.filter(
        hold=OuterRef("hold"),
        copy=OuterRef("copy"),
        committed_at__lte=since_then,
        released_at__gt=since_then,
        release_reason__in=BEGUN_ANEW,
    )
    taken = Assignment.objects.open().filter(
        ~Exists(had_it_then), later, suits, committed_at__isnull=False, hold__work=OuterRef("work"), made_at__gt=since
    )
    alike = HoldPass.objects.filter(
        hold__work=OuterRef("work"), hold__target=OuterRef("target"), place=OuterRef("pickup_place"), at__gte=since
    )
    excused = (
        Exists(HoldPass.objects.filter(hold=OuterRef("pk")))
        | Exists(alike)
        | Exists(Assignment.objects.filter(hold=OuterRef("pk")))
    )
    waiting = Hold.objects.waiting().filter(~excused)
    overtaken = waiting.annotate(by=Subquery(taken.order_by("pk").values("hold")[:1])).filter(by__isnull=False)
    for hold, by in overtaken.order_by("pk").values_list("pk", "by"):
        yield f"hold {hold}: waits while a copy that suits it was taken for a later one (hold {by})"


def _works_in_question() -> list[int]:
    """Return the works where somebody waits and something could still be decided."""
    waiting = Hold.objects.waiting().order_by()
    tentative = Assignment.objects.open().filter(committed_at=None, hold__work=OuterRef("pk"))
    decidable = Exists(free_copies().filter(title__work=OuterRef("pk"))) | Exists(tentative)
    works = Work.objects.filter(pk__in=waiting.values("work")).filter(decidable)
    return list(works.order_by("pk").values_list("pk", flat=True))


def just_freed(places: Iterable[int]) -> set[int]:
    """Return the places where room came back so recently that nobody has looked again yet."""
    since = clock.now() - LOOKED_AT_AGAIN_WITHIN
    released = (
        Assignment.objects.filter(hold__pickup_place__in=list(places))
        .values_list("hold__pickup_place")
        .annotate(at=Max("released_at"))
    )
    opened = Parcel.objects.filter(destination__in=list(places)).values_list("destination").annotate(at=Max("ended_at"))
    return {place for found in (released, opened) for place, at in found if at is not None and at > since}


@dataclass
class Queue:
    """All that can still be decided about one work."""

    work_id: int = 0
    waiting: list[Hold] = field(default_factory=list)
    tentative: list[Assignment] = field(default_factory=list)
    free: list[Copy] = field(default_factory=list)

    @property
    def copies(self) -> list[Copy]:
        """Return the copies that nobody has in hand."""
        return [*(one.copy for one in self.tentative), *self.free]


def queues_of(works: list[int]) -> list[Queue]:
    """Read the queues of these works: three statements."""
    queues: dict[int, Queue] = defaultdict(Queue)
    for hold in Hold.objects.waiting().filter(work__in=works).in_order():
        queues[hold.work_id].waiting.append(hold)
    light = ("title__record", "title__summary")
    for copy in free_copies().filter(title__work__in=works).select_related("title").defer(*light):
        queues[copy.title.work_id].free.append(copy)
    for held in (
        Assignment.objects.open()
        .filter(hold__work__in=works, committed_at=None)
        .select_related("hold", "copy__title")
        .defer(*(f"copy__{name}" for name in light))
    ):
        queues[held.hold.work_id].tentative.append(held)
    for work, queue in queues.items():
        queue.work_id = work
    return list(queues.values())


class Matching:
    """Copies given to holds, rearranged as long as one more is served (Kuhn's algorithm, depth first)."""

    def __init__(self, copies: list[Copy]) -> None:
        self.copies = copies
        self.holder: dict[int, Hold] = {}
        self.in_vain: set[str] = set()

    def add(self, hold: Hold) -> bool:
        """Serve one more hold without taking anybody's turn; return whether that can be done.

        What could not be had once cannot be had later either: the rest of a long queue costs nothing.
        """
        if hold.target in self.in_vain:
            return False
        found = self._find(hold, set())
        if not found:
            self.in_vain.add(hold.target)
        return found

    def _find(self, hold: Hold, seen: set[int]) -> bool:
        for copy in self.copies:
            if copy.pk in seen or not can_serve(copy, hold):
                continue
            seen.add(copy.pk)
            if copy.pk not in self.holder or self._find(self.holder[copy.pk], seen):
                self.holder[copy.pk] = hold
                return True
        return False


def _passed_by(queue: Queue, left: dict[int, int], freed: set[int]) -> Iterator[str]:
    """Serve all whose point has room in the order of their keys; who is served so but waits in truth was passed by.

    Room that has just come back is left out: nobody has looked again yet.
    """
    served = [held.hold for held in queue.tentative]
    eligible = [
        hold for hold in queue.waiting if left.get(hold.pickup_place_id, 1) > 0 and hold.pickup_place_id not in freed
    ]
    matching = Matching(queue.copies)
    in_order = [hold for hold in sorted([*served, *eligible], key=lambda one: one.order_key) if matching.add(hold)]
    fair, standing = {hold.pk for hold in in_order}, {hold.pk for hold in served}
    instead = ", ".join(str(pk) for pk in sorted(standing - fair))
    for hold in in_order:
        if hold.pk not in standing and instead:
            yield f"hold {hold.pk}: waits while later ones have a copy that could serve it (hold {instead})"


def _held_up(queue: Queue, left: dict[int, int]) -> Iterator[str]:
    """Say who waits at a full point although a later one has a copy to be collected there: its room would do."""
    copies = [held.copy for held in queue.tentative]
    seen = set()
    for hold in queue.waiting:
        place = hold.pickup_place_id
        if left.get(place, 1) > 0 or (hold.target, place) in seen:
            continue
        seen.add((hold.target, place))
        there = [held.hold for held in queue.tentative if held.hold.pickup_place_id == place]
        for later in there:
            if later.order_key < hold.order_key:
                continue
            others = [held.hold for held in queue.tentative if held.hold != later]
            matching = Matching(copies)
            if all(matching.add(one) for one in [*others, hold]):
                yield f"hold {hold.pk}: waits while later ones have a copy that could serve it (hold {later.pk})"
                break


def _could_be_served(queue: Queue, left: dict[int, int], freed: set[int]) -> Iterator[str]:
    """Leave the served ones their turn, and look for one more."""
    matching = Matching(queue.copies)
    matching.holder = {held.copy_id: held.hold for held in queue.tentative}
    room = dict(left)
    for hold in queue.waiting:
        place = hold.pickup_place_id
        if room.get(place, 1) <= 0 or place in freed:
            continue
        if matching.add(hold):
            if place in room:
                room[place] -= 1
            yield f"hold {hold.pk}: waits although a free copy could serve it"

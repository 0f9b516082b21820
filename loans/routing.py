"""Which copy goes to which reader: strictly first come, first served, among the holds that a copy can serve.

Everything here runs under the lock of the work, which every verb on its holds and copies takes first. Tentative
assignments may be shifted along a path so that one more hold is served; committed ones never move. Each event
changes who is served by one hold at most, so it is enough to look at the hold or the copy that the event touched.
Capacity is checked for the hold that is newly served; one that finds its point full is passed over, that is
written down, and it keeps its turn.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q, Sum, Value

from branches.geography import metres_between
from branches.models import Place, PlaceCapacity
from branches.rounds import next_round_on
from catalog.models import Copy, Work
from loans.models import Assignment, Hold, HoldPass, Parcel
from loans.policy import PICKABLE, can_serve
from loans.states import PARCEL_WITH_US, HoldLevel, HoldStatus
from milanolib import clock
from milanolib.db import StartAgain, lock
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from catalog.models import Title
    from catalog.querysets import CopyQuerySet
    from loans.querysets import HoldQuerySet

NEAR_METRES = 500


def lock_work(work_id: int) -> Work:
    """Lock the work whose queue is to change: the first lock of every verb on holds and copies."""
    return Work.objects.select_for_update(no_key=True).get(pk=work_id)


def lock_work_of(row: Title | Hold) -> Work:
    """Lock the work of a title or a hold, whichever it is by now: staff may have joined or split it meanwhile.

    Raises StartAgain, with the row brought up to date, when that happened while we waited for the lock.
    """
    while True:
        work = Work.objects.select_for_update(no_key=True).filter(pk=row.work_id).first()
        now = type(row)._base_manager.values_list("work", flat=True).get(pk=row.pk)  # noqa: SLF001  Django's own name
        if work is not None and work.pk == now:
            return work
        row.work_id = now
        if work is not None:  # a second lock of a work could be out of order
            raise StartAgain


def lock_works_of(copies: Iterable[int]) -> dict[int, Copy]:
    """Lock the works of several copies (ids), in order, and return the copies with their title, by number.

    Three statements however many there are. Raises StartAgain when staff has joined or split one of the works
    meanwhile.
    """
    wanted = list(copies)
    planned = dict(Copy.objects.filter(pk__in=wanted).values_list("pk", "title__work"))
    works = Work.objects.select_for_update(no_key=True).filter(pk__in=set(planned.values())).order_by("pk")
    list(works.values_list("pk"))
    found = Copy.objects.select_related("title").defer("title__record", "title__summary").in_bulk(wanted)
    if any(copy.title.work_id != planned.get(pk) for pk, copy in found.items()):
        raise StartAgain
    return found


def lock_room(places: Iterable[int]) -> None:
    """Lock the capacity of places, so that two works do not fill one last room; before any copy is locked."""
    lock(PlaceCapacity.objects.filter(place__in=set(places)))


def lock_room_of_queue(work: Work, *others: int) -> None:
    """Lock the capacity of the points for which the waiting holds of a work are meant, and of `others`."""
    waiting = _waiting(work.pk).order_by().values_list("pickup_place", flat=True).distinct()
    lock_room([*waiting, *others])


def serve_hold(hold: Hold) -> Assignment | None:
    """Find a copy for one waiting hold, shifting tentative assignments if that helps; None when it must wait.

    The work and the capacity of the hold's point are locked.
    """
    if hold.suspended_until is not None:
        return None
    graph = _Graph.of(hold.work_id)
    path = graph.path_to_free_copy(hold)
    if path is None:
        return None
    if not has_room(hold.pickup_place):
        note_pass(hold, path[0], "no_room")
        return None
    return graph.shift(hold, path)


def serve_again(hold: Hold) -> Assignment | None:
    """Find another copy for a hold that has lost its own: it comes before all that were placed later.

    If no copy is free, the last of those whose copies can still be decided about waits again in its stead. The work
    and the room of its queue's points are locked.
    """
    served = serve_hold(hold)
    if served is not None or hold.suspended_until is not None:
        return served
    graph = _Graph.of(hold.work_id)
    later = graph.last_after(hold)
    if later is None:
        return None
    last, path = later
    if last.hold.pickup_place_id != hold.pickup_place_id and not has_room(hold.pickup_place):
        note_pass(hold, path[0], "no_room")
        return None
    release(last, "better_plan")
    last.hold.move_to(HoldStatus.QUEUED)
    last.hold.save(update_fields=["status"])
    graph.tentative.remove(last)
    return graph.shift(hold, path)


def serve_in_order(work: Work) -> int:
    """Serve the waiting holds of a work in their order, each with the copy that is best for it; return how many were.

    Nothing is asked of the queue when no copy is free. The work and the room of its queue's points are locked.
    """
    free = free_copies().filter(title__work=work).count()
    if not free:
        return 0
    served = 0
    for hold in list(_waiting(work.pk).select_related("pickup_place")):
        served += serve_hold(hold) is not None
        if served == free:
            break
    return served


def serve_copy(copy: Copy) -> Assignment | None:
    """Give a copy that has become free to the earliest hold it can serve, directly or by a shift.

    The work, the capacity of its queue's points and the copy are locked; the copy is on a shelf or in a
    librarian's hand. Returns the assignment of the hold that is newly served, None when nobody waits or the copy may
    not be lent (yet).
    """
    if not copy.is_lendable or copy.not_lent_before is not None:
        return None
    graph = _Graph.of(copy.title.work_id, freed=copy)
    reachable = graph.reachable_from(copy)
    asked_for = _asking_for([copy, *reachable])
    room: dict[int, bool] = {}
    for hold in _waiting(copy.title.work_id).filter(asked_for).select_related("pickup_place"):
        taken = copy if can_serve(copy, hold) else next((one for one in reachable if can_serve(one, hold)), None)
        if taken is None:
            continue
        if hold.pickup_place_id not in room:
            room[hold.pickup_place_id] = has_room(hold.pickup_place)
        if not room[hold.pickup_place_id]:
            note_pass(hold, taken, "no_room")
            continue
        return graph.shift(hold, [taken, *graph.way_back(taken, reachable)])
    return None


def waiting_for(copy: Copy, *, other_than: int | None = None) -> int:
    """Return how many active holds wait for a copy like this one, not counting those a free copy could serve.

    `other_than` leaves out one reader's own holds. The work is locked.
    """
    return waiting_for_each([(copy, other_than)])[copy.pk]


def waiting_for_each(asked: Sequence[tuple[Copy, int | None]]) -> dict[int, int]:
    """Return the same for several copies, by their number: two statements, however many copies and works there are.

    Beside each copy stands the reader whose own holds do not count. The works are locked.
    """
    free: defaultdict[int, list[Copy]] = defaultdict(list)
    works = {copy.title.work_id for copy, _reader in asked}
    for one in free_copies().filter(title__work__in=works).select_related("title").defer("title__record"):
        free[one.title.work_id].append(one)
    waiting: defaultdict[int, list[Hold]] = defaultdict(list)
    for hold in _asking_each(asked, {work: len(copies) for work, copies in free.items()}):
        waiting[hold.for_copy].append(hold)  # type: ignore[attr-defined]  # annotated
    return {
        copy.pk: len(waiting[copy.pk]) - _matched(waiting[copy.pk], free[copy.title.work_id]) for copy, _reader in asked
    }


def _asking_each(asked: Sequence[tuple[Copy, int | None]], free: dict[int, int]) -> Iterable[Hold]:
    """Return for each copy the first holds that ask for one like it: one more than could be served is enough."""
    parts = [
        _waiting(copy.title.work_id)
        .filter(_asking_for([copy]))
        .exclude(reader=reader)
        .annotate(for_copy=Value(copy.pk))[: free.get(copy.title.work_id, 0) + 1]
        for copy, reader in asked
    ]
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else chain(*parts)


def _matched(holds: list[Hold], copies: list[Copy]) -> int:
    """Return how many of the holds could each have a copy of its own (Kuhn's augmenting paths)."""
    holder: dict[int, Hold] = {}

    def finds_one(hold: Hold, tried: set[int]) -> bool:
        for copy in copies:
            if copy.pk not in tried and can_serve(copy, hold):
                tried.add(copy.pk)
                if copy.pk not in holder or finds_one(holder[copy.pk], tried):
                    holder[copy.pk] = hold
                    return True
        return False

    return sum(finds_one(hold, set()) for hold in holds)


def serve_queue(work: Work) -> int:
    """Give each free copy of a work to the earliest hold it can serve; return how many holds were newly served.

    The work and the capacity of its queue's points are locked.
    """
    return sum(serve_copy(copy) is not None for copy in _Graph.of(work.pk).free)


def has_room(place: Place) -> bool:
    """Whether a point can take one more copy on its way or waiting there; True where no capacity is set."""
    capacity = PlaceCapacity.objects.filter(place=place).aggregate(total=Sum("total"), out=Sum("out_of_service"))
    if capacity["total"] is None:
        return True
    return room_taken(place) < capacity["total"] - capacity["out"]


def room_taken(place: Place) -> int:
    """Return how many copies are meant for a point, or lie or will arrive there although nobody waits any more."""
    meant = Assignment.objects.open().filter(hold__pickup_place=place).count()
    unwanted = Parcel.objects.filter(
        status__in=PARCEL_WITH_US, destination=place, assignment__released_at__isnull=False
    ).count()
    return meant + unwanted


def note_pass(hold: Hold, copy: Copy, reason: str) -> None:
    """Write down, once for each copy, that a hold was passed over and why."""
    _row, is_new = HoldPass.objects.get_or_create(hold=hold, copy=copy, reason=reason, defaults={"at": clock.now()})
    if is_new:
        emit("loans.hold_passed", key=f"hold-passed:{hold.pk}:{copy.pk}:{reason}", hold_id=hold.pk)


def release(assignment: Assignment, reason: str) -> None:
    """End an assignment; where its copy and its hold go next is the caller's."""
    assignment.released_at, assignment.release_reason = clock.now(), reason
    assignment.save(update_fields=["released_at", "release_reason"])


def free_copies() -> CopyQuerySet:
    """Return the copies that are free now: on a shelf where somebody can take them, lendable, meant for nobody."""
    meant = Assignment.objects.open().filter(copy=OuterRef("pk"))
    return Copy.objects.on_the_shelf().filter(~Exists(meant), not_lent_before=None, place__kind__in=PICKABLE)


def _asking_for(copies: Iterable[Copy]) -> Q:
    """Return the condition on holds that one of these copies of a work could serve."""
    return (
        Q(level=HoldLevel.WORK)
        | Q(level__in=[HoldLevel.TITLE, HoldLevel.VOLUME], title__in={copy.title_id for copy in copies})
        | Q(level=HoldLevel.COPY, copy__in={copy.pk for copy in copies})
    )


def _waiting(work_id: int) -> HoldQuerySet:
    return Hold.objects.filter(work=work_id, status=HoldStatus.QUEUED, suspended_until=None).in_order()


@dataclass
class _Graph:
    """The copies of one work that may still be decided about, and the tentative holds that have one."""

    free: list[Copy]
    tentative: list[Assignment]

    @classmethod
    def of(cls, work_id: int, *, freed: Copy | None = None) -> _Graph:
        """Read it: two statements. `freed` is a copy in hand that the database does not show as free yet."""
        free = list(free_copies().filter(title__work=work_id).select_related("title", "place").defer("title__record"))
        if freed is not None and freed.pk not in {one.pk for one in free}:
            free.append(freed)
        tentative = list(
            Assignment.objects.open()
            .filter(hold__work=work_id, committed_at=None)
            .select_related("hold__pickup_place", "copy__title", "copy__place")
            .defer("copy__title__record")
        )
        return cls(free, tentative)

    def path_to_free_copy(self, hold: Hold) -> list[Copy] | None:
        """Return copies along which to shift: the first is the hold's, each next one its predecessor's holder's.

        The last is free. Breadth first, so the fewest are shifted; among free copies the best for the hold.
        """
        direct = [copy for copy in self.free if can_serve(copy, hold)]
        if direct:
            return [best_copy(direct, hold)]
        came_by: dict[int, list[Copy]] = {}
        queue: deque[tuple[Hold, list[Copy]]] = deque([(hold, [])])
        while queue:
            asking, path = queue.popleft()
            for held in self.tentative:
                if held.copy_id in came_by or not can_serve(held.copy, asking):
                    continue
                came_by[held.copy_id] = [*path, held.copy]
                others = [copy for copy in self.free if can_serve(copy, held.hold)]
                if others:
                    return [*came_by[held.copy_id], best_copy(others, held.hold)]
                queue.append((held.hold, came_by[held.copy_id]))
        return None

    def last_after(self, hold: Hold) -> tuple[Assignment, list[Copy]] | None:
        """Return the last one behind `hold` whose copy it can get, directly or by shifts, and the copies to shift."""
        came_by: dict[int, list[Copy]] = {}
        found: list[tuple[Assignment, list[Copy]]] = []
        queue: deque[tuple[Hold, list[Copy]]] = deque([(hold, [])])
        while queue:
            asking, path = queue.popleft()
            for held in self.tentative:
                if held.copy_id in came_by or not can_serve(held.copy, asking):
                    continue
                came_by[held.copy_id] = [*path, held.copy]
                queue.append((held.hold, came_by[held.copy_id]))
                if held.hold.order_key > hold.order_key:
                    found.append((held, came_by[held.copy_id]))
        return max(found, key=lambda one: one[0].hold.order_key, default=None)

    def reachable_from(self, copy: Copy) -> dict[Copy, tuple[Assignment, Copy]]:
        """Return the copies that `copy` can set free, each with whose it is and by what it is replaced."""
        found: dict[Copy, tuple[Assignment, Copy]] = {}
        queue = deque([copy])
        while queue:
            offered = queue.popleft()
            for held in self.tentative:
                if held.copy not in found and held.copy != copy and can_serve(offered, held.hold):
                    found[held.copy] = (held, offered)
                    queue.append(held.copy)
        return found

    def way_back(self, taken: Copy, reachable: dict[Copy, tuple[Assignment, Copy]]) -> list[Copy]:
        """Return the copies that replace one another after `taken` goes to a new hold."""
        way = []
        while taken in reachable:
            taken = reachable[taken][1]
            way.append(taken)
        return way

    def shift(self, hold: Hold, path: list[Copy]) -> Assignment:
        """Move the tentative assignments along `path` and give its first copy to `hold`."""
        now = clock.now()
        holders = {held.copy_id: held for held in self.tentative}
        moved = [holders[copy.pk] for copy in path if copy.pk in holders]
        for held in moved:
            release(held, "better_plan")
        for held, copy in zip(moved, path[1:], strict=True):
            _assign(held.hold, copy, now)
        assignment = _assign(hold, path[0], now)
        hold.move_to(HoldStatus.ASSIGNED)
        hold.save(update_fields=["status"])
        return assignment


def _assign(hold: Hold, copy: Copy, now: dt.datetime) -> Assignment:
    assignment = Assignment.objects.create(hold=hold, copy=copy, made_at=now)
    emit("loans.hold_assigned", key=f"hold-assigned:{assignment.pk}", hold_id=hold.pk, assignment_id=assignment.pk)
    return assignment


def best_copy(copies: list[Copy], hold: Hold) -> Copy:
    """Return the copy that arrives first, then travels least, then comes from the least busy library."""
    if len(copies) == 1:
        return copies[0]
    load = dict(
        Assignment.objects.open()
        .filter(committed_at=None, copy__place__in={copy.place_id for copy in copies})
        .values_list("copy__place")
        .annotate(Count("pk"))
    )
    return min(
        copies,
        key=lambda copy: (
            arrives_on(copy, hold.pickup_place, clock.today()),
            _distance_step(copy.place, hold.pickup_place),
            load.get(copy.place_id, 0),
            copy.pk,
        ),
    )


def arrives_on(copy: Copy, pickup: Place, today: dt.date) -> dt.date:
    """Return when a copy on its shelf can be at a point: today if it is there, else with the next round."""
    return today if copy.place_id == pickup.holding_place.pk else next_round_on(today)


def _distance_step(origin: Place | None, pickup: Place) -> int:
    """Return the distance in steps of 500 metres: small differences do not make one library work for all."""
    if origin is None or origin.latitude is None or pickup.latitude is None:
        return 99
    if origin.pk == pickup.holding_place.pk:
        return 0
    metres = metres_between(origin.latitude, origin.longitude or 0, pickup.latitude, pickup.longitude or 0)
    return 1 + int(metres / NEAR_METRES)

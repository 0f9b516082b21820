"""Which copy goes to which reader: strictly first come, first served, among the holds that a copy can serve.

Everything here runs under the lock of the work, which every verb on its holds and copies takes first. Tentative
assignments may be shifted along a way so that one more hold is served; committed ones never move. Each event
changes who is served by one hold at most, so it is enough to look at the hold or the copy that the event touched;
what room coming back at a point would change, the queue shows when it is looked at again (`serve_in_order`).
A hold that finds its point full is passed over, that is written down, and it keeps its turn.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Value

from branches.geography import metres_between
from catalog.models import Copy, Work
from loans.models import Assignment, Hold, HoldPass
from loans.plan import Plan
from loans.policy import PICKABLE, can_serve, targets_of
from loans.room import Rooms, room_left
from loans.states import HoldStatus
from milanolib import clock
from milanolib.db import StartAgain
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from branches.models import Place
    from catalog.models import Title
    from catalog.querysets import CopyQuerySet
    from loans.arrivals import Arrivals

NO_ROOM, EARLIER_TURN = "no_room", "earlier_turn"  # why a hold was passed over
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


def lock_works(ids: Iterable[int]) -> list[Work]:
    """Lock several works in their order and return them."""
    return list(Work.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk"))


def serve_hold(hold: Hold) -> Assignment | None:
    """Find a copy for one waiting hold that has just been placed, come back or lost its copy; None when it must wait.

    Tentative assignments are shifted if that helps. Where no copy is free, the latest of the later holds whose
    copies could be had so makes way: it keeps its turn and waits again. The work is locked.
    """
    if hold.suspended_until is not None or hold.waits_for_set:
        return None
    plan = Plan(hold.work_id, _free_copies_of(hold.work_id))
    rooms = Rooms()
    copy = plan.copy_for(hold)
    if copy is not None and rooms.has_room(hold.pickup_place):
        return _shift(plan, hold, _way(plan, hold, copy))
    made = _make_way(plan, hold, rooms)
    if made is None and copy is not None:
        note_pass(hold, copy, NO_ROOM)
    return made


def serve_copy(copy: Copy, *, is_in_hand: bool = False) -> Assignment | None:
    """Give a copy that has become free to the earliest hold it can serve, directly or by a shift.

    The work and the copy are locked; the copy is on a shelf or in a librarian's hand. Returns the assignment of the
    hold that is newly served, None when nobody waits or the copy may not be lent (yet).

    With `is_in_hand` a hold that gets this very copy is committed to it at once, and its state is left for the caller
    to write: the copy goes on to a hold shelf or towards a point (lending.take_for).
    """
    if not copy.is_lendable or copy.not_lent_before is not None:
        return None
    return _serve_next(Plan(copy.title.work_id, [copy], is_in_hand=is_in_hand), Rooms())


def serve_free_copies(work: Work) -> int:
    """Give the free copies of a work to the earliest holds they can serve; return how many holds were served.

    Nothing is asked of the queue when no copy is free. The work is locked.
    """
    return _serve_all(Plan(work.pk, _free_copies_of(work.pk)), Rooms())


def serve_in_order(work: Work) -> int:
    """Look at a whole queue again, for whatever has changed; return how many holds were newly served.

    Free copies go to the earliest holds; then a hold that waits although later ones have a copy it could have, as
    when room came back at its point, takes it. The work is locked.
    """
    plan, rooms = Plan(work.pk, _free_copies_of(work.pk)), Rooms()
    served = _serve_all(plan, rooms)
    while any(_make_way(plan, hold, rooms) for hold in _heads(work.pk)):
        served += 1
    return served


def _serve_all(plan: Plan, rooms: Rooms) -> int:
    served = 0
    while plan.free and _serve_next(plan, rooms) is not None:
        served += 1
    return served


def _serve_next(plan: Plan, rooms: Rooms) -> Assignment | None:
    """Serve the earliest hold that can have one of the plan's free copies; write down whom a full point holds up.

    Mostly that is the first of the queue. If not, the first for each thing at each point are looked at in order:
    those behind them cannot be served before them.
    """
    waiting = Hold.objects.filter(work=plan.work_id).waiting().in_order()
    first = waiting.select_related("pickup_place__vehicle", "reader").first()
    if first is None:
        return None
    direct = plan.free_for(first)
    if direct and rooms.has_room(first.pickup_place):
        return _shift(plan, first, [best_copy(direct, first, plan.arrivals)])
    asking = [(hold, copy) for hold in _heads(plan.work_id) if (copy := plan.copy_for(hold)) is not None]
    left = room_left(hold.pickup_place_id for hold, _copy in asking)
    passed: list[tuple[Hold, Copy]] = []
    for hold, copy in asking:
        if left.get(hold.pickup_place_id, 1) > 0 and rooms.has_room(hold.pickup_place):
            note_passes(passed, NO_ROOM)
            return _shift(plan, hold, _way(plan, hold, copy))
        passed.append((hold, copy))
    note_passes(passed, NO_ROOM)
    return None


def _make_way(plan: Plan, hold: Hold, rooms: Rooms) -> Assignment | None:
    """Let a hold have its turn before later ones: the latest that can make way for it loses its copy.

    Where its point is full, only a copy that is to be collected there makes way, since it takes its room with it.
    """
    way = plan.way_to_the_latest(hold)
    if way is None:
        return None
    if not rooms.has_room(hold.pickup_place):
        there = plan.way_to_the_latest(hold, at=hold.pickup_place)
        if there is None:
            note_pass(hold, way[0], NO_ROOM)
            return None
        way = there
    return _shift(plan, hold, way)


def _way(plan: Plan, hold: Hold, copy: Copy) -> list[Copy]:
    """Return the copies along which to shift so that `hold` gets one like `copy`; the last one is free."""
    way = [copy, *plan.way_back(copy)]
    last = plan.holder_of(way[-2]).hold if len(way) > 1 else hold  # type: ignore[union-attr]  # only the last is free
    return [*way[:-1], best_copy(plan.free_for(last), last, plan.arrivals)]


def _shift(plan: Plan, hold: Hold, way: list[Copy]) -> Assignment:
    """Give the first copy to `hold` and each next one to the holder of the one before it.

    When the last one is not free, its holder makes way: it waits again, at the place in the order it always had.
    """
    now = clock.now()
    moved = [held for copy in way if (held := plan.holder_of(copy)) is not None]
    for held in moved:
        release(held, "better_plan")
    for held, copy in zip(moved, way[1:], strict=False):
        _assign(held.hold, copy, now)
    if len(moved) == len(way):
        _wait_again(moved[-1].hold, now)
        note_pass(moved[-1].hold, way[-1], EARLIER_TURN)
    else:
        plan.free.remove(way[-1])
    # one of several may turn out to be one too many when its copy is taken
    is_taken = plan.is_in_hand and len(way) == 1 and hold.group_id is None
    assignment = _assign(hold, way[0], now, committed_at=now if is_taken else None)
    hold.move_to(HoldStatus.ASSIGNED)
    if not is_taken:
        hold.save(update_fields=["status"])
    plan.read_again()
    return assignment


def _wait_again(hold: Hold, now: dt.datetime) -> None:
    hold.move_to(HoldStatus.QUEUED)
    hold.waits_since = now
    hold.save(update_fields=["status", "waits_since"])


def _free_copies_of(work_id: int) -> list[Copy]:
    free = free_copies().filter(title__work=work_id).select_related("title", "place")
    return list(free.defer("title__record", "title__summary"))


# Index `hold_in_line_by_target`: one step to the first of each thing and point, however many wait behind it.
_HEADS = """
WITH RECURSIVE head AS (
    (SELECT id, target, pickup_place_id FROM loans_hold
     WHERE work_id = %(work)s AND status = 'queued' AND suspended_until IS NULL AND NOT waits_for_set
     ORDER BY target, pickup_place_id, rank, placed_at, id LIMIT 1)
    UNION ALL
    SELECT following.id, following.target, following.pickup_place_id
    FROM head CROSS JOIN LATERAL (
        SELECT id, target, pickup_place_id FROM loans_hold
        WHERE work_id = %(work)s AND status = 'queued' AND suspended_until IS NULL AND NOT waits_for_set
          AND (target, pickup_place_id) > (head.target, head.pickup_place_id)
        ORDER BY target, pickup_place_id, rank, placed_at, id LIMIT 1
    ) AS following
)
SELECT id FROM head
"""


def _heads(work_id: int) -> list[Hold]:
    """Return the first who wait for each thing at each point, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, {"work": work_id})
        ids = [row[0] for row in cursor]
    return list(Hold.objects.filter(pk__in=ids).select_related("pickup_place__vehicle", "reader").in_order())


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
        Hold.objects.filter(work=copy.title.work_id, target__in=targets_of(copy))
        .waiting()
        .exclude(reader=reader)
        .in_order()
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


def note_pass(hold: Hold, copy: Copy, reason: str) -> None:
    """Write down that a hold was passed over for a copy, and why."""
    note_passes([(hold, copy)], reason)


def note_passes(passed: Iterable[tuple[Hold, Copy]], reason: str) -> None:
    """Write down which holds were passed over for which copies, and why: once for each, when it was last so."""
    now = clock.now()
    HoldPass.objects.bulk_create(
        [
            HoldPass(
                hold=hold,
                copy=copy,
                reason=reason,
                at=now,
                place_id=hold.pickup_place_id if reason == NO_ROOM else None,
            )
            for hold, copy in passed
        ],
        update_conflicts=True,
        unique_fields=["hold", "copy", "reason"],
        update_fields=["at", "place"],
    )


def release(assignment: Assignment, reason: str) -> None:
    """End an assignment; where its copy and its hold go next is the caller's."""
    assignment.released_at, assignment.release_reason = clock.now(), reason
    assignment.save(update_fields=["released_at", "release_reason"])


def free_copies() -> CopyQuerySet:
    """Return the copies that are free now: on a shelf where somebody can take them, lendable, meant for nobody."""
    meant = Assignment.objects.open().filter(copy=OuterRef("pk"))
    return Copy.objects.on_the_shelf().filter(~Exists(meant), not_lent_before=None, place__kind__in=PICKABLE)


def _assign(hold: Hold, copy: Copy, now: dt.datetime, *, committed_at: dt.datetime | None = None) -> Assignment:
    assignment = Assignment.objects.create(hold=hold, copy=copy, made_at=now, committed_at=committed_at)
    emit("loans.hold_assigned", key=f"hold-assigned:{assignment.pk}", hold_id=hold.pk, assignment_id=assignment.pk)
    return assignment


def best_copy(copies: list[Copy], hold: Hold, arrivals: Arrivals) -> Copy:
    """Return the copy that can be collected first, then travels least, then comes from the least busy library."""
    if len(copies) == 1:
        return copies[0]
    days = arrivals.days_at(hold.pickup_place, copies)
    load = dict(
        Assignment.objects.open()
        .filter(committed_at=None, copy__place__in={copy.place_id for copy in copies})
        .values_list("copy__place")
        .annotate(Count("pk"))
    )
    return min(
        copies,
        key=lambda copy: (
            days[copy.pk],
            _distance_step(copy.place, hold.pickup_place),
            load.get(copy.place_id, 0),
            copy.pk,
        ),
    )


def _distance_step(origin: Place | None, pickup: Place) -> int:
    """Return the distance in steps of 500 metres: small differences do not make one library work for all."""
    if origin is None or origin.latitude is None or pickup.latitude is None:
        return 99
    if origin.pk == pickup.holding_place.pk:
        return 0
    metres = metres_between(origin.latitude, origin.longitude or 0, pickup.latitude, pickup.longitude or 0)
    return 1 + int(metres / NEAR_METRES)

"""Whether reservations made together are as they must be, computed anew and plainly (docs/adr/0008).

A set that could be had at once is asked of each queue by brute force, as `fairness` asks of single holds.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q

from catalog.models import Copy
from loans.fairness import LOOKED_AT_AGAIN_WITHIN, Matching, just_freed, queues_of, room_left
from loans.models import Assignment, Hold, HoldGroup
from loans.states import GroupKind, HoldStatus
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loans.fairness import Queue
    from loans.faults import Fault

ENDED_WITHIN = dt.timedelta(hours=1)  # the others of several end by events of their own


def groups() -> Iterator[Fault]:
    """Look for sets that are torn apart, and for those of several that go on for nothing."""
    before = clock.now() - LOOKED_AT_AGAIN_WITHIN
    begun = Assignment.objects.filter(hold__group=OuterRef("group"), committed_at__isnull=False)
    short = Hold.objects.filter(
        group=OuterRef("group"),
        status=HoldStatus.QUEUED,
        waits_for_set=False,
        waits_since__lt=before,
    )
    torn = Hold.objects.filter(Exists(short), ~Exists(begun), group__kind=GroupKind.SET, status=HoldStatus.ASSIGNED)
    yield "hold {}: has a copy although its set cannot be had", torn
    won = Assignment.objects.filter(hold=OuterRef("group__won_by"), made_at__lt=clock.now() - ENDED_WITHIN)
    outrun = Hold.objects.open().filter(Exists(won)).exclude(pk=F("group__won_by"))
    yield "hold {}: goes on although another one of several came first", outrun
    named = Hold.objects.filter(reader=None, group__isnull=False)
    yield "hold {}: still names its reader by those it was reserved with", named


def sets_that_could_be_had() -> Iterator[str]:
    """Serve each queue in order, with the holds of one set among those that take part; all of them must not be served.

    Only where nothing has changed since sets were looked at last: before that nobody could know.
    """
    members: dict[int, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.filter(_is_waiting_whole()).order_by("pk"):
        members[hold.group_id or 0].append(hold)
    if not members:
        return
    works = {hold.work_id for holds in members.values() for hold in holds}
    left = room_left()
    busy, freed = _busy(works), just_freed(left)
    queues = {queue.work_id: queue for queue in queues_of(list(works))}
    for group, holds in sorted(members.items()):
        if any(hold.work_id in busy or hold.pickup_place_id in freed for hold in holds):
            continue
        needed = Counter(hold.pickup_place_id for hold in holds)
        has_room = all(left.get(place, count) >= count for place, count in needed.items())
        if has_room and all(hold.work_id in queues for hold in holds) and _all_served(holds, queues, left):
            yield f"holdgroup {group}: waits although all of the set could be had at once"


def _is_waiting_whole() -> Q:
    """Return the condition on holds of a set that waits as a whole and of which none rests."""
    open_ones = Hold.objects.open().filter(group=OuterRef("group"))
    not_waiting = open_ones.filter(
        ~Q(status=HoldStatus.QUEUED) | Q(waits_for_set=False) | Q(suspended_until__isnull=False)
    )
    whole = Exists(HoldGroup.objects.filter(pk=OuterRef("group"), kind=GroupKind.SET)) & ~Exists(not_waiting)
    return Q(status=HoldStatus.QUEUED, waits_for_set=True) & Q(whole)


def _all_served(holds: Iterable[Hold], queues: dict[int, Queue], left: dict[int, int]) -> bool:
    wanted: dict[int, list[Hold]] = defaultdict(list)
    for hold in holds:
        wanted[hold.work_id].append(hold)
    for work, mine in wanted.items():
        queue = queues[work]
        others = [held.hold for held in queue.tentative]
        others += [hold for hold in queue.waiting if left.get(hold.pickup_place_id, 1) > 0]
        matching = Matching(queue.copies)
        served = {hold.pk for hold in sorted([*others, *mine], key=lambda one: one.order_key) if matching.add(hold)}
        if not all(hold.pk in served for hold in mine):
            return False
    return True


def _busy(works: Iterable[int]) -> set[int]:
    """Return the works where anything has changed since sets were looked at last."""
    since = clock.now() - LOOKED_AT_AGAIN_WITHIN
    keys = list(works)
    changed = (
        Assignment.objects.filter(hold__work__in=keys)
        .filter(Q(made_at__gt=since) | Q(released_at__gt=since))
        .values_list("hold__work", flat=True),
        Copy.objects.filter(title__work__in=keys, status_since__gt=since).values_list("title__work", flat=True),
        Hold.objects.filter(work__in=keys)
        .filter(Q(placed_at__gt=since) | Q(waits_since__gt=since) | Q(ended_at__gt=since))
        .values_list("work", flat=True),
    )
    return {work for rows in changed for work in rows}

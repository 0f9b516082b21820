"""What can still be decided about one work: its free copies, those tentatively meant for somebody, who could swap.

Who is served is a matching of holds to copies. It is changed along ways on which each copy replaces the next one:
by one that starts at a free copy one more hold is served; by one that starts at a hold's copy that hold loses it.
Committed copies never take part.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING

from loans.arrivals import Arrivals
from loans.models import Assignment
from loans.policy import can_serve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Hold


class Plan:
    """The copies of one work that nobody has in hand. `free` are those to be given away; a copy in hand may be one.

    The tentative assignments are read when they are first asked for: most often the first who waits takes a free copy.
    """

    def __init__(self, work_id: int, free: Iterable[Copy], *, is_in_hand: bool = False) -> None:
        self.work_id = work_id
        self.free = list(free)
        self.is_in_hand = is_in_hand  # the one free copy is in a librarian's hand: whoever gets it has it
        self.arrivals = Arrivals(work_id)

    @cached_property
    def tentative(self) -> list[Assignment]:
        """The assignments of copies that are still on their shelves."""
        rows = Assignment.objects.open().filter(hold__work=self.work_id, committed_at=None)
        rows = rows.select_related("hold__pickup_place__vehicle", "copy__title", "copy__place").order_by("pk")
        return list(rows.defer("copy__title__record", "copy__title__summary"))

    @cached_property
    def replacements(self) -> dict[Copy, tuple[Assignment, Copy]]:
        """The copies that a free one can set free, nearest first, each with whose it is and what replaces it."""
        found: dict[Copy, tuple[Assignment, Copy]] = {}
        queue = deque(self.free)
        while queue:
            offered = queue.popleft()
            for held in self.tentative:
                if held.copy not in found and held.copy not in self.free and can_serve(offered, held.hold):
                    found[held.copy] = (held, offered)
                    queue.append(held.copy)
        return found

    def free_for(self, hold: Hold) -> list[Copy]:
        """Return the free copies that could serve a hold as they are."""
        return [copy for copy in self.free if can_serve(copy, hold)]

    def copy_for(self, hold: Hold) -> Copy | None:
        """Return a copy that the hold could have without taking anybody's turn; None when it must wait."""
        direct = self.free_for(hold)
        if direct:
            return direct[0]
        return next((copy for copy in self.replacements if can_serve(copy, hold)), None)

    def way_back(self, taken: Copy) -> list[Copy]:
        """Return the copies that replace one another when `taken` goes to a new hold; the last one is free."""
        way = []
        while taken in self.replacements:
            taken = self.replacements[taken][1]
            way.append(taken)
        return way

    def way_to_the_latest(self, hold: Hold, *, at: Place | None = None) -> list[Copy] | None:
        """Return the copies along which to shift so that the latest hold that can make way for this one loses its own.

        The first goes to this hold, each next one to its predecessor's holder, the holder of the last gets none. Only
        holds later in the order make way; with `at`, only those that are to be collected there.
        """
        ways: dict[int, list[Copy]] = {}
        queue: deque[tuple[Hold, list[Copy]]] = deque([(hold, [])])
        latest: Assignment | None = None
        while queue:
            asking, way = queue.popleft()
            for held in self.tentative:
                if held.copy_id in ways or not can_serve(held.copy, asking):
                    continue
                ways[held.copy_id] = [*way, held.copy]
                queue.append((held.hold, ways[held.copy_id]))
                if (at is None or held.hold.pickup_place_id == at.pk) and (
                    held.hold.order_key > (latest.hold if latest is not None else hold).order_key
                ):
                    latest = held
        return ways[latest.copy_id] if latest is not None else None

    def holder_of(self, copy: Copy) -> Assignment | None:
        """Return the tentative assignment of a copy; None for a free one."""
        if copy in self.free:  # what nobody has need not be looked for
            return None
        return next((held for held in self.tentative if held.copy_id == copy.pk), None)

    def read_again(self) -> None:
        """Forget what has been changed: the tentative assignments, and the ways through them."""
        for name in ("tentative", "replacements"):
            self.__dict__.pop(name, None)

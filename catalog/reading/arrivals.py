"""What came last: to the network, or to one library's own stock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from catalog.models import Copy, SearchRow
from catalog.states import CopyStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from branches.models import Place

LOOKED_BACK = dt.timedelta(days=180)  # what is older is no news, and need not be read
ROWS_READ = 400  # the newest, among which a work may stand in several editions and copies
NOT_THERE = (CopyStatus.WITHDRAWN, CopyStatus.LOST, CopyStatus.MISSING, CopyStatus.ON_ORDER, CopyStatus.IN_PROCESS)


def last_arrived(today: dt.date, *, place: Place | None, material: str, limit: int) -> dict[int, dt.date]:
    """Return the titles (ids) that came last, newest first, with the day; of one library and material if asked.

    Of a work only the newest edition is named. To the network a title comes once, to a library with each copy.
    """
    since = today - LOOKED_BACK
    if place is None:
        rows = SearchRow.objects.filter(copies__gt=0, added_on__gte=since, added_on__lte=today)
        rows = rows.filter(title__material=material) if material else rows
        rows = rows.order_by("-added_on", "title")
        return _one_of_each(rows.values_list("work", "title", "added_on")[:ROWS_READ], limit)
    copies = Copy.objects.filter(home=place, added_on__gte=since, added_on__lte=today, title__merged_into=None)
    copies = copies.filter(title__material=material) if material else copies
    copies = copies.exclude(status__in=NOT_THERE).order_by("-added_on", "-pk")
    return _one_of_each(copies.values_list("title__work", "title", "added_on")[:ROWS_READ], limit)


def _one_of_each(newest: Iterable[tuple[int, int, dt.date | None]], limit: int) -> dict[int, dt.date]:
    """Keep the newest title of each work."""
    by_work: dict[int, tuple[int, dt.date]] = {}
    for work, title, day in newest:
        if day is not None:
            by_work.setdefault(work, (title, day))
    return dict(list(by_work.values())[:limit])

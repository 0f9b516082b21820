"""What was borrowed most of late: counts of loans, never people."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.models import Count

from loans.models import Loan
from milanolib import clock

if TYPE_CHECKING:
    from branches.models import Place

log = logging.getLogger(__name__)
MONTHS = 3
OVER = dt.timedelta(days=91)
LONGEST_COUNT = "5s"
KEPT_FOR = 24 * 3600  # seconds
KEPT_WHEN_LATE = 3600
TITLES_KEPT = 60
FEWEST_LOANS_SHOWN = 3  # fewer could be the reading of one household
_TOOK_TOO_LONG = "57014"  # query_canceled


def most_borrowed(place: Place | None, *, material: str = "") -> list[tuple[int, int]]:
    """Return the titles (ids) lent most in the last three months, in one library or in all, with how often.

    What was lent fewer than three times is left out: nobody is to guess who it was. Counted once a day and kept; a
    count that takes too long gives nothing, for an hour.
    """
    today = clock.today()
    key = f"most-borrowed:{place.pk if place else 'all'}:{material}:{today.isoformat()}"
    known = cache.get(key)
    if known is not None:
        return [(title, times) for title, times in known]
    try:
        counted = _counted(place, material, clock.start_of(today))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != _TOOK_TOO_LONG:
            raise
        log.warning("most borrowed not counted within %s", LONGEST_COUNT)
        cache.set(key, [], KEPT_WHEN_LATE)
        return []
    cache.set(key, counted, KEPT_FOR)
    return counted


def _counted(place: Place | None, material: str, midnight: dt.datetime) -> list[tuple[int, int]]:
    loans = Loan.objects.filter(lent_at__gte=midnight - OVER, lent_at__lt=midnight, copy__title__merged_into=None)
    loans = loans.filter(place=place) if place else loans
    loans = loans.filter(copy__title__material=material) if material else loans
    counted = (
        loans.order_by()
        .values_list("copy__title")
        .annotate(times=Count("pk"))
        .filter(times__gte=FEWEST_LOANS_SHOWN)
        .order_by("-times", "copy__title")
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [LONGEST_COUNT])
        found = list(counted[:TITLES_KEPT])
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    return found

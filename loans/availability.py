"""What is free where, as search knows it; and how often titles were lent, which says what is asked for most.

The database notes each title whose copies or promises change (`StaleTitle`); here they are looked at again, within
seconds. A check-out so rewrites a small row, never the one that full text is searched in.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models import Count

from catalog import search as catalog_search
from catalog.models import Availability
from catalog.search import refresh
from catalog.search.upkeep import recount
from loans.models import Loan
from loans.routing import free_copies
from milanolib import clock

AT_ONCE = 500  # titles looked at in one transaction
OVER = dt.timedelta(days=365)
_ONE_AT_A_TIME = 0x6D6C_6176  # any number of our own: two workers never look at the same titles
# Notes are taken in the order they were written; all those of a title together.
_TAKEN = """
WITH due AS (SELECT DISTINCT title_id FROM (SELECT title_id FROM catalog_staletitle ORDER BY id LIMIT %s) AS first),
taken AS (DELETE FROM catalog_staletitle AS note USING due WHERE due.title_id = note.title_id RETURNING note.*)
SELECT title_id, bool_or(is_shelved_anew) FROM taken GROUP BY title_id
"""


def follow_copies() -> int:
    """Look again at the titles whose copies have changed; return how many. Safe to repeat and to run twice."""
    done = 0
    while taken := _follow_some():
        done += taken
    return done


@transaction.atomic
def _follow_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_TAKEN, [AT_ONCE])
        taken = dict(cursor.fetchall())
    if not taken:
        return 0
    free = (
        free_copies()
        .filter(title__in=list(taken))
        .order_by()
        .values_list("title", "place")
        .annotate(Count("pk"))
        .filter(place__isnull=False)
    )
    rows = [Availability(title_id=title, place_id=place, free=count) for title, place, count in free]
    Availability.objects.filter(title__in=list(taken)).delete()
    Availability.objects.bulk_create(rows)
    refresh([title for title, is_shelved_anew in taken.items() if is_shelved_anew])
    return len(taken)


def rebuild() -> int:
    """Make anew all that search keeps, and what is free where; return how many titles there are. Safe to repeat."""
    titles = catalog_search.rebuild()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '30min', true)")
        # Notes written meanwhile stay: their titles are looked at again right after.
        cursor.execute("SELECT coalesce(max(id), 0) FROM catalog_staletitle")
        last = cursor.fetchone()[0]
        free = free_copies().order_by().values("title", "place").annotate(free=Count("pk"))
        statement, params = free.query.sql_with_params()
        cursor.execute("DELETE FROM catalog_availability")
        cursor.execute(f"INSERT INTO catalog_availability (title_id, place_id, free) {statement}", params)
        cursor.execute("DELETE FROM catalog_staletitle WHERE id <= %s", [last])
        cursor.execute("ANALYZE catalog_availability")
    count_demand()
    return titles


def count_demand() -> None:
    """Count anew what is asked for most: the copies there are and the loans of the last year. Counts, never people."""
    since = clock.now() - OVER
    lent = Loan.objects.filter(lent_at__gte=since).order_by().values_list("copy__title").annotate(Count("pk"))
    recount(lent.iterator(chunk_size=10_000) if not connection.in_atomic_block else list(lent))

"""The versions of the rows that a page shows, in one statement each: another mark, another page.

PostgreSQL writes a changed row anew, elsewhere (`ctid`) and under the number of the change (`xmin`): the two name a
version of a row. No field is compared, so none can be forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from milanolib import clock

if TYPE_CHECKING:
    import datetime as dt

_TITLE = """
WITH edition AS MATERIALIZED (
    SELECT other.id, other.work_id, other.ctid, other.xmin
    FROM catalog_title AS this JOIN catalog_title AS other ON other.work_id = this.work_id WHERE this.id = %(title)s
),
held AS MATERIALIZED (
    SELECT copy.id, copy.title_id, copy.home_id, copy.place_id, copy.ctid, copy.xmin
    FROM catalog_copy AS copy WHERE copy.title_id = ANY(ARRAY(SELECT id FROM edition))
),
place AS MATERIALIZED (
    SELECT home_id AS id FROM held UNION SELECT place_id FROM held
)
SELECT md5(string_agg(version, ' ' ORDER BY version)) FROM (
    SELECT concat('t', ctid, xmin) AS version FROM edition
    UNION ALL SELECT concat('c', ctid, xmin) FROM held
    UNION ALL SELECT concat('a', ctid, xmin) FROM loans_assignment
        WHERE copy_id = ANY(ARRAY(SELECT id FROM held)) AND released_at IS NULL
    UNION ALL SELECT concat('l', ctid, xmin) FROM loans_loan
        WHERE copy_id = ANY(ARRAY(SELECT id FROM held)) AND status IN ('open', 'claimed', 'lost')
    UNION ALL SELECT concat('h', ctid, xmin) FROM loans_hold
        WHERE work_id = (SELECT work_id FROM edition LIMIT 1) AND status = 'queued'
    UNION ALL SELECT concat('r', ctid, xmin) FROM catalog_review
        WHERE work_id = (SELECT work_id FROM edition LIMIT 1)
    UNION ALL SELECT concat('p', ctid, xmin) FROM branches_place WHERE id = ANY(ARRAY(SELECT id FROM place))
    UNION ALL SELECT concat('s', ctid, xmin) FROM catalog_shelfhint WHERE place_id = ANY(ARRAY(SELECT id FROM place))
    UNION ALL SELECT concat('v', ctid, xmin) FROM catalog_cover WHERE title_id = %(title)s
    UNION ALL SELECT concat('i', one.ctid, one.xmin, held.ctid, held.xmin)
        FROM partnerships_initiative_titles AS link
        JOIN partnerships_initiative AS one ON one.id = link.initiative_id
        JOIN partnerships_initiativedate AS held ON held.initiative_id = one.id
        WHERE link.title_id = ANY(ARRAY(SELECT id FROM edition))
) AS shown
"""
_NETWORK = """
SELECT md5(string_agg(version, ' ' ORDER BY version)) FROM (
    SELECT concat('p', ctid, xmin) AS version FROM branches_place
    UNION ALL SELECT concat('h', ctid, xmin) FROM branches_openinghours
    UNION ALL SELECT concat('c', ctid, xmin) FROM branches_closure WHERE ends_on IS NULL OR ends_on >= %(first)s
    UNION ALL SELECT concat('s', ctid, xmin) FROM branches_specialopening WHERE "on" BETWEEN %(first)s AND %(last)s
    UNION ALL SELECT concat('v', ctid, xmin) FROM branches_visit WHERE "on" BETWEEN %(first)s AND %(last)s
    UNION ALL (SELECT concat('n', ctid, xmin) FROM catalog_searchrow ORDER BY added_on DESC, title_id LIMIT 40)
) AS shown
"""


def mark_of_title(title_id: int) -> str:
    """Return the mark of a title's page today, its people and subjects apart: their changes are the catalogue's."""
    return f"{clock.today()} {_read(_TITLE, {'title': title_id})}"


def mark_of_home(ahead: dt.timedelta) -> str:
    """Return the mark of what is open in this minute, and until `ahead`, and of what arrived last.

    Hours begin and end with a minute, so within one nothing opens or closes.
    """
    now = clock.local(clock.now())
    return f"{now:%Y-%m-%d %H:%M} {_read(_NETWORK, {'first': now.date(), 'last': now.date() + ahead})}"


def _read(statement: str, params: dict[str, int | dt.date]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return str(cursor.fetchone()[0])

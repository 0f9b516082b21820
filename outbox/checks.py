"""System checks of the database that the code relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

if TYPE_CHECKING:
    from collections.abc import Sequence


@register(Tags.database)
def locale_keeps_accents(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse a cluster whose locale loses accents: search, sorting and trigrams would be silently wrong."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT lower('CITTÀ') = 'città', 'CITTÀ' ILIKE 'città'")
                answers = cursor.fetchone()
                cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
                if cursor.fetchone():
                    cursor.execute("SELECT cardinality(show_trgm('È')) > 0")
                    answers += cursor.fetchone()
        except DatabaseError:
            continue  # not there yet: another check and /readyz speak of that
        if not all(answers):
            found.append(
                Error(
                    f"The database behind '{alias}' loses accented letters.",
                    hint="Make the cluster with --locale=C.UTF-8 (and, from PostgreSQL 17, "
                    "--locale-provider=builtin --builtin-locale=PG_UNICODE_FAST).",
                    id="outbox.E001",
                )
            )
    return found

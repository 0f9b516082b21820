"""How the checks of `loans/invariants.py` ask and say what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model, QuerySet

    # A sentence with a place for the number, `copy {}: is on loan without a loan`, and the rows it is true of.
    Fault = tuple[str, QuerySet[Any]]


def said_of(*faults: Fault) -> Iterator[str]:
    """Ask in one statement which rows are at fault and say it of each, in the order of the faults and the numbers."""
    first, *others = (
        rows.order_by().annotate(fault=Value(number)).values_list("fault", "pk")
        for number, (_what, rows) in enumerate(faults)
    )
    for number, row in sorted(first.union(*others, all=True) if others else first):
        yield faults[number][0].format(row)


def with_rows(models: Iterable[type[Model]]) -> set[type[Model]]:
    """Return those of the models whose tables are not empty: what is in no table need not be checked."""
    asked = list(models)
    tables = (connection.ops.quote_name(model._meta.db_table) for model in asked)  # noqa: SLF001  Django's public way
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables))  # noqa: S608  names
        return {model for model, has_rows in zip(asked, cursor.fetchone(), strict=True) if has_rows}

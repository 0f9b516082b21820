"""Many rows in one statement: columns go to PostgreSQL as arrays, which it reads several times faster than VALUES."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import Model

# Texts travel as one, cut at a mark that no JSON and no cleaned text holds: quoting each quote of each for an array
# would cost more than all the rest.
MARK = "\x1e"


def longest(model: type[Model], name: str) -> int:
    """Return how many characters a column takes."""
    return int(_column(model, name).max_length or 0)


def insert_rows(
    model: type[Model],
    columns: Mapping[str, Sequence[Any]],
    *,
    conflict: Sequence[str] | None = None,
    updated: Sequence[str] = (),
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert rows given column by column under the fields' names; fields not given take the model's default.

    Columns of JSON and of arrays are given as text in PostgreSQL's own notation. With `conflict` (the fields of a
    unique constraint) a row that exists is left as it is, or takes the `updated` fields. Returns the `returning`
    fields of the rows inserted or updated.
    """
    options = model._meta  # noqa: SLF001  documented by Django for uses like this
    names, values, arrays = [], [], []
    params: list[Any] = []
    for field in options.concrete_fields:  # constants, which come first in the statement
        if not field.primary_key and field.name not in columns:
            names.append(_quoted(field))
            values.append("%s")
            params.append(field.get_db_prep_save(field.get_default(), connection))
    for number, (name, column) in enumerate(columns.items()):
        field = _column(model, name)
        kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
        names.append(_quoted(field))
        values.append(f"given.c{number}::{kind}")
        # Lengths are checked at the cast to the column's own type; an array cannot be unnested row by row.
        is_text = kind is None or kind in ("text", "jsonb") or kind.endswith("[]") or kind.startswith("varchar")
        joined = "".join(MARK + text for text in column) if is_text else ""
        if is_text and joined.count(MARK) == len(column):
            arrays.append(f"(string_to_array(%s, '{MARK}'))[2:]")  # the first is what stands before the first mark
            params.append(joined)
        else:
            arrays.append(f"%s::{'text' if is_text else kind}[]")
            params.append(list(column))
    given = ", ".join(f"c{number}" for number in range(len(columns)))
    statement = (
        f"INSERT INTO {connection.ops.quote_name(options.db_table)} ({', '.join(names)}) "  # noqa: S608  own names
        f"SELECT {', '.join(values)} FROM unnest({', '.join(arrays)}) AS given ({given})"
    )
    if conflict is not None:
        action = ", ".join(f"{name} = EXCLUDED.{name}" for name in (_quoted(_column(model, one)) for one in updated))
        statement += f" ON CONFLICT ({', '.join(_quoted(_column(model, name)) for name in conflict)}) "
        statement += f"DO UPDATE SET {action}" if action else "DO NOTHING"
    if returning:
        statement += f" RETURNING {', '.join(_quoted(_column(model, name)) for name in returning)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if returning else []


def rows_with(model: type[Model], returning: Sequence[str], **values: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return these fields of the rows whose fields named have each one of the values, which go as one array."""
    conditions = [
        f"{_quoted(column)} = ANY(%s::{column.rel_db_type(connection)}[])"
        for column in (_column(model, name) for name in values)
    ]
    statement = (
        f"SELECT {', '.join(_quoted(_column(model, name)) for name in returning)} "  # noqa: S608  names are the model's
        f"FROM {connection.ops.quote_name(model._meta.db_table)} WHERE {' AND '.join(conditions)}"  # noqa: SLF001
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(wanted) for wanted in values.values()])
        return cursor.fetchall()


def _column(model: type[Model], name: str) -> Any:
    """Return a field that is a column; Any, since what Django calls a field may be one side of a relation."""
    return model._meta.get_field(name)  # noqa: SLF001  as above


def _quoted(field: Any) -> str:
    return connection.ops.quote_name(field.column)

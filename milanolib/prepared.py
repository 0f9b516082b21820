"""A statement of the ORM that is built once and sent with other values each time.

For what is raced for: where a statement joins several tables, Django builds it in more time than PostgreSQL needs to
answer it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Field, QuerySet


class Given(Expression):
    """A value that is named when the statement is sent; it stands wherever an expression may stand."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002  Django's signature
        """Return a place for the value, and itself as what to put there."""
        return "%s", (self,)


class Prepared:
    """A statement with places for values. `build` returns it, as a query set of tuples (`values_list`)."""

    def __init__(self, build: Callable[[], QuerySet[Any, tuple[Any, ...]]]) -> None:
        self._build = build

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...], Any, Any]:
        compiler = self._build().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        return sql, tuple(params), compiler, compiler.get_converters([one for one, *_rest in compiler.select])

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """Return what it answers for these values."""
        sql, params, compiler, converters = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, [given[one.name] if isinstance(one, Given) else one for one in params])
            found = cursor.fetchall()
        return [tuple(row) for row in compiler.apply_converters(found, converters)] if converters else found

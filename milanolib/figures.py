"""How something is used, in numbers: tables whose rows have a bar each. Nobody's data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Generic, TypeVar

A_YEAR = dt.timedelta(days=365)


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    label: str
    number: int


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Part(Generic[R]):
    """A table and its chart."""

    code: str
    title: str
    rows: list[R]

    @property
    def most(self) -> int:
        """Return the largest number, for the length of the bars."""
        return max((row.number for row in self.rows), default=1) or 1

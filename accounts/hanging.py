"""What hangs on a reader's card: told before it is closed. Apps above register what they know in `AppConfig.ready`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from accounts.models import Reader


class Hanging(NamedTuple):
    """So many things of one sort, and which."""

    what: str
    names: list[str]

    def __str__(self) -> str:
        """Return it as part of a sentence: what, how many, and which."""
        return f"{self.what} ({len(self.names)}): {', '.join(self.names)}"


_counters: list[Callable[[Reader], Iterable[Hanging]]] = []


def register_hanging(counter: Callable[[Reader], Iterable[Hanging]]) -> None:
    """Add a function that names what is open on a reader's card; registering it twice changes nothing."""
    if counter not in _counters:
        _counters.append(counter)


def what_hangs_on(reader: Reader) -> list[Hanging]:
    """Return all that keeps a card from being closed, without what is not there."""
    return [one for counter in _counters for one in counter(reader) if one.names]

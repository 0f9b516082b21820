"""What moves when two readers become one. Apps above register a mover for their rows in `AppConfig.ready`.

Every table that points at a reader is named by a mover, as moving or as staying where it is; so is every table whose
rows go with a user. A test looks for the ones that nobody has named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Reader, User


class Moving(NamedTuple):
    """So many things of one sort, and what the librarian should know or tell about them."""

    what: str
    number: int
    notes: tuple[str, ...] = ()


class Mover:
    """Moves one app's rows from a reader to the one that is kept; made anew for each merge.

    `moves` and `stays` are labels such as `loans.Loan.reader`. `lock_above` locks what stands above readers in the
    order of locks; the readers are locked after it, then `move` is called.
    """

    moves: ClassVar[tuple[str, ...]] = ()
    stays: ClassVar[tuple[str, ...]] = ()

    def __init__(self, keep: Reader, other: Reader) -> None:
        self.keep = keep
        self.other = other

    @property
    def users(self) -> tuple[User, User] | None:
        """Return both sign-ins, kept and going; None when there is one at most, which moves as it is."""
        if self.keep.user is None or self.other.user is None:
            return None
        return self.keep.user, self.other.user

    def lock_above(self) -> None:
        """Lock what comes before readers; nothing, unless an app needs it."""

    def what_moves(self) -> Iterable[Moving]:
        """Say what would move now; nothing is changed."""
        return ()

    def move(self) -> None:
        """Move it; both readers are locked. May raise StartAgain."""


_movers: list[type[Mover]] = []


def register_mover(mover: type[Mover]) -> None:
    """Add an app's mover; registering it twice changes nothing."""
    if mover not in _movers:
        _movers.append(mover)


def movers_of(keep: Reader, other: Reader) -> list[Mover]:
    """Return a mover of each app for these two readers."""
    return [mover(keep, other) for mover in _movers]


def relations_named() -> set[str]:
    """Return every relation that some mover names."""
    return {label for mover in _movers for label in (*mover.moves, *mover.stays)}

"""Staff who may do so say 'all the same': a refusal is passed over, and the reason is kept with the act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milanolib.errors import DomainError

PERMISSION = "loans.override_refusal"


@dataclass
class Override:
    """What a verb was told to pass over, and what it passed over in truth.

    `reason` is a few words without a reader's name; empty means that every refusal stands. Whether somebody may
    override at all is asked by the door (`PERMISSION`), as every question of roles is.
    """

    reason: str = ""
    passed: list[str] = field(default_factory=list)

    def check(self, refusal: DomainError) -> None:
        """Raise the refusal, unless it may be passed over and a reason is given."""
        if not (refusal.is_overridable and self.reason.strip()):
            raise refusal
        self.passed.append(refusal.code)

    @property
    def kept(self) -> str:
        """Return what the act keeps: the refusals passed over and why; '' when there were none."""
        return f"{', '.join(self.passed)}: {self.reason.strip()}" if self.passed else ""

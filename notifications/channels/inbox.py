"""The reader's own page: nothing is sent, the row itself is what they read there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifications.channels import Rendered
    from notifications.models import Message


class InboxCarrier:
    """Reaches everybody who can sign in."""

    def address_of(self, message: Message) -> str:
        """Return whose page it is."""
        user = message.person
        return str(user.pk) if user is not None else ""

    def send(self, rendered: Rendered, address: str, key: str, *, is_repeat: bool = False) -> str:  # noqa: ARG002  nothing leaves the house
        """Do nothing: from now on it counts as sent."""
        return ""

    def close(self) -> None:
        """Nothing is open."""

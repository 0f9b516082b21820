"""Messages follow their reader when two cards become one."""

from __future__ import annotations

from accounts.movers import Mover
from notifications.models import Message


class MessageMover(Mover):
    """What was written to a reader, sent or not."""

    moves = ("notifications.Message.reader", "notifications.Message.user")

    def move(self) -> None:
        """Move the messages; one that waits goes to the address of the sign-in that stays."""
        Message.objects.filter(reader=self.other).update(reader=self.keep)
        if self.users is not None:
            kept, gone = self.users
            Message.objects.filter(user=gone).update(user=kept)

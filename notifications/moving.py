"""Messages follow their reader when two cards become one."""

from __future__ import annotations

from accounts.movers import Mover
from notifications.models import KindChoice, Message, Preference, PushSubscription


class MessageMover(Mover):
    """What was written to a reader, sent or not, and how they want to be told."""

    moves = (
        "notifications.Message.reader",
        "notifications.Message.user",
        "notifications.Preference.reader",
        "notifications.KindChoice.reader",
        "notifications.PushSubscription.user",
    )

    def move(self) -> None:
        """Move the messages; one that waits goes to the address of the sign-in that stays.

        What the kept card has chosen stands; where it has chosen nothing, the other's choice moves.
        """
        Message.objects.filter(reader=self.other).update(reader=self.keep)
        if not Preference.objects.filter(reader=self.keep).exists():
            Preference.objects.filter(reader=self.other).update(reader=self.keep)
        chosen = KindChoice.objects.filter(reader=self.keep).values("kind")
        KindChoice.objects.filter(reader=self.other).exclude(kind__in=chosen).update(reader=self.keep)
        if self.users is not None:
            kept, gone = self.users
            Message.objects.filter(user=gone).update(user=kept)
            PushSubscription.objects.filter(user=gone).update(user=kept)

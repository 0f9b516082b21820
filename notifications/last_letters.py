"""The last letter to somebody who was erased: its address is forgotten as soon as it has left."""

from __future__ import annotations

from accounts.erasing import forget_address
from accounts.models import Erasure
from notifications.models import Message, MessageStatus

KIND = "account_erased"


def forget_last_addresses() -> int:
    """Forget the addresses whose letter has left, or cannot; return how many. Safe to repeat.

    One whose letter is not written yet, or waits for a mail server that is away, stays until it is out.
    """
    forgotten = 0
    for erasure in Erasure.objects.filter(address_sealed__isnull=False):
        letters = Message.objects.filter(kind=KIND, params__erasure=erasure.pk)
        if letters.exists() and not letters.filter(status=MessageStatus.WAITING).exists():
            forget_address(erasure)
            forgotten += 1
    return forgotten

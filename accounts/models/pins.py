"""A PIN and the count of wrong ones, for whatever is opened with a PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password, make_password
from django.db import models

from accounts.policy import PIN_ATTEMPTS, PIN_LOCKED_FOR

if TYPE_CHECKING:
    import datetime as dt


class PinHolder(models.Model):
    """Has a PIN, kept as a hash; some wrong ones in a row lock it for a while."""

    pin_hash = models.CharField(max_length=128, blank=True, editable=False)
    pin_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    pin_locked_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def set_pin(self, pin: str) -> None:
        """Set the PIN; saving is the caller's."""
        self.pin_hash = make_password(pin)

    def pin_matches(self, pin: str) -> bool:
        """Compare a PIN, in constant time; counting failures is `count_pin`'s."""
        return check_password(pin, self.pin_hash) if self.pin_hash else False

    def is_pin_locked(self, now: dt.datetime) -> bool:
        """Whether no PIN is taken at present."""
        return self.pin_locked_until is not None and self.pin_locked_until > now

    def count_pin(self, pin: str, now: dt.datetime) -> bool:
        """Return whether a PIN is right, and save the count of wrong ones; the row is locked, the PIN is not."""
        right = self.pin_matches(pin)
        self.pin_failures = 0 if right else self.pin_failures + 1
        self.pin_locked_until = None
        if self.pin_failures >= PIN_ATTEMPTS:
            self.pin_failures, self.pin_locked_until = 0, now + PIN_LOCKED_FOR
        self.save(update_fields=["pin_failures", "pin_locked_until"])
        return right

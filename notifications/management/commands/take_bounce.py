"""Take a letter that came back, from standard input: for a mail server that hands each one to a command."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from notifications.bounces import take_bounce


class Command(BaseCommand):
    """What an alias of the mail server runs."""

    help = "Take a report of the mail server (RFC 3464) from standard input and mark the address that is no more."

    def handle(self, *args: Any, **options: Any) -> None:
        count = take_bounce(sys.stdin.buffer.read())
        self.stdout.write(f"{count} of our letters were reported.")

"""Take a letter that came back, from standard input: for a mail server that hands each one to a command."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from notifications.bounces import take_bounce


class Command(BaseCommand):
    """What an alias of the mail server runs, or whatever fetches a mailbox.

    Without the database it ends with the status by which both know that they must hand the report in again.
    """

    help = "Take a report of the mail server (RFC 3464) from standard input and mark the address that is no more."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = take_bounce(sys.stdin.buffer.read())
        except OperationalError as error:
            raise CommandError("The database does not answer.", returncode=os.EX_TEMPFAIL) from error
        self.stdout.write(f"{count} of our letters were reported.")

"""`manage.py check_invariants`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from loans.invariants import disagreements


class Command(BaseCommand):
    """Recompute what must be true of circulation and print each disagreement."""

    help = "Recompute what must be true of holds, loans, copies and places. Prints one line for each disagreement."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the disagreements; exit status 1 if there is any."""
        found = self._look()
        for line in found:
            self.stdout.write(line)
        if found:
            sys.exit(1)

    def _look(self) -> list[str]:
        """Look at one state of the database, without a limit of time, whatever is lent meanwhile."""
        is_outermost = not connection.in_atomic_block
        with transaction.atomic():
            if is_outermost:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    cursor.execute("SET LOCAL statement_timeout = 0")
            return disagreements()

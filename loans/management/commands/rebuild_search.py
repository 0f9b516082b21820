"""`manage.py rebuild_search`: make anew all that search keeps. For after a restore or an upgrade; safe to repeat."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from loans.availability import rebuild


class Command(BaseCommand):
    """Rebuild what search keeps."""

    help = "Make anew the rows, words, facets and suggestions of search, and what is free where. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, and say how long it took."""
        started = time.monotonic()
        titles = rebuild()
        self.stdout.write(f"{titles} titles in {time.monotonic() - started:.0f} s")

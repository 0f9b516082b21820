"""`manage.py load_kiosks [FILE]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.kiosk_file import KioskFileRefused, load_kiosks


class Command(BaseCommand):
    """Load the registry's workstations; safe to repeat."""

    help = "Load the registry's workstations from a data file (default: data/kiosks.json). Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's path."""
        parser.add_argument("file", nargs="?", default=str(settings.BASE_DIR / "data" / "kiosks.json"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many there are."""
        try:
            number = load_kiosks(Path(options["file"]))
        except FileNotFoundError:
            raise CommandError(f"{options['file']}: no such file") from None
        except KioskFileRefused as refusal:
            raise CommandError(f"Nothing was loaded. {refusal}") from None
        self.stdout.write(f"{number} workstations")

"""`manage.py load_kiosks [FILE] [--replace [CODE ...]]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.kiosk_file import KioskFileRefused, load_kiosks


class Command(BaseCommand):
    """Load the registry's workstations; safe to repeat."""

    help = (
        "Load the registry's workstations from a data file (default: data/kiosks.json). Safe to repeat: what the"
        " register has already stays as librarians keep it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's path, and which workstations are made as it says though the register has them."""
        parser.add_argument("file", nargs="?", default=str(settings.BASE_DIR / "data" / "kiosks.json"))
        parser.add_argument(
            "--replace",
            nargs="*",
            metavar="CODE",
            help="make these (without codes: all) as the file says, whatever was written in the register",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what became of those that the file names."""
        try:
            loaded = load_kiosks(Path(options["file"]), replace=options["replace"])
        except FileNotFoundError:
            raise CommandError(f"{options['file']}: no such file") from None
        except KioskFileRefused as refusal:
            raise CommandError(f"Nothing was loaded. {refusal}") from None
        said = "{0.created} new, {0.replaced} made as the file says, {0.left} left as the register has them"
        self.stdout.write(said.format(loaded))

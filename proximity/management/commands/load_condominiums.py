"""`manage.py load_condominiums [FILE]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from proximity.condominium_file import load_condominiums


class Command(BaseCommand):
    """Load what is known of the condominium libraries; safe to repeat."""

    help = "Add what a data file knows of condominium libraries (default: data/condominium.json). Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's path."""
        parser.add_argument("file", nargs="?", default=str(settings.BASE_DIR / "data" / "condominium.json"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, say what was new."""
        try:
            loaded = load_condominiums(Path(options["file"]))
        except FileNotFoundError:
            raise CommandError(f"{options['file']}: no such file") from None
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{options['file']}: nothing was loaded, it is not as expected: {error!r}") from None
        self.stdout.write(f"{loaded.libraries} libraries and {loaded.news} news added")
        for code in loaded.unknown:
            self.stderr.write(f"{code}: no such condominium library; load the network first")

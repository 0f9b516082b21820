"""`manage.py load_network [FILE]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from branches.bibliobus import plan_visits
from branches.network import NetworkFileRefused, load_network
from branches.rounds import plan_rounds
from milanolib import clock


class Command(BaseCommand):
    """Load places and routes from a data file; safe to repeat."""

    help = (
        "Load the network's places and the van's routes from a data file (default: data/network.json). Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's path."""
        parser.add_argument("file", nargs="?", default=str(settings.BASE_DIR / "data" / "network.json"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, plan the coming visits and rounds, say what changed."""
        try:
            report = load_network(Path(options["file"]))
        except FileNotFoundError:
            raise CommandError(f"{options['file']}: no such file") from None
        except NetworkFileRefused as refusal:
            raise CommandError("Nothing was loaded.\n" + "\n".join(refusal.problems)) from None
        visits, rounds = plan_visits(clock.today()), plan_rounds(clock.today())
        self.stdout.write(
            f"{report.created} new, {report.changed} changed, {report.unchanged} unchanged; "
            f"{visits} visits and {rounds} rounds planned, {report.routes} routes new or changed"
        )

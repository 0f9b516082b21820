"""`manage.py rotate_pass_keys [--at-once]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from partnerships.pass_keys import rotate_pass_keys


class Command(BaseCommand):
    """Make a new key for passes."""

    help = "Sign passes with a new key from now on. Each month it happens by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether the keys before are dropped."""
        parser.add_argument(
            "--at-once", action="store_true", help="believe no pass that is out there: a secret may have got out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and name the key's letter; its secret is shown to nobody."""
        key = rotate_pass_keys(at_once=options["at_once"])
        self.stdout.write(f"Passes are signed with the key {key.letter} from now on.")

"""Bring the demo's database up to date: migrations, then the demo's data, each only if it is due.

One process does both and loads Django once. The mark of a done seed is the comment on the database itself, so it
can never tell of another database.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command, get_commands, load_command_class
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

MARK = "milanolib demo "
SEED = "seed_demo"


def main() -> None:
    """Run from the command line, in the demo's environment."""
    django.setup()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False)
    logins = Path(os.environ["DEMO_DIR"]) / "demo-logins.txt"
    wanted = MARK + _seed_version()
    if _mark() != wanted or not logins.exists():
        call_command(SEED)
        _set_mark(wanted)
    connection.close()


def _seed_version() -> str:
    """Return what changes with the seed: `version` of the command, else the content of its file."""
    command = load_command_class(get_commands()[SEED], SEED)
    if version := getattr(command, "version", None):
        return str(version)
    file = sys.modules[type(command).__module__].__file__
    return hashlib.sha256(Path(file or "").read_bytes()).hexdigest()[:16]


def _mark() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        row: tuple[str | None] = cursor.fetchone()
        return row[0]


def _set_mark(mark: str) -> None:
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"COMMENT ON DATABASE {name} IS '{mark}'")


if __name__ == "__main__":
    main()

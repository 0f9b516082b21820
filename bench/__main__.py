"""All benchmarks, one after another, each in a database of its own: `make bench`.

    python -m milanolib.embedded test --durable -- python -m bench [NAME ...] [--size TITLES]

Exit status 1 if one of them missed a goal.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "import": ["bench/import_marc.py"],
    "verbs": ["bench/verbs.py"],
    "desk": ["bench/desk.py"],
    "pages": ["bench/pages.py"],
    "messages": ["bench/messages.py"],
    "registry": ["bench/registry.py"],
    "partnerships": ["bench/partnerships.py"],
    "initiatives": ["bench/initiatives.py"],
    "partner": ["bench/partner.py"],
    "search": ["-m", "bench.search.run"],
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(COMMANDS)}; default all")
    parser.add_argument("--size", default="100000", help="titles in the catalogue for search")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in COMMANDS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    missed = []
    for name in options.names or COMMANDS:
        print(f"--- {name}", flush=True)
        command = [sys.executable, *COMMANDS[name], *([options.size] if name == "search" else [])]
        environment = {**os.environ, "DATABASE_URL": own_database(os.environ["DATABASE_URL"], f"bench_{name}")}
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            missed.append(name)
    if missed:
        print(f"--- missed a goal, or failed: {', '.join(missed)}")
    return 1 if missed else 0


def own_database(url: str, name: str) -> str:
    """Make a database on the server of `url` unless it is there, and return its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

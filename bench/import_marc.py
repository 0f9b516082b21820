"""How fast records come into the catalogue, beside pymarc only parsing the same file.

    python -m milanolib.embedded test --durable -- python bench/import_marc.py [FILE]

Prints records a second for pymarc, for new titles and for an unchanged file, and the ratio to pymarc. It needs a
database without titles and leaves it so.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402  after the path is set

django.setup()

import pymarc  # noqa: E402
from django.core.management import call_command  # noqa: E402  after the set-up
from django.db import connection  # noqa: E402  as above

from catalog.models import Copy, Title  # noqa: E402  as above

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
TARGET = 0.25  # of pymarc's speed, for new titles
PARSING, FRESH, AGAIN = "pymarc, parsing only", "new titles", "unchanged"


def main(arguments: list[str]) -> int:
    path = Path(arguments[0]) if arguments else ROOT / "data" / "demo_catalogue.xml"
    call_command("migrate", verbosity=0)
    if Title.objects.exists():
        print("The database has titles: this benchmark wants one that it may empty.")
        return 1
    call_command("load_network", str(ROOT / "data" / "network.json"), verbosity=0, stdout=io.StringIO())
    shortest: dict[str, float] = {}
    for _round in range(ROUNDS):
        for name, work in ((PARSING, parse_with_pymarc), (FRESH, bring), (AGAIN, bring)):
            shortest[name] = min(shortest.get(name, float("inf")), seconds(work, path))
        titles, copies = Title.objects.count(), Copy.objects.count()
        empty()
    print(f"{path.name}: {titles} titles, {copies} copies, best of {ROUNDS}")
    for name, took in shortest.items():
        print(f"  {name:<24}{titles / took:>8.0f} records/s{shortest[PARSING] / took:>8.2f} of pymarc")
    is_reached = shortest[PARSING] / shortest[FRESH] >= TARGET
    print(f"  target: {TARGET} of pymarc for new titles: {'reached' if is_reached else 'MISSED'}")
    return 0 if is_reached else 1


def seconds(work: Callable[[Path], None], path: Path) -> float:
    started = time.perf_counter()
    work(path)
    return time.perf_counter() - started


def parse_with_pymarc(path: Path) -> None:
    if path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        pymarc.parse_xml_to_array(str(path))
        return
    with path.open("rb") as stream:
        for _record in pymarc.MARCReader(stream, hide_utf8_warnings=True):
            pass


def bring(path: Path) -> None:
    call_command("import_marc", str(path), stdout=io.StringIO(), stderr=io.StringIO())


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_title, catalog_work, catalog_agent, catalog_subject CASCADE")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How fast records come into the catalogue, beside pymarc only parsing the same file.

    python -m milanolib.embedded test --durable -- python bench/import_marc.py [FILE]

Prints records a second for pymarc, for new titles and for an unchanged file, and the ratio to pymarc. It needs a
database without titles and leaves it so.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ROUNDS = 3
TARGET = 0.25  # of pymarc's speed, for new titles


def parse_with_pymarc(path: Path) -> int:
    import pymarc

    if path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        return len(pymarc.parse_xml_to_array(str(path)))
    with path.open("rb") as stream:
        return sum(1 for _record in pymarc.MARCReader(stream, hide_utf8_warnings=True))


def timed(work, *arguments):
    started = time.perf_counter()
    result = work(*arguments)
    return result, time.perf_counter() - started


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_title, catalog_work, catalog_agent, catalog_subject CASCADE")


def main(arguments: list[str]) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    from catalog.importing import import_file
    from catalog.models import Title

    path = Path(arguments[0]) if arguments else ROOT / "data" / "demo_catalogue.xml"
    call_command("migrate", verbosity=0)
    if Title.objects.exists():
        print("The database has titles: this benchmark wants one that it may empty.")
        return 1
    call_command("load_network", str(ROOT / "data" / "network.json"), verbosity=0)
    best: dict[str, float] = {}
    for _round in range(ROUNDS):
        parsed, seconds = timed(parse_with_pymarc, path)
        best["pymarc, parsing only"] = max(best.get("pymarc, parsing only", 0), parsed / seconds)
        fresh, seconds = timed(import_file, path)
        best["new titles"] = max(best.get("new titles", 0), fresh.read / seconds)
        again, seconds = timed(import_file, path)
        best["unchanged"] = max(best.get("unchanged", 0), again.read / seconds)
        empty()
    print(f"{path.name}: {fresh.read} records, {fresh.copies_created} copies, best of {ROUNDS}")
    for name, rate in best.items():
        print(f"  {name:<24}{rate:>8.0f} records/s{rate / best['pymarc, parsing only']:>8.2f} of pymarc")
    ratio = best["new titles"] / best["pymarc, parsing only"]
    print(f"  target: {TARGET} of pymarc for new titles: {'reached' if ratio >= TARGET else 'MISSED'}")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Read the rows of the demonstration catalogue from all works*.tsv beside this file, and find what is malformed."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from pathlib import Path

from names import RELATOR

HERE = Path(__file__).resolve().parent
COLUMNS = [
    *("control", "work", "material", "title", "subtitle", "author", "others", "original_title", "original_language"),
    *("language", "publisher", "place", "year", "series", "dewey", "subjects", "audience", "summary", "copies"),
    *("format", "number"),
]
MATERIALS = {"book", "audiobook", "comic", "dvd", "cd", "magazine", "videogame", "map", "score"}
AUDIENCES = {"adult", "teen", "children"}
FORMATS = {"large_print", "easy_reading"}
MOST_COPIES = 12


def read_works() -> list[dict[str, str]]:
    """Give the rows of all files in the order of their controls; stop with every fault found, one a line, if any."""
    works: list[dict[str, str]] = []
    faults: list[str] = []
    first_seen: dict[str, str] = {}
    for path in sorted(HERE.glob("works*.tsv")):
        rows, wrong = read_file(path)
        wrong += [f"{row['control']}: {fault}" for row in rows for fault in faults_of(row)]
        counted = Counter(row["control"] for row in rows)
        wrong += [f"{control}: used {times} times" for control, times in counted.items() if times > 1]
        wrong += [f"{control}: also in {first_seen[control]}" for control in counted if control in first_seen]
        first_seen |= dict.fromkeys(counted, path.name)
        faults += [f"{path.name}: {fault}" for fault in wrong]
        works += rows
    if faults:
        sys.exit("\n".join(faults))
    return sorted(works, key=lambda work: work["control"])


def read_file(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    """Give the rows of one file, and what is wrong with its lines; no rows where a line is broken."""
    with path.open(encoding="utf-8", newline="") as handle:
        header, *lines = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
    if header != COLUMNS:
        return [], ["unexpected header"]
    if faults := [f"line {n}: {len(cells)} columns" for n, cells in enumerate(lines, 2) if len(cells) != len(COLUMNS)]:
        return [], faults
    return [dict(zip(COLUMNS, cells, strict=True)) for cells in lines], []


def faults_of(work: dict[str, str]) -> list[str]:
    """Give what is malformed in one row, in words."""
    patterns = {
        "control": r"MLD\d{7}",
        "work": r"[a-z0-9]+(-[a-z0-9]+)*",
        "title": r"\S.*",
        "language": r"[a-z]{3}",
        "original_language": r"([a-z]{3})?",
        "year": r"(\d{4})?",
        "dewey": r"(\d{3}(\.\d+)?)?",
        "copies": r"\d{1,2}",
        "number": r"(\d{1,4})?",
    }
    faults = [f"{name} {work[name]!r}" for name, pattern in patterns.items() if not re.fullmatch(pattern, work[name])]
    faults += [f"spaces around {name}" for name, value in work.items() if value != value.strip()]
    if work["material"] not in MATERIALS:
        faults.append(f"material {work['material']!r}")
    if work["audience"] not in AUDIENCES:
        faults.append(f"audience {work['audience']!r}")
    if work["number"] and not work["series"]:
        faults.append(f"number {work['number']} without a series")
    if work["copies"].isdigit() and not 1 <= int(work["copies"]) <= MOST_COPIES:
        faults.append(f"{work['copies']} copies")
    faults += [f"format {item!r}" for item in split(work["format"]) if item not in FORMATS]
    faults += [f"contributor {item!r}" for item in split(work["others"]) if item.rpartition(":")[2] not in RELATOR]
    return faults


def split(cell: str) -> list[str]:
    """Give the values of a cell that holds several."""
    return [item.strip() for item in cell.split(" ; ") if item.strip()]

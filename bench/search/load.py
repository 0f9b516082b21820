"""Bring the invented catalogue into the tables of our models, chunk by chunk; what is loaded is not loaded again."""

from __future__ import annotations

import io
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from django.core.management import call_command
from django.db import connection, transaction

from bench.search.rows import CopyRow, Folder, TitleRow, read
from branches.models import Place
from catalog import keys
from catalog.models import (
    Agent,
    Availability,
    Contribution,
    Copy,
    Facet,
    Misspelling,
    SearchRow,
    Subject,
    Suggestion,
    Title,
    Word,
    Work,
)
from catalog.search.upkeep import recount
from catalog.states import NOWHERE
from loans.availability import rebuild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from django.db.models import Model

SOURCE = "bench"
FORMAT = "unimarc"
LOADED = "CREATE TABLE IF NOT EXISTS bench_loaded (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
NETWORK = "data/network.json"


class OtherCatalogue(Exception):
    """The database holds titles that are not the ones to be loaded."""


def load(folder: Folder, name: str, root: Path, say: Callable[[str], None] = print) -> None:
    """Load what is not loaded yet, then let search make its tables. Raises OtherCatalogue.

    `name` says which catalogue it is (size and seed), so that two are never mixed.
    """
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(LOADED)
        loaded = _loaded(cursor)
        if name not in loaded:
            if loaded or Title.objects.exists():
                raise OtherCatalogue("The database holds other titles: give an empty one.")
            _note(cursor, name)
        _trust(cursor)
    call_command("load_network", str(root / NETWORK), verbosity=0, stdout=io.StringIO())
    started = time.perf_counter()
    steps: list[tuple[str, Callable[[Any], None]]] = [
        ("agents", lambda cursor: _agents(cursor, folder.names("agents"))),
        ("subjects", lambda cursor: _subjects(cursor, folder.names("subjects"))),
    ]
    places = dict(Place.objects.values_list("code", "pk"))
    for number in range(folder.chunks()):
        steps.append((f"titles {number}", lambda cursor, n=number: _titles(cursor, folder.chunk("titles", n))))
        steps.append((f"copies {number}", lambda cursor, n=number: _copies(cursor, folder.chunk("copies", n), places)))
    done = 0
    for step, work in steps:
        if step in loaded:
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            work(cursor)
            _note(cursor, step)
        done += 1
    if done:
        _finish()
        say(f"loaded {done} of {len(steps)} parts in {time.perf_counter() - started:.0f} s")


def rebuild_search(folder: Folder, say: Callable[[str], None] = print) -> None:
    """Let search make its tables anew, unless it has, and tell it how much each title is borrowed."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        if "search" in _loaded(cursor):
            return
    started = time.perf_counter()
    rebuild()
    say(f"search and what is free where, made anew: took {time.perf_counter() - started:.0f} s")
    started = time.perf_counter()
    recount((int(row.id), int(row.popularity)) for row in folder.titles())
    with connection.cursor() as cursor:
        _note(cursor, "search")
        cursor.execute("VACUUM ANALYZE")
    say(f"the night's counting and vacuum took {time.perf_counter() - started:.0f} s")


def be_ready() -> None:
    """Have what is read lie in memory, as it does in a service that runs."""
    with connection.cursor() as cursor:
        if not _is_master(cursor):
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        for table, _size in table_sizes():
            cursor.execute("SELECT sum(pg_prewarm(indexrelid)) FROM pg_index WHERE indrelid = %s::regclass", [table])
            cursor.execute("SELECT pg_prewarm(%s::regclass)", [table])


def table_sizes() -> list[tuple[str, int]]:
    """Return the tables that search keeps, each with the bytes it and its indexes take."""
    tables = [_table(model) for model in (SearchRow, Facet, Word, Misspelling, Suggestion, Availability)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, pg_total_relation_size(t::regclass) FROM unnest(%s::text[]) AS t", [tables])
        return cursor.fetchall()


def _loaded(cursor: Any) -> set[str]:
    cursor.execute("SELECT name FROM bench_loaded")
    return {row[0] for row in cursor.fetchall()}


def _note(cursor: Any, name: str) -> None:
    cursor.execute("INSERT INTO bench_loaded (name) VALUES (%s)", [name])


def _trust(cursor: Any) -> None:
    """Leave out foreign keys and triggers, where we may: our rows are right, and `rebuild` looks at all of them."""
    if _is_master(cursor):
        cursor.execute("SET session_replication_role = replica")
    cursor.execute("SET synchronous_commit = off")


def _is_master(cursor: Any) -> bool:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    return bool(cursor.fetchone()[0])


def _finish() -> None:
    with connection.cursor() as cursor:
        for model in (Work, Agent, Subject, Title, Contribution, Copy, Title.subjects.through):
            table = _table(model)
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 0) + 1, false) FROM {table}"
            )
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE")


# --- Rows to tables


def _agents(cursor: Any, names: Sequence[str]) -> None:
    copy_in(cursor, Agent, ["id", "name"], ((number, name) for number, name in enumerate(names) if number))


def _subjects(cursor: Any, names: Sequence[str]) -> None:
    copy_in(cursor, Subject, ["id", "heading"], ((number, name) for number, name in enumerate(names) if number))


def _titles(cursor: Any, path: Path) -> None:
    rows: list[TitleRow] = list(read(path, TitleRow))
    works: dict[str, tuple[str, str]] = {}
    for row in rows:
        works.setdefault(row.work, (row.work_key, row.title))
    numbers = _work_numbers(cursor, works)
    copy_in(
        cursor,
        Title,
        [
            *("id", "work", "source", "control_number", "title", "subtitle", "original_title", "responsibility"),
            *("edition", "publisher", "published_in", "year", "extent", "series", "series_number", "series_key"),
            *("series_position", "language", "material", "audience", "isbns", "dewey", "record", "record_format"),
            *("sort_key", "title_key", "added_on"),
        ],
        (_title(row, numbers[row.work]) for row in rows),
    )
    copy_in(
        cursor,
        Contribution,
        ["title", "agent", "role", "position"],
        ((row.id, agent, role, place) for row in rows for place, (agent, role) in enumerate(row.agents())),
    )
    copy_in(
        cursor,
        Title.subjects.through,
        ["title", "subject"],
        ((row.id, heading) for row in rows for heading in row.headings()),
    )


def _work_numbers(cursor: Any, works: dict[str, tuple[str, str]]) -> dict[str, int]:
    """Write the works that are not there and return the number of each: invented ones bring theirs along.

    The editions of a real work are spread over many chunks, and meet by the work's key.
    """
    numbers = {work: int(work) for work in works if work.isdigit()}
    copy_in(
        cursor,
        Work,
        ["id", "key", "title"],
        ((number, works[work][0], works[work][1][:500]) for work, number in numbers.items()),
    )
    for key, title in (each for work, each in works.items() if work not in numbers):
        cursor.execute(
            "INSERT INTO catalog_work (id, key, title) SELECT 100000000 + count(*), %s, %s FROM catalog_work "
            "WHERE id >= 100000000 ON CONFLICT (key) DO NOTHING",
            [key, title[:500]],
        )
        cursor.execute("SELECT id FROM catalog_work WHERE key = %s", [key])
        numbers[key] = cursor.fetchone()[0]
    return numbers


def _title(row: TitleRow, work: int) -> tuple:
    key = keys.title_key(row.title)
    return (
        *(row.id, work, SOURCE, row.control_number, row.title, row.subtitle, row.original_title, row.responsibility),
        *(row.edition, row.publisher, row.published_in, row.year or None, row.extent, row.series, row.series_number),
        *(keys.title_key(row.series), float(row.series_number) if row.series_number.isdigit() else None, row.language),
        *(row.material, row.audience, "{" + row.isbns.replace(" ", ",") + "}", row.dewey, _record(row), FORMAT),
        *(key, key, row.added_on),
    )


def _record(row: TitleRow) -> str:
    """Return a small valid record as MARC-in-JSON."""

    def of(tag: str, indicators: str, **subfields: str) -> dict:
        parts = [{code: value} for code, value in subfields.items() if value]
        return {tag: {"ind1": indicators[0], "ind2": indicators[1], "subfields": parts}}

    numbers = [of("010", "  ", a=one) for one in row.isbns.split()]
    fields = [
        {"001": row.control_number},
        *numbers,
        of("101", "0 ", a=row.language),
        of("200", "1 ", a=row.title, e=row.subtitle, f=row.responsibility),
        of("210", "  ", a=row.published_in, c=row.publisher, d=row.year),
    ]
    return json.dumps({"leader": "00000nam0 2200000   450 ", "fields": fields}, ensure_ascii=False)


def _copies(cursor: Any, path: Path, places: dict[str, int]) -> None:
    def rows() -> Iterable[tuple]:
        one: CopyRow
        for one in read(path, CopyRow):
            home = places[one.branch]
            yield (one.id, one.barcode, one.title, home, None if one.status in NOWHERE else home, one.status,
                   one.shelf_mark, one.is_lendable, one.added_on)  # fmt: skip

    copy_in(
        cursor,
        Copy,
        ["id", "barcode", "title", "home", "place", "status", "shelf_mark", "is_lendable", "added_on"],
        rows(),
    )


# --- COPY


def copy_in(cursor: Any, model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows by COPY. Fields of the model that are not named take its default; named ones it lacks are left out."""
    fields = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001  documented by Django
    kept = [place for place, name in enumerate(names) if name in fields]
    rest = [field for name, field in fields.items() if name not in names and _needs_value(field)]
    constants = [_text(field.get_db_prep_save(field.get_default(), connection)) for field in rest]
    columns = [fields[names[place]] for place in kept] + rest
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in columns)
    end = "".join(f"\t{each}" for each in constants) + "\n"
    with cursor.copy(f"COPY {connection.ops.quote_name(_table(model))} ({quoted}) FROM STDIN") as copy:
        for row in rows:
            copy.write("\t".join([_text(row[place]) for place in kept]) + end)


def _table(model: type[Model]) -> str:
    return model._meta.db_table  # noqa: SLF001  documented by Django


def _needs_value(field: Any) -> bool:
    from django.db.models import NOT_PROVIDED  # noqa: PLC0415  only here

    return not (field.primary_key or getattr(field, "generated", False) or field.db_default is not NOT_PROVIDED)


def _text(value: Any) -> str:
    """Return a value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list):
        return "{" + ",".join(map(str, value)) + "}"
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ")
    return json.dumps(value.obj) if hasattr(value, "obj") else str(value)


if __name__ == "__main__":
    sys.exit("Run python -m bench.search.generate instead.")

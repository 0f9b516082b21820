"""The import of one file: reading, mapping, writing in batches, and telling what could not be taken."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import DataError, IntegrityError, OperationalError

from catalog.importing.copies import owners_by_code
from catalog.importing.drafts import LONGEST_SOURCE, Prepared, control_number_of, prepare
from catalog.importing.readers import AUTO, open_records
from catalog.importing.report import Fault, ImportReport, Level, Problem, UnreadableFile
from catalog.importing.writing import Written, write_batch

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from catalog.importing.readers import Read

BATCH = 500
# What one record, or somebody else's lock, can make the database refuse; anything else stops the import.
_MAY_RETRY = ("40001", "40P01", "55P03", "57014", "54000")


def import_file(
    path: str | os.PathLike[str],
    *,
    format: str = AUTO,  # noqa: A002  the option's own name
    branch: str | None = None,
    source: str = "",
    dry_run: bool = False,
    on_progress: Callable[[ImportReport], None] | None = None,
    on_problem: Callable[[Problem], None] | None = None,
) -> ImportReport:
    """Bring the records of a MARC file into the catalogue and return what became of each.

    `format` is auto, marc21, unimarc (the dialect of every record) or marcxml (the container; the dialect is then
    seen in each record). `branch` is the code of the place for copies that name no known one. `source` says whose
    control numbers these are; without it MARC21's field 003 does. `dry_run` does everything and writes nothing.
    `on_progress` is called after each batch, `on_problem` for each problem as it is met.
    Safe to repeat: a record that has not changed is not written. Raises UnreadableFile when nothing can be read.
    """
    run = _Run(ImportReport(dry_run=dry_run, on_problem=on_problem), source, branch or "")
    started = time.monotonic()
    with open_records(Path(path), format) as records, ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(_next_batch, records, source)
        while mapped := coming.result():  # while the database writes one batch, the next one is read
            coming = reader.submit(_next_batch, records, source)
            run.write(mapped)
            run.report.seconds = time.monotonic() - started
            if on_progress is not None:
                on_progress(run.report)
    run.report.seconds = time.monotonic() - started
    return run.report


def _next_batch(records: Iterator[Read], source: str) -> list[tuple[Read, Prepared | Fault]]:
    """Read some records and map each, or say why it cannot be; nothing is asked of the database."""
    mapped: list[tuple[Read, Prepared | Fault]] = []
    for read in islice(records, BATCH):
        try:
            mapped.append((read, prepare(read, source)))
        except Fault as fault:
            mapped.append((read, fault))
    return mapped


class _Run:
    """One import under way."""

    def __init__(self, report: ImportReport, source: str, default_owner: str) -> None:
        if len(source) > LONGEST_SOURCE:
            raise UnreadableFile("source_too_long", limit=LONGEST_SOURCE)
        self.report = report
        self.owners = owners_by_code()
        self.default_owner = default_owner
        if default_owner and default_owner.casefold() not in self.owners:
            raise UnreadableFile("branch_unknown", code=default_owner)
        # Hashes of the keys met in earlier batches: eight bytes a record, so that repetitions far apart are told.
        self.met: set[int] = set()

    def write(self, mapped: Iterable[tuple[Read, Prepared | Fault]]) -> None:
        """Write some records, and report on each."""
        batch: dict[tuple[str, str], Prepared] = {}
        for read, one in mapped:
            self.report.read += 1
            if isinstance(one, Fault):
                number = control_number_of(read).strip()
                self.report.add(Problem(Level.REFUSED, one.code, one.params, read.position, read.offset, number))
                continue
            for note in one.notes:
                self._tell(one, Level.WARNING, note)
            earlier = batch.pop(one.key, None)
            if earlier is not None:
                self.report.superseded += 1
                one.holdings = earlier.holdings + one.holdings
            if earlier is not None or hash(one.key) in self.met:
                self._tell(one, Level.WARNING, Fault("duplicate"))
            batch[one.key] = one
        self.met.update(map(hash, batch))
        self._write(list(batch.values()))

    def _write(self, batch: list[Prepared]) -> None:
        """Write a batch; where the database refuses it, write its records one by one to find the guilty one."""
        if not batch:
            return
        try:
            written = write_batch(batch, self.owners, self.default_owner, dry_run=self.report.dry_run)
        except (DataError, IntegrityError, OperationalError) as error:
            if isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") not in _MAY_RETRY:
                raise
            if len(batch) > 1:
                for one in batch:
                    self._write([one])
                return
            words = " ".join(str(error).split())
            self._tell(batch[0], Level.REFUSED, Fault("database", error=words))
            return
        self._count(written)

    def _count(self, written: Written) -> None:
        report = self.report
        report.created += written.created
        report.updated += written.updated
        report.unchanged += written.unchanged
        report.copies_created += written.copies.created
        report.copies_updated += written.copies.updated
        report.copies_unchanged += written.copies.unchanged
        for one, level, fault in written.said:
            self._tell(one, level, fault)

    def _tell(self, one: Prepared, level: Level, fault: Fault) -> None:
        self.report.add(Problem(level, fault.code, fault.params, one.position, one.offset, one.control_number))

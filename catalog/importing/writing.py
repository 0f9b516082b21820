"""Writing a batch of titles with their works, people, subjects and copies: few statements, one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from catalog.importing.bulk import insert_rows, rows_with
from catalog.importing.copies import CopyCounts, write_copies
from catalog.importing.fields import position_in
from catalog.importing.report import Fault, Level
from catalog.importing.works import work_title
from catalog.models import Agent, AgentVariant, Contribution, Subject, Title, Work, WorkKey
from catalog.search import refresh
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from catalog.importing.copies import Said
    from catalog.importing.drafts import Prepared

LOCAL = "local"  # beside leader and fields in a record that was corrected here: what it is and since when
UNIQUE = ("source", "control_number")
SHOWN = (
    "title", "subtitle", "original_title", "responsibility", "edition", "publisher", "published_in", "year", "extent",
    "series", "series_number", "language", "material", "audience", "age_mark", "isbns", "dewey", "summary",
)  # fmt: skip
# The work is not among them: where staff have put a title, it stays.
UPDATED = (*SHOWN, "formats", "series_position", "record", "record_format", "record_hash", "imported_at")


@dataclass(slots=True)
class Written:
    """What became of a batch."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    copies: CopyCounts = field(default_factory=lambda: CopyCounts(0, 0, 0))
    said: list[Said] = field(default_factory=list)


def write_batch(batch: Sequence[Prepared], owners: dict[str, int], default_owner: str, *, dry_run: bool) -> Written:
    """Write the records of a batch, of which no two have the same key, all or none.

    With `dry_run` everything is done and then undone, so that what the database would refuse shows as well.
    """
    written = Written()
    with transaction.atomic():
        known = _known(batch)
        changed = [one for one in batch if one.key not in known or known[one.key][1] != one.record_hash]
        kept = _corrected_here({known[one.key][0] for one in changed if one.key in known})
        for one in changed:
            if one.key in known and known[one.key][0] in kept:
                written.said.append((one, Level.WARNING, Fault("local_kept")))
        changed = [one for one in changed if one.key not in known or known[one.key][0] not in kept]
        written.updated = sum(one.key in known for one in changed)
        written.created = len(changed) - written.updated
        written.unchanged = len(batch) - len(changed)
        title_ids = {key: pk for key, (pk, _digest, _work) in known.items()}
        if changed:
            title_ids |= write_records(changed, {key: work_id for key, (_pk, _digest, work_id) in known.items()})
        shelved = title_ids | _survivors(title_ids)
        news = {one.key for one in changed}
        written.copies = write_copies(batch, shelved, owners, default_owner, written.said, corrected=news)
        if changed:
            refresh([title_ids[one.key] for one in changed])
        if dry_run:
            transaction.set_rollback(True)
    return written


def write_records(changed: Sequence[Prepared], works_known: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Write titles with their people and subjects in the caller's transaction; return their primary keys by key.

    `works_known` has the works of those that are there already. Search is told by the caller (`refresh`).
    """
    title_ids = _write_titles(changed, works_known)
    _write_people(changed, title_ids)
    _write_subjects(changed, title_ids)
    return title_ids


def _corrected_here(title_ids: set[int]) -> set[int]:
    """Return which of these titles were corrected by our cataloguers: their record is not overwritten."""
    if not title_ids:
        return set()
    return set(Title.objects.filter(pk__in=title_ids, record__has_key=LOCAL).values_list("pk", flat=True))


def _survivors(title_ids: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Return for titles that were merged into another one that other: their copies belong there now."""
    merged = dict(
        Title.objects.filter(pk__in=title_ids.values(), merged_into__isnull=False).values_list("pk", "merged_into")
    )
    return {key: survivor for key, pk in title_ids.items() if (survivor := merged.get(pk)) is not None}


def _known(batch: Sequence[Prepared]) -> dict[tuple[str, str], tuple[int, str, int]]:
    """Return the titles that are there already: key to primary key, hash and work."""
    sources, numbers = {one.source for one in batch}, [one.control_number for one in batch]
    shown = ("id", "source", "control_number", "record_hash", "work")
    rows = rows_with(Title, shown, source=sources, control_number=numbers)
    return {(source, number): (pk, digest, work_id) for pk, source, number, digest, work_id in rows}


def _write_titles(changed: Sequence[Prepared], works_known: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Insert new titles and overwrite what is shown of known ones; return their primary keys."""
    works = _works(one for one in changed if one.key not in works_known)
    columns: dict[str, list[object]] = {name: [getattr(one.draft, name) for one in changed] for name in SHOWN}
    columns["isbns"] = ["{" + ",".join(one.draft.isbns) + "}" for one in changed]
    columns |= {
        "source": [one.source for one in changed],
        "control_number": [one.control_number for one in changed],
        "work": [works_known.get(one.key) or works[one.work_key] for one in changed],
        "record": [one.record for one in changed],
        "record_format": [one.record_format for one in changed],
        "record_hash": [one.record_hash for one in changed],
        "imported_at": [clock.now()] * len(changed),
        "added_on": [clock.today()] * len(changed),
        "formats": ["{" + ",".join(one.draft.formats) + "}" for one in changed],
        "series_position": [position_in(one.draft.series_number) for one in changed],
    }
    rows = insert_rows(Title, columns, conflict=UNIQUE, updated=UPDATED, returning=("id", *UNIQUE))
    ids = {(source, number): pk for pk, source, number in rows}
    again = [pk for key, pk in ids.items() if key in works_known]
    if again:
        Contribution.objects.filter(title__in=again).delete()
        Title.subjects.through.objects.filter(title__in=again).delete()
    return ids


def _works(new: Iterable[Prepared]) -> dict[str, int]:
    """Return the works of new titles by key, those that are missing created."""
    names = {one.work_key: work_title(one.draft) for one in new}
    # A work that staff have joined to another is found under its key still.
    found = dict(rows_with(WorkKey, ("key", "work"), key=names)) | dict(rows_with(Work, ("key", "id"), key=names))
    missing = sorted(names.keys() - found.keys())
    if missing:
        columns = {"key": missing, "title": [names[key] for key in missing]}
        found |= dict(insert_rows(Work, columns, conflict=("key",), returning=("key", "id")))
        met = [key for key in missing if key not in found]  # somebody else was quicker
        found |= dict(rows_with(Work, ("key", "id"), key=met)) if met else {}
    return found


def _write_people(changed: Sequence[Prepared], title_ids: dict[tuple[str, str], int]) -> None:
    """Write who did what, in the record's order."""
    wanted = {(name, identifier) for one in changed for name, identifier, _role in one.draft.people}
    if not wanted:
        return
    found = _agents(wanted)
    found |= _led_elsewhere(wanted - found.keys())
    missing = sorted(wanted - found.keys())
    if missing:
        names, identifiers = zip(*missing, strict=True)
        columns = {"name": names, "identifier": identifiers}
        rows = insert_rows(Agent, columns, conflict=("name", "identifier"), returning=("id", "name", "identifier"))
        found |= {(name, identifier): pk for pk, name, identifier in rows}
        if len(rows) < len(missing):
            found |= _agents(missing)
    once: dict[tuple[int, int, str], int] = {}  # two names of a record may be forms of one person's
    for one in changed:
        for position, (name, identifier, role) in enumerate(one.draft.people):
            once.setdefault((title_ids[one.key], found[name, identifier], role), position)
    rows = [(*who_did_what, position) for who_did_what, position in once.items()]
    insert_rows(Contribution, dict(zip(("title", "agent", "role", "position"), zip(*rows, strict=True), strict=True)))


def _agents(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    rows = rows_with(Agent, ("id", "name", "identifier"), name={name for name, _identifier in wanted})
    return {(name, identifier): pk for pk, name, identifier in rows}


def _led_elsewhere(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return whom names lead to that are only another form of one person's name: staff made the two entries one."""
    names = [name for name, identifier in wanted if not identifier]
    if not names:
        return {}
    led: dict[str, set[int]] = {}
    for name, agent_id in rows_with(AgentVariant, ("name", "agent"), name=names):
        led.setdefault(name, set()).add(agent_id)
    return {(name, ""): next(iter(agents)) for name, agents in led.items() if len(agents) == 1}


def _write_subjects(changed: Sequence[Prepared], title_ids: dict[tuple[str, str], int]) -> None:
    """Write what the titles are about."""
    wanted = {heading for one in changed for heading in one.draft.subjects}
    if not wanted:
        return
    found = dict(rows_with(Subject, ("heading", "id"), heading=wanted))
    missing = sorted(wanted - found.keys())
    if missing:
        found |= dict(insert_rows(Subject, {"heading": missing}, conflict=("heading",), returning=("heading", "id")))
        met = [heading for heading in missing if heading not in found]
        found |= dict(rows_with(Subject, ("heading", "id"), heading=met)) if met else {}
    rows = [(title_ids[one.key], found[heading]) for one in changed for heading in one.draft.subjects]
    insert_rows(Title.subjects.through, dict(zip(("title", "subject"), zip(*rows, strict=True), strict=True)))

"""Other forms of people's names from a file: for the demonstration, and for an authority list of one's own."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from catalog.models import Agent, AgentVariant, Contribution
from catalog.search import refresh

if TYPE_CHECKING:
    from pathlib import Path


def load_names(path: Path) -> int:
    """Add the forms in a file of tab-separated name, variants and see-also; return how many forms are new.

    Several values in a cell are parted by ' ; '. Names that the catalogue does not have are passed over; nothing is
    taken away. Safe to repeat.
    """
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    known: dict[str, list[Agent]] = {}
    names = {row["name"] for row in rows} | {name for row in rows for name in _values(row["see_also"])}
    for agent in Agent.objects.filter(name__in=names):
        known.setdefault(agent.name, []).append(agent)
    before = AgentVariant.objects.count()
    AgentVariant.objects.bulk_create(
        [
            AgentVariant(agent=agent, name=form)
            for row in rows
            for agent in known.get(row["name"], ())
            for form in _values(row["variants"])
        ],
        ignore_conflicts=True,
    )
    for row in rows:
        for agent in known.get(row["name"], ()):
            agent.see_also.add(*(other for name in _values(row["see_also"]) for other in known.get(name, ())))
    touched = [agent.pk for row in rows for agent in known.get(row["name"], ())]
    refresh(list(Contribution.objects.filter(agent__in=touched).values_list("title", flat=True)))
    return AgentVariant.objects.count() - before


def _values(cell: str) -> list[str]:
    return [one.strip() for one in cell.split(" ; ") if one.strip()]

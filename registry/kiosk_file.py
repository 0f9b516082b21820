"""The workstations from a data file: a new library is a line of data."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.db import transaction

from branches.models import Place
from registry.models import Kiosk, KioskService, ResourceKind, WeeklyRule

if TYPE_CHECKING:
    from pathlib import Path


class KioskFileRefused(ValueError):
    """The file names a library that is not there, or is not such a file."""


@transaction.atomic
def load_kiosks(path: Path) -> int:
    """Load workstations from a file and return how many it names. Safe to repeat: the same file changes nothing.

    `hours` are lists of weekdays (0 = Monday), from and to; `assisted` those in which a librarian helps. Raises
    KioskFileRefused.
    """
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text())["kiosks"]
    except (ValueError, KeyError, TypeError) as error:
        raise KioskFileRefused(f"{path}: no list of workstations") from error
    for row in rows:
        _load(row)
    return len(rows)


def _load(row: dict[str, Any]) -> None:
    place = Place.objects.filter(code=row["place"]).first() if row.get("place") else None
    if row.get("place") and place is None:
        raise KioskFileRefused(f"{row['code']}: no library {row['place']}")
    if not set(row.get("services", [])) <= set(KioskService.values):
        raise KioskFileRefused(f"{row['code']}: services are some of {', '.join(KioskService.values)}")
    kiosk, _is_new = Kiosk.objects.update_or_create(
        code=row["code"],
        defaults={
            "kind": ResourceKind.KIOSK,
            "place": place,
            "name": row["name"],
            "municipio": row["municipio"],
            "step_free": row.get("step_free"),
            "services": row.get("services", []),
            "slot_minutes": row.get("slot_minutes", 20),
            "buffer_minutes": row.get("buffer_minutes", 5),
            "opens_on": row.get("opens_on"),
        },
    )
    wanted = [
        (weekday, dt.time.fromisoformat(starts), dt.time.fromisoformat(ends), is_assisted)
        for is_assisted, name in ((False, "hours"), (True, "assisted"))
        for weekdays, starts, ends in row.get(name, [])
        for weekday in weekdays
    ]
    kept = [
        WeeklyRule.objects.update_or_create(
            resource_id=kiosk.pk,
            weekday=weekday,
            starts=starts,
            is_assisted=is_assisted,
            defaults={"ends": ends},
        )[0].pk
        for weekday, starts, ends, is_assisted in wanted
    ]
    kiosk.rules.exclude(pk__in=kept).delete()

"""The workstations from a data file: a new library is a line of data."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from branches.models import Place
from registry.models import Booking, Kiosk, KioskService, ResourceKind, WeeklyRule

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


class KioskFileRefused(ValueError):
    """The file names a library that is not there, or is not such a file."""


@dataclass(frozen=True)
class Loaded:
    """How many workstations of a file are new, how many were made as it says, and how many were left alone."""

    created: int = 0
    replaced: int = 0
    left: int = 0


@transaction.atomic
def load_kiosks(path: Path, *, replace: Collection[str] | None = None) -> Loaded:
    """Load workstations from a file. Safe to repeat: what the register has already stays as librarians keep it.

    `replace` are codes of those that are made as the file says nevertheless, none at all means each of them. `hours`
    are lists of weekdays (0 = Monday), from and to; `assisted` those in which a librarian helps. Raises
    KioskFileRefused.
    """
    try:
        rows: dict[str, dict[str, Any]] = {row["code"]: row for row in json.loads(path.read_text())["kiosks"]}
    except (ValueError, KeyError, TypeError) as error:
        raise KioskFileRefused(f"{path}: no list of workstations") from error
    if unknown := set(replace or ()) - set(rows):
        raise KioskFileRefused(f"{path}: no workstation {', '.join(sorted(unknown))}")
    known = set(Kiosk.objects.filter(code__in=rows).values_list("code", flat=True))
    replaced = known if replace is not None and not replace else known & set(replace or ())
    for code, row in rows.items():
        if code not in known or code in replaced:
            _load(row)
    return Loaded(len(rows) - len(known), len(replaced), len(known - replaced))


def _load(row: dict[str, Any]) -> None:
    place = Place.objects.filter(code=row["place"]).first() if row.get("place") else None
    if row.get("place") and place is None:
        raise KioskFileRefused(f"{row['code']}: no library {row['place']}")
    if not set(row.get("services", [])) <= set(KioskService.values):
        raise KioskFileRefused(f"{row['code']}: services are some of {', '.join(KioskService.values)}")
    if Booking.objects.coming().filter(resource__code=row["code"]).exclude(resource__place=place).exists():
        raise KioskFileRefused(f"{row['code']}: people are booked at another library; move their days first")
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

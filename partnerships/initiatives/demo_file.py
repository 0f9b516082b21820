"""Initiatives from a data file: the demonstration's, plainly invented."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.db import transaction

from branches.models import Place
from milanolib import clock
from partnerships.initiatives.planning import plan_dates, publish_initiative
from partnerships.initiatives.recurring import ONE_WEEK, Every, Recurrence
from partnerships.models import Initiative

if TYPE_CHECKING:
    from pathlib import Path

NOTICE = dt.timedelta(days=3)  # before the first date, so that somebody can still book


@transaction.atomic
def load_initiatives(path: Path) -> int:
    """Plan and publish the initiatives of a file, from the days to come; return how many it names.

    Safe to repeat: a library that has demonstrative ones keeps them as they are.
    """
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["initiatives"]
    known = set(Initiative.objects.filter(is_demo=True).values_list("place__code", flat=True))
    places = Place.objects.in_bulk([row["library"] for row in rows], field_name="code")
    for row in rows:
        if row["library"] in known or row["library"] not in places:
            continue
        soon = clock.today() + NOTICE
        first = soon + dt.timedelta(days=(row["weekday"] - soon.weekday()) % 7)
        rule = Recurrence(
            first,
            dt.time.fromisoformat(row["starts"]),
            dt.time.fromisoformat(row["ends"]),
            row.get("every", Every.WEEK),
            first + (row["weeks"] - 1) * ONE_WEEK * (2 if row.get("every") == Every.FORTNIGHT else 1),
        )
        initiative = Initiative.objects.create(place=places[row["library"]], is_demo=True, **row["facts"])
        plan_dates(initiative, rule, actor=None)
        publish_initiative(initiative, actor=None)
    return len(rows)

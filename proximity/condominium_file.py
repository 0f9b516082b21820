"""What a data file says of the condominium libraries and of how their network grew."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from branches.models import Place, PlaceKind
from proximity.models import CondominiumLibrary, NetworkNews

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Loaded:
    """How many rows a file brought, and which libraries it names that are no places here."""

    libraries: int
    news: int
    unknown: tuple[str, ...]


@transaction.atomic
def load_condominiums(path: Path) -> Loaded:
    """Add what is missing: what volunteers and librarians have written since is never overwritten. Safe to repeat."""
    content = json.loads(path.read_text(encoding="utf-8"))
    places = {one.code: one for one in Place.objects.filter(kind=PlaceKind.CONDOMINIUM)}
    brought, unknown = 0, []
    for entry in content["libraries"]:
        place = places.get(entry["code"])
        if place is None:
            unknown.append(entry["code"])
            continue
        facts = {name: entry[name] for name in ("since_year", "hours_in_words", "own_books", "own_list_link")}
        _library, is_new = CondominiumLibrary.objects.get_or_create(place=place, defaults=facts)
        if is_new and place.residents_only is None and entry["residents_only"] is not None:
            Place.objects.filter(pk=place.pk).update(residents_only=entry["residents_only"])
        brought += is_new
    news = 0
    for entry in content["news"]:
        facts = {name: entry[name] for name in ("year", "title", "text", "sources")}
        on = dt.date.fromisoformat(entry["on"]) if entry["on"] else None
        _news, is_new = NetworkNews.objects.get_or_create(code=entry["code"], defaults={**facts, "on": on})
        news += is_new
    return Loaded(brought, news, tuple(unknown))

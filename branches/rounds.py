"""The van's dated rounds. One fixed weekly round for now: every point is served on the same weekday."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from branches.models import Place, PlaceKind, Round, RoundStop

if TYPE_CHECKING:
    from collections.abc import Iterable

WEEKLY_ROUND_WEEKDAY = 3  # Thursday
NAME = "weekly"
FIRST_CALL = dt.time(7, 0)
MINUTES_BETWEEN_CALLS = 4
PLANNED_DAYS = 28
SERVED = (
    PlaceKind.BRANCH,
    PlaceKind.HUB,
    PlaceKind.NEWSSTAND,
    PlaceKind.BOOKSHOP,
    PlaceKind.CONDOMINIUM,
    PlaceKind.LOCKER,
    PlaceKind.METRO_LIBRARY,
    PlaceKind.VEHICLE,
)


def next_round_on(after: dt.date) -> dt.date:
    """Return the date of the first round after a day: what is packed today travels then."""
    ahead = (WEEKLY_ROUND_WEEKDAY - after.weekday() - 1) % 7 + 1
    return after + dt.timedelta(days=ahead)


@transaction.atomic
def plan_rounds(start: dt.date, days: int = PLANNED_DAYS) -> int:
    """Write the rounds and their calls for the coming days; return how many rounds were new.

    Safe to repeat; a place that has joined since is called at last.
    """
    places = list(
        Place.objects.filter(kind__in=SERVED, closed_on=None).order_by("municipio", "kind", "code").only("pk")
    )
    made = 0
    for delta in range(days):
        day = start + dt.timedelta(days=delta)
        if day.weekday() == WEEKLY_ROUND_WEEKDAY:
            run, created = Round.objects.get_or_create(name=NAME, on=day)
            RoundStop.objects.bulk_create(_missing_calls(run, places))
            made += created
    return made


def _missing_calls(run: Round, places: Iterable[Place]) -> list[RoundStop]:
    present = dict(run.round_stops.values_list("place_id", "position"))
    start = max(present.values(), default=-1) + 1
    missing = [place for place in places if place.pk not in present]
    first = dt.datetime.combine(run.on, FIRST_CALL)
    return [
        RoundStop(
            round=run,
            place=place,
            position=position,
            arrives=(first + dt.timedelta(minutes=MINUTES_BETWEEN_CALLS * position)).time(),
        )
        for position, place in enumerate(missing, start)
    ]

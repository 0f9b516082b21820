"""The van's routes in a file of places (data/README.md): what is wrong with one, and writing them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from branches.models import NEVER_CALLED_AT, Place, PlaceKind, Route, RouteCall
from branches.network_file import WEEKDAYS, is_date, time_of

if TYPE_CHECKING:
    from branches.network_file import FileReader

SORTING = (PlaceKind.HUB, PlaceKind.BRANCH)  # kinds of place where copies may change to another round
LONGEST_NAME = 60
FEWEST_CALLS = 2


def check_routes(reader: FileReader, routes: list[Any], kinds: dict[str, str]) -> None:
    """Note every fault of a file's routes; `kinds` has the kind of each place by its code, the file's own too."""
    names: set[str] = set()
    for number, route in enumerate(routes, start=1):
        if not isinstance(route, dict):
            reader.problems.append(f"route {number}: not an object")
            continue
        name = route.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
            reader.refuse_route(route, "name", f"is missing or longer than {LONGEST_NAME}")
        elif name in names:
            reader.refuse_route(route, "name", "stands twice in the file")
        names.add(str(name))
        if kinds.get(str(route.get("hub"))) not in SORTING:
            reader.refuse_route(route, "hub", f"names no place of kind {' or '.join(SORTING)}")
        _check_days(reader, route)
        _check_calls(reader, route, kinds)


def _check_days(reader: FileReader, route: dict[str, Any]) -> None:
    days = route.get("weekdays")
    if not isinstance(days, list) or not days or not all(day in WEEKDAYS for day in days):
        reader.refuse_route(route, "weekdays", "is not a list of some of mon..sun")
    first, last = route.get("valid_from"), route.get("valid_to")
    for name, value in (("valid_from", first), ("valid_to", last)):
        if value is not None and not is_date(value):
            reader.refuse_route(route, name, "is no date (YYYY-MM-DD)")
    if is_date(first) and is_date(last) and str(last) < str(first):
        reader.refuse_route(route, "valid_to", "comes before 'valid_from'")
    for name in ("is_off_on_holidays", "is_demo"):
        if not isinstance(route.get(name, False), bool):
            reader.refuse_route(route, name, "is neither true nor false")


def _check_calls(reader: FileReader, route: dict[str, Any], kinds: dict[str, str]) -> None:
    calls = route.get("calls")
    if not isinstance(calls, list) or len(calls) < FEWEST_CALLS or not all(isinstance(one, dict) for one in calls):
        reader.refuse_route(route, "calls", f"is not a list of {FEWEST_CALLS} objects or more")
        return
    before = dt.time.min
    taken: set[dt.time] = set()
    for number, one in enumerate(calls, start=1):
        arrives, departs = _times(one)
        if kinds.get(str(one.get("place")), NEVER_CALLED_AT[0]) in NEVER_CALLED_AT:
            reader.refuse_route(route, "calls", f"call {number} names no place where a van can call")
        if arrives is None or departs is None or departs < arrives:
            reader.refuse_route(route, "calls", f"call {number} needs 'arrives' and a later 'departs' (HH:MM)")
        elif arrives < before or arrives in taken:
            reader.refuse_route(route, "calls", f"call {number} begins before the one above it is over")
        before = departs or before
        taken |= {arrives} if arrives else set()


def _times(call: dict[str, Any]) -> tuple[dt.time | None, dt.time | None]:
    arrives = time_of(call.get("arrives"))
    return arrives, time_of(call["departs"]) if call.get("departs") is not None else arrives


def write_routes(routes: list[dict[str, Any]], places: dict[str, Place]) -> int:
    """Make the routes what a file without fault says; return how many were new or changed.

    A route that the file does not name stays as it is, and whether one runs is never the file's to say.
    """
    return sum(_write_route(route, places) for route in routes)


def _write_route(entry: dict[str, Any], places: dict[str, Place]) -> bool:
    route = Route.objects.filter(name=entry["name"]).first() or Route(name=entry["name"])
    values = {
        "hub_id": places[entry["hub"]].pk,
        "weekdays": sorted({WEEKDAYS.index(day) for day in entry["weekdays"]}),
        "valid_from": dt.date.fromisoformat(entry["valid_from"]) if entry.get("valid_from") else None,
        "valid_to": dt.date.fromisoformat(entry["valid_to"]) if entry.get("valid_to") else None,
        "is_off_on_holidays": entry.get("is_off_on_holidays", True),
        "is_demo": entry.get("is_demo", False),
    }
    is_changed = route.pk is None or any(getattr(route, name) != value for name, value in values.items())
    if is_changed:
        for name, value in values.items():
            setattr(route, name, value)
        route.save()
    wanted: list[Any] = [(places[one["place"]].pk, *_times(one)) for one in entry["calls"]]
    if wanted == list(route.calls.values_list("place", "arrives", "departs")):
        return is_changed
    route.calls.all().delete()
    RouteCall.objects.bulk_create(
        RouteCall(route=route, place_id=place, arrives=arrives, departs=departs) for place, arrives, departs in wanted
    )
    return True

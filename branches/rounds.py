"""The van's dated rounds: planned from its routes, cancelled and moved by staff, read as a timetable."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from branches.calendar import Calendar, is_holiday
from branches.journeys import Timetable, WallCall
from branches.models import Closure, Round, RoundStop, Route, RouteCall, RouteDayOff
from milanolib import clock
from milanolib.db import lock
from milanolib.errors import DomainError
from outbox.events import emit

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from django.db.models import QuerySet

    from accounts.models import User
    from branches.models import Place

PLANNED_DAYS = 200  # dates are told up to six months ahead
SHOWN_DAYS = 14
FEWEST_CALLS = 2  # a round that calls at one place brings nothing anywhere

CallTimes = tuple[int, dt.time, dt.time | None]  # place, arrives, departs


class RoundOver(DomainError):
    """The day of the round has passed."""

    code = "round_over"
    message = _("This round is over: only today's rounds and later ones can be changed.")


class RoundTwiceADay(DomainError):
    """The route has another round on that day."""

    code = "round_twice_a_day"
    message = _("This route has another round on that day. Choose a day on which it does not run.")


@transaction.atomic
def plan_rounds(start: dt.date, days: int = PLANNED_DAYS) -> int:
    """Plan the rounds of the coming days from the routes and return how many were new.

    Safe to repeat. A later round that nobody touched follows its route when that has changed, and goes when it does
    not run that day any more; what staff cancelled or moved stays, as does all of `start` itself, which may be under
    way.
    """
    routes = _routes_to_plan()
    days_off = {(one.route_id, one.on) for one in RouteDayOff.objects.filter(on__gte=start)}
    later = Q(on__gte=start) | Q(planned_on__gte=start)
    present = list(Round.objects.select_for_update(no_key=True).filter(later).prefetch_related("round_stops"))
    untouched = [one for one in present if one.is_untouched and one.on > start]
    gone = {one for one in untouched if not _runs_on(routes.get(one.route_id or 0), one.on, days_off)}
    Round.objects.filter(pk__in=[one.pk for one in gone]).delete()
    changed = _follow_routes([one for one in untouched if one not in gone], routes)
    stay = [one for one in present if one not in gone]
    taken = {(one.route_id, day) for one in stay for day in (one.on, one.planned_on)}
    names = {(one.name, one.on) for one in stay}
    new = [
        Round(route=route, name=route.name, planned_on=day, on=day)
        for day in (start + dt.timedelta(days=delta) for delta in range(days))
        for route in routes.values()
        if (route.pk, day) not in taken and (route.name, day) not in names and _runs_on(route, day, days_off)
    ]
    Round.objects.bulk_create(new)
    _write_calls({run: _calls_on(routes[run.route_id or 0], run.on) for run in new})
    if new or changed or gone:
        _tell_of_change()
    return len(new)


def _routes_to_plan() -> dict[int, Route]:
    """Return the routes by number, locked, so that two plans do not write the same rounds."""
    closures = Prefetch("place__closures", Closure.objects.order_by("starts_on"))
    calls = RouteCall.objects.select_related("place").prefetch_related(closures).order_by("arrives")
    routes = Route.objects.select_for_update(no_key=True).order_by("pk").prefetch_related(Prefetch("calls", calls))
    return {route.pk: route for route in routes}


def _follow_routes(untouched: list[Round], routes: dict[int, Route]) -> int:
    """Give rounds the name and the calls that their routes have now; return how many had others."""
    anew = {}
    for run in untouched:
        route = routes[run.route_id or 0]
        calls = _calls_on(route, run.on)
        if run.name != route.name or [_times(stop) for stop in run.round_stops.all()] != calls:
            run.name = route.name
            anew[run] = calls
    Round.objects.bulk_update(anew, ["name"])
    RoundStop.objects.filter(round__in=anew).delete()
    _write_calls(anew)
    return len(anew)


def _write_calls(calls: dict[Round, list[CallTimes]]) -> None:
    RoundStop.objects.bulk_create(
        RoundStop(round=run, position=position, place_id=place, arrives=arrives, departs=departs)
        for run, stops in calls.items()
        for position, (place, arrives, departs) in enumerate(stops)
    )


def _runs_on(route: Route | None, day: dt.date, days_off: set[tuple[int | None, dt.date]]) -> bool:
    return (
        route is not None
        and route.is_active
        and day.weekday() in route.weekdays
        and (route.valid_from is None or day >= route.valid_from)
        and (route.valid_to is None or day <= route.valid_to)
        and not (route.is_off_on_holidays and is_holiday(day))
        and days_off.isdisjoint({(None, day), (route.pk, day)})
        and len(_calls_on(route, day)) >= FEWEST_CALLS
    )


def _calls_on(route: Route, day: dt.date) -> list[CallTimes]:
    """Return where a route calls on a day: not at what is closed for a while, not yet or no longer in the network."""
    return [_times(call) for call in route.calls.all() if not _is_shut(call.place, day)]


def _is_shut(place: Place, day: dt.date) -> bool:
    closures = tuple((one.starts_on, one.ends_on) for one in place.closures.all())
    return Calendar(closures=closures, opened_on=place.opened_on, closed_on=place.closed_on).is_shut_on(day)


def _times(call: RouteCall | RoundStop) -> CallTimes:
    return (call.place_id, call.arrives, call.departs)


def _tell_of_change() -> None:
    emit("branches.rounds_changed", key=f"rounds-changed:{clock.now():%Y%m%d%H%M%S%f}")


@transaction.atomic
def cancel_round(run: Round, *, reason: str, actor: User | None) -> Round:
    """The van does not run this time; what waits for it goes with the next one. Safe to repeat. Raises RoundOver."""
    lock(run)
    _refuse_if_over(run)
    if run.cancelled_at is None:
        run.cancelled_at = run.changed_at = clock.now()
        run.save(update_fields=["cancelled_at", "changed_at"])
        _tell_of_change()
        note_act("cancel_round", f"round:{run.pk}", actor=actor, reason=reason)
    return run


@transaction.atomic
def restore_round(run: Round, *, actor: User | None) -> Round:
    """The van runs after all. Safe to repeat. Raises RoundOver."""
    lock(run)
    _refuse_if_over(run)
    if run.cancelled_at is not None:
        run.cancelled_at = None
        run.save(update_fields=["cancelled_at"])
        _tell_of_change()
        note_act("restore_round", f"round:{run.pk}", actor=actor)
    return run


@transaction.atomic
def move_round(run: Round, on: dt.date, *, reason: str, actor: User | None) -> Round:
    """The van runs on another day, at the same times. Safe to repeat. Raises RoundOver, RoundTwiceADay."""
    lock(run)
    if run.on == on:
        return run
    refuse_move(run, on)
    run.on, run.changed_at = on, clock.now()
    run.save(update_fields=["on", "changed_at"])
    _tell_of_change()
    note_act("move_round", f"round:{run.pk}", actor=actor, reason=reason)
    return run


def refuse_move(run: Round, on: dt.date) -> None:
    """Raise why a round cannot run on that day instead, if so: RoundOver, RoundTwiceADay."""
    _refuse_if_over(run)
    if on < clock.today():
        raise RoundOver
    if Round.objects.filter(name=run.name, on=on).exclude(pk=run.pk).exists():
        raise RoundTwiceADay


def _refuse_if_over(run: Round) -> None:
    if run.on < clock.today():
        raise RoundOver


def coming_rounds(route: Route, start: dt.date, days: int = SHOWN_DAYS) -> QuerySet[Round]:
    """Return the rounds of a route on the coming days, the cancelled ones too, with their calls."""
    stops = Prefetch("round_stops", RoundStop.objects.select_related("place"))
    return route.rounds.filter(on__range=(start, start + dt.timedelta(days=days - 1))).prefetch_related(stops)


def timetable_between(
    start: dt.date, end: dt.date, places: Collection[int] | QuerySet[Place, Any] | None = None
) -> Timetable:
    """Return the dated calls from a day to another, both included, read by one statement.

    `places` (ids, or a query of places) leaves out all others but the hubs, where copies change.
    """
    calls = RoundStop.objects.filter(round__on__range=(start, end), round__cancelled_at=None)
    if places is not None:
        calls = calls.filter(Q(place__in=places) | Q(place=F("round__route__hub")))
    rows = calls.order_by("round__on", "round", "position").values_list(
        "round", "round__on", "round__route__hub", "place", "arrives", "departs"
    )
    return Timetable(WallCall(*row) for row in rows)

"""The page of one point: when, where, what can be done, what is on, what is new, what is near."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from branches.calendar import calendar_of, state_at
from branches.geography import metres_between, walking_minutes
from branches.linked_data import linked_data, script_of
from branches.models import (
    NEVER_OPEN_TO_READERS,
    Closure,
    FavouritePoint,
    Place,
    PlaceKind,
    Service,
    Visit,
    VisitStatus,
)
from branches.photos import PHOTO_WIDTHS
from branches.presentation import CALENDAR_AHEAD, week_of
from branches.public_texts import public_text
from branches.schematic import walks_to_stations
from catalog.models import Contribution, Copy
from catalog.states import CopyStatus
from milanolib import clock
from proximity.condominium_reads import library_here

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from branches.public_texts import PublicText
    from catalog.models import Title

VISITS_SHOWN = 6
NEW_TITLES = 6
COPIES_READ = 40  # the newest copies, among which a title may stand several times
BOXES_SHOWN, POINTS_SHOWN = 3, 5
BOX_AT_MOST = 30  # minutes on foot
GONE = (CopyStatus.WITHDRAWN, CopyStatus.LOST, CopyStatus.MISSING, CopyStatus.ON_ORDER, CopyStatus.IN_PROCESS)
ICONS = {
    Service.REGISTRY: "card",
    Service.SELF_CHECK: "check",
    Service.NEWSPAPERS: "magazine",
    Service.ACCESSIBLE_TOILET: "access",
    Service.HEARING_LOOP: "audio",
    Service.EVENING_STUDY: "clock",
    Service.PRINTER: "print",
}


@dataclass(frozen=True)
class ClosureLine:
    """Days on which the point is shut: now or later, why, and who takes over."""

    closure: Closure
    is_now: bool
    reason: PublicText


@dataclass(frozen=True)
class VisitLine:
    """A visit of the Bibliobus here; for a cancelled one, the next."""

    visit: Visit
    next_one: Visit | None = None
    is_over: bool = False

    @property
    def is_cancelled(self) -> bool:
        """Whether the Bibliobus will not come."""
        return self.visit.status == VisitStatus.CANCELLED


@dataclass(frozen=True)
class Near:
    """Another point and the minutes on foot to it."""

    place: Place
    minutes: int


@dataclass
class Life:
    """Whether the point is part of the network today, and since or from when it is not."""

    closed_on: dt.date | None = None
    opens_on: dt.date | None = None
    near: list[Near] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether it has closed for good."""
        return self.closed_on is not None


@require_safe
@login_not_required
def point(request: HttpRequest, code: str) -> HttpResponse:
    """One point of the network; one that has closed for good says so, and what is near."""
    now = clock.now()
    today = clock.local(now).date()
    monday = today - dt.timedelta(days=today.weekday())
    place = get_object_or_404(
        Place.objects.exclude(kind__in=NEVER_OPEN_TO_READERS)
        .select_related("parent", "vehicle", "photo")
        .with_calendar(monday, monday + CALENDAR_AHEAD)
        .prefetch_related("closures__substitute"),
        code=code,
    )
    life = _life(place, today)
    context: dict[str, Any] = {
        "place": place,
        "life": life,
        "directions": public_text(place.directions),
        "note": public_text(place.note),
        "walks": _walks(place),
        "photo": _photo(place),
    }
    if place.kind == PlaceKind.CONDOMINIUM and not life.is_over:
        context["library"] = library_here(place, today)
    if not life.is_over:
        context |= _living(request, place, now)
        context["weeks"] = [week_of(place, monday + dt.timedelta(days=7 * number), today) for number in (0, 1)]
        context["linked_data"] = script_of(linked_data(place, today, monday + CALENDAR_AHEAD))
    return render(request, "branches/point.html", context)


def _life(place: Place, today: dt.date) -> Life:
    if place.closed_on is not None and place.closed_on <= today:
        return Life(closed_on=place.closed_on, near=_near(place, Q(), today)[:POINTS_SHOWN])
    return Life(opens_on=place.opened_on if place.opened_on is not None and place.opened_on > today else None)


def _living(request: HttpRequest, place: Place, now: dt.datetime) -> dict[str, Any]:
    """Return what is told of a point that has not closed for good."""
    today = clock.local(now).date()
    boxes = Q(kind=PlaceKind.RETURN_BOX) | Q(services__contains=[Service.RETURN_BOX])
    return {
        "state": state_at(calendar_of(place), now),
        "closures": _closures(place, today),
        "special": [one for one in place.special_openings.all() if one.on >= today],
        "stands_in": Closure.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), substitute=place)
        .filter(starts_on__lte=today)
        .select_related("place"),
        "services": [
            {"label": Service(one).label, "icon": ICONS.get(Service(one), one)}
            for one in Service.values
            if one in place.services
        ],
        "visits": _visits(place, now),
        "titles": _new_titles(place),
        "boxes": [one for one in _near(place, boxes, today) if one.minutes <= BOX_AT_MOST][:BOXES_SHOWN],
        "uses": request.user.is_authenticated
        and FavouritePoint.objects.filter(user=request.user, place=place).exists(),
    }


def _closures(place: Place, today: dt.date) -> list[ClosureLine]:
    """Return the closures of today and the coming weeks, in order."""
    return [
        ClosureLine(one, one.starts_on <= today, public_text(one.reason))
        for one in sorted(place.closures.all(), key=lambda closure: closure.starts_on)
        if one.ends_on is None or one.ends_on >= today
    ]


def _visits(place: Place, now: dt.datetime) -> list[VisitLine]:
    """Return a stop's visits from now on, the cancelled ones too; none for any other point."""
    if place.kind != PlaceKind.STOP:
        return []
    here = clock.local(now)
    rows = Visit.objects.filter(stop=place, on__gte=here.date()).exclude(status=VisitStatus.DONE)
    coming = [one for one in rows.order_by("on", "arrives")[: 2 * VISITS_SHOWN] if _is_ahead(one, here)]
    planned = [one for one in coming if one.status == VisitStatus.PLANNED]
    return [
        VisitLine(one, next((other for other in planned if (other.on, other.arrives) > (one.on, one.arrives)), None))
        for one in coming[:VISITS_SHOWN]
    ]


def _is_ahead(visit: Visit, here: dt.datetime) -> bool:
    return visit.on > here.date() or visit.leaves > here.time()


def _new_titles(place: Place) -> list[Title]:
    """Return the titles that came last to this point's own stock, newest first, each once."""
    copies = (
        Copy.objects.filter(home=place.holding_place, added_on__isnull=False, title__merged_into=None)
        .exclude(status__in=GONE)
        .select_related("title")
        .prefetch_related(Prefetch("title__contributions", Contribution.objects.select_related("agent")))
        .defer("title__record", "title__summary")
        .order_by("-added_on", "-pk")[:COPIES_READ]
    )
    return list({copy.title_id: copy.title for copy in copies}.values())[:NEW_TITLES]


def _near(place: Place, which: Q, today: dt.date) -> list[Near]:
    """Return other points open to readers, nearest first; none where nobody knows how far."""
    if place.latitude is None or place.longitude is None:
        return []
    others = Place.objects.open_to_readers(today).filter(which).exclude(pk=place.pk).exclude(latitude=None)
    found = sorted(
        (metres_between(place.latitude, place.longitude, one.latitude or 0, one.longitude or 0), one.name, one)
        for one in others.only("code", "kind", "name", "address", "latitude", "longitude")
    )
    return [Near(one, walking_minutes(metres)) for metres, _name, one in found]


def _walks(place: Place) -> list[Any]:
    if place.latitude is None or place.longitude is None or place.directions:
        return []
    return list(walks_to_stations(place.latitude, place.longitude))


def _photo(place: Place) -> dict[str, Any] | None:
    photo = getattr(place, "photo", None)
    if photo is None:
        return None
    small, large = PHOTO_WIDTHS
    return {
        "small": small,
        "large": large,
        "digest": photo.digest,
        "alt": public_text(photo.alt),
        "credit": photo.credit,
    }

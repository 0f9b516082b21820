"""The network for other programs: all points as GeoJSON (RFC 7946), one point's hours as iCalendar (RFC 5545)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import icalendar
from django.conf import settings
from django.utils.translation import gettext as _

from branches.calendar import calendar_of
from branches.linked_data import absolute
from branches.presentation import study_calendar_of
from branches.public_texts import public_text
from milanolib import clock
from milanolib.feeds import write_calendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from branches.calendar import Calendar
    from branches.models import Closure, Place
    from branches.presentation import PointLine

HOURS_AHEAD = dt.timedelta(weeks=8)
DEGREES = 6  # decimals: a tenth of a metre


def points_geojson(lines: Iterable[PointLine]) -> dict[str, Any]:
    """Return the points as a FeatureCollection; a point whose coordinates nobody knows has no geometry."""
    return {"type": "FeatureCollection", "features": [_feature(line) for line in lines]}


def _feature(line: PointLine) -> dict[str, Any]:
    place, state = line.place, line.state
    geometry = None
    if place.latitude is not None and place.longitude is not None:
        geometry = {"type": "Point", "coordinates": [round(place.longitude, DEGREES), round(place.latitude, DEGREES)]}
    can = {
        "collect": place.is_pickup_point,
        "give_back": place.accepts_returns,
        "borrow": place.lends_on_the_spot,
    }
    return {
        "type": "Feature",
        "id": place.code,
        "geometry": geometry,
        "properties": {
            "kind": place.kind,
            "name": place.name,
            "address": place.address,
            "municipio": place.municipio,
            "url": absolute(place.get_absolute_url()),
            "can": [name for name, is_so in can.items() if is_so],
            "services": place.services,
            "step_free": place.step_free,
            "is_demo": place.is_demo,
            "is_open": state.is_open if state.known else None,
            "open_until": _written(state.until),
            "opens": _written(state.opens),
        },
    }


def _written(instant: dt.datetime | None) -> str | None:
    return clock.local(instant).isoformat() if instant else None


def hours_calendar(place: Place, today: dt.date) -> bytes:
    """Return a point's openings and closures of the next eight weeks; fetch it `with_calendar` for these days.

    The same day gives the same bytes, and an opening keeps its UID for as long as it begins at the same time, so
    that whoever subscribes gets changes and no doubles. A point that never closes, or whose hours nobody knows,
    has closures only.
    """
    until = today + HOURS_AHEAD
    file = icalendar.Calendar()
    file.add("prodid", "-//Milanolib//Points//IT")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", place.name)
    file.add("x-wr-timezone", "Europe/Rome")
    file.add("refresh-interval", dt.timedelta(days=1), parameters={"VALUE": "DURATION"})
    stamp = clock.start_of(today).astimezone(dt.UTC)
    calendar = calendar_of(place)
    if calendar.known and not calendar.always:
        title = _("%(name)s: open") % {"name": place.name}
        for starts, ends in _openings(calendar, today, until):
            file.add_component(_event(place, "open", title, starts, ends, stamp))
    title = _("%(name)s: study room only") % {"name": place.name}
    for starts, ends in _openings(study_calendar_of(place), today, until):
        file.add_component(_event(place, "study", title, starts, ends, stamp))
    for closure in place.closures.all():
        if closure.starts_on < until and (closure.ends_on is None or closure.ends_on >= today):
            file.add_component(_closed(place, closure, until, stamp))
    return write_calendar(file)


def _openings(calendar: Calendar, start: dt.date, until: dt.date) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    for delta in range((until - start).days):
        for one in calendar.openings_on(start + dt.timedelta(days=delta)):
            yield clock.local(one.starts), clock.local(one.ends)


def _event(
    place: Place, what: str, title: str, starts: dt.datetime, ends: dt.datetime, stamp: dt.datetime
) -> icalendar.Event:
    event = _dated(place, f"{what}-{starts:%Y%m%dT%H%M}", title, stamp)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    return event


def _closed(place: Place, closure: Closure, until: dt.date, stamp: dt.datetime) -> icalendar.Event:
    """Return a closure as an event of whole days; one without an end goes on to the end of the file."""
    event = _dated(place, f"closed-{closure.pk}", _("%(name)s: closed") % {"name": place.name}, stamp)
    event.add("dtstart", closure.starts_on)
    event.add("dtend", closure.ends_on + dt.timedelta(days=1) if closure.ends_on else until)
    words = [public_text(closure.reason).text]
    if closure.substitute:
        words.append(_("%(name)s takes over.") % {"name": closure.substitute.name})
    if any(words):
        event.add("description", "\n".join(word for word in words if word))
    return event


def _dated(place: Place, what: str, title: str, stamp: dt.datetime) -> icalendar.Event:
    """Return what every event has: it takes none of the subscriber's own time."""
    event = icalendar.Event()
    event.add("uid", f"{place.code}-{what}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", stamp)
    event.add("summary", title)
    event.add("transp", "TRANSPARENT")
    event.add("url", absolute(place.get_absolute_url()))
    if place.address:
        event.add("location", f"{place.address}, Milano")
    if place.latitude is not None and place.longitude is not None:
        event.add("geo", (place.latitude, place.longitude))
    return event

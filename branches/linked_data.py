"""What search engines and assistants read of a point: schema.org as JSON-LD. No query in here."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from branches.calendar import is_holiday
from branches.models import OpeningHours, PlaceKind, Service
from branches.public_texts import public_text

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from branches.models import Place

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LIBRARIES = (PlaceKind.BRANCH, PlaceKind.METRO_LIBRARY, PlaceKind.CONDOMINIUM)
# `</script>` and the like must not end the element early; inside JSON these mean the same.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
MIDNIGHT = "00:00"


def absolute(path: str) -> str:
    """Return the whole address of one of our pages."""
    return f"{settings.BASE_URL}{path}"


def script_of(data: dict[str, Any]) -> SafeString:
    """Return the data as a script element that no browser runs, so that the content policy has nothing to forbid."""
    written = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(written))  # noqa: S308  escaped above


def linked_data(place: Place, today: dt.date, until: dt.date) -> dict[str, Any]:
    """Return a point as schema.org tells it; fetch the place `with_calendar(today, until)`.

    Hours that nobody knows are left out rather than guessed; closures, holidays and special openings until
    `until` stand beside the weekly hours.
    """
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Library" if place.kind in LIBRARIES else "Place",
        "@id": absolute(place.get_absolute_url()),
        "url": absolute(place.get_absolute_url()),
        "name": place.name,
        "description": public_text(place.note).text,
        "telephone": place.phone,
        "email": place.email,
    }
    data = {name: value for name, value in data.items() if value}
    if place.address:
        address = {"streetAddress": place.address, "postalCode": place.postcode, "addressLocality": "Milano"}
        data["address"] = {"@type": "PostalAddress", "addressCountry": "IT"} | {
            name: value for name, value in address.items() if value
        }
    if place.latitude is not None:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": place.latitude, "longitude": place.longitude}
    features = [str(Service(one).label) for one in place.services if one in Service.values]
    if features:
        data["amenityFeature"] = [
            {"@type": "LocationFeatureSpecification", "name": name, "value": True} for name in features
        ]
    if hours := [*_usual(place), *_exceptions(place, today, until)]:
        data["openingHoursSpecification"] = hours
    return data


def _usual(place: Place) -> list[dict[str, Any]]:
    if not place.hours_known:
        return []
    if place.always_open:
        return [_specification("00:00", "23:59", dayOfWeek=list(DAYS))]
    if place.kind == PlaceKind.STOP:
        return [
            _specification(_hour(one.arrives), _hour(one.leaves), first=one.on, last=one.on)
            for one in place.visits.all()
        ]
    return [
        _specification(
            _hour(one.opens), _hour(one.closes), first=one.valid_from, last=one.valid_to, dayOfWeek=DAYS[one.weekday]
        )
        for one in place.opening_hours.all()
        if one.purpose == OpeningHours.Purpose.OPEN
    ]


def _exceptions(place: Place, today: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """Return closures (opening and closing at midnight says closed), holidays and special openings."""
    closures = [(one.starts_on, one.ends_on) for one in place.closures.all()]
    special = {one.on for one in place.special_openings.all()}
    found = [_specification(MIDNIGHT, MIDNIGHT, first=starts, last=ends) for starts, ends in closures]
    if place.closed_on_holidays and place.hours_known:
        days = (today + dt.timedelta(days=delta) for delta in range((until - today).days))
        found += [
            _specification(MIDNIGHT, MIDNIGHT, first=day, last=day)
            for day in days
            if is_holiday(day) and day not in special
        ]
    return found + [
        _specification(_hour(one.opens), _hour(one.closes), first=one.on, last=one.on)
        for one in place.special_openings.all()
    ]


def _specification(
    opens: str, closes: str, first: dt.date | None = None, last: dt.date | None = None, **more: Any
) -> dict[str, Any]:
    dates = {"validFrom": first, "validThrough": last}
    return {
        "@type": "OpeningHoursSpecification",
        **more,
        "opens": opens,
        "closes": closes,
        **{name: day.isoformat() for name, day in dates.items() if day},
    }


def _hour(time: dt.time) -> str:
    return f"{time:%H:%M}"

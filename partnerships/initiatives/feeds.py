"""Initiatives for other programs: iCalendar (RFC 5545), GeoJSON (RFC 7946), RSS, schema.org's Event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import icalendar
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.linked_data import absolute
from branches.public_texts import public_text
from milanolib import clock
from milanolib.feeds import PublicFeed, plain, write_calendar
from partnerships.initiatives.covers import COVER_WIDTHS
from partnerships.initiatives.lines import audience_words, when_words
from partnerships.initiatives.states import InitiativeStatus
from partnerships.models import Initiative, InitiativeDate, InitiativeKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from partnerships.initiatives.lines import InitiativeLine

MOST_ITEMS = 30
SIGN_LANGUAGE = "ise"  # Italian sign language, as BCP 47 names it
TYPES = {  # schema.org's own words
    InitiativeKind.COURSE: "EducationEvent",
    InitiativeKind.READING_GROUP: "LiteraryEvent",
    InitiativeKind.THEATRE: "TheaterEvent",
    InitiativeKind.EXHIBITION: "ExhibitionEvent",
    InitiativeKind.STORY_TIME: "ChildrensEvent",
}


# --- iCalendar


def calendar_of(dates: Iterable[InitiativeDate]) -> bytes:
    """Return dates as a calendar, in wall time of Milan; fetch their initiatives and places with them."""
    file = icalendar.Calendar()
    file.add("prodid", "-//Milanolib//Initiatives//IT")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", _("Milan's public libraries: initiatives"))
    for date in dates:
        file.add_component(_event(date))
    return write_calendar(file)


def _event(date: InitiativeDate) -> icalendar.Event:
    initiative = date.initiative
    event = icalendar.Event()
    event.add("uid", f"initiative-{date.pk}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", initiative.published_at or clock.now())
    event.add("dtstart", clock.local(date.starts_at))
    event.add("dtend", clock.local(date.ends_at))
    event.add("summary", plain(public_text(initiative.title).text))
    event.add("description", plain("\n".join(one for one in (date.note, public_text(initiative.text).text) if one)))
    event.add("location", plain(_location(initiative)))
    event.add("url", absolute(initiative.get_absolute_url()))
    event.add("categories", [str(InitiativeKind(initiative.kind).label)])
    event.add("status", "CANCELLED" if date.is_cancelled or _is_cancelled(initiative) else "CONFIRMED")
    event.add("sequence", int(date.planned_for is not None) + 2 * int(date.is_cancelled))
    if position := initiative.position:
        event.add("geo", position)
    return event


def _location(initiative: Initiative) -> str:
    if initiative.venue:
        return ", ".join(one for one in (initiative.venue, initiative.address) if one)
    return ", ".join(one for one in (initiative.place.name, initiative.place.address) if one)


def _is_cancelled(initiative: Initiative) -> bool:
    return initiative.status == InitiativeStatus.CANCELLED


# --- GeoJSON


def initiatives_geojson(lines: Iterable[InitiativeLine]) -> dict[str, Any]:
    """Return initiatives that take place somewhere on the map as a FeatureCollection."""
    return {
        "type": "FeatureCollection",
        "features": [_feature(line) for line in lines if line.initiative.position and line.next_date],
    }


def _feature(line: InitiativeLine) -> dict[str, Any]:
    initiative, date = line.initiative, line.next_date
    assert date is not None  # noqa: S101  those without are left out above
    latitude, longitude = initiative.position or (0, 0)
    return {
        "type": "Feature",
        "id": initiative.pk,
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": {
            "title": line.title.text,
            "kind": initiative.kind,
            "audience": initiative.audience,
            "where": line.where,
            "starts_at": clock.local(date.starts_at).isoformat(),
            "ends_at": clock.local(date.ends_at).isoformat(),
            "step_free": initiative.is_step_free,
            "sign_language": initiative.sign_language,
            "language": initiative.language,
            "places_left": date.left,
            "url": absolute(initiative.get_absolute_url()),
            "is_demo": initiative.is_demo,
        },
    }


# --- schema.org


def linked_event(initiative: Initiative, dates: Sequence[InitiativeDate]) -> dict[str, Any]:
    """Return an initiative as schema.org's Event; of several dates as an EventSeries with each as a part of it."""
    if len(dates) == 1:
        return {"@context": "https://schema.org"} | _linked(initiative) | _linked_date(initiative, dates[0])
    series = {"@context": "https://schema.org"} | _linked(initiative) | {"@type": "EventSeries"}
    if dates:
        first, last = min(one.starts_at for one in dates), max(one.ends_at for one in dates)
        series |= {"startDate": clock.local(first).isoformat(), "endDate": clock.local(last).isoformat()}
    return series | {"subEvent": [_linked(initiative) | _linked_date(initiative, one) for one in dates]}


def _linked(initiative: Initiative) -> dict[str, Any]:
    address = absolute(initiative.get_absolute_url())
    kind = InitiativeKind(initiative.kind)
    data: dict[str, Any] = {
        "@type": TYPES.get(kind, "Event"),
        "url": address,
        "name": public_text(initiative.title).text,
        "description": public_text(initiative.text).text,
        "location": _linked_place(initiative),
        "organizer": {
            "@type": "Library",
            "name": initiative.place.name,
            "url": absolute(initiative.place.get_absolute_url()),
        },
        "inLanguage": [initiative.language, SIGN_LANGUAGE] if initiative.sign_language else initiative.language,
        "isAccessibleForFree": True,
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "audience": {"@type": "Audience", "audienceType": audience_words(initiative)},
        "image": absolute(reverse("initiatives:picture", args=[initiative.pk])),
    }
    if initiative.cover:
        address = reverse("initiatives:cover", args=[initiative.pk, COVER_WIDTHS[-1]])
        data["image"] = f"{absolute(address)}?v={initiative.cover_digest}"
    if initiative.age_from is not None or initiative.age_to is not None:
        data["typicalAgeRange"] = f"{initiative.age_from or 0}-{'' if initiative.age_to is None else initiative.age_to}"
    return data


def _linked_date(initiative: Initiative, date: InitiativeDate) -> dict[str, Any]:
    status = "EventScheduled"
    if date.is_cancelled or _is_cancelled(initiative):
        status = "EventCancelled"
    elif date.planned_for is not None:
        status = "EventRescheduled"
    data: dict[str, Any] = {
        "startDate": clock.local(date.starts_at).isoformat(),
        "endDate": clock.local(date.ends_at).isoformat(),
        "eventStatus": f"https://schema.org/{status}",
    }
    if date.planned_for is not None:
        data["previousStartDate"] = clock.local(date.planned_for).isoformat()
    if date.places is not None:
        data |= {"maximumAttendeeCapacity": date.places, "remainingAttendeeCapacity": date.left}
        data["offers"] = {
            "@type": "Offer",
            "price": "0",
            "priceCurrency": "EUR",
            "availability": f"https://schema.org/{'InStock' if date.left else 'SoldOut'}",
            "url": absolute(initiative.get_absolute_url()),
            "validFrom": clock.local(
                initiative.bookings_open_at or initiative.published_at or date.starts_at
            ).isoformat(),
        }
    return data


def _linked_place(initiative: Initiative) -> dict[str, Any]:
    place = initiative.place
    elsewhere = bool(initiative.venue)
    data: dict[str, Any] = {
        "@type": "Place" if elsewhere else "Library",
        "name": initiative.venue or place.name,
        "address": {
            "@type": "PostalAddress",
            "addressLocality": "Milano",
            "addressCountry": "IT",
        },
    }
    if street := initiative.address if elsewhere else place.address:
        data["address"]["streetAddress"] = street
    if position := initiative.position:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": position[0], "longitude": position[1]}
    if initiative.is_step_free is not None:
        data["amenityFeature"] = [
            {"@type": "LocationFeatureSpecification", "name": _("step-free"), "value": initiative.is_step_free}
        ]
    return data


# --- RSS


class InitiativesFeed(PublicFeed):
    """What has been published, the newest first."""

    def title(self) -> str:
        """Return the name of the feed."""
        return _("Milanolib: initiatives")

    def link(self) -> str:
        """Return the address of the page."""
        return reverse("initiatives:initiatives")

    def feed_url(self) -> str:
        """Return the feed's own address."""
        return reverse("initiatives:feed")

    def description(self) -> str:
        """Say what this is."""
        return _("What happens in Milan's public libraries.")

    def items(self) -> list[tuple[Initiative, InitiativeDate]]:
        """Return the initiatives that have dates to come, the newest first, each with its next date."""
        dates = InitiativeDate.objects.public().planned().not_over(clock.now())
        own = dates.select_related("initiative__place").order_by("initiative", "starts_at").distinct("initiative")
        found = [(one.initiative, one) for one in own]
        found.sort(key=lambda item: (item[0].published_at, item[0].pk), reverse=True)
        return found[:MOST_ITEMS]

    def item_title(self, item: tuple[Initiative, InitiativeDate]) -> str:  # type: ignore[override]
        """Return the title."""
        return public_text(item[0].title).text

    def item_description(self, item: tuple[Initiative, InitiativeDate]) -> str:  # type: ignore[override]
        """Return when, where, for whom, and the text."""
        initiative, date = item
        said = (when_words(date), _location(initiative), audience_words(initiative), public_text(initiative.text).text)
        return ". ".join(said)

    def item_link(self, item: tuple[Initiative, InitiativeDate]) -> str:  # type: ignore[override]
        """Return its page."""
        return item[0].get_absolute_url()

    def item_pubdate(self, item: tuple[Initiative, InitiativeDate]) -> dt.datetime | None:
        """Return since when readers see it."""
        return item[0].published_at

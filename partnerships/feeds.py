"""Agreements for other programs: GeoJSON (RFC 7946), RSS, and schema.org's Offer. No query but the feed's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from branches.linked_data import absolute
from branches.public_texts import public_text
from milanolib import clock
from milanolib.feeds import PublicFeed
from partnerships.models import Agreement, InstitutionKind, OfferKind
from partnerships.offers import audience_words, days_words, offer_words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from partnerships.models import Institution

MOST_ITEMS = 30
TYPES = {  # schema.org's own kinds of Place
    InstitutionKind.CINEMA: "MovieTheater",
    InstitutionKind.THEATRE: "PerformingArtsTheater",
    InstitutionKind.MUSEUM: "Museum",
    InstitutionKind.MUSIC: "MusicVenue",
    InstitutionKind.BOOKSHOP: "BookStore",
}


def agreements_geojson(agreements: Iterable[Agreement], today: dt.date) -> dict[str, Any]:
    """Return the agreements whose house is on the map as a FeatureCollection; fetch their institutions with them."""
    return {
        "type": "FeatureCollection",
        "features": [_feature(one, today) for one in agreements if one.institution.latitude is not None],
    }


def _feature(agreement: Agreement, today: dt.date) -> dict[str, Any]:
    house = agreement.institution
    return {
        "type": "Feature",
        "id": agreement.pk,
        "geometry": {"type": "Point", "coordinates": [house.longitude, house.latitude]},
        "properties": {
            "name": house.name,
            "kind": house.kind,
            "title": public_text(agreement.title).text,
            "offer": agreement.offer,
            "offer_in_words": offer_words(agreement),
            "from": max(agreement.starts_on, today).isoformat(),
            "until": agreement.ends_on.isoformat() if agreement.ends_on else None,
            "url": absolute(agreement.get_absolute_url()),
            "is_demo": house.is_demo,
        },
    }


def linked_offer(agreement: Agreement) -> dict[str, Any]:
    """Return an agreement as schema.org's Offer; what is not a price says so in words alone."""
    address = absolute(agreement.get_absolute_url())
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Offer",
        "@id": address,
        "url": address,
        "name": public_text(agreement.title).text,
        "description": _in_words(agreement),
        "validFrom": agreement.starts_on.isoformat(),
        "offeredBy": _organization(agreement.institution),
        "availableAtOrFrom": _house(agreement.institution),
    }
    if agreement.ends_on is not None:
        data["validThrough"] = agreement.ends_on.isoformat()
    if agreement.offer in (OfferKind.FIXED_PRICE, OfferKind.FREE):
        data |= {"price": str(agreement.price or 0), "priceCurrency": "EUR"}
    if agreement.quota is not None:
        data["inventoryLevel"] = {"@type": "QuantitativeValue", "value": agreement.left}
    return data


def _in_words(agreement: Agreement) -> str:
    """Return the offer, for whom, when, and the terms: schema.org has no word for readers of a library."""
    said = (offer_words(agreement), audience_words(agreement), days_words(agreement), public_text(agreement.terms).text)
    return ". ".join(one for one in said if one)


def _organization(house: Institution) -> dict[str, Any]:
    """Return who offers; a museum or theatre is a Place for schema.org, and only an Organization offers."""
    data: dict[str, Any] = {"@type": "Organization", "name": house.name}
    if house.website:
        data["url"] = house.website
    return data


def _house(house: Institution) -> dict[str, Any]:
    """Return where it is used."""
    data: dict[str, Any] = {"@type": TYPES.get(InstitutionKind(house.kind), "Place"), "name": house.name}
    if house.address:
        data["address"] = {
            "@type": "PostalAddress",
            "streetAddress": house.address,
            "addressLocality": "Milano",
            "addressCountry": "IT",
        }
    if house.latitude is not None:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": house.latitude, "longitude": house.longitude}
    return data


class AgreementsFeed(PublicFeed):
    """What has been agreed, the newest first."""

    def title(self) -> str:
        """Return the name of the feed."""
        return _("Milanolib: agreements for readers")

    def link(self) -> str:
        """Return the address of the page."""
        return reverse("partnerships:agreements")

    def feed_url(self) -> str:
        """Return the feed's own address."""
        return reverse("partnerships:feed")

    def description(self) -> str:
        """Say what this is."""
        return _("What readers of Milan's public libraries get at cinemas, theatres and museums.")

    def items(self) -> Iterable[Agreement]:
        """Return the agreements that are offered, the newest first."""
        found = Agreement.objects.offered(clock.today()).select_related("institution")
        return found.order_by("-activated_at", "-pk")[:MOST_ITEMS]

    def item_title(self, item: Agreement) -> str:  # type: ignore[override]
        """Return the house and the title."""
        return f"{item.institution.name}: {public_text(item.title).text}"

    def item_description(self, item: Agreement) -> str:  # type: ignore[override]
        """Return the offer, for whom, when, and the terms."""
        return _in_words(item)

    def item_link(self, item: Agreement) -> str:  # type: ignore[override]
        """Return its page."""
        return item.get_absolute_url()

    def item_pubdate(self, item: Agreement) -> dt.datetime | None:
        """Return since when readers see it."""
        return item.activated_at

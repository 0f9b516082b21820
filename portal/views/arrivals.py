"""What has come, and what is borrowed most, in the network and in each library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from branches.models import Place, PlaceKind
from catalog.importing.copies import OWNERS
from catalog.models import Material, Title
from catalog.reading.arrivals import last_arrived
from loans.most_borrowed import most_borrowed
from milanolib import clock
from milanolib.feeds import feed_view
from portal.reading import TitleLine, title_lines
from portal.views.feed import MOST_ITEMS, SearchFeed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

MOST_SHOWN = 24
MOST_BORROWED_SHOWN = 10


@dataclass(frozen=True)
class Asked:
    """What the address asks for: one library or all, one material or all."""

    place: Place | None
    material: str

    @classmethod
    def of(cls, request: HttpRequest, libraries: Iterable[Place]) -> Asked:
        """Read the address. Raises Http404 for a library that is none of ours."""
        code = request.GET.get("luogo", "")
        place = next((one for one in libraries if one.code == code), None)
        if code and place is None:
            raise Http404
        material = request.GET.get("tipo", "")
        return cls(place, material if material in Material.values else "")

    def address(self) -> str:
        """Return it as the part of an address after '?'."""
        pairs = {"luogo": self.place.code if self.place else "", "tipo": self.material}
        return urlencode({name: value for name, value in pairs.items() if value})


@dataclass(frozen=True)
class Arrival:
    """A title with the day on which it came."""

    line: TitleLine
    day: dt.date


@require_safe
@login_not_required
def arrivals(request: HttpRequest) -> HttpResponse:
    """Show what came last and what is borrowed most: in all libraries or one, of all materials or one."""
    libraries = list(owners())
    asked = Asked.of(request, libraries)
    arrived = last_arrived(clock.today(), place=asked.place, material=asked.material, limit=MOST_SHOWN)
    borrowed = most_borrowed(asked.place, material=asked.material)[:MOST_BORROWED_SHOWN]
    lines = title_lines({*arrived, *(pk for pk, _times in borrowed)})
    context: dict[str, Any] = {
        "place": asked.place,
        "libraries": [one for one in libraries if one.kind == PlaceKind.BRANCH],
        "others": [one for one in libraries if one.kind != PlaceKind.BRANCH],
        "materials": [(one.value, capfirst(str(one.label)), one.value == asked.material) for one in Material],
        "arrived": [Arrival(lines[pk], day) for pk, day in arrived.items() if pk in lines],
        "borrowed": [(lines[pk], times) for pk, times in borrowed if pk in lines],
        "feed": asked.address(),
    }
    return render(request, "portal/arrivals.html", context)


def owners() -> Iterable[Place]:
    """Return the places that have stock of their own, by name."""
    return Place.objects.filter(kind__in=OWNERS, closed_on=None).only("code", "name", "kind").order_by("name")


class ArrivalsFeed(SearchFeed):
    """What came last to a library, or to the network."""

    def get_object(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> Asked:  # type: ignore[override]  # as far as Django minds
        """Return what the address asks for."""
        return Asked.of(request, owners())

    def title(self, asked: Asked) -> str:  # type: ignore[override]
        """Return the name of the feed."""
        if asked.place:
            return _("Milanolib: last arrived at %(place)s") % {"place": asked.place.name}
        return _("Milanolib: last arrived")

    def link(self, asked: Asked) -> str:  # type: ignore[override]
        """Return the address of the page."""
        return f"{reverse('portal:arrivals')}?{asked.address()}"

    def feed_url(self, asked: Asked) -> str:  # type: ignore[override]
        """Return the feed's own address."""
        return f"{reverse('portal:arrivals_feed')}?{asked.address()}"

    def items(self, asked: Asked) -> list[Title]:  # type: ignore[override]
        """Return the titles, those that arrived last first."""
        arrived = last_arrived(clock.today(), place=asked.place, material=asked.material, limit=MOST_ITEMS)
        titles = Title.objects.defer("record").prefetch_related("contributions__agent").in_bulk(list(arrived))
        found = [titles[pk] for pk in arrived if pk in titles]
        for title in found:
            title.arrived_on = arrived[title.pk]  # type: ignore[attr-defined]  # for `item_pubdate`
        return found

    def item_pubdate(self, item: Title) -> dt.datetime | None:
        """Return the day on which it came here: its beginning."""
        return clock.start_of(item.arrived_on)  # type: ignore[attr-defined]


feed = feed_view(ArrivalsFeed())

"""What feeds for other programs have in common: texts that formats can hold, Milan's time, RSS, points of a map."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import icalendar
from django.contrib.auth.decorators import login_not_required
from django.contrib.syndication.views import Feed
from django.http import HttpResponse, JsonResponse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")

# As a rule, and not as icalendar's own list of all changes of the clock: in that list the clocks go forward an hour
# late, and other programs read only the first date of a list.
ROME = """BEGIN:VTIMEZONE
TZID:Europe/Rome
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def plain(text: str) -> str:
    """Return a text without the control characters that word processors leave in it, and no feed can hold."""
    return CONTROLS.sub(" ", text)


def write_calendar(file: icalendar.Calendar) -> bytes:
    """Return a calendar as a file that says what Milan's wall time is, where its events are in it."""
    if file.get_missing_tzids():
        file.subcomponents.insert(0, icalendar.Timezone.from_ical(ROME))
    return bytes(file.to_ical())


class PlainRss(Rss201rev2Feed):
    """RSS 2.0 of texts as people write them."""

    def add_item(self, title: str, link: str, description: str, *more: Any, **named: Any) -> None:
        """Add an item, without the characters that XML cannot hold."""
        super().add_item(plain(title), link, plain(description), *more, **named)


class PublicFeed(Feed):
    """A feed in the reader's language."""

    feed_type = PlainRss

    @property
    def language(self) -> str:  # type: ignore[override]  # read when the feed is made
        """The language that the feed speaks."""
        return get_language() or "it"


def feed_view(feed: Feed) -> Callable[..., HttpResponse]:
    """Return the view that answers anybody with a feed."""

    @require_safe
    @login_not_required
    def answer(request: HttpRequest) -> HttpResponse:
        return feed(request)

    return answer


def points_answer(collection: dict[str, Any]) -> HttpResponse:
    """Answer with a FeatureCollection, for anybody's map on anybody's page."""
    return JsonResponse(
        collection,
        content_type="application/geo+json",
        headers={"Access-Control-Allow-Origin": "*"},
        json_dumps_params={"ensure_ascii": False},
    )

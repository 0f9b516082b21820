"""Search for a reader: the whole card opens the page, a name shows who is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import CardJoined, CardReplaced
from accounts.finding import MOST_FOUND, Found, find_readers
from accounts.models import ReaderSearch
from branches.desk_frame import desk_page, go, scanned
from loans.reader_views.frame import at_desk
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.models import User
    from branches.models import Place
    from milanolib.http import Request

TEMPLATE = "loans/readers/search.html"


@at_desk
def search(request: Request, place: Place) -> HttpResponse:
    """Ask whom the librarian means, and show them. What was typed stands in no address."""
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        text = scanned(request)
        user: User = request.user  # type: ignore[assignment]  # signed in: the permission says so
        try:
            found = find_readers(text, actor=user, place_code=place.code)
        except DomainError as refusal:
            context |= {"refusal": refusal, "valid_card": _valid_card(refusal)}
            status = 422
        else:
            if found.by != ReaderSearch.By.NAME and found.readers:
                return go(request, reverse("admin:reader", args=[found.readers[0].pk]))
            context |= {"found": found, "subtitle": _how_many(found, text)}
    return desk_page(request, TEMPLATE, _("Readers"), context, place=place, status=status)


def _how_many(found: Found, text: str) -> str:
    """Say how many are found: first in the page's title, where who does not see hears it."""
    if not found.readers:
        return _("Nobody is found for “%(typed)s”") % {"typed": text}
    if found.has_more:
        return _("More than %(most)s readers; these are the first. Type more letters") % {"most": MOST_FOUND}
    number = len(found.readers)
    return ngettext("%(number)s reader", "%(number)s readers", number) % {"number": number}


def _valid_card(refusal: DomainError) -> object:
    """Return the card that is valid in place of an old one, to be opened with a press."""
    return refusal.params["card"] if isinstance(refusal, CardReplaced | CardJoined) else ""

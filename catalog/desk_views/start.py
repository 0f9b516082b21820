"""Where cataloguing begins: find a title, or go to one of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from branches.desk_frame import desk_page, for_staff
from catalog.keys import isbn13
from catalog.models import Contribution, Copy, Title
from catalog.search import titles_found
from milanolib.adminsite import tiles_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from milanolib.http import Request

MOST_ROWS = 30
LONGEST_QUESTION = 200


@require_GET
@for_staff("catalog.view_title")
def start(request: Request) -> HttpResponse:
    """Show the tiles, and the titles that somebody looks for by words, ISBN, barcode or control number.

    Whoever writes a whole number means one title: where there is just one, its page opens at once.
    """
    asked = request.GET.get("q", "").strip()[:LONGEST_QUESTION].replace("\x00", "")
    titles, is_exact = _found(asked) if asked else (Title.objects.none(), False)
    found = list(titles[: MOST_ROWS + 1])
    if is_exact and len(found) == 1:
        return HttpResponseRedirect(reverse("admin:title_edit", args=[found[0].pk]))
    context = {
        "tiles": tiles_of("catalogue", request.user),
        "asked": asked,
        "found": found[:MOST_ROWS],
        "goes_on": len(found) > MOST_ROWS,
    }
    return desk_page(request, "catalog/desk/start.html", _("Catalogue"), context)


def _found(asked: str) -> tuple[QuerySet[Title], bool]:
    """Return the title of a whole barcode or control number, else what search finds; and whether a number was asked.

    Merged titles are left out.
    """
    standing = Title.objects.filter(merged_into=None)
    barcode = "".join(asked.split())
    exact = standing.filter(pk__in=Copy.objects.filter(barcode__in={barcode, barcode.upper()}).values("title"))
    exact = exact or standing.filter(control_number=asked)
    is_exact = bool(exact) or bool(isbn13(asked))
    titles = exact or titles_found(asked).filter(merged_into=None)
    people = Prefetch("contributions", Contribution.objects.select_related("agent"))
    return titles.defer("record", "summary").prefetch_related(people).order_by("sort_key", "pk"), is_exact

"""What must not go to its point: the button below a refusal, and a page with a field for whoever has no scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from loans.another_way import send_another_way
from loans.desk_reads import copy_by_code
from loans.desk_views.answers import staff
from loans.desk_views.frame import LONGEST_SCAN, at_desk, desk_page, scanned
from loans.desk_words import tell
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request

PAGE = "loans/desk/another_way.html"


def address_for(code: str) -> str:
    """Return where what was scanned is sent another way."""
    return f"{reverse('admin:desk_another_way')}?{urlencode({'scan': code})}"


@at_desk
def another_way(request: Request, place: Place) -> HttpResponse:
    """Ask for a copy or a parcel that must not go to its point, and say where it goes instead."""
    if request.method == "POST":
        return _sent(request, place)
    context = {"code": request.GET.get("scan", "")[:LONGEST_SCAN]}
    return desk_page(request, PAGE, _("Send another way"), context, place=place)


def _sent(request: Request, place: Place) -> HttpResponse:
    code = scanned(request)
    context: dict[str, Any] = {"desk": place, "scanned": code}
    try:
        outcome = send_another_way(copy_by_code(code), place, actor=staff(request))
    except DomainError as refusal:
        return respond(request, f"{PAGE}#answer", context, refusal=refusal, back=address_for(code))
    told = tell(outcome)
    context |= {"told": told, "copy": outcome.copy}
    done = f"{outcome.copy.title}: {told}"
    return respond(request, f"{PAGE}#answer", context, done=done, back=reverse("admin:desk_pick"))

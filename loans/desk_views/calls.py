"""Whom a branch calls because no channel reaches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.services import note_views
from loans.call_list import calls_of
from loans.desk_views.frame import at_desk, desk_page
from milanolib.http import respond
from notifications.calls import note_call
from notifications.models import CallOutcome

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request

PAGE = "loans/desk/calls.html"


@require_GET
@at_desk
def calls(request: Request, place: Place) -> HttpResponse:
    """Show whom to call, the number, and what to say; that these readers were shown is written down."""
    lines = calls_of(place)
    note_views(request.user, [line.reader for line in lines], "calls")  # type: ignore[arg-type]  # signed in
    context = {"lines": lines, "outcomes": CallOutcome.choices}
    return desk_page(request, PAGE, _("To call"), context, place=place)


@require_POST
@at_desk
def called(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Write down how a call ended. Who has left the list meanwhile is told of by its row."""
    line = next((one for one in calls_of(place) if one.reader.pk == reader_id), None)
    outcome = request.POST.get("outcome", "")
    if line is None or outcome not in CallOutcome.values:
        raise Http404
    note_call(line.reader, line.messages, outcome, actor=request.user, place_code=place.code)  # type: ignore[arg-type]  # signed in
    label = CallOutcome(outcome).label
    context = {"desk": place, "line": line, "outcomes": CallOutcome.choices}
    done = _("Written down: %(outcome)s.") % {"outcome": label}
    return respond(request, f"{PAGE}#call", context, done=done, back=reverse("admin:desk_calls"))

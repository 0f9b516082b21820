"""The hold shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from loans.desk_reads import leaving_the_hold_shelf, on_the_hold_shelf
from loans.desk_views.frame import at_desk, desk_page
from milanolib import clock

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request


@require_GET
@at_desk
def hold_shelf(request: Request, place: Place) -> HttpResponse:
    """Show what is kept for readers, the overdue first, and what must leave the shelf."""
    context = {
        "kept": on_the_hold_shelf(place),
        "leaving": leaving_the_hold_shelf(place),
        "on_day": clock.today(),
    }
    return desk_page(request, "loans/desk/shelf.html", _("Hold shelf"), context, place=place)

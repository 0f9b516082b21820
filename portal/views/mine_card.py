"""The card with its barcode, and how a reader wants to be served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import choose_renewal
from milanolib.http import respond
from portal.bars import bars_of
from portal.household import Household

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def card(request: HttpRequest, reader_id: int | None = None) -> HttpResponse:
    """Show a card so that a scanner reads it from the screen: one's own, or that of a child."""
    household = Household.of(request.user)
    reader = household.card(reader_id)
    bars = bars_of(reader.card_number) if reader is not None else None
    return render(request, "portal/card.html", {"household": household, "reader": reader, "bars": bars})


@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """Show what a reader can choose, for each card."""
    return render(request, "portal/settings.html", {"household": Household.of(request.user)})


@require_POST
def renewal(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Let a card's loans renew by themselves, or no longer."""
    household = Household.of(request.user)
    reader = household.card(reader_id)
    assert reader is not None  # noqa: S101  for the type checker; a number that is not one's own is answered by 404
    choose_renewal(reader, by_itself=request.POST.get("by_itself") == "1")
    done = (
        _("Loans renew by themselves from now on, if nobody waits.")
        if reader.renews_by_itself
        else _("Loans no longer renew by themselves.")
    )
    context = {"reader": reader, "household": household}
    return respond(request, "portal/_renewal_choice.html", context, done=done, back=reverse("portal:settings"))

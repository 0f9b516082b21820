"""Guardians of a child's card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.guardians import end_guardianship, find_guardian, link_guardian, show_titles
from accounts.models import Guardianship
from loans.reader_forms import GuardianForm
from loans.reader_views.frame import at_desk, reader_of
from loans.reader_views.reader import page, settle

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request


@require_POST
@at_desk
def link(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Let somebody's sign-in open this child's card."""
    reader = reader_of(reader_id)
    form = GuardianForm(request.POST, prefix="guardian")
    if not form.is_valid():
        return page(request, place, reader, guardian_form=form)

    def act() -> str:
        guardian = find_guardian(form.cleaned_data["guardian"])
        link_guardian(reader, guardian, actor=request.user, place_code=place.code)  # type: ignore[arg-type]
        return _("%(guardian)s sees this card now, with their own sign-in.") % {"guardian": guardian}

    return settle(request, place, reader, act, guardian_form=form)


@require_POST
@at_desk
def end(request: Request, place: Place, reader_id: int, guardianship_id: int) -> HttpResponse:
    """Let that sign-in open this card no more."""
    reader = reader_of(reader_id)
    guardianship = get_object_or_404(Guardianship, child=reader, pk=guardianship_id)

    def act() -> str:
        end_guardianship(guardianship, actor=request.user, place_code=place.code)  # type: ignore[arg-type]
        return _("Ended: that sign-in does not open this card any more.")

    return settle(request, place, reader, act)


@require_POST
@at_desk
def titles(request: Request, place: Place, reader_id: int, guardianship_id: int) -> HttpResponse:
    """Write down whether a child of 14 or more shows this guardian their titles."""
    reader = reader_of(reader_id)
    guardianship = get_object_or_404(Guardianship, child=reader, pk=guardianship_id)
    shows = request.POST.get("shows") == "1"

    def act() -> str:
        show_titles(guardianship, shows=shows, actor=request.user, place_code=place.code)  # type: ignore[arg-type]
        if shows:
            return _("From 14 on this guardian sees the titles too.")
        return _("From 14 on this guardian does not see the titles.")

    return settle(request, place, reader, act)

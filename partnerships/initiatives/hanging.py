"""What is planned at a place, for whoever is about to close it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branches.hanging import Hanging
from milanolib import clock
from partnerships.models import InitiativeDate

if TYPE_CHECKING:
    from branches.models import Closure, Place
    from partnerships.initiatives.querysets import InitiativeDateQuerySet


def dates_at(place: Place) -> list[Hanging]:
    """Return how many dates of initiatives are still to come there."""
    return [Hanging(_("dates of initiatives"), _coming_at(place.pk).count())]


def dates_in_closure(closure: Closure) -> list[Hanging]:
    """Return how many dates are held there while it is closed; they are moved or cancelled in their own register."""
    held = _coming_at(closure.place_id).filter(ends_at__gt=clock.start_of(closure.starts_on))
    if closure.ends_on is not None:
        held = held.filter(starts_at__lt=clock.end_of(closure.ends_on))
    return [Hanging(_("dates of initiatives, to be moved or cancelled in their register"), held.count())]


def nothing_moved(closure: Closure, becomes: Closure | None) -> list[Hanging]:  # noqa: ARG001  what a closure asks
    """Return nothing: a closure moves no date, a librarian does, and each is told."""
    return []


def _coming_at(place_id: int) -> InitiativeDateQuerySet:
    coming = InitiativeDate.objects.public().planned().not_over(clock.now())
    return coming.filter(initiative__place=place_id, initiative__venue="")

"""Who keeps which places: a librarian those of her postings and the points they serve, the head of the network all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from branches.models import Place, Posting

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User


def keeps_all_places(user: User | AnonymousUser) -> bool:
    """Whether somebody keeps the whole network: who may say where others work."""
    return user.has_perm("branches.change_posting")


def places_kept_by(user: User | AnonymousUser) -> QuerySet[Place]:
    """Return the places that somebody keeps: those of the postings, the points they serve, a vehicle's stops."""
    if not user.has_perm("branches.change_place"):
        return Place.objects.none()
    if keeps_all_places(user):
        return Place.objects.all()
    posted = Posting.objects.filter(user=user.pk).values("place")
    return Place.objects.filter(Q(pk__in=posted) | Q(parent__in=posted) | Q(vehicle__in=posted))


def can_keep_place(user: User | AnonymousUser, place: Place) -> bool:
    """Whether somebody keeps this place."""
    return places_kept_by(user).filter(pk=place.pk).exists()

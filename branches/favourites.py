"""The points that somebody uses, marked by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branches.models import FavouritePoint

if TYPE_CHECKING:
    from accounts.models import User
    from branches.models import Place


def keep_point(user: User, place: Place) -> None:
    """Mark a point as one that this person uses; a second time changes nothing."""
    FavouritePoint.objects.get_or_create(user=user, place=place)


def drop_point(user: User, place: Place) -> None:
    """Take the mark away; nothing happens where there is none."""
    FavouritePoint.objects.filter(user=user, place=place).delete()

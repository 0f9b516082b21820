"""The points that somebody uses follow when two cards become one."""

from __future__ import annotations

from accounts.movers import Mover
from branches.models import FavouritePoint


class PointMover(Mover):
    """Points that somebody uses; where staff are posted stays theirs."""

    moves = ("branches.FavouritePoint.user",)
    stays = ("branches.Posting.user",)

    def move(self) -> None:
        """Move the points that are not there yet."""
        if self.users is None:
            return
        kept, gone = self.users
        own = FavouritePoint.objects.filter(user=kept).values("place")
        FavouritePoint.objects.filter(user=gone).exclude(place__in=own).update(user=kept)
        FavouritePoint.objects.filter(user=gone).delete()

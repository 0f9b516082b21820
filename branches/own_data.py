"""What the network keeps about a person: the points they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.own_data import WORK, Area, Column, Part
from branches.models import FavouritePoint

if TYPE_CHECKING:
    from collections.abc import Iterable


class PointPart(Part):
    """The points that somebody uses; where staff are posted is the library's affair."""

    covers = ("branches.FavouritePoint.user",)
    left_out = {"branches.Posting.user": WORK}

    def areas(self) -> Iterable[Area]:
        """Return the points."""
        yield Area(
            "points",
            _("Points that you use"),
            _("So that a search can be narrowed to them, until you take them off."),
            FavouritePoint.objects.filter(user__in=self.users),
            Column("point", "place__name", _("point")),
        )

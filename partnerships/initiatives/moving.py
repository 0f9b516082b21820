"""The card of a reading group, when two cards of one institution become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.movers import Mover, Moving
from partnerships.models import Initiative

if TYPE_CHECKING:
    from collections.abc import Iterable


class InitiativeMover(Mover):
    """The kept card takes the place of the other in every initiative."""

    moves = ("partnerships.Initiative.card",)

    def what_moves(self) -> Iterable[Moving]:
        """Say how many initiatives name the card that goes."""
        return [Moving(_("initiatives"), Initiative.objects.filter(card=self.other).count())]

    def move(self) -> None:
        """Name the kept card instead."""
        Initiative.objects.filter(card=self.other).update(card=self.keep)

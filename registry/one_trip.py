"""One trip: a slot at a workstation, and what somebody collects at the same library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loans.hold_changes import change_pickup
from loans.models import Hold
from loans.states import HoldStatus
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from branches.models import Place
    from loans.querysets import HoldQuerySet

SHOWN = 10
ON_THE_WAY = (HoldStatus.PICKED, HoldStatus.IN_TRANSIT, HoldStatus.ARRIVED, HoldStatus.READY)


def pickups_at(place: Place | None, user: AbstractBaseUser | AnonymousUser) -> list[Hold]:
    """Return what somebody signed in can collect, or will, at a library. Nothing for strangers."""
    if place is None or not user.is_authenticated:
        return []
    own = Hold.objects.visible_to(user).open().filter(pickup_place=place, status__in=ON_THE_WAY)  # type: ignore[arg-type]
    return list(own.order_by("pk")[:SHOWN])


def could_be_collected_at(place: Place | None, user: AbstractBaseUser | AnonymousUser) -> HoldQuerySet:
    """Return the own reservations to be collected elsewhere, and not ready there yet: they can come here instead."""
    if place is None or not user.is_authenticated:
        return Hold.objects.none()
    own = Hold.objects.open().filter(reader__user=user.pk).exclude(pickup_place=place).exclude(status=HoldStatus.READY)
    return own.select_related("work", "pickup_place").order_by("pk")


def collect_at(place: Place, holds: Iterable[Hold]) -> list[DomainError]:
    """Let reservations be collected at a library; return why some stay where they are. Each by itself."""
    refusals = []
    for hold in holds:
        try:
            change_pickup(hold, place, actor=None)
        except DomainError as refusal:
            refusals.append(refusal)
    return refusals

"""Contracts that end soon: whoever looks after one is told in time, once for each last day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q

from milanolib import clock
from outbox.events import emit_each
from proximity.models import Contract
from proximity.policy import RENEW_WITHIN

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet


def to_renew(today: dt.date) -> QuerySet[Contract]:
    """Return the contracts that end soon with none to follow, of points that go on."""
    following = Contract.objects.filter(place=OuterRef("place"), starts_on__gt=OuterRef("starts_on"))
    goes_on = Q(place__closed_on=None) | Q(place__closed_on__gt=F("ends_on"))
    soon = Contract.objects.filter(goes_on, ends_on__range=(today, today + RENEW_WITHIN))
    return soon.exclude(Exists(following)).select_related("place").order_by("ends_on", "pk")


def tell_of_endings() -> int:
    """Let each contract that ends soon be told of; return how many end. Safe to repeat: a last day is told once."""
    ending = list(to_renew(clock.today()))
    emit_each(
        "proximity.contract_ending",
        {f"contract-ending:{one.pk}:{one.ends_on}": {"contract_id": one.pk} for one in ending},
    )
    return len(ending)

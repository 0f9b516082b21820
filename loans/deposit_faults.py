"""What must be true of deposits, recomputed from the rows: a set is whole, and its stays say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, Subquery

from catalog.states import CopyStatus
from loans.models import Deposit, DepositCopy, DepositStay, Transit
from loans.states import OPEN_TRANSIT, DepositStatus, TransitReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loans.faults import Fault


AT_ITS_LIBRARY = (DepositStatus.COMPOSING, DepositStatus.ENDED)


def deposits() -> Iterator[Fault]:
    """Look for sets whose stays do not say what they say, and for their copies that are not where the set is."""
    under_way = DepositStay.objects.filter(deposit=OuterRef("pk"), sent_at__isnull=False, left_at=None)
    coming, there = under_way.filter(received_at=None), under_way.filter(received_at__isnull=False)
    wrong = (
        (Q(status__in=AT_ITS_LIBRARY) & Exists(under_way))
        | (Q(status=DepositStatus.ON_WAY) & ~Exists(coming))
        | (Q(status=DepositStatus.IN_PLACE) & ~Exists(there))
    )
    yield ("deposit {}: its stays do not say what it says", Deposit.objects.filter(wrong))
    goal = DepositStay.objects.filter(deposit=OuterRef("deposit"), sent_at__isnull=False, left_at=None)
    members = DepositCopy.objects.filter(left_at=None).annotate(goal=Subquery(goal.values("place")[:1]))
    ride = Transit.objects.filter(copy=OuterRef("copy"), status__in=OPEN_TRANSIT, reason=TransitReason.DEPOSIT)
    shown = Q(copy__status=CopyStatus.ON_DISPLAY)
    whole = (
        (shown & Q(deposit__status=DepositStatus.COMPOSING, copy__place=F("deposit__library")))
        | (shown & Q(deposit__status=DepositStatus.IN_PLACE, copy__place=F("goal")))
        | (Q(deposit__status=DepositStatus.ON_WAY) & Exists(ride.filter(destination=OuterRef("goal"))))
    )
    yield ("copy of a deposit {}: is not where its set is", members.exclude(whole))
    yield ("copy of a deposit {}: is another library's", members.exclude(copy__home=F("deposit__library")))


def journeys() -> Iterator[Fault]:
    """Look for journeys with a set that their copy is not in."""
    member = DepositCopy.objects.filter(copy=OuterRef("copy"), left_at=None)
    rides = Transit.objects.filter(~Exists(member), status__in=OPEN_TRANSIT, reason=TransitReason.DEPOSIT)
    yield ("transit {}: goes with a deposit that its copy is not in", rides)

"""What pages show of deposits: those of a library, what is in one, what is at a house, where a copy is meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q

from catalog.models import Title
from catalog.states import CopyStatus
from loans.models import Deposit, DepositCopy, DepositStay, Hold
from loans.states import HoldStatus, LeftDeposit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from branches.models import Place
    from catalog.models import Copy
    from catalog.querysets import TitleQuerySet

NEWEST = 50


def deposits_of(library: Place) -> list[Deposit]:
    """Return the sets of a library, those that stand first, each with `content` and its stays: two statements."""
    rows = (
        Deposit.objects.filter(library=library)
        .annotate(content=Count("members", filter=Q(members__left_at=None)))
        .prefetch_related(Prefetch("stays", DepositStay.objects.select_related("place")))
        .order_by(F("ended_at").desc(nulls_first=True), "-made_at", "-pk")
    )
    return list(rows[:NEWEST])


def content_of(deposit: Deposit) -> list[DepositCopy]:
    """Return what is in a set now, each with whether somebody `is_waiting` for its title."""
    waiting = Hold.objects.filter(work=OuterRef("copy__title__work"), status=HoldStatus.QUEUED, suspended_until=None)
    members = DepositCopy.objects.filter(deposit=deposit, left_at=None).annotate(is_waiting=Exists(waiting))
    members = members.select_related("copy__title").defer("copy__title__record", "copy__title__summary")
    return list(members.order_by("copy__title__title", "copy__barcode"))


def stays_at(place: Place) -> list[DepositStay]:
    """Return the stays of sets that are at a place or on their way there, those that came first before."""
    stays = DepositStay.objects.filter(place=place, sent_at__isnull=False, left_at=None)
    stays = stays.select_related("deposit__library").annotate(
        content=Count("deposit__members", filter=Q(deposit__members__left_at=None))
    )
    return list(stays.order_by("sent_at", "pk"))


def called_back_from(place: Place) -> list[str]:
    """Return the barcodes of copies that were called back from a place and wait there for the van."""
    rows = DepositCopy.objects.filter(
        left_because=LeftDeposit.CALLED_BACK, copy__place=place, copy__status=CopyStatus.IN_TRANSIT
    ).distinct()
    return sorted(set(rows.values_list("copy__barcode", flat=True)))


def titles_in(deposit: Deposit) -> TitleQuerySet:
    """Return the titles of which a copy is in a set now, by name."""
    members = DepositCopy.objects.filter(left_at=None, deposit=deposit)
    return Title.objects.filter(pk__in=members.values("copy__title")).order_by("title", "pk")


def stays_of_copies(copies: Iterable[Copy]) -> dict[int, DepositStay]:
    """Return the stay at which each copy is with its set, by the copy's number; nothing is asked where none can be."""
    shown = [copy.pk for copy in copies if copy.status == CopyStatus.ON_DISPLAY]
    return _stays_of(shown) if shown else {}


def _stays_of(copies: list[int]) -> dict[int, DepositStay]:
    members = dict(DepositCopy.objects.filter(copy__in=copies, left_at=None).values_list("copy", "deposit"))
    stays = DepositStay.objects.filter(deposit__in=set(members.values()), received_at__isnull=False, left_at=None)
    by_set: dict[int, DepositStay] = {stay.deposit_id: stay for stay in stays.select_related("place")}
    return {copy: by_set[deposit] for copy, deposit in members.items() if deposit in by_set}


def standing_deposits(library: Place) -> QuerySet[Deposit]:
    """Return the sets of a library, whoever asks for one by its number."""
    return Deposit.objects.filter(library=library).select_related("library")

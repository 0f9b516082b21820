"""Addresses that no longer work: marked by what came back, and free again once they are confirmed.

An address is known by its keyed hash only. Whoever gives another one has one without a mark.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import F, Q

from accounts.encryption import address_hash
from milanolib import clock
from notifications.models import AddressMark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

FULL_TIMES = 3  # a mailbox that was full so often within these days works no more
FULL_WITHIN = dt.timedelta(days=30)


def mark_address(channel: str, address: str, why: str) -> AddressMark:
    """Write down that an address does not work; the same again counts. Return the mark."""
    now, hashed = clock.now(), address_hash(channel, address)
    mark, is_new = AddressMark.objects.get_or_create(
        channel=channel, address_hash=hashed, defaults={"why": why, "marked_at": now}
    )
    if is_new:
        return mark
    is_other_time = mark.mended_at is not None or mark.marked_at < now - FULL_WITHIN
    AddressMark.objects.filter(pk=mark.pk).update(
        why=mark.why if mark.why != AddressMark.Why.FULL and mark.mended_at is None else why,
        times=1 if is_other_time else F("times") + 1,
        marked_at=now,
        mended_at=None,
    )
    mark.refresh_from_db()
    return mark


def mend_address(channel: str, address: str) -> bool:
    """Somebody has shown that an address works: it is written to again. Return whether it was marked."""
    marked = AddressMark.objects.filter(channel=channel, address_hash=address_hash(channel, address), mended_at=None)
    return bool(marked.update(mended_at=clock.now()))


def broken() -> QuerySet[AddressMark]:
    """Return the marks that count: a mailbox that was full once still gets letters."""
    return AddressMark.objects.filter(mended_at=None).filter(~Q(why=AddressMark.Why.FULL) | Q(times__gte=FULL_TIMES))


def broken_among(channel: str, addresses: Iterable[str]) -> set[str]:
    """Return which of these addresses do not work, in one query."""
    by_hash = {address_hash(channel, address): address for address in addresses if address}
    if not by_hash:
        return set()
    found = broken().filter(channel=channel, address_hash__in=by_hash).values_list("address_hash", flat=True)
    return {by_hash[hashed] for hashed in found}

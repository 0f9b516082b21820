"""Stocktakes: what stands on the shelves of a library, scanned copy by copy, against what should stand there.

A scan only looks and says; it moves nothing, though a copy that was missed is found by it. Closing makes the list of
what was not found, and only a confirmation after that marks those copies as missing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.models import Copy, Stocktake, StocktakeScan
from catalog.states import CopyStatus
from loans.keeping import NotMissing, mark_missing
from loans.models import Assignment
from loans.troubles import find_copy
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User
    from branches.models import Place
    from catalog.querysets import CopyQuerySet

PERMISSION = "catalog.add_stocktake"
_PARTS = re.compile(r"\d+|\D+")


class Finding(models.TextChoices):
    """What a scan at the shelf found."""

    IN_ORDER = "in_order", _("In order")
    OUT_OF_ORDER = "out_of_order", _("Out of order on the shelf")
    OTHER_SHELF = "other_shelf", _("Belongs to another shelf")
    OTHER_LIBRARY = "other_library", _("Belongs to another library")
    RESERVED = "reserved", _("Meant for a reader")
    ELSEWHERE = "elsewhere", _("Is somewhere else by the records")
    ON_LOAN = "on_loan", _("On loan by the records")
    MISSING = "missing", _("Was missing, and is found")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    UNKNOWN = "unknown", _("Unknown barcode")


# What to do about each: nothing, put it right on the shelf, or check it in so that the records follow.
TO_CHECK_IN = (
    Finding.OTHER_LIBRARY, Finding.RESERVED, Finding.ELSEWHERE, Finding.ON_LOAN, Finding.MISSING, Finding.WITHDRAWN,
)  # fmt: skip
ADVICE = {
    Finding.IN_ORDER: "",
    Finding.OUT_OF_ORDER: _("Its shelf mark comes before the one scanned last: put it where it belongs."),
    Finding.OTHER_SHELF: _("Put it on its own shelf."),
    Finding.OTHER_LIBRARY: _("Take it off the shelf and scan it at check-in."),
    Finding.RESERVED: _("Take it off the shelf and scan it at check-in: a reader waits for it."),
    Finding.ELSEWHERE: _("Take it off the shelf and scan it at check-in."),
    Finding.ON_LOAN: _("Take it off the shelf and scan it at check-in: its loan ends there."),
    Finding.MISSING: _("Take it off the shelf and scan it at check-in."),
    Finding.WITHDRAWN: _("Take it off the shelf, or scan it at check-in if it stays in the stock."),
    Finding.UNKNOWN: _("Look whether the label can be read; if it can, the copy has to be added."),
}


class StocktakeOpen(DomainError):
    """One at a time."""

    code = "stocktake_open"
    message = _("A stocktake of your library is open already. Go on with it, or close it first.")


class StocktakeClosed(DomainError):
    """It is over."""

    code = "stocktake_closed"
    message = _("This stocktake has been closed. Begin another one.")


@dataclass(frozen=True)
class Scanned:
    """The answer to one scan."""

    finding: Finding
    barcode: str
    copy: Copy | None
    is_repeated: bool


def begin_stocktake(place: Place, *, prefix: str = "", actor: User | None) -> Stocktake:
    """Begin to count the shelves of a library, or those whose shelf marks begin so. Raises StocktakeOpen."""
    try:
        with transaction.atomic():
            stocktake = Stocktake.objects.create(
                place=place, prefix=prefix.strip(), started_at=clock.now(), started_by=actor
            )
            note_act("begin_stocktake", f"stocktake:{stocktake.pk}", actor=actor, place_code=place.code)
    except IntegrityError as error:
        raise StocktakeOpen from error
    return stocktake


def scan_copy(stocktake: Stocktake, barcode: str) -> Scanned:
    """Write down that a barcode stands on the shelf, and say what of it. Scanning it again says the same again.

    One that was missed on this shelf is found by it. Raises StocktakeClosed.
    """
    scanned = _write_down(stocktake, barcode)
    if scanned.copy is not None and scanned.copy.missed_at is not None:
        find_copy(scanned.copy, stocktake.place)
    return scanned


@transaction.atomic
def _write_down(stocktake: Stocktake, barcode: str) -> Scanned:
    stocktake = (
        Stocktake.objects.select_for_update(no_key=True, of=("self",)).select_related("place").get(pk=stocktake.pk)
    )
    if stocktake.closed_at is not None:
        raise StocktakeClosed
    barcode = "".join(barcode.split())[:40]
    copies = Copy.objects.select_related("title", "home", "place").defer("title__record", "title__summary")
    # Locked, so that a copy that an earlier count marks as missing at this moment is either spared or told as missing.
    copy = copies.select_for_update(no_key=True, of=("self",)).filter(barcode__in={barcode, barcode.upper()}).first()
    barcode = copy.barcode if copy is not None else barcode
    known = StocktakeScan.objects.filter(stocktake=stocktake, barcode=barcode).first()
    if known is not None:
        return Scanned(Finding(known.finding), barcode, copy, is_repeated=True)
    finding = _finding(stocktake, copy)
    StocktakeScan.objects.create(
        stocktake=stocktake, barcode=barcode, copy=copy, finding=finding, scanned_at=clock.now()
    )
    return Scanned(finding, barcode, copy, is_repeated=False)


BY_STATUS = {
    CopyStatus.ON_LOAN: Finding.ON_LOAN,
    CopyStatus.CLAIMED_RETURNED: Finding.ON_LOAN,
    CopyStatus.LOST: Finding.MISSING,
    CopyStatus.MISSING: Finding.MISSING,
    CopyStatus.WITHDRAWN: Finding.WITHDRAWN,
}


def _finding(stocktake: Stocktake, copy: Copy | None) -> Finding:
    """Say what a scan found: first what the records know of the copy, then where on the shelf it stands."""
    if copy is None:
        return Finding.UNKNOWN
    by_status = BY_STATUS.get(CopyStatus(copy.status))
    if by_status is not None:
        return by_status
    if copy.home_id != stocktake.place_id:
        return Finding.OTHER_LIBRARY
    is_here = copy.place_id == stocktake.place_id
    held = Assignment.objects.open().filter(copy=copy, committed_at__isnull=False)
    if is_here and (copy.status in (CopyStatus.PICKED, CopyStatus.SET_ASIDE) or held.exists()):
        return Finding.RESERVED
    return _on_the_shelf(stocktake, copy) if is_here and copy.status == CopyStatus.AVAILABLE else Finding.ELSEWHERE


def _on_the_shelf(stocktake: Stocktake, copy: Copy) -> Finding:
    if not copy.shelf_mark.casefold().startswith(stocktake.prefix.casefold()):
        return Finding.OTHER_SHELF
    last = (
        StocktakeScan.objects.filter(stocktake=stocktake, finding=Finding.IN_ORDER, copy__isnull=False)
        .order_by("-scanned_at", "-pk")
        .values_list("copy__shelf_mark", flat=True)
        .first()
    )
    is_before = last is not None and shelf_order(copy.shelf_mark) < shelf_order(last)
    return Finding.OUT_OF_ORDER if is_before else Finding.IN_ORDER


def shelf_order(mark: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts shelf marks as they stand: words by letters, numbers by size, decimals as fractions."""
    parts: list[tuple[int, int, str]] = []
    for word in mark.casefold().split():
        head, _point, fraction = word.partition(".")
        parts += [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _PARTS.findall(head)]
        parts.append((-1, 0, fraction))  # before any further word; none comes first
    return tuple(parts)


def expected(stocktake: Stocktake) -> CopyQuerySet:
    """Return the copies that should stand on the shelves counted, and stood there before the count began."""
    return Copy.objects.filter(
        home=stocktake.place_id,
        place=stocktake.place_id,
        status=CopyStatus.AVAILABLE,
        shelf_mark__istartswith=stocktake.prefix,
    ).filter(models.Q(status_since=None) | models.Q(status_since__lt=stocktake.started_at))


def not_found(stocktake: Stocktake) -> CopyQuerySet:
    """Return the copies that should stand there and were not scanned, in the order of the shelf."""
    scanned = StocktakeScan.objects.filter(stocktake=stocktake, copy__isnull=False).values("copy")
    copies = expected(stocktake).exclude(pk__in=scanned).select_related("title", "home", "place")
    return copies.defer("title__record", "title__summary").order_by("shelf_mark", "barcode")


@transaction.atomic
def close_stocktake(stocktake: Stocktake, *, actor: User | None) -> Stocktake:
    """End a count and keep what it found, in numbers, and which copies were not found. Safe to repeat."""
    stocktake = Stocktake.objects.select_for_update(no_key=True, of=("self",)).get(pk=stocktake.pk)
    if stocktake.closed_at is not None:
        return stocktake
    findings = Counter(StocktakeScan.objects.filter(stocktake=stocktake).values_list("finding", flat=True))
    stocktake.outcome = {
        "expected": expected(stocktake).count(),
        "findings": dict(findings),
        "not_found": list(not_found(stocktake).values_list("pk", flat=True)),
    }
    stocktake.closed_at = max(clock.now(), stocktake.started_at)
    stocktake.save(update_fields=["closed_at", "outcome"])
    note_act("close_stocktake", f"stocktake:{stocktake.pk}", actor=actor)
    return stocktake


def mark_not_found(stocktake: Stocktake, *, actor: User | None) -> tuple[int, int]:
    """After a count: mark what was not found as missing; return how many were, and how many had moved meanwhile.

    Each copy in a transaction of its own, looked at again: one that came back since, or that a later count found, is
    left alone. Safe to repeat.
    """
    marked = spared = 0
    for copy in Copy.objects.filter(pk__in=stocktake.outcome.get("not_found", [])).order_by("pk"):
        if copy.status == CopyStatus.MISSING:
            continue
        try:
            mark_missing(copy, stocktake.place, since=stocktake.started_at, actor=actor)
            marked += 1
        except NotMissing:
            spared += 1
    Stocktake.objects.filter(pk=stocktake.pk).update(
        outcome={**stocktake.outcome, "marked": stocktake.outcome.get("marked", 0) + marked}
    )
    return marked, spared

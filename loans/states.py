"""The states of holds, loans, transits and parcels, on one screen; `moves/` says how they follow one another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class HoldStatus(models.TextChoices):
    """Where a reservation stands. 'Ready' only when the reader can take it: on the shelf, scanned in, loaded."""

    QUEUED = "queued", _("waiting its turn")
    ASSIGNED = "assigned", _("a copy has been found")
    PICKED = "picked", _("taken from the shelf")
    IN_TRANSIT = "in_transit", _("on its way")
    ARRIVED = "arrived", _("arrived, being prepared")
    READY = "ready", _("ready to be collected")
    COLLECTED = "collected", _("collected")
    EXPIRED = "expired", _("not collected in time")
    CANCELLED = "cancelled", _("cancelled")
    LAPSED = "lapsed", _("no longer needed")


OPEN_HOLD = (  # written out, never derived: an undo may give a closed state a way out
    HoldStatus.QUEUED,
    HoldStatus.ASSIGNED,
    HoldStatus.PICKED,
    HoldStatus.IN_TRANSIT,
    HoldStatus.ARRIVED,
    HoldStatus.READY,
)
WITH_COPY = OPEN_HOLD[1:]


# Why a copy that was ready is meant once more for the same reader: what its assignment was released for.
TURNED_UP_ELSEWHERE, POINT_CLOSED = BEGUN_ANEW = ("turned_up_elsewhere", "point_closed")


class HoldLevel(models.TextChoices):
    """What is reserved."""

    WORK = "work", _("any edition")
    TITLE = "title", _("this edition")
    VOLUME = "volume", _("this volume")
    COPY = "copy", _("this copy")


class GroupKind(models.TextChoices):
    """What reservations made together are to each other."""

    ONE_OF = "one_of", _("whichever comes first")
    SET = "set", _("all together")


class LoanStatus(models.TextChoices):
    """Where a loan stands; overdue is derived from its date, never stored."""

    OPEN = "open", _("on loan")
    CLAIMED = "claimed", _("said to be returned")
    LOST = "lost", _("lost")
    CLOSED = "closed", _("returned")


class LoanEnd(models.TextChoices):
    """Why a loan was closed although nobody gave the copy back."""

    NEVER_BORROWED = "never_borrowed", _("the reader never had it")
    MADE_GOOD = "made_good", _("lost, and made good")


STANDING_LOAN = (LoanStatus.OPEN, LoanStatus.CLAIMED, LoanStatus.LOST)


class TransitStatus(models.TextChoices):
    """Where a copy's journey stands."""

    REQUESTED = "requested", _("waiting for the van")
    LOADED = "loaded", _("on the van")
    ARRIVED = "arrived", _("arrived")
    CANCELLED = "cancelled", _("cancelled")


OPEN_TRANSIT = (TransitStatus.REQUESTED, TransitStatus.LOADED)


class TransitReason(models.TextChoices):
    """Why a copy travels: every move has a cause."""

    HOLD = "hold", _("for a reservation")
    RETURN = "return", _("given back at a point")
    HOME = "home", _("back to its library")
    EXPIRED = "expired", _("not collected")
    DEPOSIT = "deposit", _("with its deposit")


class ParcelStatus(models.TextChoices):
    """Where a parcel stands; it is at a place, in a crate, or out of our hands."""

    PACKED = "packed", _("packed")
    IN_CRATE = "in_crate", _("in a crate")
    RECEIVED = "received", _("at the point")
    HANDED_OVER = "handed_over", _("handed over")
    OPENED = "opened", _("back and opened")
    LOST = "lost", _("lost on its way")


PARCEL_WITH_US = (ParcelStatus.PACKED, ParcelStatus.IN_CRATE, ParcelStatus.RECEIVED)

PARCEL_MOVES: dict[str, tuple[str, ...]] = {
    ParcelStatus.PACKED: (
        ParcelStatus.IN_CRATE,
        ParcelStatus.RECEIVED,
        ParcelStatus.HANDED_OVER,
        ParcelStatus.OPENED,
        ParcelStatus.LOST,
    ),
    ParcelStatus.IN_CRATE: (
        ParcelStatus.PACKED,
        ParcelStatus.RECEIVED,
        ParcelStatus.HANDED_OVER,
        ParcelStatus.OPENED,
        ParcelStatus.LOST,
    ),
    ParcelStatus.RECEIVED: (
        ParcelStatus.IN_CRATE,
        ParcelStatus.HANDED_OVER,
        ParcelStatus.OPENED,
        ParcelStatus.LOST,
    ),
}


class CrateStatus(models.TextChoices):
    """Where a crate stands."""

    OPEN = "open", _("being filled")
    SEALED = "sealed", _("sealed")
    ON_ROAD = "on_road", _("on the road")
    RECEIVED = "received", _("being unpacked")
    UNPACKED = "unpacked", _("unpacked")


CRATE_STAYS = (CrateStatus.OPEN, CrateStatus.SEALED)
CRATE_COMES = (CrateStatus.SEALED, CrateStatus.ON_ROAD, CrateStatus.RECEIVED)


class DepositStatus(models.TextChoices):
    """Where a set of copies stands that goes from one condominium library to the next."""

    COMPOSING = "composing", _("being put together")
    ON_WAY = "on_way", _("on its way")
    IN_PLACE = "in_place", _("in its place")
    ENDED = "ended", _("brought home")


DEPOSIT_MOVES: dict[str, tuple[str, ...]] = {
    DepositStatus.COMPOSING: (DepositStatus.ON_WAY, DepositStatus.ENDED),
    DepositStatus.ON_WAY: (DepositStatus.IN_PLACE,),
    DepositStatus.IN_PLACE: (DepositStatus.ON_WAY, DepositStatus.ENDED),
}


class LeftDeposit(models.TextChoices):
    """Why a copy is in its set no more."""

    HOME = "home", _("brought home")
    TAKEN_OUT = "taken_out", _("taken out")
    CALLED_BACK = "called_back", _("called back")
    ELSEWHERE = "elsewhere", _("went another way")

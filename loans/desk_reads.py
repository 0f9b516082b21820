"""What the desk's pages show of one branch, each list in a fixed number of statements."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Case, F, Prefetch, Q, Value, When

from branches.devices import normalised_code
from branches.journeys import journey
from branches.models import Device, Place, PlaceKind
from branches.rounds import timetable_between
from catalog.models import Contribution, Copy
from loans.arrivals import ROAD_AHEAD
from loans.errors import BarcodeUnknown
from loans.models import Assignment, Hold, Loan, Parcel, Task, TaskKind, Transit
from loans.picking import pick_list, to_be_packed
from loans.policy import PARCEL_KINDS
from loans.settling import LISTED_APART
from loans.states import OPEN_TRANSIT, PARCEL_WITH_US, HoldStatus, LoanStatus, ParcelStatus
from milanolib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Reader

PARTNER_KINDS = (PlaceKind.NEWSSTAND, PlaceKind.BOOKSHOP, PlaceKind.CONDOMINIUM)
NEWSSTANDS_FIRST = Case(
    *(When(kind=kind, then=Value(number)) for number, kind in enumerate(PARTNER_KINDS)),
    default=Value(len(PARTNER_KINDS)),
)
BIG_FIELDS = ("copy__title__record", "copy__title__summary")
# The end of a hold and the move of its copy are one transaction; a later state of the copy comes from a scan.
ONE_TRANSACTION = dt.timedelta(seconds=30)
MOST_ROWS = 300  # what one person can take off the shelves; a longer list says that it goes on


def copy_by_barcode(scanned: str) -> Copy:
    """Return the copy with exactly this barcode, as scanned or typed with spaces. Raises BarcodeUnknown."""
    barcode = "".join(scanned.split())
    copy = _named(Copy.objects.filter(barcode__in={barcode, barcode.upper()}))
    if copy is None:
        raise BarcodeUnknown
    return copy


def copy_by_code(scanned: str) -> Copy:
    """Return the copy with this barcode, or the one in the parcel with this tag. Raises BarcodeUnknown."""
    try:
        return copy_by_barcode(scanned)
    except BarcodeUnknown:
        parcel = Parcel.objects.filter(tag=normalised_code(scanned), status__in=PARCEL_WITH_US)
        copy = _named(Copy.objects.filter(pk__in=parcel.values("assignment__copy")))
        if copy is None:
            raise
        return copy


def _named(copies: QuerySet[Copy]) -> Copy | None:
    """Return a copy with no more of it than the desk says: its barcode and its title."""
    return copies.select_related("title").only("pk", "barcode", "title__title").first()


def to_pick(place: Place) -> QuerySet[Assignment]:
    """Return what is to be taken from the shelves of a branch, in shelf order, with authors and points."""
    people = Prefetch("copy__title__contributions", Contribution.objects.select_related("agent"))
    return pick_list(place).select_related("hold__pickup_place__vehicle").prefetch_related(people)


def note_vans(picks: list[Assignment], place: Place) -> None:
    """Write on each pick (`van_on`) on which day the van takes it from this branch; None when none is planned."""
    now, today = clock.now(), clock.today()
    destinations = {one.hold.pickup_place.holding_place.pk for one in picks}
    timetable = timetable_between(today, today + ROAD_AHEAD, {place.pk, *destinations})
    for one in picks:
        found = journey(timetable, place.pk, one.hold.pickup_place.holding_place.pk, now)
        one.van_on = clock.local(found.leaves_at).date() if found is not None else None  # type: ignore[attr-defined]


def to_pack(place: Place) -> QuerySet[Assignment]:
    """Return what was picked at a branch and waits to be wrapped; `is_wrapped` is false where no parcel is needed.

    That is so when the reader has moved the reservation to a library meanwhile: the next scan says where it goes.
    """
    return to_be_packed(place).annotate(is_wrapped=Q(hold__pickup_place__kind__in=PARCEL_KINDS))


def to_label(place: Place) -> QuerySet[Parcel]:
    """Return the parcels at a branch whose readers have chosen another point since they were packed."""
    return Parcel.objects.filter(place=place, has_old_label=True).select_related("destination").order_by("tag")


def on_the_hold_shelf(place: Place) -> QuerySet[Assignment]:
    """Return the copies kept for readers at a branch (or on a vehicle for its stops), the oldest last day first."""
    return (
        Assignment.objects.open()
        .filter(hold__status=HoldStatus.READY)
        .filter(Q(hold__pickup_place=place) | Q(hold__pickup_place__vehicle=place))
        .select_related("copy__title", "hold__reader", "hold__pickup_place")
        .defer(*BIG_FIELDS)
        .order_by("hold__keep_until", "hold__ready_at", "pk")
    )


def ready_for(reader: Reader, place: Place) -> QuerySet[Assignment]:
    """Return what one reader can take home now at this desk."""
    return on_the_hold_shelf(place).filter(hold__reader=reader)


def loans_of(reader: Reader) -> QuerySet[Loan]:
    """Return what a reader has on loan, the first due first."""
    loans = Loan.objects.standing().filter(reader=reader).select_related("copy__title", "place")
    return loans.defer(*BIG_FIELDS).order_by("due_on", "pk")


def holds_of(reader: Reader) -> QuerySet[Hold]:
    """Return a reader's open reservations with their place in the queue, the ready ones first."""
    holds = Hold.objects.open().filter(reader=reader).with_place_in_queue()
    related = holds.select_related("pickup_place__vehicle", "work", "title", "copy", "group")
    related = related.defer("title__record", "title__summary")
    return related.order_by(F("ready_at").asc(nulls_last=True), "placed_at", "pk")


def leaving_the_hold_shelf(place: Place) -> QuerySet[Assignment]:
    """Return the copies that still stand on the hold shelf although their reservation is over.

    They leave the list when somebody scans them: check-in says where each one goes.
    """
    return (
        Assignment.objects.filter(
            hold__status__in=[HoldStatus.EXPIRED, HoldStatus.CANCELLED],
            hold__ready_at__isnull=False,
            copy__place=place,
            copy__status_since__gte=F("released_at") - ONE_TRANSACTION,
            copy__status_since__lte=F("released_at") + ONE_TRANSACTION,
        )
        .filter(Q(hold__pickup_place=place) | Q(hold__pickup_place__vehicle=place))
        .select_related("copy__title", "hold")
        .defer(*BIG_FIELDS)
        .order_by("released_at", "pk")
    )


def ended_before(copy: Copy) -> Loan | None:
    """Return the loan of a copy that this check-in or one earlier today found ended, with the point it was left at."""
    return (
        Loan.objects.filter(copy=copy, status=LoanStatus.CLOSED, checked_in_at__gte=clock.start_of(clock.today()))
        .select_related("returned_place")
        .order_by("-closed_at")
        .first()
    )


def open_tasks(place: Place) -> QuerySet[Task]:
    """Return what a branch must look into, the oldest first; what it is to look for has a list of its own."""
    return (
        Task.objects.filter(place=place, closed_at=None)
        .exclude(kind__in=LISTED_APART)
        .select_related(
            "copy__title",
            "work",
            "parcel__destination",
            "report__device__place",
            "loan",
            "point",
            "crate__destination",
            "crate__turned_from",
            "round_call__place",
        )
        .defer(*BIG_FIELDS)
        .order_by("opened_at", "pk")
    )


def to_look_for(place: Place) -> QuerySet[Task]:
    """Return the copies that a branch is asked to look for although they never were missed on a shelf of its own."""
    kinds = (TaskKind.CLAIMED_RETURNED, TaskKind.NEVER_BORROWED)
    return (
        Task.objects.filter(place=place, closed_at=None, kind__in=kinds, copy__isnull=False)
        .select_related("copy__title", "copy__home")
        .defer(*BIG_FIELDS)
        .order_by("copy__shelf_mark", "copy__title__sort_key", "pk")
    )


def readers_problems(place: Place) -> QuerySet[Loan]:
    """Return the loans whose copy nobody can find and that concern a branch: lent here, its own copy, or named."""
    return (
        Loan.objects.claimed_or_lost()
        .filter(Q(place=place) | Q(copy__home=place) | Q(claimed_place=place) | Q(claimed_place__parent=place))
        .select_related("copy__title", "copy__home", "reader", "claimed_place")
        .defer(*BIG_FIELDS)
        .order_by("status", "claimed_on", "lost_on", "pk")
    )


def parcels_under_way(place: Place) -> QuerySet[Parcel]:
    """Return the parcels packed at a branch that no point has scanned in yet."""
    return (
        Parcel.objects.filter(origin=place, status__in=[ParcelStatus.PACKED, ParcelStatus.IN_CRATE])
        .select_related("destination", "crate")
        .order_by("destination__name", "shelf_number", "pk")
    )


def packed_here(place: Place) -> QuerySet[Parcel]:
    """Return the parcels that were wrapped at a branch and wait there for a crate, the newest first."""
    packed = Parcel.objects.filter(place=place, status=ParcelStatus.PACKED)
    return packed.select_related("destination").order_by("-packed_at", "-pk")


def journeys_of(place: Place) -> QuerySet[Transit]:
    """Return the journeys of copies that wait at a branch for the van."""
    return (
        Transit.objects.filter(status__in=OPEN_TRANSIT, origin=place, copy__place=place)
        .select_related("copy", "origin", "destination")
        .order_by("destination__name", "requested_at", "pk")
    )


def parcels_of(place: Place) -> QuerySet[Parcel]:
    """Return the parcels that lie at a branch."""
    return (
        Parcel.objects.filter(status__in=PARCEL_WITH_US, place=place)
        .select_related("destination", "assignment")
        .order_by("destination__name", "shelf_number", "pk")
    )


def partner_points(place: Place) -> QuerySet[Place]:
    """Return the partners' points of today's network that a branch serves, and the vehicles whose drivers it helps."""
    points = Place.objects.open_to_readers(clock.today()).filter(parent=place, kind__in=PARTNER_KINDS)
    vehicles = Place.objects.filter(parent=place, kind=PlaceKind.VEHICLE, closed_on=None)
    both = Place.objects.filter(Q(pk__in=points.values("pk")) | Q(pk__in=vehicles.values("pk")))
    return both.order_by(NEWSSTANDS_FIRST, "name")


def devices_served(place: Place) -> QuerySet[Device]:
    """Return the devices at the points that a branch serves, live ones first."""
    return (
        Device.objects.filter(place__parent=place)
        .select_related("place")
        .order_by(F("revoked_at").asc(nulls_first=True), "place__name", "-pk")
    )

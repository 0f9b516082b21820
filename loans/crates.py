"""Crates: what goes from one place to another is scanned in, counted, sealed, given to the van, and scanned out again.

A journey is in one crate at most, wrapped or not, from the scan that puts it in until it arrives or is cut short
(custody.py does that, whoever scans the copy). While it is in one its copy is at no place. The list of a crate is
never a wall: what turns up anywhere is in a librarian's hand, and goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from accounts.services import note_act
from branches.devices import CROCKFORD, new_code, normalised_code
from branches.journeys import leaves_with
from branches.rounds import timetable_between
from loans import custody, parcels, routing
from loans.arrivals import ROAD_AHEAD
from loans.crate_errors import (
    AnotherCrateOpen,
    CrateElsewhere,
    CrateEmpty,
    CrateForAnother,
    CrateGoesNowhere,
    CrateHasLeft,
    CrateNotReceived,
    CrateNotSealed,
    CrateSealed,
    CrateStays,
    CrateUnknown,
    GoesElsewhere,
    InAnotherCrate,
    NotTravelling,
)
from loans.errors import CopyElsewhere
from loans.leaving import refuse_leaving
from loans.lending import check_in
from loans.models import Crate, TaskKind, Transit
from loans.settling import open_task, settle_crate
from loans.shut import shut_points
from loans.states import CRATE_STAYS, OPEN_TRANSIT, CrateStatus, ParcelStatus, TransitStatus
from milanolib import clock
from milanolib.db import StartAgain, lock, restartable
from outbox.events import emit

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from branches.models import Place
    from catalog.models import Copy
    from loans.lending import CheckIn
    from loans.models import Parcel

CODE_LETTER, CODE_LENGTH = "C", 5


@dataclass(frozen=True)
class Unpacked:
    """What a scan at a crate found, and whether it was on the crate's list."""

    outcome: CheckIn
    is_on_list: bool


def inside(crate: Crate) -> QuerySet[Transit]:
    """Return the journeys that are in a crate now."""
    return Transit.objects.filter(crate=crate, status__in=OPEN_TRANSIT)


def crate_by_code(scanned: str) -> Crate:
    """Return the crate with this code, as scanned or typed in small letters or with spaces. Raises CrateUnknown."""
    crate = Crate.objects.select_related("origin", "destination").filter(code=normalised_code(scanned)).first()
    if crate is None:
        raise CrateUnknown
    return crate


def is_crate(scanned: str) -> bool:
    """Whether what was scanned is the code of a crate; nothing is asked of the database when it cannot be one."""
    code = normalised_code(scanned)
    return could_be_crate(code) and Crate.objects.filter(code=code).exists()


def could_be_crate(code: str) -> bool:
    """Whether a code as it is printed has the form of a crate's."""
    has_form = code.startswith(CODE_LETTER) and len(code) == len(CODE_LETTER) + CODE_LENGTH
    return has_form and set(code) <= set(CROCKFORD)


@restartable
def open_crate(origin: Place, destination: Place, *, actor: User | None) -> Crate:
    """Begin a crate for another place, for the next round that goes there; one that stands open is returned.

    Raises CrateGoesNowhere.
    """
    origin, destination = origin.holding_place, destination.holding_place
    if origin.pk == destination.pk:
        raise CrateGoesNowhere
    standing = Crate.open_between(origin, destination)
    if standing is not None:
        return standing
    crate = Crate(
        code=CODE_LETTER + new_code(CODE_LENGTH),
        origin=origin,
        destination=destination,
        round_id=_next_round(origin.pk, destination.pk),
        opened_at=clock.now(),
    )
    try:
        with transaction.atomic():
            crate.save(force_insert=True)
    except IntegrityError as error:  # a colleague has begun one at this moment, or the code was given before
        raise StartAgain from error
    note_act("open_crate", f"crate:{crate.pk}", actor=actor, place_code=origin.code)
    return crate


def _next_round(origin: int, destination: int) -> int | None:
    """Return the round with which a crate leaves next; None when no van is planned to go there."""
    today = clock.today()
    timetable = timetable_between(today, today + ROAD_AHEAD, [origin, destination])
    call = leaves_with(timetable, origin, destination, clock.now())
    return call.round_id if call is not None else None


@restartable
def put_in_crate(copy: Copy, crate: Crate, place: Place, *, actor: User | None) -> Transit:
    """Put what travels, wrapped or not, into an open crate, and return its journey. Scanning it twice does no harm.

    Raises CrateElsewhere, CrateSealed, CrateHasLeft, NotTravelling, GoesElsewhere, InAnotherCrate, CopyElsewhere,
    NotHandedOutThere.
    """
    copy, transit, parcel = _lock_content(copy, crate)
    place = place.holding_place
    _refuse_filling(crate, place)
    if transit is None:
        raise NotTravelling
    if transit.crate_id == crate.pk:
        return transit
    if transit.crate_id is not None:
        raise InAnotherCrate(crate=str(Crate.objects.get(pk=transit.crate_id)))
    if transit.destination_id != crate.destination_id:
        raise GoesElsewhere(place=str(transit.destination))
    if copy.place_id != place.pk:
        raise CopyElsewhere
    held = custody.open_assignment_of(copy) if parcel is not None else None
    if held is not None:
        refuse_leaving(copy, held, place)
    transit.crate = crate
    transit.save(update_fields=["crate"])
    custody.carry(copy, None)
    if parcel is not None:
        _carry(parcel, ParcelStatus.IN_CRATE, place=None, crate=crate)
        parcels.note_handover(parcel, place, staff=actor)
    note_act("put_in_crate", f"transit:{transit.pk}", actor=actor, place_code=place.code)
    return transit


@restartable
def take_out_of_crate(copy: Copy, crate: Crate, place: Place, *, actor: User | None) -> Copy:
    """Take something out of an open crate: it waits here for the van again. Safe to repeat.

    Raises CrateElsewhere, CrateSealed, CrateHasLeft.
    """
    copy, transit, parcel = _lock_content(copy, crate)
    place = place.holding_place
    _refuse_filling(crate, place)
    if transit is None or transit.crate_id != crate.pk:
        return copy
    set_down(copy, transit, parcel, place, actor=actor)
    return copy


def set_down(copy: Copy, transit: Transit, parcel: Parcel | None, place: Place, *, actor: User | None) -> None:
    """Write that what was in a crate waits where the crate stands; everything is locked."""
    transit.crate = None
    transit.save(update_fields=["crate"])
    custody.carry(copy, place)
    if parcel is not None:
        _carry(parcel, ParcelStatus.PACKED, place=place, crate=None)
        parcels.note_handover(parcel, place, staff=actor)
    note_act("take_out_of_crate", f"transit:{transit.pk}", actor=actor, place_code=place.code)


def _lock_content(copy: Copy, crate: Crate) -> tuple[Copy, Transit | None, Parcel | None]:
    copy = custody.lock_copy(copy.pk)
    transit, parcel = custody.journey_of(copy), parcels.parcel_of(copy)
    lock(crate, *(row for row in (transit, parcel) if row is not None))
    return copy, transit, parcel


def _carry(parcel: Parcel, status: ParcelStatus, *, place: Place | None, crate: Crate | None) -> None:
    parcel.move_to(status)
    parcel.place, parcel.crate = place, crate
    parcel.save(update_fields=["status", "place", "crate"])


def _refuse_elsewhere(crate: Crate, place: Place) -> None:
    """Raise why nothing is done to a crate at a place where it is not filled: CrateElsewhere, CrateHasLeft."""
    if crate.origin_id != place.pk:
        raise CrateElsewhere(place=str(crate.origin))
    if crate.status not in CRATE_STAYS:
        raise CrateHasLeft(crate=crate.code)


def _refuse_filling(crate: Crate, place: Place) -> None:
    _refuse_elsewhere(crate, place)
    if crate.status != CrateStatus.OPEN:
        raise CrateSealed(crate=crate.code)


@restartable
def seal_crate(crate: Crate, place: Place, *, actor: User | None) -> Crate:
    """Close a crate and keep how much is in it; nothing is put in any more. Safe to repeat.

    Raises CrateElsewhere, CrateHasLeft, CrateEmpty.
    """
    lock(crate)
    _refuse_elsewhere(crate, place.holding_place)
    if crate.status == CrateStatus.SEALED:
        return crate
    _count(crate)
    crate.move_to(CrateStatus.SEALED)
    crate.round_id = _next_round(crate.origin_id, crate.destination_id)
    crate.save(update_fields=["status", "sealed_at", "parcels_declared", "round"])
    note_act("seal_crate", f"crate:{crate.pk}", actor=actor, place_code=place.code)
    return crate


def _count(crate: Crate) -> None:
    """Set when a crate was sealed and with how much in it; saving is the caller's. Raises CrateEmpty."""
    crate.parcels_declared = inside(crate).count()
    if not crate.parcels_declared:
        raise CrateEmpty(crate=crate.code)
    crate.sealed_at = clock.now()


@restartable
def reopen_crate(crate: Crate, place: Place, *, actor: User | None) -> Crate:
    """Open a sealed crate that has not left, to put something in or take something out. Safe to repeat.

    Raises CrateElsewhere, CrateHasLeft, AnotherCrateOpen.
    """
    lock(crate)
    _refuse_elsewhere(crate, place.holding_place)
    if crate.status == CrateStatus.OPEN:
        return crate
    other = Crate.open_between(crate.origin, crate.destination)
    if other is not None:
        raise AnotherCrateOpen(crate=other.code)
    crate.move_to(CrateStatus.OPEN)
    crate.sealed_at, crate.parcels_declared = None, None
    try:
        with transaction.atomic():
            crate.save(update_fields=["status", "sealed_at", "parcels_declared"])
    except IntegrityError as error:  # a colleague has begun another one at this moment
        raise StartAgain from error
    note_act("reopen_crate", f"crate:{crate.pk}", actor=actor, place_code=place.code)
    return crate


@restartable
def load_crate(crate: Crate, place: Place, *, actor: User | None) -> Crate:
    """Give a sealed crate to the van: it and all that is in it is on the road. Safe to repeat.

    Raises CrateElsewhere, CrateHasLeft, CrateNotSealed, CrateStays.
    """
    transits = lock_with_journeys(crate)
    if crate.status == CrateStatus.ON_ROAD and crate.origin_id == place.holding_place.pk:
        return crate
    _refuse_elsewhere(crate, place.holding_place)
    if crate.status == CrateStatus.OPEN:
        raise CrateNotSealed(crate=crate.code)
    if shut_points([crate.destination_id], clock.today()):
        raise CrateStays(crate=crate.code, place=str(crate.destination))
    now = clock.now()
    for transit in transits:
        transit.move_to(TransitStatus.LOADED)
        transit.loaded_at = now
    Transit.objects.bulk_update(transits, ["status", "loaded_at"])
    crate.move_to(CrateStatus.ON_ROAD)
    crate.loaded_at = now
    crate.save(update_fields=["status", "loaded_at"])
    emit("loans.crate_loaded", key=f"crate-loaded:{crate.pk}", crate_id=crate.pk)
    note_act("load_crate", f"crate:{crate.pk}", actor=actor, place_code=place.code)
    return crate


def lock_with_journeys(crate: Crate) -> list[Transit]:
    """Lock a crate with the journeys in it, and the works of their copies first; return the journeys.

    Raises StartAgain when something was put in meanwhile.
    """
    routing.lock_works_of(inside(crate).values_list("copy", flat=True))
    planned = list(inside(crate).select_related("copy", "origin", "destination"))
    lock(crate, *planned)
    now_inside = set(inside(crate).values_list("pk", flat=True))
    if not now_inside <= {transit.pk for transit in planned}:
        raise StartAgain
    return [transit for transit in planned if transit.pk in now_inside]


@restartable
def receive_crate(crate: Crate, place: Place, *, actor: User | None) -> Crate:
    """A crate has come to where it goes, sealed or not: from now on it can be unpacked. Safe to repeat.

    At another place nothing is changed. Raises CrateForAnother, CrateEmpty.
    """
    lock(crate)
    if crate.destination_id != place.holding_place.pk:
        raise CrateForAnother(crate=crate.code, place=str(crate.destination))
    if crate.status in (CrateStatus.RECEIVED, CrateStatus.UNPACKED):
        return crate
    if crate.status == CrateStatus.OPEN:  # nobody sealed it: what is in it now is what it had
        _count(crate)
    crate.move_to(CrateStatus.RECEIVED)
    crate.received_at = clock.now()
    crate.save(update_fields=["status", "received_at", "sealed_at", "parcels_declared"])
    settle_crate(crate)
    emit("loans.crate_received", key=f"crate-received:{crate.pk}", crate_id=crate.pk)
    note_act("receive_crate", f"crate:{crate.pk}", actor=actor, place_code=place.code)
    return crate


@restartable
def unpack(copy: Copy, crate: Crate, place: Place, *, actor: User | None) -> Unpacked:
    """Take in what was found in a crate, and say where it goes. Scanning it twice does no harm.

    What was not on the crate's list is taken in too, and where the crate was filled there is a task. Raises
    CrateForAnother, CrateNotReceived.
    """
    crate.refresh_from_db()
    if crate.destination_id != place.holding_place.pk:
        raise CrateForAnother(crate=crate.code, place=str(crate.destination))
    if crate.status not in (CrateStatus.RECEIVED, CrateStatus.UNPACKED):
        raise CrateNotReceived(crate=crate.code)
    copy = custody.lock_copy(copy.pk)
    is_on_list = Transit.objects.filter(crate=crate, copy=copy).exists()  # those that have arrived, too
    outcome = check_in(copy, place, actor=actor)
    if not is_on_list:
        open_task(TaskKind.NOT_ON_LIST, crate.origin, copy=copy)
    return Unpacked(outcome, is_on_list)


def unpack_all(crate: Crate, place: Place, *, actor: User | None) -> list[CheckIn]:
    """A librarian has counted: all is there. Take in everything, and finish the crate.

    Each in a transaction of its own: killed half-way, it goes on where it stopped. Raises CrateForAnother,
    CrateNotReceived.
    """
    transits = inside(crate).select_related("copy").order_by("pk")
    outcomes = [unpack(transit.copy, crate, place, actor=actor).outcome for transit in list(transits)]
    finish_crate(crate, place, actor=actor)
    return outcomes


@restartable
def finish_crate(crate: Crate, place: Place, *, actor: User | None) -> Crate:
    """A crate is empty. What was not found in it is looked for at both ends; it is there again when it is scanned.

    Safe to repeat. Raises CrateForAnother, CrateNotReceived.
    """
    transits = lock_with_journeys(crate)
    if crate.destination_id != place.holding_place.pk:
        raise CrateForAnother(crate=crate.code, place=str(crate.destination))
    if crate.status == CrateStatus.UNPACKED:
        return crate
    if crate.status != CrateStatus.RECEIVED:
        raise CrateNotReceived(crate=crate.code)
    now = clock.now()
    for transit in transits:
        transit.searched_at = transit.searched_at or now
        transit.save(update_fields=["searched_at"])
        for end in (transit.origin, transit.destination):
            open_task(TaskKind.NOT_IN_CRATE, end, copy=transit.copy)
    crate.move_to(CrateStatus.UNPACKED)
    crate.unpacked_at = now
    crate.parcels_found = Transit.objects.filter(crate=crate, status=TransitStatus.ARRIVED).count()
    crate.save(update_fields=["status", "unpacked_at", "parcels_found"])
    emit("loans.crate_unpacked", key=f"crate-unpacked:{crate.pk}", crate_id=crate.pk)
    note_act("finish_crate", f"crate:{crate.pk}", actor=actor, place_code=place.code)
    return crate

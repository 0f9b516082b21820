"""Where copies go: from the shelf into a parcel, over the road, to the reader, and back.

The caller holds the lock of the work; each verb here names the other rows it changes in one `lock()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from branches.calendar import could_not_move
from branches.devices import new_code
from branches.models import Place, PlaceKind
from catalog.models import Copy, Title
from catalog.states import CopyStatus
from loans import parcels, routing
from loans.arrivals import arrives_on
from loans.membership import IN_DEPOSIT, leave_deposit
from loans.models import Assignment, Parcel, Transit
from loans.moves import COPY_MOVES
from loans.policy import PARCEL_KINDS, last_day_kept
from loans.settling import SOUGHT, end_search, note_never_open
from loans.states import (
    OPEN_TRANSIT,
    PARCEL_WITH_US,
    TURNED_UP_ELSEWHERE,
    HoldStatus,
    ParcelStatus,
    TransitReason,
    TransitStatus,
)
from loans.terms import keeping_at
from milanolib import clock
from milanolib.db import StartAgain, lock
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User
    from catalog.models import Work
    from loans.models import Hold


def fetch_copy(copy_id: int) -> Copy:
    """Return a copy with what the verbs need of its title and places, in one statement."""
    return (
        Copy.objects.select_related("title", "place", "home").defer("title__record", "title__summary").get(pk=copy_id)
    )


def lock_copy(copy_id: int) -> Copy:
    """Lock a copy and its work, in one statement, and return the copy with its title and places.

    All verbs on the copies of a work take the lock of the work first, so that whoever has it is alone with them.
    Raises StartAgain when staff have put its title under another work meanwhile.
    """
    copy = (
        Copy.objects.select_for_update(no_key=True, of=("title__work", "self"))
        .select_related("title__work", "place", "home")
        .defer("title__record", "title__summary")
        .filter(pk=copy_id)
        .first()
    )
    # the title was read before the wait for the lock, and is not locked itself
    if copy is None or Title.objects.values_list("work", flat=True).get(pk=copy.title_id) != copy.title.work_id:
        raise StartAgain
    return copy


class CopyMoveImpossible(RuntimeError):
    """A verb wanted to move a copy along no row of the table (loans/moves/): a fault of ours, not the user's."""


def set_copy(copy: Copy, status: CopyStatus, place: Place | None) -> None:
    """Write where a copy is and in what state; the copy is locked. Nothing in the product does it in another way.

    Whoever searched for it need not any more. Raises CopyMoveImpossible.
    """
    move_copy(copy, status, place)
    write_copy(copy)


def write_copy(copy: Copy) -> None:
    """Write where `move_copy` has brought a copy, for good."""
    copy.save(update_fields=["status", "place", "status_since", "missed_at"])


def move_copy(copy: Copy, status: CopyStatus, place: Place | None) -> None:
    """As `set_copy`, for a copy that may move on in the same verb: where it ends is written then. The copy is locked.

    Raises CopyMoveImpossible.
    """
    if status not in COPY_MOVES.get(copy.status, ()):
        raise CopyMoveImpossible(f"copy {copy.pk}: {copy.status} does not become {status}")
    if copy.status == CopyStatus.DAMAGED:  # whatever becomes of it, it travels home as damaged no more
        end_transit(copy, TransitStatus.CANCELLED)
    if copy.status == CopyStatus.ON_DISPLAY and status not in IN_DEPOSIT:
        leave_deposit(copy)
    was_sought = copy.missed_at is not None or copy.status in SOUGHT
    # a stop holds no stock: what is given back or set down there lies on its vehicle
    copy.status, copy.place, copy.status_since = status, place.holding_place if place else None, clock.now()
    copy.missed_at = None
    if was_sought:
        end_search(copy)


def lock_with_hold(copy: Copy) -> tuple[Copy, Work, Assignment | None]:
    """Lock a copy with its work and the hold it is meant for, and return all three."""
    copy = fetch_copy(copy.pk)
    work = routing.lock_work_of(copy.title)
    held = open_assignment_of(copy)
    if held is not None:
        lock(copy, held.hold, held)
        held = held if held.released_at is None else None
    else:
        lock(copy)
    return copy, work, held


def lock_with_copy(hold: Hold) -> Assignment | None:
    """Lock a hold with its work and the copy meant for it, and return its open assignment (hold and copy fetched)."""
    hold.work = routing.lock_work_of(hold)
    held = Assignment.objects.open().filter(hold=hold).first()
    if held is None:
        lock(hold)
        return None
    held.hold, held.copy = hold, fetch_copy(held.copy_id)
    lock(held.copy, hold)
    return held


def back_to_queue(held: Assignment, reason: str) -> None:
    """Put a hold that cannot have its copy back among those that wait; it keeps its turn. Everything is locked.

    Where the copy goes, and then serving the hold anew (`routing.serve_hold`), are the caller's. Who was told to come
    is told to wait.
    """
    hold = held.hold
    was_ready = hold.status == HoldStatus.READY
    routing.release(held, reason)
    hold.move_to(HoldStatus.QUEUED)
    hold.ready_at, hold.keep_until, hold.pickup_code, hold.waits_since = None, None, "", clock.now()
    hold.save(update_fields=["status", "ready_at", "keep_until", "pickup_code", "waits_since"])
    if was_ready:
        emit("loans.hold_set_back", key=f"hold-set-back:{hold.pk}:{held.pk}", hold_id=hold.pk, assignment_id=held.pk)


def carry(copy: Copy, place: Place | None) -> None:
    """Write that a locked copy waits here for the van, or is in a crate and at no place; damaged it stays damaged."""
    copy.place, copy.status_since = place, clock.now()
    copy.save(update_fields=["place", "status_since"])


def open_transit(
    copy: Copy,
    origin: Place,
    destination: Place,
    reason: str,
    held: Assignment | None,
    *,
    previous: Transit | None = None,
) -> Transit:
    """Write a journey that begins when the van comes; the copy waits at `origin`."""
    now = clock.now()
    return Transit.objects.create(
        copy=copy,
        origin=origin,
        destination=destination,
        reason=reason,
        assignment=held,
        requested_at=now,
        expected_on=arrives_on(origin, destination, now),
        previous=previous,
    )


def end_transit(copy: Copy, status: TransitStatus) -> Transit | None:
    """Close the copy's open journey, if there is one, and return it."""
    transit = journey_of(copy)
    if transit is not None:
        _close_transit(transit, copy, status)
        if transit.reason == TransitReason.DEPOSIT and status == TransitStatus.CANCELLED:
            leave_deposit(copy)
    return transit


def end_transit_at(copy: Copy, place: Place) -> Transit | None:
    """Close the copy's open journey because it is in a librarian's hand here: arrived, or cut short on the way.

    Returns the journey that was cut short at a place where it neither began nor was to end.
    """
    transit = journey_of(copy)
    if transit is None:
        return None
    if transit.reason == TransitReason.DEPOSIT:  # whatever is in a librarian's hand goes on from there, by itself
        leave_deposit(copy)
    is_there = transit.destination_id == place.pk
    _close_transit(transit, copy, TransitStatus.ARRIVED if is_there else TransitStatus.CANCELLED)
    return None if is_there or transit.origin_id == place.pk else transit


def note_hop(copy: Copy, cut_short: Transit | None) -> None:
    """Write down which journey a copy goes on from, if it was cut short here and the copy travels on."""
    if cut_short is not None:
        Transit.objects.filter(copy=copy, status__in=OPEN_TRANSIT).update(previous=cut_short)


def hop(copy: Copy, place: Place) -> None:
    """A copy on the road has turned up at a point that is not its goal: from there it goes on, for the same reason."""
    transit = journey_of(copy)
    if transit is None:
        return
    goal = _goal_of(transit)
    if place.pk in (transit.origin_id, transit.destination_id) and goal.pk == transit.destination_id:
        if transit.crate_id is not None:  # it was carried out of it
            transit.crate = None
            transit.save(update_fields=["crate"])
        return
    _close_transit(transit, copy, TransitStatus.CANCELLED)
    open_transit(copy, place, goal, transit.reason, transit.assignment, previous=transit)


def _goal_of(transit: Transit) -> Place:
    """Return where a copy on the road is to end: its crate may have been turned back to a library on the way."""
    held = transit.assignment
    if held is None or held.released_at is not None:
        return transit.destination
    return held.hold.pickup_place.holding_place


def journey_of(copy: Copy) -> Transit | None:
    """Return the open journey of a copy with its destination, if it has one."""
    return Transit.objects.filter(copy=copy, status__in=OPEN_TRANSIT).select_related("destination").first()


def _close_transit(transit: Transit, copy: Copy, status: TransitStatus) -> None:
    """Close a journey; whoever was asked to look for its copy need not any more.

    One that arrived keeps the crate in which it came; one that was cut short is in none any more.
    """
    transit.move_to(status)
    transit.ended_at = clock.now()
    if status == TransitStatus.CANCELLED:
        transit.crate = None
    transit.save(update_fields=["status", "ended_at", "crate"])
    if transit.searched_at is not None:
        end_search(copy)


def pack(copy: Copy, held: Assignment, place: Place, *, actor: User | None) -> Parcel:
    """Wrap a picked copy: a tag with a random code and a number for the point's shelf; it waits for the van.

    The work, the capacity of the point and the copy are locked.
    """
    parcel = Parcel(
        tag=new_code(parcels.TAG_LENGTH),
        assignment=held,
        origin=place,
        destination=held.hold.pickup_place,
        place=place,
        packed_at=clock.now(),
    )
    parcels.save_with_number(parcel)
    parcels.note_handover(parcel, place, staff=actor)
    send_towards(copy, held, place)
    return parcel


def send_towards(copy: Copy, held: Assignment, place: Place) -> Transit:
    """Put a picked copy on its way to the point of its hold; `place` is where it waits for the van."""
    transit = open_transit(copy, place, held.hold.pickup_place.holding_place, TransitReason.HOLD, held)
    set_copy(copy, CopyStatus.IN_TRANSIT, place)
    held.hold.move_to(HoldStatus.IN_TRANSIT)
    held.hold.save(update_fields=["status"])
    emit("loans.hold_on_its_way", key=f"hold-on-its-way:{held.hold_id}:{held.pk}", hold_id=held.hold_id)
    return transit


def send_again(copy: Copy, held: Assignment, place: Place, *, at: dt.datetime, staff: User | None) -> Transit:
    """A copy on its way has turned up at a library that is not its point: from here it travels on, parcel and all.

    The work and the copy are locked.
    """
    parcel = Parcel.objects.filter(assignment=held, status__in=PARCEL_WITH_US).first()
    if parcel is not None and parcel.place_id != place.pk:
        parcel.status = ParcelStatus.PACKED if parcel.status == ParcelStatus.IN_CRATE else parcel.status
        parcel.place, parcel.crate = place, None
        parcel.save(update_fields=["status", "place", "crate"])
        parcels.note_handover(parcel, place, at=at, staff=staff)
    set_copy(copy, CopyStatus.IN_TRANSIT, place)
    return open_transit(copy, place, held.hold.pickup_place.holding_place, TransitReason.HOLD, held)


def no_longer_ready(copy: Copy, held: Assignment, now: dt.datetime, *, staff: User | None) -> Assignment:
    """A copy that was ready at its point is in a librarian's hand elsewhere: begin anew, the reader keeps the turn.

    Returns the new assignment: being ready again is a new occurrence, with a message and a code of its own.
    """
    parcels.open_parcel(copy, at=now, staff=staff)
    return begin_anew(copy, held, now, TURNED_UP_ELSEWHERE)


def begin_anew(copy: Copy, held: Assignment, now: dt.datetime, reason: str) -> Assignment:
    """Mean a copy that was ready for its reader once more, and return the new assignment; everything is locked."""
    hold = held.hold
    hold.move_to(HoldStatus.QUEUED)
    hold.move_to(HoldStatus.ASSIGNED)
    hold.ready_at, hold.keep_until, hold.pickup_code = None, None, ""
    hold.save(update_fields=["status", "ready_at", "keep_until", "pickup_code"])
    routing.release(held, reason)
    return Assignment.objects.create(hold=hold, copy=copy, made_at=now, committed_at=now)


def make_ready(copy: Copy, held: Assignment, at: dt.datetime) -> None:
    """The copy can be taken from now on: shelf, code, last day, and only now the event that tells the reader.

    The work and the copy are locked. For a stop the copy lies on the vehicle.
    """
    hold = held.hold
    pickup = hold.pickup_place
    hold.move_to(HoldStatus.READY)
    hold.ready_at = at
    rule, calendar = keeping_at(pickup, at)
    hold.keep_until = last_day_kept(at, rule, calendar)
    hold.pickup_code = new_code()
    hold.save(update_fields=["status", "ready_at", "keep_until", "pickup_code"])
    set_copy(copy, CopyStatus.SET_ASIDE, pickup.holding_place)
    emit(
        "loans.hold_ready",
        key=f"hold-ready:{hold.pk}:{held.pk}",
        hold_id=hold.pk,
        assignment_id=held.pk,
    )
    if could_not_move(calendar, hold.keep_until):
        note_never_open(pickup)


def send_on(copy: Copy, held: Assignment) -> Assignment | None:
    """Decide where a copy goes whose hold has just ended, wherever it is; return the assignment it gets, if any.

    On a shelf of ours: to the next reader, else it stays or goes home. On the road: its journey goes on and is
    decided on arrival. At a partner's or in a machine: back to the library that serves it. The work and the copy
    are locked.
    """
    place = copy.place
    if copy.status == CopyStatus.IN_TRANSIT or place is None:
        return None
    parcel = Parcel.objects.filter(assignment=held, status__in=PARCEL_WITH_US).first()
    if parcel is not None and place.kind in PARCEL_KINDS:
        _send_back(copy, place)
        return None
    if copy.status in (CopyStatus.PICKED, CopyStatus.SET_ASIDE):
        set_copy(copy, CopyStatus.AVAILABLE, place)
    if copy.status != CopyStatus.AVAILABLE:
        return None
    served = routing.serve_copy(copy)
    if served is None and place.pk != copy.home_id and place.kind != PlaceKind.VEHICLE:
        send_home(copy, place)
    return served


def send_home(copy: Copy, place: Place) -> Transit:
    """Put a copy that nobody waits for on its way to its own library."""
    set_copy(copy, CopyStatus.IN_TRANSIT, place)
    return open_transit(copy, place, copy.home, TransitReason.HOME, None)


def _send_back(copy: Copy, place: Place) -> Transit:
    """A parcel that is not collected waits for the van back to the library that serves the point."""
    set_copy(copy, CopyStatus.IN_TRANSIT, place)
    return open_transit(copy, place, serving_branch(place, copy), TransitReason.EXPIRED, None)


def serving_branch(place: Place, copy: Copy) -> Place:
    """Return the library to which a point's crate goes: the one that serves it, else the copy's own."""
    return place.parent if place.parent is not None else copy.home


def open_assignment_of(copy: Copy) -> Assignment | None:
    """Return the open assignment of a copy with its hold and point, if it has one, and whether it `is_wrapped`."""
    wrapped = Parcel.objects.filter(assignment=OuterRef("pk"), status__in=PARCEL_WITH_US)
    return (
        Assignment.objects.open()
        .filter(copy=copy)
        .annotate(is_wrapped=Exists(wrapped))
        .select_related("hold__reader", "hold__pickup_place__vehicle", "hold__work")
        .first()
    )

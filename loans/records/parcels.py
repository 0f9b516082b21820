"""What a point says of a parcel: it has come, it was given to its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branches.models import Device, Place, Report, ReportOutcome
from catalog.states import CopyStatus
from loans import custody, parcels, routing
from loans.lending import begin_loan
from loans.models import Assignment, Parcel, TaskKind
from loans.records.acts import Applied, leave_task, not_before
from loans.states import PARCEL_WITH_US, HoldStatus, ParcelStatus, TransitReason, TransitStatus
from loans.terms import terms_of
from milanolib import clock
from milanolib.db import lock

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Copy


def receive(report: Report, place: Place, tag: str) -> Applied:  # noqa: PLR0911  one return for each thing to tell
    """The partner has a parcel in hand."""
    found = lock_parcel(tag)
    if found is None:
        return leave_task(report, TaskKind.UNKNOWN_TAG, "unknown_tag")
    parcel, copy = found
    if parcel.status == ParcelStatus.LOST and copy.status == CopyStatus.MISSING:
        return _turned_up(parcel, copy, place)
    if parcel.status not in PARCEL_WITH_US:
        return Applied(ReportOutcome.REPEATED, "already_handed_over", parcel.shelf_number)
    if parcel.place_id == place.pk:
        return Applied(ReportOutcome.REPEATED, _why_it_is_here(parcel), parcel.shelf_number)
    if parcel.received_at is not None and report.occurred_at < parcel.received_at:  # it has gone on since
        return Applied(ReportOutcome.REPEATED, "already_received", parcel.shelf_number)
    if copy.status == CopyStatus.SET_ASIDE:  # ready elsewhere, so its reader is on the way there
        return leave_task(report, TaskKind.WRONG_POINT, "wrong_point", parcel=parcel)
    at = not_before(report, parcel.packed_at)
    if parcel.destination_id != place.pk:
        _put_at(parcel, place, at, report.device)
        custody.set_copy(copy, CopyStatus.IN_TRANSIT, place)
        custody.hop(copy, place)
        return leave_task(report, TaskKind.WRONG_POINT, "wrong_point", parcel=parcel)
    return arrive(report, parcel, copy, at)


def _turned_up(parcel: Parcel, copy: Copy, place: Place) -> Applied:
    """A parcel that was given up as lost is at a point: its copy goes back with the van, its reader got another."""
    goal = custody.serving_branch(place, copy)
    custody.set_copy(copy, CopyStatus.IN_TRANSIT if goal.pk != place.pk else CopyStatus.AVAILABLE, place)
    if goal.pk != place.pk:
        custody.open_transit(copy, place, goal, TransitReason.RETURN, None)
    else:
        routing.serve_copy(copy)
    return Applied(ReportOutcome.APPLIED, "goes_back", parcel.shelf_number)


def _why_it_is_here(parcel: Parcel) -> str:
    """Return what its partner was told of a parcel that is scanned in once more."""
    if parcel.place_id != parcel.destination_id:
        return "wrong_point"
    return "already_received" if parcel.assignment.released_at is None else "goes_back"


def arrive(report: Report, parcel: Parcel, copy: Copy, at: dt.datetime) -> Applied:
    """A parcel is at its point, and locked: ready for its reader, or to go back if nobody waits any more."""
    place = parcel.destination
    _put_at(parcel, place, at, report.device)
    custody.end_transit_at(copy, place)  # cut short where its crate was to be brought elsewhere
    held = parcel.assignment
    if held.released_at is not None:
        custody.set_copy(copy, CopyStatus.IN_TRANSIT, place)
        custody.open_transit(copy, place, custody.serving_branch(place, copy), TransitReason.EXPIRED, None)
        return Applied(ReportOutcome.APPLIED, "goes_back", parcel.shelf_number)
    custody.make_ready(copy, held, at)
    return Applied(ReportOutcome.APPLIED, "received", parcel.shelf_number)


def _put_at(parcel: Parcel, place: Place, at: dt.datetime, device: Device) -> None:
    if parcel.status != ParcelStatus.RECEIVED:  # else it comes from a point where it went astray
        parcel.move_to(ParcelStatus.RECEIVED)
    parcel.place, parcel.crate, parcel.received_at = place, None, at
    parcel.save(update_fields=["status", "place", "crate", "received_at"])
    parcels.note_handover(parcel, place, at=at, device=device)


def hand_over(report: Report, place: Place, tag: str) -> Applied:
    """The partner has given a parcel to its reader: the loan begins at that minute."""
    found = lock_parcel(tag)
    if found is None:
        return leave_task(report, TaskKind.UNKNOWN_TAG, "unknown_tag")
    parcel, copy = found
    if parcel.status == ParcelStatus.HANDED_OVER:
        return Applied(ReportOutcome.REPEATED, "already_handed_over", parcel.shelf_number)
    if parcel.status in (ParcelStatus.OPENED, ParcelStatus.LOST):
        return leave_task(report, TaskKind.PARCEL_GONE, "parcel_gone", parcel=parcel)
    at = not_before(report, parcel.received_at or parcel.packed_at)
    if parcel.place_id != place.pk and parcel.destination_id == place.pk:
        arrive(report, parcel, copy, at)  # its arrival was not reported, or will be later
    return _lend_parcel(report, parcel, copy, place, at)


def _lend_parcel(report: Report, parcel: Parcel, copy: Copy, place: Place, at: dt.datetime) -> Applied:
    held = parcel.assignment
    hold = held.hold
    reader = hold.reader
    was_ready = held.released_at is None and hold.status == HoldStatus.READY and parcel.destination_id == place.pk
    if parcel.status != ParcelStatus.RECEIVED:
        _put_at(parcel, place, at, report.device)
    parcels.end_parcel(parcel, ParcelStatus.HANDED_OVER, at=at, device=report.device)
    custody.end_transit(copy, TransitStatus.CANCELLED)
    if reader is None:  # the turn ended so long ago that nobody knows whose it was
        custody.set_copy(copy, CopyStatus.MISSING, None)
        return leave_task(report, TaskKind.PARCEL_GONE, "parcel_gone", parcel=parcel, copy=copy)
    is_open = held.released_at is None
    terms = terms_of(place, clock.local(at).date())
    begin_loan(
        copy,
        reader,
        terms,
        terms.rule_for(reader, copy),
        at=at,
        hold=hold if is_open else None,
        held=held if is_open else None,
    )
    if not was_ready:
        return leave_task(report, TaskKind.PARCEL_GONE, "handed_over_late", parcel=parcel, copy=copy)
    return Applied(ReportOutcome.APPLIED, "handed_over", parcel.shelf_number)


def lock_parcel(tag: str) -> tuple[Parcel, Copy] | None:
    """Find a parcel by its tag and lock work, copy, hold, assignment and parcel, in order."""
    parcel = (
        Parcel.objects.filter(tag=tag)
        .select_related("assignment__hold__reader", "assignment__hold__pickup_place__vehicle", "destination__parent")
        .first()
    )
    if parcel is None:
        return None
    held: Assignment = parcel.assignment
    routing.lock_work_of(held.hold)
    copy = custody.fetch_copy(held.copy_id)
    hold, assignment = held.hold, held
    lock(copy, hold, assignment, parcel)
    return parcel, copy

"""What a point says of crates: one has come with all that is on its list, one is filled for the van."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branches.models import Place, Report, ReportOutcome
from loans import routing
from loans.counts import number_of
from loans.crate_errors import CrateEmpty, CrateForAnother
from loans.crates import could_be_crate, finish_crate, inside, open_crate, put_in_crate, receive_crate, seal_crate
from loans.models import Crate, Task, TaskKind, Transit
from loans.records import parcels
from loans.records.acts import Applied, leave_task, not_before
from loans.states import CrateStatus, TransitStatus
from milanolib.db import lock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from loans.models import Parcel


def receive(report: Report, place: Place, what: str) -> Applied:
    """The partner has a parcel in hand, or a crate of them."""
    crate = Crate.objects.filter(code=what).first() if could_be_crate(what) else None
    return parcels.receive(report, place, what) if crate is None else _receive_crate(report, place, crate)


def _receive_crate(report: Report, place: Place, crate: Crate) -> Applied:
    """Take in all that is on the list of a crate; what was not in it the partner names afterwards.

    Where they have counted what was in it, another number than was sealed becomes a task, once for the crate.
    """
    if crate.status in (CrateStatus.RECEIVED, CrateStatus.UNPACKED) and crate.destination_id == place.pk:
        return _counted(report, crate, Applied(ReportOutcome.REPEATED, "crate_received"))
    listed = list(inside(crate).values_list("copy", "assignment__parcels__tag"))
    routing.lock_works_of(copy for copy, _tag in listed)
    try:
        receive_crate(crate, place, actor=None)
    except CrateForAnother:
        return leave_task(report, TaskKind.WRONG_CRATE, "crate_for_another")
    except CrateEmpty:  # all of it was scanned in before
        return Applied(ReportOutcome.REPEATED, "crate_received")
    happened_at = report.occurred_at
    for tag in sorted(tag for _copy, tag in listed if tag):
        found = parcels.lock_parcel(tag)
        if found is not None and _is_in(crate, found[0]):
            report.occurred_at = happened_at
            parcels.arrive(report, *found, not_before(report, found[0].packed_at))
    report.occurred_at = happened_at
    if not inside(crate).exists():
        finish_crate(crate, place, actor=None)
    return _counted(report, crate, Applied(ReportOutcome.APPLIED, "crate_received"))


def _counted(report: Report, crate: Crate, applied: Applied) -> Applied:
    """Keep what a partner counted in a crate that is theirs now; the last word counts, a difference is named once."""
    counted = report.payload.get("counted")
    if counted is None:
        return applied
    lock(crate)
    crate.parcels_counted = counted
    crate.save(update_fields=["parcels_counted"])
    if counted == crate.parcels_declared or Task.objects.filter(kind=TaskKind.CRATE_MISCOUNTED, crate=crate).exists():
        return applied
    report.payload = {**report.payload, "believed": crate.parcels_declared}
    return leave_task(report, TaskKind.CRATE_MISCOUNTED, "crate_miscounted", crate=crate)


def _is_in(crate: Crate, parcel: Parcel) -> bool:
    return parcel.crate_id == crate.pk and parcel.destination_id == crate.destination_id


def send(report: Report, place: Place, counted: str) -> Applied:
    """The partner has put all that goes back into a crate, and counted it: the crate is sealed for the van.

    In it is what we believe is to be sent to the library that serves the point; another number becomes a task.
    """
    number, goal = number_of(counted), place.parent
    if number is None or goal is None:
        return leave_task(report, TaskKind.BAD_REPORT, "bad_report")
    going = list(_waiting_at(place).filter(destination=goal.holding_place).values_list("copy", flat=True))
    if not going:
        return _nothing_to_send(report, place, number)
    copies = routing.lock_works_of(going)
    crate = open_crate(place, goal, actor=None)
    for pk in sorted(going):
        put_in_crate(copies[pk], crate, place, actor=None)
    crate = seal_crate(crate, place, actor=None)
    if crate.parcels_declared == number:
        return Applied(ReportOutcome.APPLIED, "crate_sealed", receipt=crate.code)
    return _differs(report, crate.parcels_declared or 0, crate.code)


def _waiting_at(place: Place) -> QuerySet[Transit]:
    return Transit.objects.filter(origin=place, copy__place=place, status=TransitStatus.REQUESTED, crate=None)


def _nothing_to_send(report: Report, place: Place, number: int) -> Applied:
    """Two phones have filled the same crate, or something was put in that we know nothing of."""
    sealed = Crate.objects.filter(origin=place, status=CrateStatus.SEALED).order_by("-sealed_at").first()
    if sealed is not None and sealed.parcels_declared == number:
        return Applied(ReportOutcome.REPEATED, "crate_sealed", receipt=sealed.code)
    return _differs(report, 0, sealed.code if sealed is not None else "")


def _differs(report: Report, believed: int, code: str) -> Applied:
    report.payload = {**report.payload, "believed": believed}
    left = leave_task(report, TaskKind.CRATE_DIFFERS, "crate_differs")
    return Applied(left.outcome, left.detail, receipt=code)

"""What a point counts when it closes its day."""

from __future__ import annotations

from branches.models import Place, Report, ReportOutcome
from loans.counts import number_of
from loans.models import Parcel, TaskKind
from loans.records.acts import Applied, leave_task
from loans.states import ParcelStatus


def count(report: Report, place: Place, counted: str) -> Applied:
    """The partner has counted the parcels on the shelf, those for the driver too; a difference becomes a task."""
    number = number_of(counted)
    if number is None:
        return leave_task(report, TaskKind.BAD_REPORT, "bad_report")
    believed = Parcel.objects.filter(place=place, status=ParcelStatus.RECEIVED).count()
    if number == believed:
        return Applied(ReportOutcome.APPLIED, "day_closed")
    report.payload = {**report.payload, "believed": believed}
    return leave_task(report, TaskKind.SHELF_DIFFERS, "count_differs")

"""What a point says of a crate: it has come. What is in it is scanned in parcel by parcel, as ever."""

from __future__ import annotations

from branches.models import Place, Report, ReportOutcome
from loans.crate_errors import CrateEmpty, CrateForAnother
from loans.crates import receive_crate
from loans.models import Crate, TaskKind
from loans.records.acts import Applied, leave_task
from loans.states import CrateStatus


def receive(report: Report, place: Place, crate: Crate) -> Applied:
    """The partner has a crate in hand; nothing in it is ready before it is scanned itself."""
    if crate.status in (CrateStatus.RECEIVED, CrateStatus.UNPACKED) and crate.destination_id == place.pk:
        return Applied(ReportOutcome.REPEATED, "crate_received")
    try:
        receive_crate(crate, place, actor=None)
    except CrateForAnother:
        return leave_task(report, TaskKind.WRONG_CRATE, "crate_for_another")
    except CrateEmpty:  # all of it was scanned in before
        return Applied(ReportOutcome.REPEATED, "crate_received")
    return Applied(ReportOutcome.APPLIED, "crate_received")

"""The network: where copies can be, when it is open, what hangs on the wall there."""

from branches.models.device import Device, DeviceKind, Report, ReportOutcome
from branches.models.hours import Closure, OpeningHours, SpecialOpening, Weekday
from branches.models.place import (
    NEVER_OPEN_TO_READERS,
    Place,
    PlaceCapacity,
    PlaceKind,
    Posting,
    Size,
)
from branches.models.travel import Round, RoundStop, Visit, VisitStatus

__all__ = [
    "NEVER_OPEN_TO_READERS",
    "Closure",
    "Device",
    "DeviceKind",
    "OpeningHours",
    "Place",
    "PlaceCapacity",
    "PlaceKind",
    "Posting",
    "Report",
    "ReportOutcome",
    "Round",
    "RoundStop",
    "Size",
    "SpecialOpening",
    "Visit",
    "VisitStatus",
    "Weekday",
]

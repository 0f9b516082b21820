"""The network: where copies can be, when it is open, what hangs on the wall there."""

from branches.models.device import Device, DeviceKind, Report, ReportOutcome
from branches.models.favourite import FavouritePoint, PlacePhoto
from branches.models.hours import Closure, OpeningHours, SpecialOpening, Weekday
from branches.models.place import (
    NEVER_CALLED_AT,
    NEVER_OPEN_TO_READERS,
    Place,
    PlaceCapacity,
    PlaceKind,
    Posting,
    Service,
    Size,
)
from branches.models.route import Route, RouteCall, RouteDayOff
from branches.models.travel import Round, RoundStop, Visit, VisitStatus

__all__ = [
    "NEVER_CALLED_AT",
    "NEVER_OPEN_TO_READERS",
    "Closure",
    "Device",
    "DeviceKind",
    "FavouritePoint",
    "OpeningHours",
    "Place",
    "PlaceCapacity",
    "PlaceKind",
    "PlacePhoto",
    "Posting",
    "Report",
    "ReportOutcome",
    "Round",
    "RoundStop",
    "Route",
    "RouteCall",
    "RouteDayOff",
    "Service",
    "Size",
    "SpecialOpening",
    "Visit",
    "VisitStatus",
    "Weekday",
]

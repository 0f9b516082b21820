"""What circulation has at a place, for whoever is about to close it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branches.hanging import Hanging
from catalog.models import Copy
from catalog.states import CopyStatus
from loans.models import Hold, Parcel
from loans.states import OPEN_HOLD, PARCEL_WITH_US

if TYPE_CHECKING:
    from branches.models import Place


def circulation_at(place: Place) -> list[Hanging]:
    """Return how many reservations are to be collected there, parcels and copies lie there or belong there."""
    return [
        Hanging(
            _("reservations to be collected there"),
            Hold.objects.filter(pickup_place=place, status__in=OPEN_HOLD).count(),
        ),
        Hanging(
            _("parcels there or on their way there"),
            Parcel.objects.filter(destination=place, status__in=PARCEL_WITH_US).count(),
        ),
        Hanging(_("copies that lie there"), Copy.objects.filter(place=place).count()),
        Hanging(
            _("copies that belong there"),
            Copy.objects.filter(home=place).exclude(status=CopyStatus.WITHDRAWN).count(),
        ),
    ]

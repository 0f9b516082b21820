"""How the workstations are used in the last year: by workstation, hour, certificate and waiting. Nobody's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Avg, Count, DateTimeField, F, Func, Sum
from django.db.models.functions import ExtractHour
from django.utils.translation import gettext as _

from milanolib import clock
from milanolib.clock import ROME
from milanolib.figures import A_YEAR, Part, Row
from registry.certificates import name_of_certificate
from registry.models import Booking, CertificateCount
from registry.states import BookingStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.models import Kiosk

CAME = (BookingStatus.ARRIVED, BookingStatus.IN_PROGRESS, BookingStatus.DONE)


@dataclass(frozen=True)
class KioskRow(Row):
    """One number of a workstation."""

    kiosk: str


def figures_of(kiosks: Sequence[Kiosk]) -> list[Part[KioskRow]]:
    """Return the figures of some workstations: four statements."""
    names = {kiosk.pk: kiosk.name for kiosk in kiosks}
    since = clock.now() - A_YEAR
    lower = Func(F("during"), function="lower", output_field=DateTimeField())
    own = Booking.objects.filter(resource__in=list(names), during__startswith__gte=since)
    came = own.filter(status__in=CAME).order_by()
    outcomes = own.order_by().values("resource", "status").annotate(number=Count("pk")).order_by("resource", "status")
    hours = (
        came.annotate(hour=ExtractHour(lower, tzinfo=ROME))
        .values("resource", "hour")
        .annotate(number=Count("pk"))
        .order_by("resource", "hour")
    )
    waits = came.exclude(started_at=None).values("resource").annotate(wait=Avg(F("started_at") - F("arrived_at")))
    kinds = (
        CertificateCount.objects.filter(kiosk__in=list(names), month__gte=since.date())
        .values("kiosk", "kind")
        .annotate(total=Sum("number"))
        .order_by("kiosk", "kind")
    )
    return [
        Part(
            "outcome",
            _("Bookings by how they ended"),
            [
                KioskRow(str(BookingStatus(one["status"]).label), one["number"], names[one["resource"]])
                for one in outcomes
            ],
        ),
        Part(
            "hour",
            _("Visits by hour"),
            [KioskRow(f"{one['hour']:02}:00", one["number"], names[one["resource"]]) for one in hours],
        ),
        Part(
            "certificate",
            _("Certificates asked for"),
            [KioskRow(name_of_certificate(one["kind"]), one["total"], names[one["kiosk"]]) for one in kinds],
        ),
        Part(
            "waiting",
            _("Minutes of waiting, on average"),
            [KioskRow(_("minutes"), round(one["wait"].total_seconds() / 60), names[one["resource"]]) for one in waits],
        ),
    ]

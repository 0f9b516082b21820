"""How the workstations are used in the last year: by workstation, hour, certificate and waiting. Nobody's data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Avg, Count, DateTimeField, F, Func, Sum
from django.db.models.functions import ExtractHour
from django.utils.translation import gettext as _

from milanolib import clock
from milanolib.clock import ROME
from registry.certificates import name_of_certificate
from registry.models import Booking, CertificateCount
from registry.states import BookingStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import Promise

    from registry.models import Kiosk

A_YEAR = dt.timedelta(days=365)
CAME = (BookingStatus.ARRIVED, BookingStatus.IN_PROGRESS, BookingStatus.DONE)


@dataclass(frozen=True)
class Row:
    """One number."""

    kiosk: str
    label: str | Promise
    number: int


@dataclass(frozen=True)
class Part:
    """A table and its chart."""

    code: str
    title: str
    rows: list[Row]

    @property
    def most(self) -> int:
        """Return the largest number, for the length of the bars."""
        return max((row.number for row in self.rows), default=1) or 1


def figures_of(kiosks: Sequence[Kiosk]) -> list[Part]:
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
            [Row(names[one["resource"]], BookingStatus(one["status"]).label, one["number"]) for one in outcomes],
        ),
        Part(
            "hour",
            _("Visits by hour"),
            [Row(names[one["resource"]], f"{one['hour']:02}:00", one["number"]) for one in hours],
        ),
        Part(
            "certificate",
            _("Certificates asked for"),
            [Row(names[one["kiosk"]], name_of_certificate(one["kind"]), one["total"]) for one in kinds],
        ),
        Part(
            "waiting",
            _("Minutes of waiting, on average"),
            [Row(names[one["resource"]], _("minutes"), round(one["wait"].total_seconds() / 60)) for one in waits],
        ),
    ]

"""The places of whoever is signed in, by their confirmed address: nothing else joins a booking with a reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q

from accounts.encryption import address_hash
from branches.public_texts import public_text
from partnerships.initiatives.links import token_of
from partnerships.initiatives.states import TO_CONFIRM, BookingStatus
from partnerships.models import InitiativeBooking, InitiativeDate, Rhythm

if TYPE_CHECKING:
    import datetime as dt

    from branches.public_texts import PublicText


@dataclass(frozen=True)
class OwnPlaces:
    """Booked places as the account's page shows them, with the dates still to come and the way to change them."""

    booking: InitiativeBooking
    title: PublicText
    where: str
    dates: list[InitiativeDate]
    token: str

    @property
    def is_cancelled(self) -> bool:
        """Whether none of the dates takes place."""
        return all(one.is_cancelled for one in self.dates)

    @property
    def is_to_confirm(self) -> bool:
        """Whether the places are kept for a while only."""
        return self.booking.status in TO_CONFIRM

    @property
    def is_waiting(self) -> bool:
        """Whether it has no places yet."""
        return self.booking.status == BookingStatus.WAITING


def own_places(email: str, now: dt.datetime) -> list[OwnPlaces]:
    """Return what an address has booked or waits for and is not over, the next first: two statements."""
    if not email:
        return []
    own = InitiativeBooking.objects.open().filter(contact_hash=address_hash("initiatives", email))
    coming = InitiativeDate.objects.not_over(now)
    series = coming.filter(initiative__rhythm=Rhythm.SERIES).values("initiative")
    own = own.filter(Q(date__ends_at__gt=now) | Q(date__initiative__in=series))
    own = own.exclude(status__in=TO_CONFIRM, hold_until__lte=now).select_related("date__initiative__place")
    later = Prefetch("date__initiative__dates", coming.order_by("starts_at"), to_attr="to_come")
    lines = [_line_of(one) for one in own.prefetch_related(later)]
    return sorted(lines, key=lambda line: (line.dates[0].starts_at, line.booking.pk))


def _line_of(booking: InitiativeBooking) -> OwnPlaces:
    initiative = booking.date.initiative
    is_series = initiative.rhythm == Rhythm.SERIES
    return OwnPlaces(
        booking,
        title=public_text(initiative.title),
        where=initiative.venue or initiative.place.name,
        dates=initiative.to_come if is_series else [booking.date],  # type: ignore[attr-defined]  # fetched above
        token=token_of(booking),
    )

"""Slots at registry workstations: nothing joins them with a reader but an e-mail address proved to be theirs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.encryption import address_hash
from accounts.own_data import Area, Column, Part
from registry.bookings import cancel_booking, normalised
from registry.errors import BookingEnded
from registry.models import Booking, Waiting
from registry.states import COMING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.querysets import BookingQuerySet


class SlotPart(Part):
    """Bookings, and places on waiting lists, of somebody's confirmed addresses."""

    def areas(self) -> Iterable[Area]:
        """Return bookings and places on waiting lists."""
        known = self._known(self.person.addresses)
        yield Area(
            "registry_slots",
            _("Slots at registry workstations"),
            _("What was booked with an e-mail address of yours; the address goes thirty days after the visit."),
            Booking.objects.filter(contact_hash__in=known),
            Column("workstation", "resource__name", _("workstation")),
            Column("begins_at", "during__startswith", _("begins")),
            Column("ends_at", "during__endswith", _("ends")),
            "status",
            "code",
            "contact",
            "created_at",
            "arrived_at",
        )
        yield Area(
            "registry_waiting",
            _("Waiting lists for slots"),
            _("Until a slot is offered, or the day is over."),
            Waiting.objects.filter(contact_hash__in=known),
            Column("workstation", "resource__name", _("workstation")),
            "on",
            "contact",
            "created_at",
        )

    def end_what_is_open(self) -> None:
        """Give back the slots to come."""
        for booking in self._bookings().filter(status__in=COMING).order_by("pk"):
            with suppress(BookingEnded):
                cancel_booking(booking)

    def erase(self) -> None:
        """Forget the contacts, of a telephone number that is the card's too; how often slots were used stays."""
        self._bookings().update(contact="", contact_hash="")
        Waiting.objects.filter(contact_hash__in=self._known(self.person.contacts)).delete()

    def _bookings(self) -> BookingQuerySet:
        return Booking.objects.filter(contact_hash__in=self._known(self.person.contacts))

    def _known(self, contacts: list[str]) -> list[str]:
        return [address_hash("registry", normalised(contact)) for contact in contacts]

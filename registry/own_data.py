"""Slots at registry workstations: nothing joins them with a reader but an e-mail address proved to be theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.encryption import address_hash
from accounts.own_data import Area, Column, Part
from registry.models import Booking, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable


class SlotPart(Part):
    """Bookings, and places on waiting lists, of somebody's confirmed addresses."""

    def areas(self) -> Iterable[Area]:
        """Return bookings and places on waiting lists."""
        known = [address_hash("registry", address) for address in self.person.addresses]
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

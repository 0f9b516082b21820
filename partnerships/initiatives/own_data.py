"""Places at initiatives: nothing joins them with a reader but an e-mail address that is proved to be theirs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.encryption import address_hash
from accounts.own_data import WORK, Area, Column, Part
from branches.public_texts import public_text
from partnerships.initiatives.booking import cancel_places
from partnerships.initiatives.errors import BookingEnded
from partnerships.models import Initiative, InitiativeBooking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partnerships.initiatives.querysets import InitiativeBookingQuerySet


def _title(texts: dict[str, str]) -> str:
    return public_text(texts).text


class InitiativePart(Part):
    """Booked places of somebody's confirmed addresses, and initiatives that borrow with a card."""

    covers = ("partnerships.Initiative.card",)
    left_out = {"partnerships.Agreement.owner": WORK}

    def areas(self) -> Iterable[Area]:
        """Return booked places, and the initiatives of a card."""
        known = self._known(self.person.addresses)
        yield Area(
            "initiative_places",
            _("Places at initiatives"),
            _("What was booked with an e-mail address of yours; the address goes thirty days after the last date."),
            InitiativeBooking.objects.filter(contact_hash__in=known),
            Column("initiative", "date__initiative__title", _("initiative"), say=_title),
            Column("starts_at", "date__starts_at", _("begins")),
            "status",
            "code",
            "adults",
            "children",
            "contact",
            "created_at",
            "came",
        )
        yield Area(
            "initiatives_of_the_card",
            _("Initiatives that borrow with this card"),
            _("Reading groups, for instance; until the initiative is over."),
            Initiative.objects.filter(card__in=self.readers),
            Column("initiative", "title", _("initiative"), say=_title),
        )

    def end_what_is_open(self) -> None:
        """Give back the places that are not over; who waits for them is asked."""
        for booking in self._bookings().open().order_by("pk"):
            with suppress(BookingEnded):
                cancel_places(booking)

    def erase(self) -> None:
        """Forget the contacts; how many came stays."""
        self._bookings().update(contact="", contact_hash="")

    def _bookings(self) -> InitiativeBookingQuerySet:
        return InitiativeBooking.objects.filter(contact_hash__in=self._known(self.person.contacts))

    def _known(self, contacts: list[str]) -> list[str]:
        return [address_hash("initiatives", contact.strip().lower()) for contact in contacts]

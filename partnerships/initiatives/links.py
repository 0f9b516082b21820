"""The way to one's own places without a sign-in: an address that only its letter says, and the ticket's picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from milanolib.tokens import text_of, token_for

if TYPE_CHECKING:
    from partnerships.models import InitiativeBooking

SALT = "partnerships.initiativebooking"
TOKEN = re.compile(r"/iniziative/prenotazione/([^/\s]+)")


def token_of(booking: InitiativeBooking) -> str:
    """Return what stands in the address of a booking."""
    return token_for(str(booking.pk), salt=SALT)


def read_token(token: str) -> int | None:
    """Return the number of the booking of such an address; None when we did not make it."""
    number = text_of(token, salt=SALT)
    return int(number) if number is not None else None


def token_in(scanned: str) -> int | None:
    """Return the number of the booking whose address a ticket shows; None where it shows none of ours."""
    found = TOKEN.search(scanned)
    return read_token(found[1]) if found else None


def link_to(booking: InitiativeBooking) -> str:
    """Return the whole address, for a letter and the ticket's picture."""
    return settings.BASE_URL + reverse("initiatives:booking", args=[token_of(booking)])

"""The way to one's own booking without a sign-in: an address that only its letter says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse

from milanolib.tokens import text_of, token_for
from registry.bookings import find_booking

if TYPE_CHECKING:
    from registry.models import Booking

SALT = "registry.booking"


def token_of(booking: Booking) -> str:
    """Return what stands in the address of a booking."""
    return token_for(str(booking.pk), salt=SALT)


def read_token(token: str) -> Booking | None:
    """Return the booking of such an address; None when we did not make it, or the booking is gone."""
    number = text_of(token, salt=SALT)
    if number is None:
        return None
    try:
        return find_booking(int(number))
    except ObjectDoesNotExist:
        return None


def link_to(booking: Booking) -> str:
    """Return the whole address, for a letter."""
    return settings.BASE_URL + reverse("registry:booking", args=[token_of(booking)])

"""The waiting list of a day: a slot that is freed is offered to who waits longest, for half an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.encryption import address_hash
from milanolib import clock
from registry.bookings import book_slot, normalised
from registry.errors import ContactMissing, NothingToWaitFor, OpenBookingExists, SlotTaken, SlotUnknown
from registry.free import Free
from registry.models import Waiting
from registry.policy import UNCONFIRMED_FOR

if TYPE_CHECKING:
    import datetime as dt

    from registry.models import Resource


def wait_for_slot(resource: Resource, on: dt.date, contact: str, *, language: str = "it") -> None:
    """Put somebody on the waiting list of a day. Safe to repeat.

    Raises ContactMissing, NothingToWaitFor where the day has no slot to come.
    """
    contact = normalised(contact)
    if "@" not in contact:
        raise ContactMissing
    if not Free([resource], on, on).has_any_on(resource, on):
        raise NothingToWaitFor
    Waiting.objects.get_or_create(
        resource_id=resource.pk,
        on=on,
        contact_hash=address_hash("registry", contact),
        defaults={"contact": contact, "language": language, "created_at": clock.now()},
    )


def offer_freed() -> int:
    """Offer free slots to those who wait, the longest first; return how many offers were made.

    An offer is a booking to be confirmed like any other: who does not confirm in time leaves it to the next one. Each
    in a transaction of its own, and with the offer the place on the list goes; who has a booking by now just goes.
    """
    Waiting.objects.filter(on__lt=clock.today()).delete()
    offers = 0
    for waiting in Waiting.objects.select_related("resource").order_by("created_at", "pk"):
        offers += _offer(waiting)
    return offers


def _offer(waiting: Waiting) -> bool:
    slot = Free([waiting.resource], waiting.on, waiting.on).first_from(
        waiting.resource, waiting.on, after=clock.now() + UNCONFIRMED_FOR
    )
    if slot is None:
        return False
    with transaction.atomic():
        row = Waiting.objects.select_for_update(skip_locked=True).filter(pk=waiting.pk).first()
        if row is None:  # another worker has it in hand
            return False
        try:
            book_slot(row.resource, slot.starts, row.contact, language=row.language, is_offer=True)
        except OpenBookingExists:
            row.delete()
            return False
        except (SlotTaken, SlotUnknown):
            return False  # somebody was faster: at the next turn
        row.delete()
    return True

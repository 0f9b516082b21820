"""Refusals of the registry's desk: each says what happened and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError

if TYPE_CHECKING:
    from registry.models import Booking
    from registry.slots import Slot


class SlotTaken(DomainError):
    """Somebody else has the slot; `next_free` is what to offer instead."""

    code = "slot_taken"
    message = _("This slot has just been taken. Choose another one; nothing was booked.")

    def __init__(self, next_free: Slot | None = None) -> None:
        super().__init__()
        self.next_free = next_free


class NotFreeNow(SlotTaken):
    """Nobody can sit down now: somebody has the slot that runs, or none does."""

    code = "not_free_now"
    message = _("The workstation is not free now: nobody was seated.")


class NothingToWaitFor(DomainError):
    """A day without slots: they would wait in vain."""

    code = "nothing_to_wait_for"
    message = _("The workstation is closed on this day, or for the rest of it. Choose another day.")


class SlotUnknown(DomainError):
    """There is no such slot: a closure, a block, an old page."""

    code = "slot_unknown"
    message = _("This slot cannot be booked any more. Choose another one; nothing was booked.")


class OpenBookingExists(DomainError):
    """One contact, one open booking. Never told to a stranger: whoever has the contact gets it by e-mail."""

    code = "open_booking_exists"
    message = _("There is an open booking with this contact already. Move or cancel it first.")

    def __init__(self, booking: Booking | None) -> None:
        super().__init__()
        self.booking = booking


class BookingEnded(DomainError):
    """The booking is past, cancelled, or was not confirmed in time."""

    code = "booking_ended"
    message = _("This booking is no longer open. Book another slot.")


class OtherServices(DomainError):
    """A booking moves to another workstation only where all is offered that its own offers."""

    code = "other_services"
    message = _("That workstation does not offer the same. Choose another one; your booking stays as it was.")


class ContactMissing(DomainError):
    """Neither an e-mail address nor a telephone number."""

    code = "contact_missing"
    message = _("Give an e-mail address or a telephone number, so that we can tell you if something changes.")


class BookingsInTheWay(DomainError):
    """Hours cannot be blocked while people are booked into them."""

    code = "bookings_in_the_way"
    message = _("There are bookings in these hours: %(number)s. Move the day first, then block the hours.")


class BlockEndsBeforeItBegins(DomainError):
    """A block needs a beginning and a later end."""

    code = "block_ends_before_it_begins"
    message = _("The end must come after the beginning.")


class LastDayBeforeFirst(DomainError):
    """Days are moved from a first to a last one."""

    code = "last_day_before_first"
    message = _("The last day must not come before the first.")

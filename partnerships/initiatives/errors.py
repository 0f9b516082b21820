"""Why an initiative, or a place there, cannot be as it was asked, each with what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError

if TYPE_CHECKING:
    from partnerships.models import InitiativeBooking


class InitiativeIncomplete(DomainError):
    """Something is missing that readers would miss."""

    code = "initiative_incomplete"
    message = _("Before readers see it write: %(missing)s.")


class InitiativeIsCancelled(DomainError):
    """What was cancelled is not taken up again."""

    code = "initiative_is_cancelled"
    message = _("This initiative was cancelled and everybody was told. Copy it to plan it anew.")


class InitiativeUnseen(DomainError):
    """A draft cannot be cancelled: readers have not seen it."""

    code = "initiative_unseen"
    message = _("Readers have not seen this draft: there is nothing to cancel.")


class ReasonForCancelling(DomainError):
    """Nobody is told that something is cancelled without being told why."""

    code = "reason_for_cancelling"
    message = _("Nothing was cancelled: write why first, everybody who is booked reads it.")


class DateStandsAlready(DomainError):
    """The initiative has a date that begins at the same moment."""

    code = "date_stands_already"
    message = _("There is a date that begins then already. Choose another time.")


class DateIsOver(DomainError):
    """The date has begun or is past."""

    code = "date_is_over"
    message = _("This date has begun or is over. Choose another date.")


class DateIsCancelled(DomainError):
    """The date does not take place."""

    code = "date_is_cancelled"
    message = _("This date was cancelled. Choose another date.")


class DateEndsBeforeItBegins(DomainError):
    """A date needs a beginning and a later end."""

    code = "date_ends_before_it_begins"
    message = _("The end must come after the beginning.")


class NoDates(DomainError):
    """The rule gives no date."""

    code = "no_dates"
    message = _("There is no such date in this period. Check the first and the last day.")


class PlacesBookedAlready(DomainError):
    """More places are booked than would be left."""

    code = "places_booked_already"
    message = _("%(taken)s places are taken and %(waiting)s people wait already: fewer cannot be offered.")


class BookingsNotOpen(DomainError):
    """Bookings have not opened yet, or nobody needs to book."""

    code = "bookings_not_open"
    message = _("Bookings are not open for this date. The page says when they are.")


class SoldOut(DomainError):
    """No places are left, and the waiting list is full too."""

    code = "sold_out"
    message = _("There are no places left for so many, and the waiting list is full. Look at the other dates.")


class TooManyTogether(DomainError):
    """More people than one booking may have."""

    code = "too_many_together"
    message = _("One booking is for at most %(most)s people. Ask the library if you are more.")


class PlacesShort(DomainError):
    """A booking cannot grow by so many."""

    code = "places_short"
    message = _("There are not so many places left: your booking stays as it was.")


class AlreadyBooked(DomainError):
    """One contact, one booking for a date. Never told to a stranger: whoever has the contact gets it by e-mail."""

    code = "already_booked"
    message = _("There is a booking with this contact for this date already. Change or cancel it there.")

    def __init__(self, booking: InitiativeBooking) -> None:
        super().__init__()
        self.booking = booking


class BookingEnded(DomainError):
    """The booking was cancelled, not confirmed in time, or the date is past."""

    code = "initiative_booking_ended"
    message = _("This booking is no longer open. Book again if there are places.")


class ContactMissing(DomainError):
    """Neither an e-mail address nor a telephone number."""

    code = "initiative_contact_missing"
    message = _("Give an e-mail address, so that we can tell you if something changes.")


class BookingUnknown(DomainError):
    """No booking of this date has such a code."""

    code = "initiative_booking_unknown"
    message = _("No booking of this date has this code. Type it again, or look for it in the list.")


class CardIsNotOfAGroup(DomainError):
    """Titles are set aside for the card of an institution, never for a person's."""

    code = "card_is_not_of_a_group"
    message = _("Write the card of the group first: one of an institution, not of a person.")


class TitlesSetAsideAlready(DomainError):
    """Somebody was faster."""

    code = "titles_set_aside_already"
    message = _("The titles have just been set aside. Load the page again.")


class DateNotBegun(DomainError):
    """Who came is known once it has begun."""

    code = "initiative_date_not_begun"
    message = _("This date has not begun. Write how many came when they are there.")


class PlacesAreCounted(DomainError):
    """Where places are booked, people are let in one by one at the door."""

    code = "initiative_places_are_counted"
    message = _("Places are booked at this date: note who comes at the door.")

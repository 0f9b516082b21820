"""Why an initiative, or a place there, cannot be as it was asked, each with what to do next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


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

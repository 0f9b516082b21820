"""Why a condominium library or a request for one cannot do what was asked, each with what to do next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


class HourIsPast(DomainError):
    """Open until an hour that lies behind."""

    code = "hour_is_past"
    message = _("It is later than %(hour)s already. Choose a later hour of today.")


class ClosedByTheLibrary(DomainError):
    """A librarian has entered a closure that covers today."""

    code = "closed_by_the_library"
    message = _("The district library has written down that you are closed today. Call it if this is wrong.")


class NotPartOfTheNetwork(DomainError):
    """The library has closed for good, or does not belong to the network yet."""

    code = "not_part_of_the_network"
    message = _("This library does not belong to the network today. Call the district library.")


class EventIsPast(DomainError):
    """An event on a day or at an hour that lies behind."""

    code = "event_is_past"
    message = _("This time is past. Choose a day and an hour that are still to come.")


class TooManyEvents(DomainError):
    """More than a page can bear."""

    code = "too_many_events"
    message = _("There are %(most)s events already. Delete one first.")


class RequestMovedOn(DomainError):
    """The request stands where that step is not possible."""

    code = "request_moved_on"
    message = _("This request stands at “%(status)s”: from there this step is not possible. Look at it again.")


class LibraryNotNamed(DomainError):
    """A request is to count as opened, and nobody said which library came of it."""

    code = "library_not_named"
    message = _("Choose the condominium library that came of it; add it among the places first.")

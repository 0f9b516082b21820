"""Refusals about deposits: each says how the set stands, and what to do next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


class DepositMoveRefused(DomainError):
    """A set does not go from its state to that one."""

    code = "deposit_move_refused"
    message = _("This deposit is “%(status)s”: from there this step is not possible. Load the page again.")


class DepositNamedAlready(DomainError):
    """The library has a set of this name that has not come home."""

    code = "deposit_named_already"
    message = _("Your library has a deposit of this name already. Go on with that one, or choose another name.")


class DepositHasLeft(DomainError):
    """Its books are packed, or at a condominium library."""

    code = "deposit_has_left"
    message = _("This deposit has left your library. Call a single book back, or bring the whole set home first.")


class DepositOfAnotherLibrary(DomainError):
    """A set is put together where it belongs, of that library's own copies."""

    code = "deposit_of_another_library"
    message = _("This copy belongs to %(place)s. Put only copies of your own library into the deposit.")


class InAnotherDeposit(DomainError):
    """A copy is in one set at a time."""

    code = "in_another_deposit"
    message = _("This copy is in the deposit “%(deposit)s”. Take it out there first.")


class NotFreeForDeposit(DomainError):
    """It is not on the shelf, or a reader is to get it."""

    code = "not_free_for_deposit"
    message = _("This copy is not free: %(status)s. Choose one that stands on your shelf and that nobody waits for.")


class NotInDeposit(DomainError):
    """The copy is not in this set, or not any more."""

    code = "not_in_deposit"
    message = _("This copy is not in the deposit. Load the page again to see what is in it.")


class DepositEmpty(DomainError):
    """Nothing to send."""

    code = "deposit_empty"
    message = _("No book is in this deposit. Scan its books first.")


class DepositAtCondominiumsOnly(DomainError):
    """Only condominium libraries of the network take a set."""

    code = "deposit_at_condominiums_only"
    message = _("A deposit stays at condominium libraries that belong to the network. Choose one of them.")


class StaysOverlap(DomainError):
    """A set is in one place at a time."""

    code = "stays_overlap"
    message = _("On some of these days the deposit is to be somewhere else. Change the dates of one of the two.")


class StayBackwards(DomainError):
    """Its last day lies before its first."""

    code = "stay_backwards"
    message = _("A stay cannot end before it begins, or before today. Change its dates.")


class StayHasBegun(DomainError):
    """The set was sent there."""

    code = "stay_has_begun"
    message = _("The deposit has been sent there already. Send it on or bring it home instead.")


class NotTheNextStay(DomainError):
    """Another stay comes first."""

    code = "not_the_next_stay"
    message = _("Before this stay comes another one, at %(place)s. Send the deposit there, or take that stay out.")


class DepositThereAlready(DomainError):
    """The next stay is at the place where the set is."""

    code = "deposit_there_already"
    message = _("The deposit is at %(place)s already. Take this stay out, and let the one that goes on end later.")


class StayNotReceived(DomainError):
    """A set is to leave that has not come."""

    code = "stay_not_received"
    message = _("This deposit has not been counted as here yet. Count it first.")


class StayNotSent(DomainError):
    """A set is received that nobody has sent."""

    code = "stay_not_sent"
    message = _("The library has not sent this deposit yet. If the books are there, call the library.")


class CountUnreadable(DomainError):
    """What was typed is no number of books."""

    code = "count_unreadable"
    message = _("Write how many books you counted as a number, as 38.")

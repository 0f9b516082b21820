"""Refusals about crates: each says where the thing is or goes, and what to do next."""

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


class CrateGoesNowhere(DomainError):
    """From a place to itself."""

    code = "crate_goes_nowhere"
    message = _("A crate goes to another place than this one. Choose where it is to go.")


class CrateUnknown(DomainError):
    """No crate has this code."""

    code = "crate_unknown"
    message = _("No crate has this code. Scan it again, or type the letters and digits below the bars.")


class CrateAtTheCounter(DomainError):
    """A crate is neither lent nor taken in."""

    code = "crate_at_the_counter"
    message = _("This is crate %(crate)s. Scan it on the page “Crates”, where it is filled or unpacked.")


class CrateElsewhere(DomainError):
    """It is filled at another place."""

    code = "crate_elsewhere"
    message = _("This crate is filled at %(place)s. Choose one of those that stand here.")


class CrateSealed(DomainError):
    """What is in it has been counted."""

    code = "crate_sealed"
    message = _("Crate %(crate)s is sealed. Open it again first, or begin another one.")


class CrateHasLeft(DomainError):
    """It is on the road, or there."""

    code = "crate_has_left"
    message = _("Crate %(crate)s has left already. Begin another one.")


class CrateNotSealed(DomainError):
    """Nobody has counted what is in it."""

    code = "crate_not_sealed"
    message = _("Crate %(crate)s is still open. Seal it, then give it to the van.")


class CrateEmpty(DomainError):
    """Nothing was scanned into it."""

    code = "crate_empty"
    message = _("There is nothing in crate %(crate)s. Scan what you put in, then seal it.")


class AnotherCrateOpen(DomainError):
    """Two open ones for one way."""

    code = "another_crate_open"
    message = _("Crate %(crate)s is being filled for that place. Seal that one first, or put what is left into it.")


class CrateForAnother(DomainError):
    """Set down at the wrong place."""

    code = "crate_for_another"
    message = _("Crate %(crate)s is for %(place)s. Nothing was changed: put it aside for the van.")


class CrateStays(DomainError):
    """The point where it goes is closed for days."""

    code = "crate_stays"
    message = _("Crate %(crate)s is for %(place)s, which is closed. Leave it where it is: it does not go with the van.")


class CrateComesBack(DomainError):
    """Nothing is left before a door that stays closed."""

    code = "crate_comes_back"
    message = _("%(place)s is closed. Do not leave crate %(crate)s here: bring it to %(library)s.")


class CrateNotOnRoad(DomainError):
    """Nobody has said that the van took it."""

    code = "crate_not_on_road"
    message = _("By the records crate %(crate)s has not been loaded. Load it first, at the place where it was filled.")


class CrateNotReceived(DomainError):
    """It has not been scanned where it goes."""

    code = "crate_not_received"
    message = _("Scan crate %(crate)s first, then what is in it.")


class NotTravelling(DomainError):
    """The copy has nowhere to go."""

    code = "not_travelling"
    message = _("This does not travel now. Check it in: the answer says where it goes.")


class GoesElsewhere(DomainError):
    """Not to where the crate goes."""

    code = "goes_elsewhere"
    message = _("This goes to %(place)s. Put it into a crate for that place.")


class InAnotherCrate(DomainError):
    """It was scanned into another one."""

    code = "in_another_crate"
    message = _("By the records this is in crate %(crate)s. Take it out there, or check it in; then scan it again.")

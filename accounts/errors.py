"""Refusals that concern people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import DataExport, Reader


class CardNumberUnknown(DomainError):
    """No reader has this card."""

    code = "card_number_unknown"
    message = _("No reader has this card number. Check it, and scan or type it again.")


class PinLocked(DomainError):
    """Too many wrong PINs."""

    code = "pin_locked"
    message = _("The PIN is locked after too many attempts. Try again in half an hour, or ask a librarian.")


class PinWrong(DomainError):
    """The PIN does not match."""

    code = "pin_wrong"
    message = _("The card number or the PIN is not right. Check both and try again.")


class TaxCodeInvalid(DomainError):
    """Not a codice fiscale."""

    code = "tax_code_invalid"
    message = _("This is not a valid codice fiscale: it has 16 letters and digits. It may also be left empty.")


class TaxCodeTaken(DomainError):
    """Another reader has this codice fiscale."""

    code = "tax_code_taken"
    message = _("Another reader has this codice fiscale. Search for it: that card can be renewed, or the two joined.")


class PossibleDouble(DomainError):
    """Somebody like this has a card already; `readers` are they."""

    code = "possible_double"
    message = _("Somebody with this name may have a card already. Look at the cards below, then decide.")

    def __init__(self, readers: list[Reader]) -> None:
        super().__init__()
        self.readers = readers


class BirthdayImpossible(DomainError):
    """Nobody alive was born on that day."""

    code = "birthday_impossible"
    message = _("The date of birth cannot be right. Check day, month and year.")


class CardReplaced(DomainError):
    """The card was reported lost; another one is valid."""

    code = "card_replaced"
    message = _(
        "This card was reported lost on %(day)s; the new one is %(card)s. Ask whoever has it in hand who they are."
    )


class CardJoined(DomainError):
    """The card was joined with another one of the same person."""

    code = "card_joined"
    message = _("This card was joined with another one of the same reader on %(day)s; the valid one is %(card)s.")


class CardIsClosed(DomainError):
    """The card is closed."""

    code = "card_is_closed"
    message = _("This card is closed. Open it again first.")


class CardStillNeeded(DomainError):
    """A card is not closed while something is open on it; `hanging` says what."""

    code = "card_still_needed"
    message = _("This card cannot be closed yet: %(what)s. Settle that first, then close it.")


class ReaderMerged(DomainError):
    """The reader is one with another by now."""

    code = "reader_merged"
    message = _("This card was joined with another one of the same reader. Use the card that is valid.")


class NameTooShort(DomainError):
    """Too few letters to search by."""

    code = "name_too_short"
    message = _("Type at least three letters of the name, or the whole card number.")


class GuardianUnknown(DomainError):
    """Nobody signs in with this card or address."""

    code = "guardian_unknown"
    message = _(
        "Nobody signs in with this card or e-mail address. A guardian needs a sign-in: it takes a minute on the portal."
    )


class GuardianNotAdult(DomainError):
    """A guardian is somebody else, and of age."""

    code = "guardian_not_adult"
    message = _("A guardian is another person than the child, and of age. Check the card or the e-mail address.")


class NotAChild(DomainError):
    """Only a child's card has guardians."""

    code = "not_a_child"
    message = _("Only the card of somebody under 18 has guardians. Check the date of birth.")


class BirthdayMissing(DomainError):
    """The age must be known."""

    code = "birthday_missing"
    message = _("The date of birth is not known. Write it down first: it says until when there are guardians.")


class SameReader(DomainError):
    """One card is no two."""

    code = "same_reader"
    message = _("These are one card already. Search for the other one.")


class DifferentPeople(DomainError):
    """Two codici fiscali are two people."""

    code = "different_people"
    message = _(
        "Two different codici fiscali are on record, so these are two people. If one is wrong, correct it first."
    )


class GuardianAndChild(DomainError):
    """One looks after the other."""

    code = "guardian_and_child"
    message = _("One of the two is the other one's guardian, so these are two people.")


class SignInOfStaff(DomainError):
    """The sign-in that would go belongs to somebody who works here."""

    code = "sign_in_of_staff"
    message = _("The card that would go belongs to a colleague's sign-in. Keep that card, and let the other one go.")


class BadgeTaken(DomainError):
    """A colleague has this badge."""

    code = "badge_taken"
    message = _("A colleague uses this badge. Choose another barcode.")


class BadgeTooShort(DomainError):
    """A few signs are no badge."""

    code = "badge_too_short"
    message = _("A badge has six characters at least. Scan a longer barcode.")


class DeskPinWeak(DomainError):
    """A PIN that anybody guesses."""

    code = "desk_pin_weak"
    message = _("The PIN has five to eight digits, not all the same and not in a row. Choose another one.")


class NoBadgeForThisUser(DomainError):
    """Operators sign in with their password, always."""

    code = "no_badge_for_this_user"
    message = _("A desk is taken over by librarians only. Operators sign in with their password.")


class BadgeOrPinWrong(DomainError):
    """Badge and PIN are not those of a colleague."""

    code = "badge_or_pin_wrong"
    message = _("The badge or the PIN is not right. Scan the badge again and type the PIN.")


class DeskPinLocked(DomainError):
    """Too many wrong PINs for one badge."""

    code = "desk_pin_locked"
    message = _("This badge rests for half an hour after too many wrong PINs. Sign out, and in with the password.")


class DataOfSomebodyElse(DomainError):
    """Neither one's own data nor those of a child under 14."""

    code = "data_of_somebody_else"
    message = _(
        "These data are somebody else's. From 14 on only the reader can ask for a copy, with their own sign-in."
    )


class CopyMadeAlready(DomainError):
    """A copy was made within the last day; `export` is that one."""

    code = "copy_made_already"
    message = _("A copy was made less than a day ago: it is below. Tomorrow you can ask for another one.")

    def __init__(self, export: DataExport) -> None:
        super().__init__()
        self.export = export


class CopyNotThere(DomainError):
    """The copy is not made yet, or was deleted."""

    code = "copy_not_there"
    message = _("This copy is not there any more: copies are deleted after seven days. Ask for another one below.")


class ErasureHindered(DomainError):
    """Something must be settled first; `what` says what, and how."""

    code = "erasure_hindered"
    message = _("Nothing can be erased yet. %(what)s")


class ErasureDone(DomainError):
    """Nobody is left to be kept."""

    code = "erasure_done"
    message = _(
        "The data have been erased already, and nobody can bring them back. You can have a new card at any library."
    )


class SignInOfColleague(DomainError):
    """Who works here, or did, is not erased by a page."""

    code = "sign_in_of_colleague"
    message = _("This sign-in belongs to somebody who works here, or did. Ask whoever runs the system to close it.")

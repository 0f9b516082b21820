"""Refusals that concern people."""

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


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

"""Why an agreement cannot do what was asked, each with what to do next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


class AgreementMovedOn(DomainError):
    """The step does not follow from where the agreement is."""

    code = "agreement_moved_on"
    message = _("This agreement is “%(status)s” by now: the step does not follow. Load the page again.")


class AgreementIncomplete(DomainError):
    """Something is missing that readers or the clerk would miss."""

    code = "agreement_incomplete"
    message = _("Before the next step write: %(missing)s.")


class PeriodIsOver(DomainError):
    """The last day lies behind."""

    code = "period_is_over"
    message = _("The last day of this agreement lies behind. Copy it with a new period.")


class ProposalSettled(DomainError):
    """Somebody has taken it over, or left it aside."""

    code = "proposal_settled"
    message = _("This proposal has been settled by now. Load the page again.")


class NotValidToday(DomainError):
    """The offer does not hold on this day: its weekday, a holiday, before or after its period."""

    code = "not_valid_today"
    message = _("Not today: this offer holds on %(days)s. Nothing was counted.")


class OfferEnded(DomainError):
    """The agreement is not active: not yet, or no more."""

    code = "offer_ended"
    message = _("This offer is not active. Nothing was counted: choose another offer, or call the library.")


class QuotaUsedUp(DomainError):
    """As many uses as were agreed on have been counted."""

    code = "quota_used_up"
    message = _("This offer is used up: all %(quota)s uses have been counted. The pass itself is good.")


# --- The pass, as the clerk at the counter is told


class NoPass(DomainError):
    """What was scanned or typed has not the form of a code: a link, a barcode, a ticket."""

    code = "no_pass"
    message = _("This is no pass. Ask the reader to open “Pass” on the telephone, and scan or type that code.")


class PassNotOurs(DomainError):
    """No key of ours signed it: forged, or mistyped."""

    code = "pass_not_ours"
    message = _(
        "Not valid: the libraries did not make this code. If you typed it, compare each letter; else refuse it."
    )


class PassIsOld(DomainError):
    """A code of an earlier minute: a screenshot, or a telephone that was put away."""

    code = "pass_is_old"
    message = _(
        "Not valid any more: this code was for %(time)s. A picture of a pass? Ask to see it on the telephone, now."
    )


class PassIsEarly(DomainError):
    """A code of a later minute: the telephone's clock is wrong."""

    code = "pass_is_early"
    message = _("Not valid yet: this code is for %(time)s. Ask the reader to load the pass again: its clock is wrong.")


class PaperIsOld(DomainError):
    """A printed code past its last day."""

    code = "paper_is_old"
    message = _("Not valid any more: this sheet was good until %(day)s. The reader can print a new one.")


class PassUsed(DomainError):
    """The same code once more, here or elsewhere."""

    code = "pass_used"
    message = _("Already used: this code was counted before. Wait for the next one on the telephone, within a minute.")


class PaperUsed(DomainError):
    """The same printed code once more: perhaps a copy of the sheet."""

    code = "paper_used"
    message = _("Already used: this printed code counts once. Scan another one of the sheet, or refuse it.")


class AgeNotSaid(DomainError):
    """The offer is for adults and the code does not say."""

    code = "age_not_said"
    message = _("This offer is for adults: ask the reader to tick “Say that I am of age” on the pass, and scan again.")


class NotOfAge(DomainError):
    """The offer is for adults and the code says that this reader is none."""

    code = "not_of_age"
    message = _("This offer is for adults, and this reader is not of age yet. Nothing was counted.")


class TooManyTries(DomainError):
    """More codes within a minute than a counter can scan."""

    code = "too_many_tries"
    message = _("Too many codes within a minute. Wait a minute, then go on.")


class CountStands(DomainError):
    """A use was counted too long ago to be taken back, or elsewhere."""

    code = "count_stands"
    message = _("A count can be taken back within a minute; this one stands. If it matters, call the library.")


# --- The pass, as the librarian is told who prints it


class TooManySheets(DomainError):
    """More sheets for one card within a day than somebody uses up."""

    code = "too_many_sheets"
    message = _("%(number)s sheets were printed for this card within a day. Print the next one tomorrow.")


# --- The pass, as the reader is told


class CardNotVerified(DomainError):
    """Nobody has seen yet who the reader is."""

    code = "card_not_verified"
    message = _("Your card is provisional: show a document at any library, then the pass is yours.")

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

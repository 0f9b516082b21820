"""Refusals that concern how somebody is told."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


class BrowserNotUsable(DomainError):
    """What the browser gave is no subscription of a push service that we know."""

    code = "browser_not_usable"
    message = _("This browser cannot take our notices. Use another one, or let us write to you by e-mail.")


class NothingToResend(DomainError):
    """A message that waits, is no longer true or is not wanted goes nowhere again."""

    code = "nothing_to_resend"
    message = _("This message is not sent again: it still waits, is no longer true, or its reader does not want it.")


class ReasonMissing(DomainError):
    """A message is sent again for a reason."""

    code = "reason_missing"
    message = _("Say in a few words, without a name, why it is sent again; then send it.")
